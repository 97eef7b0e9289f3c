"""Points that could separate thousands, in a column that is read with decimal points: 4.512; 959; 37.850."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Dots", "look_for_dots"]

_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}\.[0-9]{3}")


@dataclass(frozen=True)
class Dots:
    """What points in a column may mean, from the cells seen so far.

    Attributes
    ----------
    possible : bool
        Whether they could separate thousands: three digits follow each, and no number without one has more than three.
    whole : bool
        Whether there is a number from 100 to 999 without a point.
    example : str
        A cell with a point, if possible one that ends in 0: decimals are rarely filled up with zeros beside numbers
        without a point.
    """

    possible: bool = True
    whole: bool = False
    example: str = ""

    @property
    def doubtful(self) -> str:
        """A cell whose point may separate thousands; empty if there is no doubt that it is a decimal sign."""
        return self.example if self.possible and self.whole else ""


def look_for_dots(cells: Sequence[str], numbers: NDArray[np.float64], seen: Dots) -> Dots:
    """Return what points mean after further cells.

    Parameters
    ----------
    cells : sequence of str
    numbers : array of shape (cells,)
        Their values with decimal points, NaN where missing.
    seen : Dots
        From the cells before.
    """
    if not seen.possible:
        return seen
    sizes = np.abs(numbers)
    if (sizes >= 1000).any():
        return Dots(possible=False)
    if "." not in "".join(cells):
        return replace(seen, whole=seen.whole or bool((sizes >= 100).any()))
    whole, example = seen.whole, seen.example
    for cell, size in zip(map(str.strip, cells), sizes.tolist(), strict=True):
        if "." not in cell:
            whole = whole or size >= 100
        elif math.isnan(size):
            continue
        elif not _GROUPED.fullmatch(cell):
            return Dots(possible=False)
        elif not example or (cell.endswith("0") and not example.endswith("0")):
            example = cell
    return replace(seen, whole=whole, example=example)
