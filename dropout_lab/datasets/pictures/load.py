"""Folders of pictures -> a data set, with every problem reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.picture_folder import PictureFolder
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import join_names, printable, relative_path
from dropout_lab.datasets.pictures.files import PictureFiles, find_pictures
from dropout_lab.datasets.pictures.read import Pictures, read_pictures
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.duplicate_rows import treat_duplicates
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.test_file import shared_groups_note
from dropout_lab.errors import DatasetError

__all__ = ["broken_problems", "load_pictures"]

_MOST_BROKEN = 200
_STRONG = 1.5
"""The factor from which a change of the ratio of width to height is told."""


def load_pictures(spec: PictureFolder, folder: Path, _: bytes | None = None) -> Dataset:
    """Read the pictures of a folder, and of one with a test set.

    Parameters
    ----------
    spec : PictureFolder
    folder : Path
        Of the data, where pictures are kept that would take much memory.

    Raises
    ------
    DatasetError
        If they cannot be read, or nothing can be learned from them; names every problem.
    DataError
        If there is no room for them.
    """
    train, test = _found(spec)
    parts = [part for part in (train, test) if part is not None]
    paths = [path for part in parts for path in part.paths]
    groups, problems = _groups(paths, spec.group)
    shape = (*spec.size, 3 if spec.color == "rgb" else 1)
    pictures = read_pictures(paths, shape, folder)
    if not spec.skip_broken:
        problems += broken_problems(paths, pictures.broken, "or set dataset.skip_broken: true, which leaves them out")
    labels = np.concatenate([part.labels for part in parts])[pictures.rows]
    test_rows = int((pictures.rows >= len(train.paths)).sum())
    left = np.bincount(labels[: len(labels) - test_rows], minlength=len(train.classes))
    problems += [
        f"{train.folder}/{train.classes[code]}: none of its pictures can be read: remove the folder"
        for code in np.flatnonzero(left == 0)
        if spec.skip_broken
    ]
    if problems:
        raise DatasetError(problems)
    raw = RawTable(
        train.folder, (RawColumn("class", labels),), test_file=test.folder if test else "", test_rows=test_rows
    )
    groups = groups and groups.rows(pictures.rows)
    names = dict.fromkeys(PurePath(os.path.abspath(part)).name for part in (spec.folder, spec.test) if part)
    data = Dataset(
        spec.name,
        pictures.pixels,
        labels,
        train.classes,
        f"{' and '.join(names)} (pictures in folders)",
        shape=shape,
        test_rows=test_rows,
        groups=None if groups is None else groups.values.astype(np.int64),
        roles=Roles("class", group=spec.group or "", inputs="pictures"),
        notes=(
            *(note for part in parts for note in part.notes),
            *_skipped_note(paths, pictures.broken),
            *_size_notes(paths, pictures, spec.size),
            *shared_groups_note(raw, groups, np.arange(len(labels))),
        ),
    )
    return treat_duplicates(data, spec.duplicates)


def broken_problems(paths: Sequence[str], broken: dict[int, str], remedy: str) -> Iterator[str]:
    """Yield what is wrong with each picture that cannot be read, and in the end what to do.

    Parameters
    ----------
    paths : sequence of str
    broken : dict of int to str
        As in `Pictures`.
    remedy : str
        What can be done besides correcting them.
    """
    for number in list(broken)[:_MOST_BROKEN]:
        yield f"{relative_path(paths[number])}: {broken[number]}"
    if len(broken) > _MOST_BROKEN:
        yield f"and {len(broken) - _MOST_BROKEN:,} more"
    if broken:
        them = (
            "picture cannot be read: replace or remove it"
            if len(broken) == 1
            else "pictures cannot be read: replace or remove them"
        )
        yield f"{len(broken):,} of {len(paths):,} {them}, {remedy}"


def _found(spec: PictureFolder) -> tuple[PictureFiles, PictureFiles | None]:
    train = find_pictures(spec.folder)
    if spec.test is None:
        return train, None
    inner, outer = (os.path.realpath(each) for each in (spec.test, spec.folder))
    if outer in (inner, *map(str, PurePath(inner).parents)):
        raise DatasetError(
            [
                f"dataset.test: {relative_path(spec.test)} is within dataset.folder, so that its pictures would be "
                "trained on, too: move it elsewhere"
            ]
        )
    return train, find_pictures(spec.test, train.classes)


def _groups(paths: Sequence[str], pattern: str | None) -> tuple[RawColumn | None, list[str]]:
    """Return the group of each picture, by its file's name, and what is wrong with the names."""
    if pattern is None:
        return None, []
    found = [re.search(pattern, os.path.basename(path)) for path in paths]
    texts = [match.group(match.re.groups) if match else None for match in found]
    without = [os.path.basename(path) for path, text in zip(paths, texts, strict=True) if text is None]
    if without:
        return None, [
            f"dataset.group: {printable(pattern)} is not found in {len(without):,} of {len(paths):,} file names "
            f"({join_names(without, 3)}): each picture needs a group"
        ]
    return RawColumn.from_values(pattern, texts), []


def _skipped_note(paths: Sequence[str], broken: dict[int, str]) -> Iterator[str]:
    if broken:
        files = join_names([relative_path(paths[number]) for number in broken], 3)
        are = "picture that cannot be read is" if len(broken) == 1 else "pictures that cannot be read are"
        yield f"{len(broken):,} of {len(paths):,}: {are} left out (dataset.skip_broken): {files}"


def _size_notes(paths: Sequence[str], pictures: Pictures, size: tuple[int, int]) -> Iterator[str]:
    """Yield that pictures were resized, and how many were bent by it."""
    sizes = pictures.sizes
    if not (sizes != size).any():
        return
    high, wide = (_span(sides) for sides in sizes.T)
    yield f"pictures are {high} pixels high and {wide} wide: they are resized to {_text(size)}, bilinearly as by Keras"
    factor = sizes[:, 1] / sizes[:, 0] * (size[0] / size[1])
    factor = np.maximum(factor, 1 / factor)
    if bent := int((factor > _STRONG).sum()):
        worst = int(factor.argmax())
        path, before = relative_path(paths[pictures.rows[worst]]), _text(sizes[worst])
        yield (
            f"{bent:,} of {len(sizes):,} pictures are distorted: their ratio of width to height changes by a factor "
            f"above {_STRONG:g} (most: {path}, {before}): crop them, or choose a dataset.size of their shape"
        )


def _span(sides: NDArray[np.int64]) -> str:
    return f"{sides.min()}" if sides.min() == sides.max() else f"{sides.min()} to {sides.max()}"


def _text(size: Sequence[int] | NDArray[np.int64]) -> str:
    return f"{size[0]} x {size[1]}"
