"""Sonar, mines against rocks: 208 echoes, 60 strengths in frequency bands (Gorman and Sejnowski 1988)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from dropout_lab.datasets.dataset import Dataset, checksum
from dropout_lab.datasets.download import download, is_there
from dropout_lab.errors import DataError

__all__ = ["FILES", "SOURCES", "load", "read"]

FILES = ("sonar.all-data", "sonar.csv")
SOURCES = (
    "https://archive.ics.uci.edu/ml/machine-learning-databases/undocumented/connectionist-bench/sonar/sonar.all-data",
    "https://raw.githubusercontent.com/jbrownlee/Datasets/master/sonar.csv",
)
_ROWS, _INPUTS = 208, 60
_CHECKSUM = "30dc1cd8b361e4f597b4cb741d1cca43e632c93974e769fddfac691ece875b9c"


def load(folder: Path) -> Dataset:
    """Read Sonar from `folder`, downloading it there first if it has neither of `FILES`.

    Raises
    ------
    DataError
        If a file is there but damaged or altered, or there is none and no source gives one.
    """
    for name in FILES:
        if is_there(folder / name):
            return read(folder / name)
    download(folder / FILES[0], SOURCES, read)
    return read(folder / FILES[0])


def read(file: Path) -> Dataset:
    """Read and verify one file: 60 numbers and R or M per line, in the published order.

    Raises
    ------
    DataError
        If the file is not the published data set; says where it first departs from it.
    """
    try:
        with file.open(encoding="ascii", newline="") as lines:
            reader = csv.reader(lines)
            table = [(reader.line_num, line) for line in reader if line]
    except UnicodeDecodeError:
        raise DataError(f"{file}: not a text file; {_remedy(file)}") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}; make it readable, or {_remedy(file)}") from None
    except csv.Error as error:
        raise DataError(f"{file}: cannot be read: {error}; {_remedy(file)}") from None
    features = np.array([_numbers(file, number, line) for number, line in table])
    if len(table) != _ROWS:
        raise DataError(f"{file}: expected {_ROWS} lines, got {len(table)}; {_remedy(file)}")
    labels = np.array([("M", "R").index(line[_INPUTS].strip()) for _, line in table], dtype=np.int64)
    data = Dataset("sonar", features, labels, ("M", "R"), f"{file.name}, verified")
    if checksum(data) != _CHECKSUM:
        raise DataError(f"{file}: its values differ from the published ones; {_remedy(file)}")
    return data


def _numbers(file: Path, number: int, line: list[str]) -> list[float]:
    place = f"{file}:{number}"
    if len(line) != _INPUTS + 1:
        raise DataError(f"{place}: expected {_INPUTS} numbers and R or M, got {len(line)} cells; {_remedy(file)}")
    if line[_INPUTS].strip() not in ("R", "M"):
        raise DataError(f"{place}: expected R or M in the last cell, got {line[_INPUTS][:20]!r}; {_remedy(file)}")
    try:
        return [float(cell) for cell in line[:_INPUTS]]
    except ValueError:
        raise DataError(f"{place}: expected {_INPUTS} numbers before the label; {_remedy(file)}") from None


def _remedy(file: Path) -> str:
    return f"remove it and run 'dropout-lab data fetch sonar', or put the original file at {file}"
