"""A config to start from, by simple rules from what a file holds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import numpy as np

from dropout_lab.datasets import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import ExcludedColumn, as_column
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.datasets.tabular.targets import classes_of, looks_continuous, numbers_of

__all__ = ["batch_for", "candidates", "config_for", "epochs_for", "folds_for", "listing", "quoted", "units_for"]

_FEWEST, _MOST = 16, 256
_MOST_CLASSES = 50
_NAMES = ("target", "class", "label", "outcome", "y", "diagnosis", "species", "type")


def config_for(data: Dataset, config: str, source: str, file: str, given: dict[str, str]) -> str:
    """Write a config for data that are known.

    Parameters
    ----------
    data : Dataset
    config : str
        What to call the config in its comments.
    source : str
        ``csv``, ``parquet`` or ``npz``.
    file : str
        As seen from the config.
    given : dict
        Further keys of the section.
    """
    rows, inputs, classes = len(data.labels), data.inputs, len(data.classes)
    folds = folds_for(data)
    wanted = "a number to predict" if data.values is not None else f"{classes} classes"
    batch, units = batch_for(rows), units_for(rows, inputs, classes)
    epochs = epochs_for(rows, batch)
    keys = "".join(f"  {key}: {quoted(value)}\n" for key, value in given.items())
    called = printable(shlex.quote(config), 200)
    grouped = ", groups held out whole" if data.groups is not None else ""
    return f"""\
# Which dropout rate suits {data.name}?
#   dropout-lab sweep {called} --rates 0:0.9:0.1
# What was found in the file:  dropout-lab data check {called}
dataset:                        # {rows:,} rows, {inputs:,} inputs, {wanted}
  {source}: {quoted(file)}
{keys}  # drop: [COLUMN, ...]         # columns that are no input
  # group: COLUMN               # rows of equal value are held out together: needed if rows belong together
preprocessing: {{scale: standard}}
model: {{hidden: [{units}]}}            # units of each hidden layer
dropout: {{where: hidden, rate: 0.2}}
training:
  optimizer: {{name: adam, learning_rate: 0.001}}
  epochs: {epochs}
  batch_size: {batch}
evaluation:
  folds: {folds}                     # each row is held out once{grouped}
  # repeats: 10                 # with other folds: tells smaller differences
"""


def listing(table: RawTable) -> Iterator[str]:
    """Yield a line for each column of a table: its name, what it is, and what it holds."""
    width = max(len(printable(column.name)) for column in table.columns)
    yield f"{table.file}: {len(table.columns[0].values):,} rows ({table.format})"
    for column in table.columns:
        found = as_column(column, keep=True, most=2)
        if isinstance(found, ExcludedColumn):
            told = found.why
        elif found[0].kind == "number":
            told = f"number, {found[0].span[0]:g} to {found[0].span[1]:g}"
        else:
            told = f"{len(found[0].words):,} texts: {join_names(found[0].words, 4)}"
        yield f"  {printable(column.name):<{width}}  {told}"


def candidates(table: RawTable) -> list[str]:
    """Return the columns that could be predicted, the likeliest first: by their name, else the last one."""
    found = []
    for place, column in enumerate(table.columns):
        codes, names, problem = classes_of(column, table.decimal)
        numbers = numbers_of(column, table.decimal)
        few = 1 < len(names) <= _MOST_CLASSES and np.bincount(codes[codes >= 0]).min() > 1
        measured = numbers is not None and len(names) > 1 and looks_continuous(numbers)
        if (measured or (few and not problem)) and not isinstance(
            as_column(column, keep=False, most=2), ExcludedColumn
        ):
            found.append((column.name.lower() not in _NAMES, -place, column.name))
    return [name for _, _, name in sorted(found)]


def folds_for(data: Dataset) -> int:
    """Return ten folds, or as many as the smallest class has rows and the data have groups; two at least.

    For a number that is predicted, about ten rows at least are held out at once: of one there is no R2.
    """
    limits = [10, len(data.labels) // 10 if data.values is not None else int(np.bincount(data.labels).min())]
    if data.groups is not None:
        limits.append(len(np.unique(data.groups)))
    return max(2, min(limits))


def units_for(rows: int, inputs: int, classes: int) -> int:
    """Return the units of a hidden layer: as many as inputs and classes together, one for ten rows at most."""
    return _doubled(min(inputs + classes, rows / 10), _FEWEST, _MOST)


def batch_for(rows: int) -> int:
    """Return the rows of a batch: some fifty batches in an epoch."""
    return _doubled(rows / 50, _FEWEST, _MOST)


def epochs_for(rows: int, batch: int) -> int:
    """Return the epochs: some 5,000 steps, at least 10 epochs and at most 100, by tens."""
    steps = max(1, rows * 0.9 / batch)
    return int(min(100, max(10, round(5000 / steps / 10) * 10)))


def quoted(text: str) -> str:
    """Write a text so that YAML reads it as it is, whatever it holds."""
    return '"' + "".join(each if each.isprintable() and each not in '"\\' else _escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    return f"\\{character}" if character in '"\\' else f"\\U{ord(character):08x}"


def _doubled(value: float, fewest: int, most: int) -> int:
    """Return the nearest doubling of `fewest`, within both ends."""
    power = round(np.log2(max(value, fewest) / fewest))
    return int(min(most, fewest * 2**power))
