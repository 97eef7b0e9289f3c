"""New rows in files of arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dropout_lab.errors import DatasetError
from dropout_lab.final_model.new_arrays import read_new_array, read_new_arrays

PICTURES = np.arange(4 * 6 * 6 * 3, dtype=np.uint8).reshape(4, 6, 6, 3)
CLASSES = np.arange(4)


def test_the_array_is_the_only_one_or_has_the_name_of_training_or_one_that_people_use(tmp_path: Path) -> None:
    for names, found in ((("a",), "a"), (("pixels", "X"), "pixels"), (("y", "x"), "x")):
        np.savez(tmp_path / "new.npz", **dict.fromkeys(names, CLASSES))
        assert read_new_array(tmp_path / "new.npz", "pixels")[2] == found


def test_pictures_of_one_channel_may_lack_its_axis(tmp_path: Path) -> None:
    np.save(tmp_path / "new.npy", PICTURES[..., 0])
    assert read_new_arrays(tmp_path / "new.npy", (6, 6, 1)).shape == (4, 6, 6, 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({"a": PICTURES[:2], "b": CLASSES}, "new.npz: has arrays a, b: expected x_train"),
        ({"a": PICTURES[:2, :5]}, "new.npz: a has shape (2, 5, 6, 3) and type uint8: expected rows of shape (6, 6, 3)"),
        ({"a": np.where(np.arange(3) == 1, np.nan, PICTURES[:2])}, "new.npz, row 1: a holds nan"),
        ({"a": np.array([["x"]])}, "new.npz: a has shape (1, 1)"),
        ({"a": PICTURES[:0]}, "new.npz: a has no rows"),
    ],
)
def test_rows_that_do_not_fit_the_model_are_refused(rows: dict[str, Any], expected: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "new.npz", **rows)
    with pytest.raises(DatasetError) as caught:
        read_new_arrays(tmp_path / "new.npz", (6, 6, 3), "x_train")
    assert expected in str(caught.value).replace(f"{tmp_path}/", "")
