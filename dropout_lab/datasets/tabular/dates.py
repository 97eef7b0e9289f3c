"""Texts that are dates: found by their form, and read as numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

__all__ = ["DATE_PARTS", "date_orders", "read_date"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_NUMBER, _YEAR, _NAME = r"(?P<{}>[0-9]{{1,2}})", r"(?P<year>[0-9]{4}|[0-9]{2})", r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY, _MONTH = _NUMBER.format("day"), _NUMBER.format("month")
_TIME = (
    r"(?:(?:T|,? +)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?"
    r" ?(?P<half>[AaPp][Mm])?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_FORMS = {
    "year month day": rf"(?P<year>[0-9]{{4}})(?P<sign>[-/.]){_MONTH}(?P=sign){_DAY}",
    "day month year": rf"{_DAY}(?P<sign>[-/.]){_MONTH}(?P=sign){_YEAR}",
    "month day year": rf"{_MONTH}(?P<sign>[-/]){_DAY}(?P=sign){_YEAR}",
    "day name year": rf"{_DAY}[-. ]{{1,2}}{_NAME}[-, ]{{1,2}}{_YEAR}",
    "name day year": rf"{_NAME} {_DAY}(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})",
    "year month": rf"(?P<year>[0-9]{{4}})[-/]{_MONTH}",
    "month year": rf"{_MONTH}[-/](?P<year>[0-9]{{4}})",
    "name year": rf"{_NAME}[-. ]{{1,2}}(?P<year>[0-9]{{4}})",
    "digits": r"(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
}
_PATTERNS = {order: re.compile(form + _TIME) for order, form in _FORMS.items()}
_EPOCH = datetime(1970, 1, 1)
_CENTURY_FROM = 69

DATE_PARTS: Mapping[str, Callable[[datetime], float]] = {
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
    "weekday": lambda date: date.weekday(),
    "hour": lambda date: date.hour,
    "elapsed_days": lambda date: (date - _EPOCH).total_seconds() / 86_400,
}
"""The numbers that a date can become: weekday from 0, Monday; days since 1970-01-01 with the time as a fraction."""


def date_orders(texts: Sequence[str], digits: bool = False) -> tuple[str, ...]:
    """Return in which orders of day, month and year all texts are dates; none if they are no dates.

    Parameters
    ----------
    texts : sequence of str
    digits : bool
        Whether 20260131 is a date, too.
    """
    orders = [order for order in _PATTERNS if digits or order != "digits"]
    for text in texts:
        orders = [order for order in orders if read_date(text, order) is not None]
        if not orders:
            break
    return tuple(orders) if texts else ()


def read_date(text: str, order: str) -> datetime | None:
    """Return the date and time of a text, None if it is none; without an offset from UTC; a month is its first day."""
    found = _PATTERNS[order].fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    year, month = int(parts["year"]), _month(parts["month"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= _CENTURY_FROM else 2000
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % 12 + 12 * (parts["half"].lower() == "pm")
    try:
        return datetime(
            year, month, int(parts.get("day") or 1), hour, int(parts["minute"] or 0), int(parts["second"] or 0)
        )
    except ValueError:
        return None


def _month(text: str) -> int:
    if text.isdecimal():
        return int(text)
    name = text.lower()
    return 1 + _MONTHS.index(name[:3]) if name in _NAMES or name in (*_MONTHS, "sept") else 0
