"""Sonar, mines against rocks: 208 echoes, the energy in 60 frequency bands (Gorman and Sejnowski 1988)."""

from __future__ import annotations

import csv
from contextlib import suppress
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
        If a file is damaged or altered, or none is there and no source gives one.
    """
    for name in FILES:
        if is_there(folder / name):
            return read(folder / name)
    download(folder / FILES[0], SOURCES, _parse)
    return read(folder / FILES[0])


def read(file: Path) -> Dataset:
    """Read and verify one file: 60 numbers and R or M per line, in the published order.

    Raises
    ------
    DataError
        If the file is not the published data set; names the first wrong line.
    """
    remedy = f"remove it and run 'dropout-lab data fetch sonar', or put the original file at {file}"
    try:
        return _parse(file)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}; make it readable, or {remedy}") from None
    except DataError as error:
        where, problem = f"{file}: ", str(error)
        if problem.startswith("line "):
            where, problem = f"{file}:", problem.removeprefix("line ")
        raise DataError(f"{where}{problem}; {remedy}") from None


def _parse(file: Path) -> Dataset:
    """Read and verify a file; a `DataError` says what is wrong with its content and in which line, but not its name."""
    try:
        with file.open(encoding="ascii", newline="") as lines:
            reader = csv.reader(lines)
            rows = [(reader.line_num, row) for row in reader if row]
    except UnicodeDecodeError:
        raise DataError("not a text file") from None
    except csv.Error as error:
        raise DataError(f"cannot be read: {error}") from None
    features = np.array([_numbers(line, row) for line, row in rows])
    if len(rows) != _ROWS:
        raise DataError(f"expected {_ROWS} lines, got {len(rows)}")
    labels = np.array([("M", "R").index(row[_INPUTS].strip()) for _, row in rows], dtype=np.int64)
    data = Dataset("sonar", features, labels, ("M", "R"), f"{file.name}, verified")
    if checksum(data) != _CHECKSUM:
        raise DataError("its values differ from the published ones")
    return data


def _numbers(line: int, row: list[str]) -> list[float]:
    """Return the numbers of a row, once its label is verified."""
    if len(row) != _INPUTS + 1:
        problem = f"expected {_INPUTS} numbers and R or M, got {len(row)} cells"
    elif row[_INPUTS].strip() not in ("R", "M"):
        problem = f"expected R or M in the last cell, got {row[_INPUTS][:20]!r}"
    else:
        with suppress(ValueError):
            return [float(cell) for cell in row[:_INPUTS]]
        problem = f"expected {_INPUTS} numbers before the label"
    raise DataError(f"line {line}: {problem}")
