"""Pictures that tests draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

CLASSES = ("bars", "disc", "square")


def pixels(kind: str, seed: int, height: int = 20, width: int = 24) -> NDArray[np.uint8]:
    """Return a bright shape on a noisy ground, of shape (height, width, 3)."""
    rng = np.random.default_rng([CLASSES.index(kind), seed])
    down, across = np.mgrid[0:height, 0:width]
    down, across = down - (height - 1) / 2, across - (width - 1) / 2
    shape = {
        "bars": down // 3 % 2 == 0,
        "disc": down**2 + across**2 < (min(height, width) / 3) ** 2,
        "square": np.maximum(abs(down), abs(across)) < min(height, width) / 4,
    }[kind]
    ground = rng.integers(0, 90, (height, width, 3))
    return (ground + 110 * shape[..., None] + rng.integers(0, 40)).astype(np.uint8)


def draw(folder: Path, each: int, seed: int = 0, ending: str = "png", classes: tuple[str, ...] = CLASSES) -> Path:
    """Draw so many pictures of each class, of different sizes."""
    for kind in classes:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            picture = pixels(kind, seed + number, 16 + number % 9, 16 + number % 7)
            Image.fromarray(picture).save(folder / kind / f"{kind[0]}{number:03}.{ending}")
    return folder
