"""How the numbers of a column are written: the decimal sign, the separator of thousands, a unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from dropout_lab.datasets.tabular.cell_values import number

__all__ = ["Notation", "NumberStyle", "Reading", "is_number_like", "read_numbers"]

_KINDS = {",": ",", ".": ".", " ": " \u00a0\u2009\u202f", "'": "'\u2019"}
"""Separator of thousands -> the characters that count as it: a blank can be narrow or not breaking."""

_GROUPS = {sign: re.compile(rf"[1-9][0-9]{{0,2}}(?:[{re.escape(signs)}][0-9]{{3}})+") for sign, signs in _KINDS.items()}
"""Whole numbers with a separator of thousands."""

_CURRENCY = "$€£¥₹₽₺₩₪₫₴฿"
_CODES = "AUD|BRL|CAD|CHF|CNY|CZK|DKK|EUR|GBP|HUF|INR|JPY|MXN|NOK|PLN|RUB|SEK|TRY|USD|ZAR|Rs\\.?"
_UNIT = rf"(?:[^\W\d_]|[%‰°{_CURRENCY}])[^\s,;:()'\"]{{0,14}}(?: [^\W\d_][^\s,;:()'\"]{{0,14}}){{0,2}}"
_CELL = re.compile(
    rf"(?P<sign>[-+]?) ?(?P<prefix>(?:[A-Z]{{1,3}}?[{_CURRENCY}]|[{_CURRENCY}]|{_CODES})?)[ \u00a0]?(?P<inner>[-+]?)"
    r"(?P<body>[.,]?[0-9]+(?:[.,'\u2019 \u00a0\u2009\u202f][0-9]+)*[.,]?(?:[eE][-+]?[0-9]+)?)"
    rf"[ \u00a0\u202f]?(?P<suffix>(?:{_UNIT})?)"
)
_FORTRAN = re.compile(r"([-+]?[0-9]*\.[0-9]*)[dD]([-+]?[0-9]+)")
_QUOTED = re.compile(r"""(['"])(.*)\1|'([-+.]?[0-9].*)""")
_OTHER = {".": ",", ",": "."}
_SAMPLE, _MARGIN = 500, 0.2


@dataclass(frozen=True)
class Notation:
    """How numbers are written.

    Attributes
    ----------
    decimal : str
    thousands : str
        What separates thousands: a comma, a point, a blank of any kind, an apostrophe; empty for nothing.
    prefix, suffix : str
        A unit that every number has: ``$``, ``%``, ``mm``.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    prefix: str = ""
    suffix: str = ""

    def read(self, text: str) -> float | None:
        """Return the number that a cell holds, None if it holds none in this notation.

        A minus can be U+2212 or parentheses, an exponent Fortran's D, and the number can be in quotes. Zero needs no
        unit.
        """
        cell = _parse(text)
        return None if cell is None else self._read(cell)

    def _read(self, cell: _Cell) -> float | None:
        value = _value(cell.body, self.decimal, self.thousands)
        if value is None or (cell.unit != (self.prefix, self.suffix) and (value or any(cell.unit))):
            return None
        return -value if cell.negative else value


@dataclass(frozen=True)
class NumberStyle:
    """What is known of the numbers of a file before its columns are read.

    Attributes
    ----------
    decimal : str
        As it was set or detected.
    thousands : str
        As it was set; empty if it was not.
    decimal_is_set : bool
        Whether no column can have the other decimal sign.
    """

    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", " ", "'"] = ""
    decimal_is_set: bool = False

    def number(self, text: str, missing: frozenset[str] = frozenset()) -> float | None:
        """Return the number in a cell without a unit, NaN if it is missing; None if it is something else."""
        value = number(text, self.decimal, missing)
        if value is None and self.thousands:
            plain = text.strip()
            return Notation(self.decimal, self.thousands).read(plain) if plain[-1:].isdigit() else None
        return value

    def notations(self) -> Iterator[Notation]:
        """Yield the notations that a column can have, the likeliest first."""
        for decimal in (self.decimal,) if self.decimal_is_set else (self.decimal, _OTHER[self.decimal]):
            first = [self.thousands] if self.thousands else []
            for thousands in dict.fromkeys([*first, "", _OTHER[decimal], " ", "'"]):
                if thousands != decimal:
                    yield Notation(decimal, thousands)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Reading:
    """The numbers in the texts of a column.

    Attributes
    ----------
    notation : Notation
        In which most of its cells are numbers.
    values : tuple of float or None
        Of each text; None where it is not a number in this notation.
    other : Notation or None
        With another meaning of comma and point, in which as many cells are numbers: other ones.
    """

    notation: Notation
    values: tuple[float | None, ...]
    other: Notation | None = None

    def share(self, counts: Sequence[int]) -> float:
        """Return the share of a column's cells that are numbers; `counts` says how many have each text."""
        read = sum(count for value, count in zip(self.values, counts, strict=True) if value is not None)
        return read / max(1, sum(counts))


@dataclass(frozen=True)
class _Cell:
    negative: bool
    unit: tuple[str, str]
    body: str
    accounting: bool


def read_numbers(texts: Sequence[str], counts: Sequence[int], style: NumberStyle) -> Reading:
    """Read the texts of a column as numbers, in the notation in which most of its cells are.

    Parameters
    ----------
    texts : sequence of str
        Different ones, none of them missing.
    counts : sequence of int
        How many cells have each.
    style : NumberStyle
    """
    plain = [number(text, style.decimal) if text else None for text in texts]
    if any(value is not None for value in plain) and not any(
        _parse(text) for text, value in zip(texts, plain, strict=True) if value is None
    ):
        return Reading(Notation(style.decimal), tuple(plain))  # no notation has more of them
    cells = [_parse(text) for text in texts]
    if all(cell is None or cell.accounting for cell in cells):  # (1), (2), ... are no negative numbers
        return Reading(Notation(style.decimal), (None,) * len(texts))
    units: Counter[tuple[str, str]] = Counter()
    for cell, count in zip(cells, counts, strict=True):
        if cell is not None:
            units[cell.unit] += count
    (prefix, suffix), _ = units.most_common(1)[0]
    signs = {*"".join(cell.body for cell in cells if cell)}
    candidates = [
        Notation(each.decimal, each.thousands, prefix, suffix)
        for each in style.notations()
        if not each.thousands or signs & {*_KINDS[each.thousands]}
    ]
    if len(cells) > 2 * _SAMPLE:
        sampled = [_reading(each, cells[:_SAMPLE]).share(counts[:_SAMPLE]) for each in candidates]
        candidates = [each for each, share in zip(candidates, sampled, strict=True) if share > max(sampled) - _MARGIN]
    readings = [_reading(notation, cells) for notation in candidates]
    shares = [reading.share(counts) for reading in readings]
    best = readings[shares.index(max(shares))]
    as_good = (each for each, share in zip(readings, shares, strict=True) if share == max(shares))
    other = next((each.notation for each in as_good if each.values != best.values), None)
    return Reading(best.notation, best.values, other)


def _reading(notation: Notation, cells: Sequence[_Cell | None]) -> Reading:
    return Reading(notation, tuple(None if cell is None else notation._read(cell) for cell in cells))


def is_number_like(text: str) -> bool:
    """Return whether a cell is a number with any unit and any separators."""
    return _parse(text) is not None


def _parse(text: str) -> _Cell | None:
    """Take a cell apart; None if it is no number."""
    if text[:1] in ("'", '"') and (quoted := _QUOTED.fullmatch(text)):
        text = (quoted[2] or quoted[3] or "").strip()
    text = text.replace("\N{MINUS SIGN}", "-")
    accounting = text.startswith("(") and text.endswith(")")
    if accounting:
        text = text[1:-1].strip()
    if ("d" in text or "D" in text) and (fortran := _FORTRAN.fullmatch(text)):
        text = f"{fortran[1]}e{fortran[2]}"
    found = _CELL.fullmatch(text)
    if found is None or (found["sign"] + found["inner"] and (accounting or (found["sign"] and found["inner"]))):
        return None
    negative = accounting or "-" in found["sign"] + found["inner"]
    return _Cell(negative, (found["prefix"], found["suffix"]), found["body"], accounting)


def _value(body: str, decimal: str, thousands: str) -> float | None:
    """Return the number that digits, separators and an exponent are."""
    if decimal == "." and not thousands and "," not in body:
        return _plain(body)
    mantissa, _, exponent = body.lower().partition("e")
    whole, _, fraction = mantissa.partition(decimal)
    if thousands and not exponent and _GROUPS[thousands].fullmatch(whole):
        whole = re.sub("[^0-9]", "", whole)
    digits = whole + fraction
    if not digits.isdecimal():
        return None
    return float(f"{whole or 0}.{fraction or 0}e{exponent or 0}")


def _plain(body: str) -> float | None:
    try:
        return float(body)
    except ValueError:
        return None
