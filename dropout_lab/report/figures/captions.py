"""Sentences for captions and alternative texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from dropout_lab.analysis.axis import POINT, Axis
from dropout_lab.analysis.formatting import count, listing
from dropout_lab.analysis.study import Study

__all__ = ["absent", "extent", "extremes", "reach"]

_SAME = 1e-9  # means of the same numbers in another order differ in the last digits


def extent(axis: Axis) -> str:
    """Describe the points of an axis: ``10 rates from 0 to 0.9``."""
    texts = [axis.text(value) for value in axis.values]
    if len(texts) == 1:
        return axis.point(axis.values[0])
    if axis.column == POINT:
        return count(len(texts), axis.word)
    ends = f" from {texts[0]} to {texts[-1]}" if axis.scale != "names" else f" ({listing(texts)})"
    return count(len(texts), axis.word) + ends


def absent(study: Study) -> list[str]:
    """State which trials a figure does not show: failed ones and missing ones."""
    failed, missing = len(study.failed), study.missing
    return [
        *([f"{count(failed, 'failed trial')} {'is' if failed == 1 else 'are'} not drawn."] if failed else []),
        *([f"Unfinished: {missing:,} of {count(study.planned, 'trial')} missing."] if missing else []),
    ]


def extremes(axis: Axis, means: Mapping[Any, float], text: Callable[[float], str], subject: str = "the mean") -> str:
    """State where the mean is highest and lowest.

    Parameters
    ----------
    axis : Axis
    means : mapping
        By value of the axis; not empty.
    text : callable
        Writes a mean with its unit.
    subject : str
        What the mean is called.
    """
    subject = subject.capitalize()
    most, least = max(means.values()), min(means.values())
    if len(means) == 1:
        return f"{subject} is {text(most)}."
    if math.isclose(most, least, abs_tol=_SAME):
        return f"{subject} is {text(most)} at every {axis.word}."
    ends = {"highest": most, "lowest": least}
    parts = (f"{end} at {_where(axis, means, value)} ({text(value)})" for end, value in ends.items())
    return f"{subject} is {' and '.join(parts)}."


def reach(values: Collection[float], thing: str, text: Callable[[float], str]) -> str:
    """State the range of single values: "Single folds range from 42.9% to 100.0%."."""
    if len(values) == 1:
        return ""
    low, high = text(min(values)), text(max(values))
    return f"Single {thing}s are all {low}." if low == high else f"Single {thing}s range from {low} to {high}."


def _where(axis: Axis, means: Mapping[Any, float], value: float) -> str:
    return f"{axis.word} {listing([axis.text(at) for at, mean in means.items() if abs(mean - value) <= _SAME])}"
