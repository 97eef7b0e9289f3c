"""Inputs that tell the target in every row, which are usually known only after it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.message_text import join_names
from dropout_lab.datasets.tabular.input_columns import InputColumns
from dropout_lab.datasets.tabular.targets import Target

__all__ = ["telling_notes"]

_MIN_ROWS = 20
_ROUNDING = 1e-9


def telling_notes(
    inputs: InputColumns, target: Target, rows: NDArray[np.int64], drop: tuple[str, ...]
) -> Iterator[str]:
    """Yield a note if columns have another value for each class, or are the target in another unit.

    Parameters
    ----------
    inputs : InputColumns
    target : Target
    rows : array of shape (input rows,)
        Those of the target that the inputs have.
    drop : tuple of str
        ``dataset.drop`` as it is.
    """
    if len(rows) < _MIN_ROWS:
        return
    names = [
        column.name
        for column, values in zip(inputs.columns, inputs.values, strict=True)
        if (
            _names_classes(values, target.labels[rows])
            if target.values is None
            else _is_linear(values, target.values[rows])
        )
    ]
    if names:
        verb, those = ("tells", "it is") if len(names) == 1 else ("tell", "they are")
        yield (
            f"{join_names(names)} {verb} the target in every row: if {those} not known before the target is, set "
            f"dataset.drop: {listed((*drop, *names))}"
        )


def _names_classes(values: NDArray[np.float64], labels: NDArray[np.int64]) -> bool:
    """Return whether there is one value for each class, another for each."""
    _, first = np.unique(labels, return_index=True)
    of_class = values[first]
    codes = np.searchsorted(np.unique(labels), labels)
    return len(np.unique(of_class)) == len(first) and bool((values == of_class[codes]).all())


def _is_linear(values: NDArray[np.float64], target: NDArray[np.float64]) -> bool:
    """Return whether a column is the target times a number, plus another."""
    if np.isnan(values).any() or values.min() == values.max() or target.min() == target.max():
        return False
    x, y = ((each - each.mean()) / each.std() for each in (values, target))
    return bool(np.abs(y - np.sign(x @ y) * x).max() < _ROUNDING)
