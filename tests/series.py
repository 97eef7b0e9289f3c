"""Time series for tests: a CSV file, and windows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from csv_files import read

from dropout_lab.datasets import Dataset

HEADER = "day,station,outcome,wind,sky"


def lines(rows: int, station: str = "a", first_day: int = 0, seed: int = 7) -> list[str]:
    """Return so many days of a series that remembers the day before."""
    random, value, made = np.random.default_rng(seed), 0.0, []
    for day in range(first_day, first_day + rows):
        value = 0.9 * value + random.normal()
        sky = ["clear", "grey", "rain"][int(random.integers(3))]
        made.append(f"{day},{station},{value:.3f},{random.gamma(2):.2f},{sky}")
    return made


def text(*parts: list[str]) -> str:
    return "\n".join([HEADER, *(line for part in parts for line in part)]) + "\n"


def windows(folder: Path, content: str | None = None, **keys: Any) -> Dataset:
    """Read windows of a file, by default of 200 days at one station."""
    keys = {"window": 5, "horizon": 2, "drop": ["station"], "time": "day"} | keys
    return read(folder, text(lines(200)) if content is None else content, **keys)
