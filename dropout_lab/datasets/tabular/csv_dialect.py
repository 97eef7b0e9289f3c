"""How the cells of a CSV file are written: separator and decimal sign, guessed unless the config says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets.tabular.cell_values import is_grouped
from dropout_lab.datasets.tabular.separator import separator_name
from dropout_lab.datasets.tabular.text_rows import RowLayout, first_rows

__all__ = ["Dialect", "guess_dialect"]

_DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
_DECIMAL_POINT = re.compile(r"[-+]?\d*\.\d+([eE][-+]?\d+)?")
_DOTTED_COMMA = re.compile(r"[-+]?[1-9]\d{0,2}(\.\d{3})+,\d+")
_HUNDREDS = re.compile(r"[-+]?\d{3,}(\.\d+)?")
_OTHER_SIGN: dict[str, Literal[".", ","]] = {",": ".", ".": ","}
"""What separates thousands -> the decimal sign beside it."""


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written.

    Attributes
    ----------
    separator, decimal : str
    ambiguous : dict
        Column number -> a cell in it whose comma is read as a decimal sign but could separate thousands.
    """

    separator: str
    decimal: Literal[".", ","]
    ambiguous: dict[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"separator {separator_name(self.separator)}, decimal {'comma' if self.decimal == ',' else 'point'}"


def guess_dialect(content: bytes, layout: RowLayout, spec: CSV) -> Dialect:
    """Return how a file is written: as the config says, and as its first rows suggest where it does not."""
    separator = layout.separator
    if decimal := spec.decimal or _OTHER_SIGN.get(spec.thousands or ""):
        return Dialect(separator, decimal)
    if separator == ",":
        return Dialect(separator, ".")
    rows = [[cell.strip() for cell in row] for row in first_rows(content, layout)]
    columns = itertools.zip_longest(*rows[int(spec.header is not False) :], fillvalue="")
    return _guess_decimal(separator, [[cell for cell in column if cell not in spec.missing] for column in columns])


def _guess_decimal(separator: str, columns: Sequence[Sequence[str]]) -> Dialect:
    """Take a comma for the decimal sign if more numbers have it than a point; commas of thousands do not count."""
    roles = [_comma_role(column) for column in columns]
    cells = [cell for column, role in zip(columns, roles, strict=True) if role != "thousands" for cell in column]
    commas = sum(bool(_DECIMAL_COMMA.fullmatch(cell) or _DOTTED_COMMA.fullmatch(cell)) for cell in cells)
    if commas <= sum(bool(_DECIMAL_POINT.fullmatch(cell)) for cell in cells):
        return Dialect(separator, ".")
    ambiguous = {"thousands"} if "decimal" in roles else {"thousands", "either"}
    return Dialect(
        separator,
        ",",
        {at: next(filter(is_grouped, columns[at])) for at, role in enumerate(roles) if role in ambiguous},
    )


def _comma_role(cells: Sequence[str]) -> Literal["none", "decimal", "thousands", "either"]:
    """Return what commas mean in a column of numbers.

    A comma that separates thousands has three digits behind it. That it does is certain from a number with two commas,
    or with a point, and from a number above 100 without a comma.
    """
    grouped = list(filter(is_grouped, cells))
    if any(
        _DOTTED_COMMA.fullmatch(cell) or (_DECIMAL_COMMA.fullmatch(cell) and not is_grouped(cell)) for cell in cells
    ):
        return "decimal"
    if not grouped:
        return "none"
    if any(cell.count(",") > 1 or "." in cell for cell in grouped) or any(map(_HUNDREDS.fullmatch, cells)):
        return "thousands"
    return "either"
