"""New pictures in files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from picture_files import draw

from dropout_lab.config.dataset import PictureFolder
from dropout_lab.datasets import load_dataset
from dropout_lab.errors import DatasetError, ModelError
from dropout_lab.final_model.new_pictures import holds_pictures, read_new_pictures


def test_pictures_are_read_as_in_training_from_a_folder_or_one_file(tmp_path: Path) -> None:
    draw(tmp_path, 3)
    data = load_dataset(PictureFolder(folder=str(tmp_path), size=(10, 12), color="grayscale"), tmp_path)
    found, files = read_new_pictures(tmp_path, (10, 12, 1), True)
    assert files[:4] == ["bars/b000.png", "bars/b001.png", "bars/b002.png", "disc/d000.png"]
    np.testing.assert_array_equal(found, data.features)
    one, names = read_new_pictures(tmp_path / files[4], (10, 12, 1), True)
    assert names == ["d001.png"]
    np.testing.assert_array_equal(one, data.features[4:5])
    assert holds_pictures(tmp_path)
    assert holds_pictures(Path("a.JPG"))
    assert not holds_pictures(Path("a.csv"))


def test_what_holds_no_picture_that_can_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").touch()
    with pytest.raises(DatasetError, match=r"has no picture \(\.bmp, \.gif"):
        read_new_pictures(tmp_path, (10, 10, 3), True)
    draw(tmp_path, 2)
    for name in ("disc/d000.png", "bars/b001.png"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(DatasetError) as caught:
        read_new_pictures(tmp_path, (10, 10, 3), True)
    assert [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "bars/b001.png: is empty",
        "disc/d000.png: is empty",
        "2 of 6 pictures cannot be read: replace or remove them, and predict again",
    ]


@pytest.mark.parametrize(
    ("row", "of_bytes"), [((10, 10, 3), False), ((10, 10, 2), True), ((10, 3), True), ((60,), False)]
)
def test_a_model_of_something_else_takes_no_pictures(row: tuple[int, ...], of_bytes: bool, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds pictures, but the model was trained on"):
        read_new_pictures(draw(tmp_path, 1), row, of_bytes)
