"""What varies along a sweep: its name, its values in order, and where each is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dropout_lab.config import text_of
from dropout_lab.errors import ResultsError
from dropout_lab.stats import NOTHING, STRENGTHS

__all__ = ["POINT", "Axis", "against", "axis_of", "joined", "name_of"]

POINT = "point"
"""The column of the names of points that several axes make."""

_NAMES = {
    "rate": ("rate", "dropout rate", "dropout rate (fraction dropped)"),
    "where": ("place", "place of dropout", "place of dropout"),
    "kind": ("kind", "kind of dropout", "kind of dropout"),
    POINT: ("point", "point", ""),
}
_LOGARITHMIC_FROM = 50
_ALONE = 0.3
_MOST_NAMED = 6


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep.

    Attributes
    ----------
    column : str
        In ``trials.csv`` and in the summary: ``rate``, or a dotted key.
    word, name : str
        What one of its values is called in a sentence, and what it is called itself.
    label : str
        Its name beside a figure.
    values : tuple
        Its values in order.
    scale : str
        ``log`` for numbers that span orders of magnitude; ``names`` for what is no number: evenly spaced.
    nothing : optional
        The value that leaves out what the axis is about, and that others are compared with: rate 0; None if there
        is no such value, and none was named.
    controls : mapping
        Of points that several axes make, those that differ only in having no dropout.
    """

    column: str
    word: str
    name: str
    label: str
    values: tuple[Any, ...]
    scale: Literal["linear", "log", "names"]
    nothing: Any = None
    controls: Mapping[str, str] = field(default_factory=dict)

    def place(self, value: Any) -> float:
        """Return where a value is drawn, in the units of the axis."""
        return float(self.values.index(value)) if self.scale == "names" else float(value)

    def places(self) -> list[float]:
        """Return where each value is drawn."""
        return [self.place(value) for value in self.values]

    def spacing(self) -> float:
        """Return the least distance between two neighbours: in its units, on a logarithmic axis as a ratio minus 1."""
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
    names = _NAMES.get(column, (column.rpartition(".")[2].replace("_", " "),) * 3)
    numeric = all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    if not numeric:
        texts = tuple(map(text_of, values))
        return Axis(column, *names, texts, "names", NOTHING if NOTHING in texts else None)
    ordered = tuple(sorted(values))
    wide = bool(ordered) and ordered[0] > 0 and ordered[-1] / ordered[0] >= _LOGARITHMIC_FROM
    nothing = 0.0 if column in STRENGTHS and 0.0 in ordered else None
    return Axis(column, *names, ordered, "log" if wide and column != "rate" else "linear", nothing)


def joined(axes: Sequence[Axis], points: Sequence[Sequence[Any]]) -> Axis:
    """Return the axis of the points that several axes make, each called by its name.

    Parameters
    ----------
    axes : sequence of Axis
    points : sequence of sequence
        A value of each axis.
    """
    values = tuple(dict.fromkeys(name_of(axes, point) for point in points))
    nothing = None if any(axis.nothing is None for axis in axes) else name_of(axes, [axis.nothing for axis in axes])
    controls = {
        name_of(axes, point): name_of(axes, [0.0 if axis.column in STRENGTHS else value for axis, value in pairs])
        for point in points
        for pairs in [list(zip(axes, point, strict=True))]
    }
    controls = {name: control for name, control in controls.items() if control != name and control in values}
    return Axis(POINT, *_NAMES[POINT], values, "names", nothing if nothing in values else None, controls)


def against(axis: Axis, name: str) -> Axis:
    """Return an axis with the value that others are compared with named: as it is written, ``0.2`` or ``rate 0.2``.

    Raises
    ------
    ResultsError
        If it has no such value.
    """
    found = [value for value in axis.values if name in (axis.text(value), axis.point(value))]
    if found:
        return replace(axis, nothing=found[0])
    some = [f"'{axis.text(value)}'" for value in axis.values[:_MOST_NAMED]]
    more = ["..."] if len(axis.values) > len(some) else []
    raise ResultsError(
        f"--baseline: the result has no point {name[:200]!r}: expected one of {', '.join([*some, *more])}"
    )


def name_of(axes: Sequence[Axis], point: Sequence[Any]) -> str:
    """Name a point of several axes: ``rate 0.2, max norm 3``."""
    return ", ".join(axis.point(value) for axis, value in zip(axes, point, strict=True))
