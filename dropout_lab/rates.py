"""Dropout rates as people write them: ``0:0.9:0.1`` or ``0,0.2,0.5``.

Decimal arithmetic throughout, so that 0.3 is ``0.3`` and a range never loses its end to rounding.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from dropout_lab.errors import RateError

__all__ = ["MOST_RATES", "parse_rates"]

MOST_RATES = 1000
"""The largest number of rates one sweep may hold."""

_FORMS = "write a range with both ends, 0:0.9:0.1, or a list, 0,0.2,0.5"


def parse_rates(text: str) -> tuple[float, ...]:
    """Read a range or a list of dropout rates.

    Parameters
    ----------
    text : str
        ``start:stop:step``, with both ends included, or rates separated by commas.

    Returns
    -------
    tuple of float
        The rates in ascending order, each the float nearest to its decimal text.

    Raises
    ------
    RateError
        If the text has neither form, a rate is outside 0 <= rate < 1, a rate is named twice, or a step
        does not meet the stop.

    Examples
    --------
    >>> parse_rates("0:0.3:0.1")
    (0.0, 0.1, 0.2, 0.3)
    """
    if not text.strip():
        raise RateError(f"no rates given: {_FORMS}")
    rates = _range(text) if ":" in text else tuple(_rate(part) for part in text.split(","))
    if len(rates) > MOST_RATES:
        raise RateError(f"{len(rates)} rates are given: a sweep holds at most {MOST_RATES}")
    if len(set(rates)) < len(rates):
        twice = next(rate for rate in rates if rates.count(rate) > 1)
        raise RateError(f"rate {twice} is named twice in {text!r}: name each rate once")
    return tuple(float(rate) for rate in sorted(rates))


def _range(text: str) -> tuple[Decimal, ...]:
    parts = text.split(":")
    if len(parts) != 3:
        raise RateError(f"{text!r} is not a range of rates: {_FORMS}")
    start, stop, step = _rate(parts[0]), _rate(parts[1]), _number(parts[2])
    if step <= 0:
        raise RateError(f"the step of {text!r} is {step}: it must be above 0 ({_FORMS})")
    if start > stop:
        raise RateError(f"{text!r} runs downward: write the smaller end first, {stop}:{start}:{step}")
    steps = int((stop - start) / step)
    if steps >= MOST_RATES:
        raise RateError(f"{text!r} has more than {MOST_RATES} rates: take a larger step")
    if start + steps * step != stop:
        below, above = start + steps * step, start + (steps + 1) * step
        fits = f"{start}:{below}:{step}" + (f" or {start}:{above}:{step}" if above < 1 else "")
        raise RateError(f"{text!r} steps over its end, {stop}: write {fits}")
    return tuple(start + index * step for index in range(steps + 1))


def _rate(text: str) -> Decimal:
    rate = _number(text)
    if not 0 <= rate < 1:
        raise RateError(f"rate {text.strip()} is outside 0 <= rate < 1: a rate is the fraction dropped, as in Keras")
    return abs(rate)  # -0 is 0


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise RateError(f"{text.strip()!r} is not a number: {_FORMS}") from None
    if not number.is_finite() or abs(number.adjusted()) > 12 or len(number.as_tuple().digits) > 12:
        raise RateError(f"{text.strip()!r} is no usable number: write at most 12 decimals")
    return number
