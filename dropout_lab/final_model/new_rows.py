"""Read a file of new rows as a model's inputs, the way the training data were read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import join_names, number_label, printable, relative_path
from dropout_lab.datasets.tabular import parquet
from dropout_lab.datasets.tabular.cell_values import is_missing, number
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE, flush_tiny
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.date_columns import DateColumn, to_numbers
from dropout_lab.datasets.tabular.missing import mark_missing, mark_numbers
from dropout_lab.datasets.tabular.notation import Notation, NumberStyle
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.spelling import folded
from dropout_lab.datasets.user_file import read_bytes
from dropout_lab.errors import DatasetError
from dropout_lab.final_model.input_schema import CSV_KEYS, Input, InputSchema
from dropout_lab.final_model.new_arrays import holds_arrays, read_new_array
from dropout_lab.final_model.new_windows import NewWindows, cut_new_windows
from dropout_lab.final_model.predict import first_problems

__all__ = ["NewRows", "read_new_rows"]


@dataclass(frozen=True)
class NewRows:
    """Rows of a table, to be predicted.

    Attributes
    ----------
    numbers : array of shape (rows, numeric columns), float64
        NaN where missing.
    texts : array of shape (rows, categorical columns and columns of text) of str
        Empty where missing.
    notes : tuple of str
        For the user.
    windows : NewWindows or None
        Which rows each prediction is from, if it is from several.
    """

    numbers: NDArray[np.float64]
    texts: NDArray[np.object_]
    notes: tuple[str, ...]
    windows: NewWindows | None = None

    @property
    def inputs(self) -> dict[str, NDArray[Any]]:
        """The inputs of a model by name: arrays of shape (rows, columns), or (windows, length, columns)."""
        every = {"numbers": self.numbers, "texts": self.texts}
        return every if self.windows is None else {name: rows[self.windows.rows] for name, rows in every.items()}


def read_new_rows(path: Path, schema: InputSchema, vocabularies: Sequence[Collection[str]], array: str = "") -> NewRows:
    """Read rows. Columns are found by name, in any order; other columns are ignored.

    Parameters
    ----------
    path : Path
        A Parquet file if it ends in ``.parquet``, arrays if it ends as `holds_arrays` says, else CSV.
    schema : InputSchema
    vocabularies : sequence of collections of str
        The known texts of each categorical column, none of a column of text. Unknown categories are read, too, with a
        note.
    array : str
        The name of the inputs where the training rows were an array.

    Raises
    ------
    DatasetError
        If the file cannot be read, or does not fit the schema; with each problem's place, up to ten.
    """
    raw = _read(path, schema, array)
    columns = {column.name: column for column in raw.columns}
    derived = {name for date in schema.dates for name in date.inputs}
    needed = [column.name for column in schema.inputs if column.name not in derived]
    ordering = schema.windows.columns if schema.windows else []
    missing = [
        f"{raw.file}: has no column {printable(name)}{nearest(name, list(columns), '')}"
        for name in dict.fromkeys([*needed, *(date.name for date in schema.dates), *ordering])
        if name not in columns
    ]
    if missing:
        raise DatasetError([*first_problems(missing), f"{raw.file}: its columns are {join_names(list(columns), 8)}"])
    rows = len(raw.columns[0].values)
    if not rows:
        raise DatasetError([f"{raw.file}: has no rows below its column names"])
    problems: list[tuple[int, str]] = []
    for date in schema.dates:
        parts, wrong = _read_dates(columns[date.name].as_category(), date)
        columns |= {part.name: part for part in parts}
        problems += wrong
    undated = {row for row, _ in problems}
    numbers: list[NDArray[np.float64]] = []
    for column in schema.of("number"):
        read = RawColumn(column.name, _numbers(columns[column.name], raw.style, column.notation))
        values = mark_numbers(read, schema.missing, raw.style).values.astype(np.float64, copy=False)
        unusable = _unusable(columns[column.name], values, column)
        problems += [each for each in unusable if column.name not in derived or each[0] not in undated]
        numbers.append(flush_tiny(values))
    if problems:
        problems.sort(key=lambda problem: problem[0])
        raise DatasetError(first_problems([f"{raw.location(row)}: {problem}" for row, problem in problems]))
    texts: list[NDArray[np.object_]] = []
    notes = list(raw.notes)
    for expected, known in zip(schema.of("category", "text"), vocabularies, strict=True):
        category = _texts(columns[expected.name], raw, schema, known)
        texts.append(np.array([*(category.categories or ()), ""], object)[category.values.astype(np.int64)])
        notes += _unknown(raw, category, known) if expected.kind == "category" else ()
    windows = cut_new_windows(raw, schema.windows) if schema.windows else None
    return NewRows(
        np.column_stack([np.zeros((rows, 0)), *numbers]),
        np.column_stack([np.zeros((rows, 0), object), *texts]),
        (*notes, *(windows.notes if windows else ())),
        windows,
    )


def _read(path: Path, schema: InputSchema, array: str) -> RawTable:
    """Read a file as it is, its categorical columns as texts."""
    file = str(path)
    if holds_arrays(path):
        rows, where, _ = read_new_array(path, array)
        if rows.ndim != 2 or rows.dtype.kind not in "biuf":
            raise DatasetError(
                [f"{where} has shape {rows.shape} and type {rows.dtype}: expected numbers of shape (rows, inputs)"]
            )
        columns = [RawColumn(f"x{at}", column.astype(np.float64)) for at, column in enumerate(rows.T, 1)]
        return mark_missing(RawTable(relative_path(file), tuple(columns)), schema.missing, schema.not_missing)
    if path.suffix.lower() == ".parquet":
        raw = parquet.parse_parquet(read_bytes(file), relative_path(file))
        return mark_missing(raw, schema.missing, schema.not_missing)
    spec = CSV.model_validate(
        {
            "csv": file,
            "target": schema.target,
            "category": [column.name for column in schema.inputs if column.kind != "number" or column.notation],
            "dates": [date.name for date in schema.dates],
            "header": schema.header,
            "missing": schema.missing,
            **{key: getattr(schema, key) for key in CSV_KEYS},
        }
    )
    raw = mark_missing(parse_csv(read_bytes(file), relative_path(file), spec), schema.missing, schema.not_missing)
    return raw if schema.header else _with_training_names(raw, schema)


def _with_training_names(raw: RawTable, schema: InputSchema) -> RawTable:
    """Name the columns of a file without names as in training; the target may be absent.

    Raises
    ------
    DatasetError
        If the number of columns is another.
    """
    if len(raw.columns) == schema.columns:
        return raw
    if len(raw.columns) != schema.columns - 1:
        raise DatasetError(
            [
                f"{raw.file}: expected {schema.columns} columns, or {schema.columns - 1} without the target "
                f"({printable(schema.target)}), got {len(raw.columns)}: the training file had no column names"
            ]
        )
    names = [name for position in range(1, schema.columns + 1) if (name := f"c{position}") != schema.target]
    columns = (replace(column, name=name) for column, name in zip(raw.columns, names, strict=True))
    return replace(raw, columns=tuple(columns))


def _numbers(column: RawColumn, style: NumberStyle, notation: Notation | None) -> NDArray[np.float64]:
    """Return a column as numbers, with NaN for a missing value and infinity for a text."""
    if column.categories is None:
        return np.asarray(column.values, np.float64)
    read = style.number if notation is None else notation.read
    parsed = [np.nan if is_missing(word) else read(word) for word in column.categories]
    values = np.array([np.inf if value is None else value for value in parsed] + [np.nan])
    return values[column.values.astype(np.int64)]


def _read_dates(column: RawColumn, date: DateColumn) -> tuple[tuple[RawColumn, ...], list[tuple[int, str]]]:
    """Return the columns that a column of dates becomes, and the rows that hold no date, and why."""
    parts, wrong = to_numbers(column, date)
    texts = ((row, (column.categories or ())[int(column.values[row])]) for row in wrong.tolist())
    name = printable(date.name)
    return parts, [(row, f"{name}: {printable(text)!r} is not a date as in training") for row, text in texts]


def _unusable(column: RawColumn, values: NDArray[np.float64], expected: Input) -> Iterator[tuple[int, str]]:
    """Yield the rows whose number cannot be used, and why."""
    name = printable(expected.name)
    for row in np.flatnonzero(np.abs(values) > MAX_MAGNITUDE):
        text = (
            column.categories[int(column.values[row])] if column.categories is not None else f"{column.values[row]:g}"
        )
        yield int(row), f"{name}: {printable(text)!r} is not a number below {MAX_MAGNITUDE:g} in size"
    if not expected.gaps:
        for row in np.flatnonzero(np.isnan(values)):
            yield int(row), f"{name}: is missing; it never was in training, so there is no value to fill in"


def _texts(column: RawColumn, raw: RawTable, schema: InputSchema, known: Collection[str]) -> RawColumn:
    """Return a column as texts, with numbers written as in training."""
    column = column.as_category()
    words = list(column.categories or ())
    if schema.source != "csv":  # its categories may have been numbers, written as `number_label` does
        names = {number(word): word for word in known}
        values = [raw.style.number(word) for word in words]
        labels = [
            word if value is None else names.get(value, number_label(value))
            for word, value in zip(words, values, strict=True)
        ]
        words = [word if word in known else label for word, label in zip(words, labels, strict=True)]
    if schema.fold_case:
        spelled = {folded(word): word for word in known}
        words = [spelled.get(folded(word), word) for word in words]
    return replace(column, categories=tuple(words))


def _unknown(raw: RawTable, column: RawColumn, known: Collection[str]) -> Iterator[str]:
    """Yield a note on texts that did not occur in training."""
    new = np.array([word not in known for word in column.categories or ()] + [False])
    rows = int(new[column.values.astype(np.int64)].sum())
    if rows:
        texts = [word for word, unknown in zip(column.categories or (), new[:-1], strict=True) if unknown]
        yield (
            f"{raw.file}: {printable(column.name)}: {rows:,} {'rows have texts' if rows > 1 else 'row has a text'} "
            f"that did not occur in training: {join_names(texts, 3)}"
        )
