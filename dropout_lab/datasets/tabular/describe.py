"""What the columns of a table were found to be: in short, and column by column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dropout_lab.datasets import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import Column

__all__ = ["columns_of", "summary_of"]

_MOST_CLASSES = 8


def summary_of(data: Dataset) -> list[str]:
    """Return the data in a few lines: the inputs, what is to be predicted, what was left out, and what is to note."""
    lines = [f"{data.name}: {len(data.labels):,} rows, {data.inputs:,} inputs, from {data.source}"]
    if data.table is None:
        return [*lines, f"  to predict: {_classes(data)}"]
    kinds = [column.kind for column in data.table.columns]
    counts = ((kinds.count("number"), "number", "numbers"), (kinds.count("category"), "category", "categories"))
    told = " and ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in counts if count)
    lines.append(f"  columns: {told}; to predict: {printable(data.table.target)}, {_classes(data)}")
    if data.groups is not None:
        lines.append(
            f"  group: {printable(data.table.group)}, {len(np.unique(data.groups)):,} of them, each held out whole"
        )
    if data.table.left_out:
        each = [f"{printable(column.name)} ({column.why})" for column in data.table.left_out]
        lines.append(f"  left out: {', '.join(each[:5])}{f' and {len(each) - 5} more' if len(each) > 5 else ''}")
    return lines + [f"  note: {note}" for note in data.table.notes]


def columns_of(data: Dataset) -> Iterator[str]:
    """Yield a table of the columns: name, type, missing values, inputs, and what they hold."""
    if data.table is None:
        return
    rows = [("column", "type", "missing", "inputs", "values")]
    for column in data.table.columns:
        row = (printable(column.name, 30), column.kind, f"{column.missing:,}", f"{column.inputs:,}", _values(column))
        rows.append(row)
    rows += [(printable(each.name, 30), "left out", "", "", each.why) for each in data.table.left_out]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    yield ""
    for name, kind, missing, inputs, values in rows:
        front = f"{name:<{widths[0]}}  {kind:<{widths[1]}}  {missing:>{widths[2]}}  {inputs:>{widths[3]}}"
        yield f"{front}  {values}".rstrip()


def _values(column: Column) -> str:
    if column.kind == "number":
        return f"{column.span[0]:g} to {column.span[1]:g}"
    return f"{len(column.words):,}: {join_names(column.words, 4)}"


def _classes(data: Dataset) -> str:
    if data.values is not None:
        return f"a number, {data.values.min():g} to {data.values.max():g} (regression)"
    counts = np.bincount(data.labels, minlength=len(data.classes))
    told = [f"{printable(name, 20)} {count:,}" for name, count in zip(data.classes, counts, strict=True)]
    more = f" and {len(told) - _MOST_CLASSES} more" if len(told) > _MOST_CLASSES else ""
    return f"{len(told)} classes: {', '.join(told[:_MOST_CLASSES])}{more}"
