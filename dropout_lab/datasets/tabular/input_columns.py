"""The columns of a table that are inputs: what they are, what is noted about them, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import UserDataset
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.column_notes import (
    codes_note,
    column_note,
    excluded_notes,
    excluded_reason,
    possible_ids_note,
)
from dropout_lab.datasets.tabular.column_types import ROW_NUMBER, Column, ExcludedColumn, infer_column
from dropout_lab.datasets.tabular.date_columns import DateColumn, find_dates
from dropout_lab.datasets.tabular.missing import mark_numbers
from dropout_lab.datasets.tabular.notation import Notation
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.stray_cells import doubtful_notes, doubtful_problems, stray_problems
from dropout_lab.datasets.tabular.text_numbers import TextNumbers, find_numbers, notation_notes

__all__ = ["InputColumns", "infer_inputs"]


@dataclass(frozen=True)
class InputColumns:
    """The inputs of a table.

    Attributes
    ----------
    raw : tuple of RawColumn
        All columns that could be inputs, as they were read.
    columns : tuple of Column
        Numbers first.
    values : tuple of array of shape (rows,)
        Numbers, or indices into the categories; NaN where missing.
    excluded : tuple of ExcludedColumn
    dates : tuple of DateColumn
        The columns of dates, which became several numbers each.
    notes, problems : tuple of str
    """

    raw: tuple[RawColumn, ...]
    columns: tuple[Column, ...]
    values: tuple[NDArray[np.float64], ...]
    excluded: tuple[ExcludedColumn, ...]
    dates: tuple[DateColumn, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def reasons(self) -> dict[str, str]:
        """Why columns are left out, by name."""
        return {each.name: each.reason for each in self.excluded}

    @property
    def numbers(self) -> list[RawColumn]:
        """The columns that are inputs as the numbers that the file has."""
        names = {column.name for column in self.columns if column.kind == "number"}
        names -= {name for date in self.dates for name in date.inputs}
        return [column for column in self.raw if column.name in names]


def infer_inputs(
    raw: RawTable, spec: UserDataset, others: frozenset[str], row_numbers: frozenset[str] = frozenset()
) -> InputColumns:
    """Infer what the columns of a table are.

    Parameters
    ----------
    raw : RawTable
        The rows that have a target.
    spec : UserDataset
        The section of the config.
    others : frozenset of str
        Names of columns that are no inputs: the target, the group.
    row_numbers : frozenset of str
        Names of columns that number the rows of the file, of which some have no target.
    """
    dates = find_dates(raw, spec)
    columns = [
        each
        for column in raw.columns
        for each in dates.columns.get(
            column.name, () if column.name in {*others, *spec.drop, *spec.dates} else (column,)
        )
    ]
    columns = [column.as_category() if column.name in spec.categories else column for column in columns]
    texts = {
        column.name: find_numbers(column, raw.style)
        for column in columns
        if raw.is_text and column.categories is not None and column.name not in spec.categories
    }
    columns = [
        mark_numbers(texts[column.name].as_numbers(), spec.missing, raw.style)
        if column.name in texts and texts[column.name].is_numbers
        else column
        for column in columns
    ]
    stray = [each for each in texts.values() if each.is_mostly_numbers]
    refused = {each.column.name for each in stray}
    inputs = []
    excluded = [ExcludedColumn(name, "listed in drop") for name in spec.drop]
    for column in (column for column in columns if column.name not in refused):
        encoding = spec.encode.get(column.name)
        keep = column.name in {*spec.keep, *dates.names, *spec.encode}
        if column.name in row_numbers and column.categories is None and not keep:
            excluded.append(ExcludedColumn(column.name, ROW_NUMBER))
            continue
        match infer_column(column, keep, spec.most_categories):
            case ExcludedColumn() as without:
                excluded.append(replace(without, reason=excluded_reason(column, without.reason)))
            case known, values:
                known = replace(known, notation=_notation(texts.get(column.name)))
                known = known.encoded(encoding) if encoding else known
                inputs.append((column, known, values))
    inputs.sort(key=lambda entry: _place(entry[1]))
    read = [each for each in texts.values() if each.is_numbers]
    doubtful = [(column.name, column.doubtful) for column in columns if column.doubtful]
    notes = [*notation_notes(read, spec.categories), *doubtful_notes(doubtful), *dates.notes]
    notes += [
        f"{printable(column.name)}: {note}"
        for column, known, _ in inputs
        if column.name not in dates.names and (note := column_note(column, known, texts.get(column.name), spec))
    ]
    used = [column for column, _, _ in inputs if column.name not in dates.names]
    notes += [*codes_note(used, spec), *possible_ids_note(used, spec)]
    reasons = {each.name: each.reason for each in excluded}
    notes += excluded_notes(columns, reasons, spec)
    return InputColumns(
        tuple(columns),
        tuple(known for _, known, _ in inputs),
        tuple(values for _, _, values in inputs),
        tuple(excluded),
        dates.dates,
        tuple(notes),
        (*dates.problems, *stray_problems(raw, stray, spec), *doubtful_problems(raw.file, doubtful)),
    )


def _place(column: Column) -> tuple[bool, ...]:
    """Return what sorts columns: numbers, one-hot encoded categories, categories with an embedding, texts."""
    return column.kind == "text", column.encoding is not None, column.kind == "category"


def _notation(text: TextNumbers | None) -> Notation | None:
    return text.notation if text is not None and text.is_numbers and text.example else None
