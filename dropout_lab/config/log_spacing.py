"""Numbers that are evenly spaced on a logarithmic scale: the third part of ``1e-4:1e-1:log4``.

In decimal arithmetic and with few digits, so that they are the same numbers on every machine.
"""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_EVEN, Context, Decimal

from dropout_lab.errors import RateError

__all__ = ["between", "log_spaced"]

DIGITS = 4
"""Significant digits of a number between the ends."""

_EXACT = Context(prec=28)


def log_spaced(start: Decimal, stop: Decimal, count: int, *, whole: bool) -> tuple[Decimal, ...]:
    """Return numbers whose ratio to the one before is the same, but for rounding.

    Parameters
    ----------
    start, stop : Decimal
        Both ends, which are included as they are.
    count : int
        How many numbers.
    whole : bool
        Round to whole numbers, else to four significant digits.

    Raises
    ------
    RateError
        If an end is not positive, the range is empty, or two of the numbers are the same once rounded.
    """
    span = f"{start}:{stop}:log{count}"
    if start <= 0:
        raise RateError(f"{span!r} starts at {start}: on a logarithmic scale both ends must be above 0")
    if start >= stop:
        raise RateError(f"{span!r} runs downward: write the smaller end first")
    if count < 2:
        raise RateError(f"{span!r} has {count} values: expected at least log2, both ends")
    inner = [between(start, stop, Decimal(index) / (count - 1), ROUND_HALF_EVEN) for index in range(1, count - 1)]
    if whole:
        inner = [value.to_integral_value(ROUND_HALF_EVEN) for value in inner]
    values = (start, *inner, stop)
    for low, high in itertools.pairwise(values):
        if low >= high:
            kind = "whole numbers" if whole else f"numbers of {DIGITS} digits"
            raise RateError(
                f"{span!r}: there are not so many {kind} between {start} and {stop}: take fewer than {count}"
            )
    return values


def between(low: Decimal, high: Decimal, share: Decimal, rounding: str) -> Decimal:
    """Return the number at a share of the way from `low` to `high`, on a logarithmic scale, in four digits."""
    ratio = _EXACT.power(_EXACT.divide(high, low), share)
    return Context(prec=DIGITS, rounding=rounding).plus(_EXACT.multiply(low, ratio))
