"""Which files of a folder are pictures, and of which class, as ``image_dataset_from_directory`` of Keras finds them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import join_names, printable, relative_path
from dropout_lab.datasets.tabular.targets import MAX_CLASSES
from dropout_lab.errors import DatasetError

__all__ = ["ENDINGS", "PictureFiles", "find_pictures", "is_picture", "pictures_below"]

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
"""Of the files that are read, in any case."""

_EXPECTED = "expected one folder of pictures for each class, such as {0}/cat/ and {0}/dog/"
_PARTS = frozenset({"train", "training", "test", "testing", "val", "valid", "validation", "dev"})


@dataclass(frozen=True)
class PictureFiles:
    """The pictures of a folder.

    Attributes
    ----------
    folder : str
        Its name in messages.
    paths : tuple of str
    labels : array of shape (pictures,), int64
        Indices into `classes`.
    classes : tuple of str
        The names of its folders, in alphabetical order.
    notes : tuple of str
        Which files are left out.
    """

    folder: str
    paths: tuple[str, ...]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    notes: tuple[str, ...]


def is_picture(file: str) -> bool:
    """Return whether a file's name says that it is a picture."""
    return file.lower().endswith(ENDINGS)


def pictures_below(folder: str) -> tuple[list[str], Counter[str]]:
    """Find the pictures in a folder and in those within it; links to folders are not followed.

    Returns
    -------
    paths : list of str
        In the order of Keras: sorted by folder, then by name.
    others : Counter of str
        How many other files there are, by their endings.

    Raises
    ------
    DatasetError
        If a folder cannot be read.
    """
    problems: list[str] = []
    walked = os.walk(folder, onerror=lambda error: problems.append(_unreadable(error)))
    paths, others = [], Counter[str]()
    for root, _, files in sorted(walked, key=lambda found: found[0]):
        paths += [os.path.join(root, file) for file in sorted(files) if is_picture(file)]
        others.update(PurePath(file).suffix or "no ending" for file in files if not is_picture(file))
    if problems:
        raise DatasetError(problems)
    return paths, others


def find_pictures(folder: str, classes: tuple[str, ...] = ()) -> PictureFiles:
    """Find the pictures in a folder that has a folder for each class.

    Parameters
    ----------
    folder : str
    classes : tuple of str, optional
        Those that there may be, for a test set, which need not have all of them. By default there must be two or more,
        with pictures in each.

    Raises
    ------
    DatasetError
        If it cannot be read, or has other folders; names every problem.
    """
    name = relative_path(folder).rstrip(os.sep)
    try:
        entries = sorted(os.listdir(folder))
    except OSError as error:
        raise DatasetError([_unreadable(error, name)]) from None
    found = {
        entry: pictures_below(os.path.join(folder, entry))
        for entry in entries
        if os.path.isdir(os.path.join(folder, entry)) and not entry.startswith(".")
    }
    beside = sum(is_picture(entry) and not os.path.isdir(os.path.join(folder, entry)) for entry in entries)
    if problems := [*(_test_problems(name, found, classes) if classes else _problems(folder, name, found, beside))]:
        raise DatasetError(problems)
    known = classes or tuple(found)
    counts = [len(found[each][0]) if each in found else 0 for each in known]
    return PictureFiles(
        name,
        tuple(path for each in known if each in found for path in found[each][0]),
        np.repeat(np.arange(len(known)), counts),
        known,
        tuple(_notes(name, found, beside)),
    )


def _unreadable(error: OSError, name: str = "") -> str:
    name = name or relative_path(str(error.filename))
    if isinstance(error, FileNotFoundError):
        return f"{name}: no such folder"
    if isinstance(error, NotADirectoryError):
        return f"{name}: is a file: name the folder with the folders of the classes"
    return f"{name}: cannot be read: {error.strerror}"


_Found = dict[str, tuple[list[str], "Counter[str]"]]


def _problems(folder: str, name: str, found: _Found, beside: int) -> Iterator[str]:
    expected = _EXPECTED.format(name)
    parts = [each for each in found if each.lower() in _PARTS]
    nested = parts and all(
        os.path.dirname(path) != os.path.join(folder, each) for each in parts for path in found[each][0]
    )
    if not found:
        yield f"{name}: has {_counted(beside, 'picture') if beside else 'no picture'} and no folder: {expected}"
    elif len(parts) == len(found) and nested:
        train = next((each for each in parts if each.lower().startswith("train")), parts[0])
        test = next((each for each in parts if each.lower().startswith("test")), "")
        test = f" and dataset.test: {name}/{test}" if test and test != train else ""
        yield (
            f"{name}: its folders {join_names(parts)} are parts of the data, not classes: "
            f"set dataset.folder: {name}/{train}{test}"
        )
    elif len(found) == 1:
        yield f"{name}: has one class only, {printable(next(iter(found)))}: there is nothing to classify: {expected}"
    else:
        if len(found) > MAX_CLASSES:
            yield f"{name}: has {len(found):,} folders, but a classifier has at most {MAX_CLASSES:,} classes"
        for each, (paths, others) in found.items():
            if not paths:
                yield f"{name}/{printable(each)}: has no picture{_endings(others)}: add some, or remove the folder"
    for each in found:
        if not each.isprintable():
            yield f"{name}/{printable(each)}: its name cannot be printed: rename the folder, for it names a class"


def _test_problems(name: str, found: _Found, classes: tuple[str, ...]) -> Iterator[str]:
    unknown = [each for each, (paths, _) in found.items() if paths and each not in classes]
    if unknown:
        yield (
            f"dataset.test: {name} has a folder for {join_names(unknown)}, which no network can learn, as there is no "
            f"such class in dataset.folder (classes: {join_names(classes, 8)}): rename or remove it"
        )
    elif not any(paths for paths, _ in found.values()):
        yield f"dataset.test: {name}: has no picture in folders: {_EXPECTED.format(name)}"


def _endings(others: Counter[str]) -> str:
    """Say which other files there are."""
    if not others:
        return ""
    counts = join_names([f"{count:,} {ending}" for ending, count in others.most_common()], 4)
    return f" ({', '.join(ENDINGS)}), but other files ({counts})"


def _notes(name: str, found: _Found, beside: int) -> Iterator[str]:
    if beside:
        yield f"{name}: {_counted(beside, 'picture')} beside the folders of the classes left out"
    others = sum((others for _, others in found.values()), Counter[str]())
    if others:
        counts = join_names([f"{count:,} {ending}" for ending, count in others.most_common()], 4)
        files = _counted(others.total(), "file")
        yield f"{name}: {files} of other kinds left out ({counts}): only {', '.join(ENDINGS)} are read"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
