"""What varies along a sweep: its name, its values in order, and where each is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Axis", "axis_of"]

_NAMES = {"rate": ("rate", "dropout rate", "dropout rate (fraction dropped)")}
_LOGARITHMIC_FROM = 50
_ALONE = 0.3


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
    """

    column: str
    word: str
    name: str
    label: str
    values: tuple[Any, ...]
    scale: Literal["linear", "log", "names"]

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
        return str(value) if self.scale == "names" else f"{value:g}"

    def point(self, value: Any) -> str:
        """Name a point: ``rate 0.2``."""
        return f"{self.word} {self.text(value)}"


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
        return Axis(column, *names, tuple(values), "names")
    ordered = tuple(sorted(values))
    wide = bool(ordered) and ordered[0] > 0 and ordered[-1] / ordered[0] >= _LOGARITHMIC_FROM
    return Axis(column, *names, ordered, "log" if wide and column != "rate" else "linear")
