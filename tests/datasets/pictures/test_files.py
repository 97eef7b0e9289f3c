"""Which files are pictures of which class, against Keras."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from program import heed_permissions

from dropout_lab.datasets.pictures.files import find_pictures, pictures_below
from dropout_lab.errors import DatasetError

NAMES = ["a", "B", "b", "_", ".c", "10", "9", "é"]
FILES = st.tuples(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3),
    st.sampled_from(["x.png", "X.JPG", ".y.jpeg", "z.gif", "w.bmp", "v.tiff", "u.webp", "t.png.txt", "s.PNG", "r"]),
)


def make(folder: Path, *files: str) -> Path:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return folder


@settings(max_examples=10)  # Keras takes long
@given(st.lists(FILES, max_size=25))
def test_files_are_found_in_the_order_and_with_the_classes_of_keras(files: list[tuple[list[str], str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = make(Path(name), "a/1.png", "b/2.png", "b/3.txt", *("/".join([*path, file]) for path, file in files))
        (folder / "b" / "link.png").symlink_to(folder / "a" / "1.png")
        (folder / "b" / "linked").symlink_to(folder / "a")  # to a folder: not followed
        (folder / "linked_class").symlink_to(folder / "b")  # as a class it is
        for entry in folder.iterdir():
            if not entry.name.startswith("."):
                make(entry, "one.png")
        expected = keras.utils.image_dataset_from_directory(name, shuffle=False, verbose=False)
        found = find_pictures(name)
        assert [*found.classes] == expected.class_names
        assert [*found.paths] == expected.file_paths
        assert [found.classes[label] for label in found.labels] == [
            Path(path).relative_to(name).parts[0] for path in expected.file_paths
        ]
        flat = keras.utils.image_dataset_from_directory(name, labels=None, shuffle=False, verbose=False)
        assert [os.path.normpath(path) for path in flat.file_paths] == pictures_below(name)[0]


def problems(folder: Path, classes: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        find_pictures(str(folder), classes)
    return [problem.replace(f"{folder.parent}/", "") for problem in caught.value.problems]


def test_a_folder_that_is_none_or_has_other_contents_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    assert problems(folder) == ["pictures: no such folder"]
    assert problems(make(tmp_path, "file") / "file") == [
        "file: is a file: name the folder with the folders of the classes"
    ]
    expected = "expected one folder of pictures for each class, such as pictures/cat/ and pictures/dog/"
    make(folder, "1.png", "2.png")
    assert problems(folder) == [f"pictures: has 2 pictures and no folder: {expected}"]
    make(folder, "cat/1.png")
    assert problems(folder) == [f"pictures: has one class only, cat: there is nothing to classify: {expected}"]


def test_every_class_without_a_picture_is_named_with_what_it_holds_instead(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", "cat/1.png", "dog/1.webp", "dog/a/2.webp", "dog/3.txt")
    (folder / "eel").mkdir()
    assert problems(folder) == [
        "pictures/dog: has no picture (.bmp, .gif, .jpeg, .jpg, .png), but other files (2 .webp, 1 .txt): add some, or "
        "remove the folder",
        "pictures/eel: has no picture: add some, or remove the folder",
    ]


def test_there_are_at_most_a_thousand_classes(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", *(f"{number}/1.png" for number in range(1001)))
    assert problems(folder) == ["pictures: has 1,001 folders, but a classifier has at most 1,000 classes"]


def test_folders_that_are_parts_of_the_data_are_no_classes(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", "train/cat/1.png", "train/dog/1.png", "test/cat/1.png")
    assert problems(folder) == [
        "pictures: its folders test, train are parts of the data, not classes: set dataset.folder: pictures/train and "
        "dataset.test: pictures/test"
    ]
    vehicles = make(tmp_path / "vehicles", "train/1.png", "test/1.png")
    assert find_pictures(str(vehicles)).classes == ("test", "train")


def test_a_name_that_cannot_be_printed_names_no_class(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", "cat/1.png", "d\nog/1.png")
    os.makedirs(os.fsencode(folder) + b"/\xff")
    with open(os.fsencode(folder) + b"/\xff/1.png", "w"):
        pass
    assert [problem.partition(": ")[2] for problem in problems(folder)] == [
        "its name cannot be printed: rename the folder, for it names a class"
    ] * 2


def test_a_folder_within_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", "cat/1.png", "dog/1.png", "dog/closed/2.png")
    (folder / "dog/closed").chmod(0)
    with heed_permissions():
        assert problems(folder) == ["pictures/dog/closed: cannot be read: Permission denied"]
    (folder / "dog/closed").chmod(0o700)


def test_files_that_are_left_out_are_told(tmp_path: Path) -> None:
    folder = make(tmp_path / "pictures", "1.png", "readme.txt", "cat/1.png", "cat/2.webp", "dog/1.png", "dog/README")
    notes = [note.replace(f"{tmp_path}/", "") for note in find_pictures(str(folder)).notes]
    assert notes == [
        "pictures: 1 picture beside the folders of the classes left out",
        "pictures: 2 files of other kinds left out (1 .webp, 1 no ending): only .bmp, .gif, .jpeg, .jpg, .png are read",
    ]


def test_a_test_set_has_the_classes_of_the_training_set_or_some_of_them(tmp_path: Path) -> None:
    folder = make(tmp_path / "test", "cat/1.png", "cat/2.png")
    (folder / "bird").mkdir()
    found = find_pictures(str(folder), ("ape", "cat"))
    assert (found.classes, found.labels.tolist()) == (("ape", "cat"), [1, 1])
    assert problems(make(folder, "bird/1.png"), ("ape", "cat")) == [
        "dataset.test: test has a folder for bird, which no network can learn, as there is no such class in "
        "dataset.folder (classes: ape, cat): rename or remove it"
    ]
    (tmp_path / "empty").mkdir()
    assert problems(tmp_path / "empty", ("ape", "cat"))[0].startswith("dataset.test: empty: has no picture in folders:")
