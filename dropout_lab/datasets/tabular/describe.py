"""What the user's own data were inferred to be: in short, and the columns of a table one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.encodings import Embedding, Text
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.dataset import VALIDATION
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import Column
from dropout_lab.datasets.tabular.words import split_all
from dropout_lab.datasets.windows import Windows

__all__ = ["column_lines", "own_data_lines", "summary_lines"]

_MAX_CLASSES = 8


def summary_lines(data: Dataset) -> list[str]:
    """Describe a data set in a few lines: inputs, target, groups, excluded columns and notes."""
    inputs = f"{data.inputs:,} input{'' if data.inputs == 1 else 's'}"
    rows = "windows" if data.windows else "rows"
    lines = [f"{data.name}: {len(data.labels):,} {rows}, {inputs}, from {data.source}"]
    if data.roles is None:
        return [*lines, f"  to predict: {_classes(data)}"]
    target = f"to predict: {printable(data.roles.target)}, {_classes(data)}"
    lines.append(f"  {_rows(data)}; {target}")
    if data.windows is not None:
        lines.append(f"  windows: {_windows(data, data.windows)}")
    if data.groups is not None and data.roles.group:
        own = data.groups if data.own_groups is None else data.own_groups
        lines.append(f"  group: {printable(data.roles.group)}, {len(np.unique(own)):,} of them, each held out whole")
    if data.test_rows:
        lines.append(f"  test: the last {data.test_rows:,} {rows}, {_origin(data)}")
    if data.test_fold is not None:
        lines.append(f"  fold: {printable(data.roles.fold)}, {_folds(data.test_fold)}")
    if data.time is not None and (data.roles.time or data.windows is None):
        lines.append(f"  time: {printable(data.roles.time)}, {len(np.unique(data.time)):,} different points in time")
    if data.table is not None and data.table.excluded:
        names = [f"{printable(column.name)} ({column.reason})" for column in data.table.excluded]
        lines.append(f"  left out: {', '.join(names[:5])}{f' and {len(names) - 5} more' if len(names) > 5 else ''}")
    return lines + [f"  note: {note}" for note in data.notes]


def own_data_lines(data: Dataset, quiet: bool) -> list[str]:
    """Return what must be said of the user's own data before they are trained on: if `quiet`, the notes alone."""
    if data.roles is None:
        return []
    return [f"note: {note}" for note in data.notes] if quiet else summary_lines(data)


def column_lines(data: Dataset) -> Iterator[str]:
    """Yield the lines of a table of the columns: name, type, missing values, inputs, range or categories."""
    if data.table is None:
        return
    rows = [("column", "type", "missing", "inputs", "values")]
    for column in data.table.columns:
        row = (printable(column.name, 30), column.kind, f"{column.missing:,}", f"{column.inputs:,}", _values(column))
        rows.append(row)
    rows += [(printable(column.name, 30), "left out", "", "", column.reason) for column in data.table.excluded]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    yield ""
    for name, kind, missing, inputs, values in rows:
        start = f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {missing:>{widths[2]}}  {inputs:>{widths[3]}}"
        yield f"{start}  {values}".rstrip()


def _rows(data: Dataset) -> str:
    """Say what a row is: so many columns of each kind, a sequence, a picture."""
    if data.table is None:
        shape, kind = data.shape, data.features.dtype.name
        if len(shape) == 3:
            channels = f"{shape[2]} channel{'' if shape[2] == 1 else 's'}"
            return f"rows: pictures of {shape[0]} x {shape[1]} pixels, {channels} ({kind})"
        if len(shape) == 2:
            return f"rows: sequences of {shape[0]} steps, {shape[1]} feature{'' if shape[1] == 1 else 's'} ({kind})"
        return f"rows: arrays of {' x '.join(map(str, shape))} ({kind})"
    kinds: list[str] = [column.kind for column in data.table.columns]
    names = (("number", "numbers"), ("category", "categories"), ("text", "texts"))
    counts = ((kinds.count(one), one, many) for one, many in names)
    *others, last = (f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count)
    return f"columns: {', '.join(others)} and {last}" if others else f"columns: {last}"


def _windows(data: Dataset, windows: Windows) -> str:
    """Say what is cut from how many rows, and where the target is."""
    start = "every row starts" if windows.step == 1 else f"every {windows.step:,} rows start"
    later = f"{windows.horizon:,} row{'' if windows.horizon == 1 else 's'} later" if windows.horizon else "its last row"
    series = f" of a series ({printable(data.roles.series)})" if data.roles and data.roles.series else ""
    every = f"{windows.length:,} consecutive rows{series} of {len(data.features):,} in all"
    return f"{every}; {start} one; to predict: {later}"


def _origin(data: Dataset) -> str:
    files = data.source.rpartition(" (")[0]
    return f"those of {printable(files.partition(' and ')[2])}"


def _folds(test_fold: NDArray[np.int64]) -> str:
    """Say how many rows each fold holds out, and which rows none does."""
    sizes = np.unique(test_fold[test_fold >= 0], return_counts=True)[1]
    never, validation = (int((test_fold == code).sum()) for code in (-1, VALIDATION))
    text = f"{sizes.sum():,} rows held out"
    if len(sizes) > 1:
        span = f"{sizes.min():,}" if sizes.min() == sizes.max() else f"{sizes.min():,} to {sizes.max():,}"
        text = f"{len(sizes):,} folds of {span} rows, each held out once"
    if never:
        text += f", {never:,} always trained on"
    return text + (f", {validation:,} for early stopping only" if validation else "")


def _values(column: Column) -> str:
    if column.kind == "number":
        return f"{column.span[0]:g} to {column.span[1]:g}"
    found = f"{len(column.categories):,}: {join_names(column.categories, 4)}"
    if isinstance(column.encoding, Text):
        lengths = split_all(column.categories).lengths
        cut = int((lengths > column.inputs).sum())
        longer = f", {cut:,} of them longer than {column.inputs:,}" if cut else ""
        return f"{found}; texts of {lengths.min():,} to {lengths.max():,} words{longer}"
    if isinstance(column.encoding, Embedding):
        return f"{found}; an embedding of size {column.encoding.size_for(len(column.categories))}"
    return found


def _classes(data: Dataset) -> str:
    if data.values is not None:
        return f"a number, {data.values.min():g} to {data.values.max():g} (regression)"
    counts = np.bincount(data.labels, minlength=len(data.classes))
    classes = [f"{printable(name, 20)} {count:,}" for name, count in zip(data.classes, counts, strict=True)]
    more = f" and {len(classes) - _MAX_CLASSES} more" if len(classes) > _MAX_CLASSES else ""
    return f"{len(classes)} classes: {', '.join(classes[:_MAX_CLASSES])}{more}"
