"""Ranges and lists of dropout rates: ``0:0.9:0.1``, ``0.1:0.8:log4`` or ``0,0.2,0.5``.

In decimal arithmetic, so that 0.3 is ``0.3`` and a range never loses its end to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from dropout_lab.config.log_spacing import log_spaced
from dropout_lab.errors import RateError

__all__ = ["MAX_RATES", "number", "parse_rates", "steps"]

MAX_RATES = 1000
"""The largest number of rates of a sweep."""

_FORMS = "write a range with both ends, 0:0.9:0.1, or a list, 0,0.2,0.5"


def parse_rates(text: str) -> tuple[float, ...]:
    """Parse a range or a list of dropout rates.

    Parameters
    ----------
    text : str
        ``start:stop:step`` or ``start:stop:logN``, with both ends included, or rates separated by commas.

    Returns
    -------
    tuple of float
        The rates in ascending order, each the float nearest to its decimal text.

    Raises
    ------
    RateError
        If the text has neither form, a rate is outside 0 <= rate < 1, a rate is given twice, or the
        steps miss the stop.

    Examples
    --------
    >>> parse_rates("0:0.3:0.1")
    (0.0, 0.1, 0.2, 0.3)
    """
    if not text.strip():
        raise RateError(f"no rates given: {_FORMS}")
    rates = steps(text, _rate, _FORMS, "rates") if ":" in text else tuple(_rate(part) for part in text.split(","))
    if len(rates) > MAX_RATES:
        raise RateError(f"{len(rates)} rates are given: a sweep has at most {MAX_RATES}")
    if len(set(rates)) < len(rates):
        twice = next(rate for rate in rates if rates.count(rate) > 1)
        raise RateError(f"rate {twice} is given twice in {text!r}: give each rate once")
    return tuple(float(rate) for rate in sorted(rates))


def steps(text: str, end: Callable[[str], Decimal], forms: str, what: str) -> tuple[Decimal, ...]:
    """Parse a range, both ends included.

    Parameters
    ----------
    text : str
        ``start:stop:step``; or ``start:stop:logN``, N numbers that are evenly spaced on a logarithmic scale.
    end : callable
        Parses the start and the stop.
    forms : str
        The forms that are expected, for messages.
    what : str
        What the range consists of, in the plural.

    Raises
    ------
    RateError
        If it is not a range, or the steps miss the stop.
    """
    parts = text.split(":")
    if len(parts) != 3:
        raise RateError(f"{text!r} is not a range of {what}: {forms}")
    start, stop, third = end(parts[0]), end(parts[1]), parts[2].strip()
    if third.startswith("log"):
        whole = not any(mark in f"{parts[0]}{parts[1]}" for mark in ".eE")
        return log_spaced(start, stop, _count(third.removeprefix("log"), text, what), whole=whole)
    step = number(third, forms)
    if step <= 0:
        raise RateError(f"the step of {text!r} is {step}: it must be above 0 ({forms})")
    if start > stop:
        raise RateError(f"{text!r} runs downward: write the smaller end first, {stop}:{start}:{step}")
    count = int((stop - start) / step)
    if count >= MAX_RATES:
        raise RateError(f"{text!r} has more than {MAX_RATES} {what}: use a larger step")
    if start + count * step != stop:
        below, above = start + count * step, start + (count + 1) * step
        fits = f"{start}:{below}:{step}" + (f" or {start}:{above}:{step}" if _is_an_end(above, end) else "")
        raise RateError(f"{text!r} steps over its end, {stop}: write {fits}")
    return tuple(start + index * step for index in range(count + 1))


def _count(digits: str, text: str, what: str) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise RateError(f"{text!r} does not say how many {what}: write their number after log, as in 1e-4:1e-1:log4")
    if int(digits) > MAX_RATES:
        raise RateError(f"{text!r} has more than {MAX_RATES} {what}: take fewer")
    return int(digits)


def _is_an_end(value: Decimal, end: Callable[[str], Decimal]) -> bool:
    try:
        end(str(value))
    except RateError:
        return False
    return True


def _rate(text: str) -> Decimal:
    rate = number(text, _FORMS)
    if not 0 <= rate < 1:
        raise RateError(f"rate {text.strip()} is outside 0 <= rate < 1: a rate is the fraction dropped, as in Keras")
    return abs(rate)  # -0 is 0


def number(text: str, forms: str) -> Decimal:
    """Parse a number of at most 12 digits.

    Raises
    ------
    RateError
        If it is not one.
    """
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise RateError(f"{text.strip()!r} is not a number: {forms}") from None
    if not value.is_finite() or abs(value.adjusted()) > 12 or len(value.as_tuple().digits) > 12:
        raise RateError(f"{text.strip()!r} is not a usable number: write at most 12 digits")
    return value
