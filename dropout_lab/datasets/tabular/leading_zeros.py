"""Whole numbers that begin with zeros, as codes do: 02139 is no amount."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["look_for_zeros"]

_PADDED = re.compile(r"^[ \t]*(0[0-9]{2,})[ \t]*$", re.MULTILINE)


def look_for_zeros(cells: Sequence[str], numbers: NDArray[np.float64], seen: str | None) -> str | None:
    """Look for a cell of three or more digits that begins with a zero, in a column of whole numbers.

    Parameters
    ----------
    cells : sequence of str
    numbers : array of shape (cells,)
        Their values, NaN where missing.
    seen : str or None
        From the cells before.

    Returns
    -------
    str or None
        The cell; empty if there is none yet, None if there are other numbers than whole ones that are not negative.
    """
    present = numbers[~np.isnan(numbers)]
    if seen is None or (present < 0).any() or (present != np.floor(present)).any():
        return None
    found = None if seen else _PADDED.search("\n".join(cells))
    return found[1] if found else seen
