"""A config to start from, made by simple rules from the content of a file."""

from __future__ import annotations

import math
import shlex
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dropout_lab.config.yaml_text import inline, quoted
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.arrays.starter_network import network_lines
from dropout_lab.datasets.distinct_rows import class_counts
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.named_inputs import RowShape
from dropout_lab.datasets.scaling import scale_for
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.column_types import ExcludedColumn, infer_column
from dropout_lab.datasets.tabular.date_columns import looks_like_dates
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.targets import infer_target
from dropout_lab.datasets.tabular.text_numbers import find_numbers

__all__ = [
    "batch_size_for",
    "config_for",
    "epochs_for",
    "folds_for",
    "list_columns",
    "target_candidates",
    "units_for",
]

_MIN_SIZE, _MAX_SIZE = 16, 256
_MAX_CLASSES = 50
_TIME_FOLDS = 5
_WORD = 32
"""Size of the vector of a word."""

_NOTE_WIDTH = 100
_DENSE_NETWORK = """\
model: {{hidden: [{units}]}}            # units of each hidden layer
dropout: {{where: hidden, rate: 0.2}}
"""
_TEXT_NETWORK = """\
model: {{hidden: [{units}], embedding: 32}}  # of the means of the vectors of words; to read them in their order:
# model: {{kind: conv1d, filters: [32], dense: [{units}]}}        # or {{kind: rnn, units: [32]}}, {{kind: transformer}}
dropout: {{where: hidden, rate: 0.2}}
"""
_TARGET_NAMES = ("target", "class", "label", "outcome", "y", "diagnosis", "species", "type")


def config_for(data: Dataset, config: str, source: str, file: str, keys: Mapping[str, Any], note: str = "") -> str:
    """Write a config for a data set.

    Parameters
    ----------
    data : Dataset
    config : str
        Its file name, for the commands in its comments.
    source : str
        The key of its section that names the file.
    file : str
        Path of the data, relative to the config.
    keys : mapping
        Further keys of the section and their values.
    note : str
        About these keys.
    """
    rows, inputs, classes = len(data.labels), data.inputs, len(data.classes)
    size = f"{rows:,} {'windows' if data.windows else 'rows'}, {inputs:,} input{'' if inputs == 1 else 's'}"
    target = "a number to predict" if data.values is not None else f"{classes} classes"
    texts = isinstance(data.row, RowShape) and bool(data.row.texts())
    numbers = math.prod(data.row.embedded(_WORD, as_sequence=False)) if isinstance(data.row, RowShape) else inputs
    batch_size, units = batch_size_for(rows), units_for(rows, numbers, classes)
    epochs = epochs_for(rows, batch_size)
    lines = "".join(f"  {key}: {inline(value)}\n" for key, value in keys.items())
    lines += "".join(f"  # {line}\n" for line in textwrap.wrap(note, _NOTE_WIDTH))
    path = printable(shlex.quote(config), 200)
    dense = (_TEXT_NETWORK if texts else _DENSE_NETWORK).format(units=units)
    network = network_lines(data, units) if data.shape else dense
    found = ""
    if data.duplicates and "duplicates" not in keys:
        found = f"  # duplicates: group           # {data.duplicates}: they are held out together\n"
    return f"""\
# Which dropout rate suits {data.name}?
#   dropout-lab sweep {path} --rates 0:0.9:0.1
# What was found in the file:  dropout-lab data check {path}
dataset:                        # {size}, {target}
  {source}: {quoted(file)}
{lines}{_further_keys(data, source)}{found}preprocessing: {{scale: {scale_for(data)}}}
{network}training:
  optimizer: {{name: adam, learning_rate: 0.001}}
  epochs: {epochs}
  batch_size: {batch_size}
evaluation:
{_evaluation(data)}"""


def _further_keys(data: Dataset, source: str) -> str:
    """Return the lines on keys of the data that are often needed, as comments."""
    group = "               # rows of equal value are held out together: needed if rows belong together\n"
    if data.table is None:
        return f"  # group: '^[^_]*'{group}" if source == "folder" else f"  # group: ARRAY {group}"
    drop = "  # drop: [COLUMN, ...]         # columns that are no input\n"
    if data.windows is None:
        return f"{drop}  # group: COLUMN{group}"
    series = "" if data.roles and data.roles.series else "  # series: COLUMN              # if there are several\n"
    time = "" if data.roles and data.roles.time else "  # time: COLUMN                # the order of the rows\n"
    return f"{drop}{series}{time}"


