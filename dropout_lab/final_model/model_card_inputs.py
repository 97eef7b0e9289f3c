"""A model's inputs and outputs, as its card describes them: rows of an array, or columns of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dropout_lab.datasets import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import Column
from dropout_lab.datasets.tabular.table import Table

__all__ = ["describe_training_rows", "escape_markdown", "usage_with_keras"]

_LOAD = 'model = keras.models.load_model("{file}", compile=False, safe_mode=True)'
_ROUNDING = "`model.predict` would round its inputs to float32 first."


def describe_training_rows(data: Dataset) -> str:
    """Describe the training rows, the target, and how missing and unknown values are handled."""
    rows = len(data.labels) - data.test_rows
    held_out = f" (the {data.test_rows:,} official test rows were not used)" if data.test_rows else ""
    head = f"{escape_markdown(data.name)}: all {rows:,} {'windows' if data.windows else 'rows'}{held_out}"
    if data.table is None:
        shape = " x ".join(map(str, data.row))
        return f"{head}, {shape} numbers each, in the order of the data set. {data.source}.\n{_target(data)}"
    numbers, categories, texts = (_columns(data.table, kind) for kind in ("number", "category", "text"))
    unused = ", ".join(escape_markdown(column.name) for column in data.table.excluded)
    parts = [
        f"{head}. {escape_markdown(data.source, 200)}.",
        _windows(data),
        _target(data),
        f"Numeric columns: {_in_order(numbers)}." if numbers else "",
        f"Categorical columns: {_in_order(categories)}." if categories else "",
        f"Columns of text, after these: {_in_order(texts)}." if texts else "",
        f"Unused columns: {unused}." if unused else "",
    ]
    return "\n".join([*filter(None, parts), "", *_special_values(numbers, categories), *_texts(texts)])


def usage_with_keras(data: Dataset, file: str) -> str:
    """Show how to use the model with Keras alone, and describe its output."""
    load = _LOAD.format(file=file)
    if data.table is None:
        use = f"model(rows)  # array of shape (rows, {', '.join(map(str, data.row))}), neither scaled nor rounded"
    else:
        missing = {"numbers": "NaN where missing", "texts": 'of str, "" where missing'}
        counts = {
            "numbers": len(_columns(data.table, "number")),
            "texts": len(_columns(data.table, "category", "text")),
        }
        inputs = [name for name, count in counts.items() if count]
        steps = f"windows, {data.windows.length}" if data.windows else "rows"
        shapes = "\n".join(f"# {name}: array of shape ({steps}, {counts[name]}), {missing[name]}" for name in inputs)
        both = ", ".join(f'"{name}": {name}' for name in inputs)
        use = f"{shapes}\nmodel({{{both}}})" if len(inputs) > 1 else f"{shapes}\nmodel({inputs[0]})"
    return f"```python\nimport keras\n\n{load}\n{use}\n```\n\nThe output is {_output(data)}. {_ROUNDING}"


def _windows(data: Dataset) -> str:
    """Say what a window is; nothing of single rows."""
    if data.windows is None:
        return ""
    each = f" of a series ({escape_markdown(data.roles.series)})" if data.roles and data.roles.series else ""
    order = f" in the order of {escape_markdown(data.roles.time)}" if data.roles and data.roles.time else ""
    later = f"{data.windows.horizon:,} row{'' if data.windows.horizon == 1 else 's'} after"
    where = f"{later} the last of them" if data.windows.horizon else "that of the last of them"
    return f"A window is {data.windows.length:,} consecutive rows{each}{order}; the target is {where}."


def _output(data: Dataset) -> str:
    if data.values is not None:
        return "the predicted number, in the target's unit: shape (rows, 1)"
    if len(data.classes) > 2:
        return f"a score per class, the highest for the predicted class: shape (rows, {len(data.classes)})"
    return f"the probability of {escape_markdown(data.classes[1])}: shape (rows, 1)"


def _target(data: Dataset) -> str:
    target = f"Target: {escape_markdown(data.roles.target)}, " if data.roles else ""
    if data.values is not None:
        return f"{target}a number, {data.values.min():g} to {data.values.max():g} in these rows."
    classes = ", ".join(f"{code}: {escape_markdown(name)}" for code, name in enumerate(data.classes))
    return f"{target}classes {classes}." if target else f"Classes: {classes}."


def _special_values(numbers: Sequence[Column], texts: Sequence[Column]) -> list[str]:
    """Say how missing, unknown and rare values are handled, as a list in Markdown."""
    with_gaps, complete = [col for col in numbers if col.missing], [col for col in numbers if not col.missing]
    embedded = [column for column in texts if column.encoding is not None]
    texts = [column for column in texts if column.encoding is None]
    with_rare = [column for column in texts if column.inputs < len(column.categories)]
    lines = []
    if with_gaps:
        lines.append(f"A missing number is replaced by the median of these rows: {_few(with_gaps)}.")
    if complete:
        lines.append(f"A number is required, because none was missing in these rows: {_few(complete)}.")
    if texts:
        lines.append("A missing text is replaced by the most frequent one of its column.")
    if len(with_rare) < len(texts):
        lines.append("An unknown text, one that is not in these rows, belongs to none of the categories.")
    if with_rare:
        lines.append(f"Rare texts form one category, which unknown texts join: {_few(with_rare)}.")
    if embedded:
        lines.append(f"A missing text has a vector of its own, an unknown one another: {_few(embedded)}.")
    return [f"- {line}" for line in lines]


def _texts(columns: Sequence[Column]) -> list[str]:
    """Say how much of a text is read."""
    return [
        f"- The first {column.inputs:,} words are read of {_few([column])}; a missing text has none."
        for column in columns
    ]


def _columns(table: Table, *kinds: str) -> list[Column]:
    return [column for column in table.columns if column.kind in kinds]


def _in_order(columns: Sequence[Column]) -> str:
    return f"{len(columns)}, in this order: {', '.join(escape_markdown(column.name) for column in columns)}"


def _few(columns: Sequence[Column]) -> str:
    return _markdown(join_names([column.name for column in columns], 10))


def escape_markdown(text: str, longest: int = 40) -> str:
    """Return the user's text so that Markdown shows it as it is."""
    return _markdown(printable(text, longest))


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_<|\[\]])", r"\\\1", text)
