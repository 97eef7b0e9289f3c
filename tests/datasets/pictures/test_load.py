"""Folders of pictures -> data sets."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from picture_files import CLASSES, draw, pixels
from PIL import Image

from dropout_lab.config.dataset import PictureFolder
from dropout_lab.config.evaluation import CrossValidation, OfficialTest
from dropout_lab.datasets import Dataset, checksum, load_dataset, splits
from dropout_lab.datasets.pictures import read
from dropout_lab.errors import DataError, DatasetError


@pytest.fixture(autouse=True)
def _within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(size: tuple[int, int] = (16, 16), **keys: Any) -> Dataset:
    return load_dataset(PictureFolder.model_validate({"folder": "pictures", "size": size, **keys}), Path("data"))


def problems(**keys: Any) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        load(**keys)
    return [*caught.value.problems]


@pytest.mark.parametrize(("color", "channels"), [("rgb", 3), ("grayscale", 1)])
def test_pictures_are_what_keras_reads_rounded_to_bytes(color: str, channels: int) -> None:
    for kind in CLASSES:
        for number in range(4):
            picture = Image.fromarray(pixels(kind, number, 30 + number, 20 + 9 * number))
            Path("pictures", kind, "more").mkdir(parents=True, exist_ok=True)
            name = f"{kind}/{'more/' * (number % 2)}{number}.{('png', 'bmp')[number // 2]}"
            picture.save(Path("pictures", name))
    if channels == 1:  # TensorFlow's gray is another by up to 1, and of bitmaps it has none
        for path in Path("pictures").rglob("*.*"):
            Image.open(path).convert("L").save(path.with_suffix(".png"))
        for path in Path("pictures").rglob("*.bmp"):
            path.unlink()
    data = load((12, 17), color=color)
    theirs = keras.utils.image_dataset_from_directory(
        "pictures", image_size=(12, 17), color_mode=color, batch_size=None, shuffle=False, verbose=False
    )
    images, labels = zip(*theirs.as_numpy_iterator(), strict=True)
    assert (data.row, data.features.dtype, data.classes) == ((12, 17, channels), np.uint8, CLASSES)
    np.testing.assert_array_equal(data.features, np.rint(images).astype(np.uint8).reshape(12, -1))
    np.testing.assert_array_equal(data.labels, labels)


def test_a_test_folder_is_the_official_test_set() -> None:
    draw(Path("pictures"), 4)
    draw(Path("other/test"), 2, seed=50, classes=("disc", "square"))
    data = load(test="other/test")
    assert (len(data.labels), data.test_rows, data.source) == (16, 4, "pictures and test (pictures in folders)")
    (split,) = splits(data, OfficialTest(), None, 0)
    assert (split.test.tolist(), data.labels[split.test].tolist()) == ([12, 13, 14, 15], [1, 1, 2, 2])
    assert checksum(data) != checksum(load())
    draw(Path("other/test"), 1, classes=("disc",))
    (Path("other/test") / "disc").rename("other/test/ring")
    assert problems(test="other/test") == [
        "dataset.test: other/test has a folder for ring, which no network can learn, as there is no such class in "
        "dataset.folder (classes: bars, disc, square): rename or remove it"
    ]
    (within,) = problems(test="pictures/disc")
    assert within.startswith(
        "dataset.test: pictures/disc is within dataset.folder, so that its pictures would be trained"
    )


def test_equal_pictures_are_held_out_together_unless_the_config_says_otherwise() -> None:
    draw(Path("pictures"), 6)
    shutil.copy("pictures/bars/b000.png", "pictures/bars/copy.png")
    shutil.copy("pictures/disc/d000.png", "pictures/square/copy.png")
    data = load()
    assert data.duplicates is not None
    assert (data.duplicates.copies, data.duplicates.conflicting) == (1, 2)
    for split in splits(data, CrossValidation(folds=3), None, 0):
        for first, second in ((0, 6), (7, 13)):
            assert (first in split.test) == (second in split.test)
    assert load(duplicates="keep").groups is None
    assert len(load(duplicates="drop").labels) == len(data.labels) - 1


def test_a_pattern_of_file_names_groups_pictures() -> None:
    draw(Path("pictures"), 6)
    for path in Path("pictures").rglob("*.png"):
        path.rename(path.with_name(f"person{int(path.stem[1:]) % 2}_{path.name}"))
    data = load(group=r"person(\d)_")
    assert data.groups is not None
    assert data.groups.tolist() == [0, 0, 0, 1, 1, 1] * 3
    assert data.roles is not None
    assert data.roles.group == r"person(\d)_"
    whole = load(group=r"person\d")
    assert whole.groups is not None
    assert whole.groups.tolist() == data.groups.tolist()
    Path("pictures/disc/other.png").write_bytes(Path("pictures/disc/person0_d000.png").read_bytes())
    assert problems(group=r"person(\d)_") == [
        r"dataset.group: person(\d)_ is not found in 1 of 19 file names (other.png): each picture needs a group"
    ]


def test_broken_pictures_are_all_named_or_left_out_and_counted() -> None:
    draw(Path("pictures"), 40)
    whole = load()
    for name in ("bars/b003", "disc/d000", "square/s039"):
        path = Path("pictures", f"{name}.png")
        path.write_bytes(path.read_bytes()[:60])
    *named, remedy = problems()
    assert [problem.partition(": ")[0] for problem in named] == [
        "pictures/bars/b003.png",
        "pictures/disc/d000.png",
        "pictures/square/s039.png",
    ]
    assert remedy == (
        "3 of 120 pictures cannot be read: replace or remove them, or set dataset.skip_broken: true, which leaves them "
        "out"
    )
    data = load(skip_broken=True)
    left = np.delete(np.arange(120), [3, 40, 119])
    np.testing.assert_array_equal(data.features, whole.features[left])
    np.testing.assert_array_equal(data.labels, whole.labels[left])
    assert data.notes[0] == (
        "3 of 120: pictures that cannot be read are left out (dataset.skip_broken): pictures/bars/b003.png, "
        "pictures/disc/d000.png, pictures/square/s039.png"
    )


def test_a_class_of_broken_pictures_alone_is_refused() -> None:
    draw(Path("pictures"), 2)
    for path in Path("pictures/disc").iterdir():
        path.write_bytes(b"")
    assert problems(skip_broken=True) == ["pictures/disc: none of its pictures can be read: remove the folder"]


def test_pictures_of_other_sizes_and_strong_distortion_are_told_once() -> None:
    draw(Path("pictures"), 2)
    Image.fromarray(pixels("disc", 1, 20, 90)).save("pictures/disc/wide.png")
    Image.fromarray(pixels("disc", 1, 20, 50)).save("pictures/disc/wider.png")
    resized, distorted = load().notes
    assert (
        resized
        == "pictures are 16 to 20 pixels high and 16 to 90 wide: they are resized to 16 x 16, bilinearly as by Keras"
    )
    assert distorted.startswith(
        "2 of 8 pictures are distorted: their ratio of width to height changes by a factor above 1.5 (most: "
        "pictures/disc/wide.png, 20 x 90)"
    )
    for path in Path("pictures").rglob("*.png"):
        Image.open(path).resize((16, 16)).save(path)
    assert load().notes == ()


def test_many_pictures_are_in_a_file_that_is_gone_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    draw(Path("pictures"), 40)
    Path("pictures/disc/d003.png").write_bytes(b"")
    usual = load(skip_broken=True)
    monkeypatch.setattr(read, "_MOST_IN_MEMORY", 1000)
    mapped = load(skip_broken=True)
    assert checksum(mapped) == checksum(usual)
    base = mapped.features
    while isinstance(base.base, np.ndarray):
        base = base.base
    assert isinstance(base, np.memmap)
    assert [*Path("data").iterdir()] == []
    shutil.rmtree("data")
    Path("data").touch()
    with pytest.raises(
        DataError, match=r"data: has no room for pictures of 0\.0 GB in all: .*: take a smaller dataset\.size"
    ):
        load(skip_broken=True)
