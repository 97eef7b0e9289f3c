"""An array to predict -> one value for each row: a number, or the text of a class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.notation import NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.targets import Target, infer_target
from dropout_lab.errors import DatasetError

__all__ = ["class_names", "one_value_each", "read_target"]


def one_value_each(array: NDArray[Any], where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return an array with a value for each row, and what was done: the positions of the ones if it is one-hot.

    Parameters
    ----------
    array : array of shape (rows,), (rows, 1) or (rows, classes)
    where : str
        Its name, and that of its file.

    Raises
    ------
    DatasetError
        If a row has several values, or no class.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0], ()
    if array.ndim != 2 or not array.size:
        return array, ()
    if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise DatasetError(
            [
                f"{where} has shape {array.shape}: expected one value for each row, or one-hot: a column for each "
                "class, 1 in that of the row and 0 in the others: several values for a row cannot be predicted"
            ]
        )
    ones = (array == 1).sum(axis=1)
    if len(wrong := np.flatnonzero(ones != 1)):
        row, found = int(wrong[0]), int(ones[wrong[0]])
        what = f"{found} classes" if found else "no class"
        raise DatasetError(
            [
                f"{where} has {what} in row {row + 1}, and not exactly one in {_rows(len(wrong))} in all: "
                "targets of several labels are not supported: give one class for each row"
            ]
        )
    return array.argmax(axis=1), (f"{where} is one-hot: its {array.shape[1]} columns are classes, counted from 0",)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def class_names(values: NDArray[Any], names: Sequence[str], where: str) -> NDArray[Any]:
    """Return whole numbers from 0 as the names of classes; without names, values as they are.

    Raises
    ------
    DatasetError
        If a value is no class that has a name.
    """
    if not names or not values.size:
        return values
    if values.dtype.kind not in "biuf":
        raise DatasetError([f"dataset.classes: {where} holds text, whose classes have names: leave this out"])
    wrong = np.flatnonzero((values < 0) | (values >= len(names)) | (values != np.floor(values)) | np.isnan(values))
    if len(wrong):
        row = int(wrong[0])
        raise DatasetError(
            [
                f"{where} is {values[row]:g} in row {row + 1}, and out of range in {_rows(len(wrong))} in all: "
                f"expected 0 to {len(names) - 1}, for dataset.classes has {len(names)} names"
            ]
        )
    return np.array(names)[values.astype(np.int64)]


def read_target(values: NDArray[Any], name: str, raw: RawTable, task: str | None) -> tuple[Target, list[str]]:
    """Read what sequences or pictures are to be predicted as: the classes of texts or whole numbers, or numbers.

    Parameters
    ----------
    values : array of shape (rows,)
        Numbers or texts.
    name : str
    raw : RawTable
        Of these rows.
    task : str or None
        None: as in a table, the values decide.

    Returns
    -------
    target : Target
    problems : list of str
    """
    prefix = f"{raw.file}: target {printable(name)}"
    if values.dtype.kind in "bU":
        column = RawColumn.from_values(name, values.tolist()).sorted_categories()
        target = Target(column.values.astype(np.int64), column.categories or ())
        if task == "regression":
            return target, [
                f"{prefix} holds text ({printable(target.classes[0])}): dataset.task: regression needs numbers"
            ]
    else:
        numbers = values.astype(np.float64)
        if len(wrong := np.flatnonzero(~np.isfinite(numbers))):
            where = f"{raw.location(int(wrong[0]))}: {printable(name)} is {numbers[wrong[0]]:g}"
            problem = f"{where}, and {len(wrong):,} in all are no finite number: leave such rows out of all arrays"
            return Target(np.zeros(len(values), np.int64)), [problem]
        fractions = np.flatnonzero(numbers != np.floor(numbers))
        if task == "classification" and len(fractions):
            row = int(fractions[0])
            return Target(np.zeros(len(values), np.int64)), [
                f"{raw.location(row)}: {printable(name)} is {numbers[row]:g}: expected whole numbers or texts as "
                "classes: round them, or set dataset.task: regression"
            ]
        target = infer_target(RawColumn(name, numbers), task, NumberStyle(), is_text=False)
    if len(target.classes) == 1 and not target.problem:
        return target, [f"{prefix} is {printable(target.classes[0])} in every row: there is nothing to classify"]
    return target, [f"{prefix} {target.problem}"] if target.problem else []