def _evaluation(data: Dataset) -> str:
    """Return the lines on how rows are held out: as the data say, or else in folds."""
    if data.test_rows:
        return "  split: test                   # the test rows are held out\n"
    if data.test_fold is not None:
        return f"  split: predefined             # by {printable(data.roles.fold if data.roles else '')}\n"
    folds = folds_for(data)
    if data.time is not None:
        folds = max(2, min(_TIME_FOLDS, folds, int(data.time.max()), _blocks(data)))
        return (
            "  split: time_series            # trains on earlier rows than it holds out\n"
            f"  folds: {folds}                      # blocks of rows, in the order of time\n"
        )
    grouped = ", groups held out whole" if data.groups is not None and not data.grouped_by_inputs else ""
    return (
        f"  folds: {folds}                     # each row is held out once{grouped}\n"
        "  # repeats: 10                 # with other folds: tells smaller differences\n"
        "  # split: time_series          # if rows came one after another: trains on earlier rows than it holds out\n"
    )


def list_columns(table: RawTable) -> Iterator[str]:
    """Yield a line for each column of a table - name, type, range or categories - and the notes on how it was read."""
    width = max(len(printable(column.name)) for column in table.columns)
    yield f"{table.file}: {len(table.columns[0].values):,} rows ({table.format})"
    for column in table.columns:
        yield f"  {printable(column.name):<{width}}  {_description(column, table)}"
    for note in table.notes:
        yield f"  note: {note}"


def _description(column: RawColumn, table: RawTable) -> str:
    """Say what a column holds: numbers however they are written, dates or texts, and in how many rows it is empty."""
    texts = find_numbers(column, table.style) if table.is_text and column.categories is not None else None
    numbers = column if texts is None or not texts.is_numbers else texts.as_numbers()
    inferred = infer_column(numbers, keep=True, most_categories=2)
    if isinstance(inferred, ExcludedColumn):
        return inferred.reason
    kind = inferred[0]
    found = (
        f"{len(kind.categories):,} {'dates' if looks_like_dates(column) else 'texts'}: {join_names(kind.categories, 4)}"
    )
    if kind.kind == "number":
        found = f"number, {kind.span[0]:g} to {kind.span[1]:g}"
        found += ", if its points are decimal signs" if numbers.doubtful else ""
    return f"{found}; missing in {kind.missing:,}" if kind.missing else found


def target_candidates(table: RawTable) -> list[str]:
    """Return the columns that could be predicted, the likeliest first: by their name, else the last one."""
    candidates = []
    for position, column in enumerate(table.columns):
        target = infer_target(column, None, table.style, table.is_text)
        if target.problem or isinstance(infer_column(column, keep=False, most_categories=2), ExcludedColumn):
            continue
        if target.values is None:
            counts = np.bincount(target.labels[target.present])
            amounts = len(counts) > 2 and all(number(name) is not None for name in target.classes)
            if len(counts) > _MAX_CLASSES or (counts.min() < 2 and not amounts):
                continue
        candidates.append((column.name.lower() not in _TARGET_NAMES, -position, column.name))
    return [name for _, _, name in sorted(candidates)]


def folds_for(data: Dataset) -> int:
    """Return ten folds, but no more than the smallest class has rows or the data have groups; at least two.

    In regression, about ten rows or more are held out at once: a single one has no R2.
    """
    limits = [10, len(data.split_labels) // 10 if data.values is not None else int(class_counts(data).min())]
    if data.split_groups is not None:
        limits.append(len(np.unique(data.split_groups)))
    return max(2, min(limits))


def _blocks(data: Dataset) -> int:
    """Return how many blocks of windows can be held out that are as long as a window and its target, one trained on."""
    if data.windows is None or data.time is None:
        return _TIME_FOLDS
    points = int(data.time.max() - data.time.min()) + 1
    span = int((data.time - data.windows.begin[: len(data.time)]).max()) + 2 * data.windows.step
    return points // span - 1


def units_for(rows: int, inputs: int, classes: int) -> int:
    """Return the units of a hidden layer: as many as inputs and classes together, but at most one for ten rows."""
    return _power_of_two(min(inputs + classes, rows / 10))


def batch_size_for(rows: int) -> int:
    """Return the batch size: about fifty batches in an epoch."""
    return _power_of_two(rows / 50)


def epochs_for(rows: int, batch_size: int) -> int:
    """Return the epochs: about 5,000 steps, but 10 to 100 epochs, in tens."""
    steps = max(1, rows * 0.9 / batch_size)
    return int(min(100, max(10, round(5000 / steps / 10) * 10)))


def _power_of_two(value: float) -> int:
    """Return the nearest power of two from 16 to 256."""
    return int(min(_MAX_SIZE, 2 ** round(np.log2(max(value, _MIN_SIZE)))))
