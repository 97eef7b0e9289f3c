"""A column of text -> numbers, if its cells are numbers in one notation; or the cells that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import is_missing
from dropout_lab.datasets.tabular.dotted_thousands import Dots, look_for_dots
from dropout_lab.datasets.tabular.notation import Notation, NumberStyle, is_number_like, read_numbers
from dropout_lab.datasets.tabular.raw_table import RawColumn

__all__ = ["TextNumbers", "find_doubtful", "find_numbers", "notation_notes", "target_notes"]

_SIGNS = {",": "comma", ".": "point"}
_MOST, _HALF, _FEW_TEXTS = 0.8, 0.5, 5
_MANY_CODES, _FEW_CODES, _ROWS_PER_CODE = 20, 10, 5


@dataclass(frozen=True)
class TextNumbers:
    """The numbers in a column of text.

    Attributes
    ----------
    column : RawColumn
        As text.
    notation : Notation
        In which most cells are numbers.
    values : array of shape (rows,), float64
        NaN where a cell is missing or no number.
    strays : array of shape (stray rows,), int64
        The rows whose cell is no number in this notation; none if it is a column of numbers.
    number_like : int
        How many cells are numbers in this notation or another.
    example : tuple of str and float, or None
        A cell that is not written as numbers usually are, and its value.
    other : Notation or None
        In which as many cells are numbers, but other ones.
    doubtful : str
        As in `RawColumn`.
    """

    column: RawColumn
    notation: Notation
    values: NDArray[np.float64]
    strays: NDArray[np.int64]
    number_like: int
    example: tuple[str, float] | None = None
    other: Notation | None = None
    doubtful: str = ""

    @property
    def count(self) -> int:
        """How many cells are numbers."""
        return int((~np.isnan(self.values)).sum())

    @property
    def is_numbers(self) -> bool:
        """Whether all cells are numbers."""
        return not len(self.strays) and self.count > 0

    @property
    def stray_texts(self) -> tuple[str, ...]:
        """The different texts of the cells that are no numbers, in the order of the rows."""
        codes = self.column.values[self.strays].astype(np.int64)
        return tuple((self.column.categories or ())[code] for code in dict.fromkeys(codes.tolist()))

    @property
    def is_mostly_numbers(self) -> bool:
        """Whether the cells that are no numbers are in the way of a column of measurements.

        They are a fifth of the cells at most, or half of them but five different texts at most; and the numbers are
        not codes: a few whole ones, with several rows each.
        """
        numbers = self.values[~np.isnan(self.values)]
        present = len(numbers) + len(self.strays)
        if not len(self.strays) or not len(numbers) or len(numbers) < _HALF * present:
            return False
        if self.number_like < _MOST * present and len(self.stray_texts) > _FEW_TEXTS:
            return False
        distinct = len(np.unique(numbers))
        return (
            bool((numbers != np.floor(numbers)).any())
            or distinct > _MANY_CODES
            or (distinct > _FEW_CODES and distinct * _ROWS_PER_CODE > len(numbers))
            or distinct + len(self.stray_texts) == present
        )

    def as_numbers(self) -> RawColumn:
        """Return the column as numbers, NaN where a cell is none."""
        return RawColumn(self.column.name, self.values, doubtful=self.doubtful)


def find_numbers(column: RawColumn, style: NumberStyle) -> TextNumbers:
    """Find the numbers in a column of text.

    Parameters
    ----------
    column : RawColumn
        Of text.
    style : NumberStyle
        Of the file.
    """
    column = column.sorted_categories() if (column.counts() == 0).any() else column
    texts = [text for text in column.categories or () if not is_missing(text)]
    counts = dict(zip(column.categories or (), column.counts().tolist(), strict=True))
    reading = read_numbers(texts, [counts[text] for text in texts], style)
    values = dict(zip(texts, reading.values, strict=True))
    odd = ((text, value) for text, value in values.items() if value is not None and style.number(text) is None)
    zero = next(((text, 0.0) for text, value in values.items() if value == 0 and style.number(text) is None), None)
    by_category = [values.get(text) for text in column.categories or ()]
    is_stray = [text in values and values[text] is None for text in column.categories or ()]
    return TextNumbers(
        column,
        reading.notation,
        column.map_categories([np.nan if value is None else value for value in by_category], np.nan).astype(np.float64),
        np.flatnonzero(column.map_categories(is_stray, False)),
        sum(counts[text] for text in texts if values[text] is not None or is_number_like(text)),
        next((each for each in odd if each[1]), zero),
        reading.other,
        _doubtful(values, reading.notation) if style == NumberStyle() else "",
    )


def find_doubtful(column: RawColumn, style: NumberStyle) -> str:
    """Return a cell of a column of text, all of it plain numbers, whose point may separate thousands."""
    if style != NumberStyle():
        return ""
    return _doubtful({text: style.number(text) for text in column.categories or ()}, Notation())


def _doubtful(values: Mapping[str, float | None], notation: Notation) -> str:
    if notation.decimal != "." or notation.thousands:
        return ""
    cells = [text.removeprefix(notation.prefix).removesuffix(notation.suffix) for text in values]
    numbers = np.array([np.nan if value is None else value for value in values.values()])
    return look_for_dots(cells, numbers, Dots()).doubtful


def notation_notes(found: Iterable[TextNumbers], category: tuple[str, ...]) -> Iterator[str]:
    """Yield how numbers were read that are not written as usual: a note for the columns with the same notation.

    Parameters
    ----------
    found : iterable of TextNumbers
        The columns that were read as numbers.
    category : tuple of str
        ``dataset.category`` as it is.
    """
    alike: dict[tuple[Notation, bool], list[TextNumbers]] = {}
    for each in found:
        if each.example:
            alike.setdefault((each.notation, each.other is not None), []).append(each)
    for columns in alike.values():
        names = [each.column.name for each in columns]
        setting = f"dataset.category: {listed((*category, *names))}"
        yield f"{join_names(names)}: {_how_read(columns[0])}; if they are categories, set {setting}"


def target_notes(found: TextNumbers) -> Iterator[str]:
    """Yield how the numbers of a target were read, if they are not written as usual."""
    if found.example:
        how = _how_read(found)
        yield f"{printable(found.column.name)}: {how}; if they are classes, set dataset.task: classification"


def _how_read(found: TextNumbers) -> str:
    text, value = found.example or ("", 0.0)
    thousands = found.notation.thousands
    doubt = found.other is not None and thousands in _SIGNS
    setting = f'; if the {_SIGNS[thousands]} is a decimal sign, set dataset.decimal: "{thousands}"' if doubt else ""
    return f"such cells are read as numbers, {printable(text)} as {value:.15g}{setting}"
