"""The size and color that a config starts with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dropout_lab.datasets.pictures.starter import starter_keys


def saved(folder: Path, mode: str, *sizes: tuple[int, int]) -> str:
    for number, size in enumerate(sizes):
        for kind in ("cat", "dog"):
            (folder / kind).mkdir(exist_ok=True)
            Image.fromarray(np.full((*size, 3), number, np.uint8)).convert(mode).save(folder / kind / f"{number}.png")
    return str(folder)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (((28, 28),), [28, 28]),
        (((20, 30), (40, 50), (60, 61)), [40, 50]),
        (((480, 640),), [48, 64]),
        (((1000, 20),), [64, 8]),
    ],
)
def test_the_size_is_the_median_one_made_smaller_if_it_is_large(
    sizes: tuple[tuple[int, int], ...], expected: list[int], tmp_path: Path
) -> None:
    assert starter_keys(saved(tmp_path, "RGB", *sizes)) == {"size": expected}


def test_pictures_without_color_have_one_channel(tmp_path: Path) -> None:
    folder = saved(tmp_path, "L", (28, 28))
    (tmp_path / "cat" / "broken.png").write_bytes(b"nothing")
    assert starter_keys(folder) == {"size": [28, 28], "color": "grayscale"}
    saved(tmp_path, "P", (28, 28))
    assert starter_keys(folder) == {"size": [28, 28]}


def test_where_no_picture_can_be_read_there_is_a_size_all_the_same(tmp_path: Path) -> None:
    folder = saved(tmp_path, "L", (28, 28))
    for path in tmp_path.rglob("*.png"):
        path.write_bytes(b"")
    assert starter_keys(folder) == {"size": [64, 64]}
