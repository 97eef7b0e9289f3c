"""What to do about a target whose classes are probably amounts, or too rare to be held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.distinct_rows import class_counts
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import number

__all__ = ["TargetAdvice", "advise", "remedies"]

_FEW_CLASSES, _MIN_GROUPS = 10, 10
_LARGEST_LOSS = 0.05
"""Of the rows: more are not left out unasked."""


@dataclass(frozen=True)
class TargetAdvice:
    """Keys of the data that make a target one that can be predicted.

    Attributes
    ----------
    keys : mapping of str to str or sequence of str
        Keys of ``dataset`` and their values; empty if nothing need be set.
    note : str
        Why, and what else could be done; empty if there is nothing to say.
    """

    keys: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    note: str = ""


def advise(data: Dataset) -> TargetAdvice:
    """Return what to set for the target of the user's own data, and for their groups."""
    if data.duplicates is not None and data.duplicates.groups:
        own, left = data.duplicates.groups
        if left < min(_MIN_GROUPS, own) or left * 2 < own:
            return TargetAdvice(
                {"duplicates": "keep"},
                f"of the {own:,} groups many share inputs, and {left:,} would be left if these were held out together: "
                "each group is held out by itself (duplicates: keep)",
            )
    if data.roles is None or data.values is not None:
        return TargetAdvice()
    target, rare = printable(data.roles.target), _rarer_than(data, 2)
    if _may_be_amounts(data):
        values = f"{target} has {len(data.classes)} different numbers"
        if rare:
            return TargetAdvice(
                {"task": "regression"},
                f"{values}, some in one row only ({join_names(rare, 3)}), so it is taken for an amount (task: "
                "regression); to classify, merge classes in the file, and set task: classification",
            )
        if len(data.classes) > _FEW_CLASSES:
            return TargetAdvice({}, f"{values}, taken for classes: if they are amounts, set task: regression")
    if 0 < len(rare) <= max(1, _LARGEST_LOSS * len(data.labels)) and _can_be_left_out(data, rare):
        return TargetAdvice(
            {"missing": rare},
            f"{_one_row(rare)}, which cannot be both trained on and held out: left out (missing: {listed(rare)}); to "
            "keep them, merge classes in the file",
        )
    return TargetAdvice()


def remedies(data: Dataset, minimum: int, before: str) -> str:
    """Return what helps where classes have fewer rows than `minimum`, for the end of a message.

    Parameters
    ----------
    data : Dataset
        If they are not the user's own, there is nothing to say.
    minimum : int
    before : str
        What joins it to the message.
    """
    if data.roles is None:
        return ""
    counts = dict(zip(data.classes, _counts(data, class_counts(data)), strict=True))
    rare = [name for name, count in counts.items() if count < minimum]
    found = f"{before}merge classes, or leave rows out, in the file"
    if _may_be_amounts(data):
        found += f"; or, if {printable(data.roles.target)} is an amount, set dataset.task: regression"
    elif len(rare) <= _FEW_CLASSES and _can_be_left_out(data, rare):
        found += f"; or set dataset.missing: {listed((*(data.table.missing if data.table else ()), *rare))}"
    return f"{found}. Classes with too few rows: {join_names([f'{printable(name)} ({counts[name]})' for name in rare])}"


def _counts(data: Dataset, found: NDArray[np.int64]) -> list[int]:
    return [*map(int, found), *[0] * (len(data.classes) - len(found))]


def _rarer_than(data: Dataset, minimum: int) -> list[str]:
    counts = _counts(data, np.bincount(data.split_labels))
    return [name for name, count in zip(data.classes, counts, strict=True) if count < minimum]


def _numeric(data: Dataset) -> bool:
    return all(number(name) is not None for name in data.classes)


def _may_be_amounts(data: Dataset) -> bool:
    return _numeric(data) and len(data.classes) > 2


def _can_be_left_out(data: Dataset, rare: Sequence[str]) -> bool:
    """Return whether these texts can be marked as missing: no input has one of them, and two classes are left."""
    if data.table is None:
        return False
    inputs = {name for column in data.table.columns for name in column.categories}
    return not _numeric(data) and len(rare) + 2 <= len(data.classes) and inputs.isdisjoint(rare)


def _one_row(names: Sequence[str]) -> str:
    return f"{join_names(names, 5)} {'has' if len(names) == 1 else 'have'} one row{'' if len(names) == 1 else ' each'}"
