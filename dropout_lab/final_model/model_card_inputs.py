"""What a model takes and gives, as its card says it: the rows of an array, or the columns of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dropout_lab.datasets import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.column_types import Column
from dropout_lab.datasets.tabular.table import Table

__all__ = ["call_of", "rows_of"]

_LOAD = 'model = keras.models.load_model("{file}", compile=False, safe_mode=True)'


def rows_of(data: Dataset) -> str:
    """Say what the rows of training were, what is predicted, and what is done where a value is missing or unknown."""
    rows = len(data.labels) - data.test_rows
    left = f" (the {data.test_rows:,} official test rows were left alone)" if data.test_rows else ""
    front = f"{_safe(data.name)}: all {rows:,} rows{left}"
    if data.table is None:
        shape = " x ".join(map(str, data.row))
        return f"{front}, {shape} numbers each, in the order of the data set. {data.source}.\n{_predicted(data)}"
    numbers, texts = _columns(data.table, "number"), _columns(data.table, "category")
    parts = [
        f"{front}. {_safe(data.source, 200)}.",
        _predicted(data),
        f"Numbers: {_named(numbers)}." if numbers else "",
        f"Texts: {_named(texts)}." if texts else "",
        f"Left out: {', '.join(_safe(each.name) for each in data.table.left_out)}." if data.table.left_out else "",
    ]
    return "\n".join([*filter(None, parts), "", *_treated(numbers, texts)])


def call_of(data: Dataset, file: str) -> str:
    """Show how the model is used by Keras alone, and say what it gives."""
    load = _LOAD.format(file=file)
    if data.table is None:
        use = f"model(rows)  # array of shape (rows, {', '.join(map(str, data.row))}), neither scaled nor rounded"
    else:
        counts = {kind: len(_columns(data.table, kind)) for kind in ("number", "category")}
        names = {"numbers": counts["number"], "texts": counts["category"]}
        given = [name for name, count in names.items() if count]
        what = {"numbers": "not a number where one is missing", "texts": 'of str, "" where one is missing'}
        told = "\n".join(f"# {name}: array of shape (rows, {names[name]}), {what[name]}" for name in given)
        both = ", ".join(f'"{name}": {name}' for name in given)
        use = f"{told}\nmodel({{{both}}})" if len(given) > 1 else f"{told}\nmodel({given[0]})"
    return f"```python\nimport keras\n\n{load}\n{use}\n```\n\nIt gives {_given(data)}. {_ROUNDED}"


_ROUNDED = "`model.predict` would round what it is given to float32 first."


def _given(data: Dataset) -> str:
    if data.values is not None:
        return "the number, in the target's unit: shape (rows, 1)"
    if len(data.classes) > 2:
        return f"a number per class, the highest the answer's: shape (rows, {len(data.classes)})"
    return f"the probability of {_safe(data.classes[1])}: shape (rows, 1)"


def _predicted(data: Dataset) -> str:
    target = f"Predicted: {_safe(data.table.target)}, " if data.table else ""
    if data.values is not None:
        return f"{target}a number, {data.values.min():g} to {data.values.max():g} in these rows."
    classes = ", ".join(f"{code}: {_safe(name)}" for code, name in enumerate(data.classes))
    return f"{target}classes: {classes}." if target else f"Classes: {classes}."


def _treated(numbers: Sequence[Column], texts: Sequence[Column]) -> list[str]:
    """Say what is done to the columns, a line of a list each."""
    gaps, whole = [each for each in numbers if each.missing], [each for each in numbers if not each.missing]
    shared = [each for each in texts if each.inputs < len(each.words)]
    lines = []
    if gaps:
        lines.append(f"A number that is missing counts as the median of these rows: {_few(gaps)}.")
    if whole:
        lines.append(f"A number must be there, for none was missing in these rows: {_few(whole)}.")
    if texts:
        lines.append("A text that is missing counts as the most frequent one of its column.")
    if len(shared) < len(texts):
        lines.append("A text that these rows do not have counts as none of the known ones.")
    if shared:
        lines.append(f"Rare texts count as one, and so do those that these rows do not have: {_few(shared)}.")
    return [f"- {line}" for line in lines]


def _columns(table: Table, kind: str) -> list[Column]:
    return [column for column in table.columns if column.kind == kind]


def _named(columns: Sequence[Column]) -> str:
    return f"{len(columns)}, in this order: {', '.join(_safe(each.name) for each in columns)}"


def _few(columns: Sequence[Column]) -> str:
    return re.sub(r"([\\`*_<|\[\]])", r"\\\1", join_names([each.name for each in columns], 10))


def _safe(text: str, longest: int = 40) -> str:
    """Return a text of the user's as Markdown shows it."""
    return re.sub(r"([\\`*_<|\[\]])", r"\\\1", printable(text, longest))
