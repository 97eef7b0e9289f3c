"""An axis of a sweep: its name, its values in order, and where each is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dropout_lab.config import text_of
from dropout_lab.errors import ResultsError
from dropout_lab.stats import NOTHING, STRENGTHS
from dropout_lab.stats.phrases import noun

__all__ = ["POINT", "Axis", "axis_of", "joint_axis", "name_of", "with_baseline"]

POINT = "point"
"""The column with the names of the points that several axes make."""

_NAMES = {
    "rate": ("dropout rate", "dropout rate (fraction dropped)"),
    "where": ("place of dropout", "place of dropout"),
    "kind": ("kind of dropout", "kind of dropout"),
    POINT: ("point", ""),
}
"""Names and labels of axes that are called otherwise than their values."""
_LOGARITHMIC_FROM = 50
_ALONE = 0.3  # the spacing of a single value
_MOST_LISTED = 6


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes
    ----------
    column : str
        In ``trials.csv`` and in the summary: ``rate``, or a dotted key.
    word : str
        The noun before a value: ``rate`` in ``rate 0.2``.
    name, label : str
        The axis in running text, and beside a figure.
    values : tuple
        In order.
    scale : str
        ``log`` for numbers that span orders of magnitude; ``names`` for values that are not numbers: evenly spaced.
    baseline : optional
        The value that others are compared with: rate 0, unless another was named; None if there is none.
    controls : mapping
        Of points that several axes make: the same point without dropout, where the sweep has it.
    """

    column: str
    word: str
    name: str
    label: str
    values: tuple[Any, ...]
    scale: Literal["linear", "log", "names"]
    baseline: Any = None
    controls: Mapping[str, str] = field(default_factory=dict)

    def place(self, value: Any) -> float:
        """Return where a value is drawn, in the units of the axis."""
        return float(self.values.index(value)) if self.scale == "names" else float(value)

    def places(self) -> list[float]:
        """Return where each value is drawn."""
        return [self.place(value) for value in self.values]

    def spacing(self) -> float:
        """Return the smallest distance between neighbors: in its units, on a logarithmic axis as a ratio minus 1."""
        places = self.places()
        pairs = itertools.pairwise(places)
        return min((b / a - 1 if self.scale == "log" else b - a for a, b in pairs), default=_ALONE)

    def text(self, value: Any) -> str:
        """Write a value: ``0.2``."""
        return text_of(value) if self.scale == "names" else f"{value:g}"

    def point(self, value: Any) -> str:
        """Name a point: ``rate 0.2``."""
        return self.text(value) if self.column == POINT else f"{self.word} {self.text(value)}"


def axis_of(column: str, values: Sequence[Any]) -> Axis:
    """Return the axis of a column.

    Parameters
    ----------
    column : str
    values : sequence
        All its values, each once.
    """
    names = noun(column), *_NAMES.get(column, (noun(column), noun(column)))
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
        texts = tuple(map(text_of, values))
        return Axis(column, *names, texts, "names", NOTHING if NOTHING in texts else None)
    ordered = tuple(sorted(values))
    wide = bool(ordered) and ordered[0] > 0 and ordered[-1] / ordered[0] >= _LOGARITHMIC_FROM
    baseline = 0.0 if column in STRENGTHS and 0.0 in ordered else None
    return Axis(column, *names, ordered, "log" if wide and column != "rate" else "linear", baseline)


def joint_axis(axes: Sequence[Axis], points: Sequence[Sequence[Any]]) -> Axis:
    """Return the axis of the points that several axes make, each called by its name.

    Parameters
    ----------
    axes : sequence of Axis
    points : sequence of sequence
        A value of each axis.
    """
    values = tuple(dict.fromkeys(name_of(axes, point) for point in points))
    controls = {}
    for point in points:
        without = [0.0 if axis.column in STRENGTHS else value for axis, value in zip(axes, point, strict=True)]
        name, control = name_of(axes, point), name_of(axes, without)
        if control != name and control in values:
            controls[name] = control
    baselines = [axis.baseline for axis in axes]
    baseline = None if None in baselines else name_of(axes, baselines)
    return Axis(POINT, noun(POINT), *_NAMES[POINT], values, "names", baseline if baseline in values else None, controls)


def with_baseline(axis: Axis, name: str) -> Axis:
    """Return an axis with another baseline, named as it is written: ``0.2`` or ``rate 0.2``.

    Raises
    ------
    ResultsError
        If the axis has no such value.
    """
    for value in axis.values:
        if name in (axis.text(value), axis.point(value)):
            return replace(axis, baseline=value)
    known = [f"'{axis.text(value)}'" for value in axis.values[:_MOST_LISTED]]
    more = ["..."] if len(axis.values) > len(known) else []
    raise ResultsError(
        f"--baseline: the result has no point {name[:200]!r}: expected one of {', '.join([*known, *more])}"
    )


def name_of(axes: Sequence[Axis], point: Sequence[Any]) -> str:
    """Name a point of several axes: ``rate 0.2, max norm 3``."""
    return ", ".join(axis.point(value) for axis, value in zip(axes, point, strict=True))
