"""A file of rows that are to be predicted -> a model's inputs, read as the rows of training were."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import CSV
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import join_names, number_label, printable, relative_path
from dropout_lab.datasets.tabular import parquet
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.column_types import LARGEST, as_category, without_dust
from dropout_lab.datasets.tabular.csv import parse_csv
from dropout_lab.datasets.tabular.load import content_of
from dropout_lab.datasets.tabular.missing import Missing
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError
from dropout_lab.final_model.input_schema import Input, InputSchema

__all__ = ["NewRows", "further"]

_MOST_TOLD = 10


@dataclass(frozen=True)
class NewRows:
    """Rows of a table.

    Attributes
    ----------
    numbers : array of shape (rows, number columns), float64
        Not a number where one is missing.
    texts : array of shape (rows, categories) of str
        Empty where one is missing.
    notes : tuple of str
        What the user should be told.
    """

    numbers: NDArray[np.float64]
    texts: NDArray[np.object_]
    notes: tuple[str, ...]


def further(path: Path, form: InputSchema, words: Sequence[Collection[str]]) -> NewRows:
    """Read rows; columns are found by their names, whatever their order, and others are passed over.

    Parameters
    ----------
    path : Path
        A Parquet file if it ends in ``.parquet``, else CSV.
    form : InputSchema
    words : sequence of collections of str
        The texts of each category that are known. Others are read, too, and told.

    Raises
    ------
    DatasetError
        If the file cannot be read, or its rows are not of the form; names each place, up to ten.
    """
    raw = _raw(path, form)
    there = {column.name: column for column in raw.columns}
    lacking = [
        f"{raw.file}: has no column {printable(each.name)}{nearest(each.name, list(there), '')}"
        for each in form.inputs
        if each.name not in there
    ]
    if lacking:
        columns = join_names([column.name for column in raw.columns], 8)
        raise DatasetError([*_few(lacking), f"{raw.file}: its columns are {columns}"])
    if not len(raw.columns[0].values):
        raise DatasetError([f"{raw.file}: has no rows below its column names"])
    problems: list[tuple[int, str]] = []
    numbers = []
    for each in form.of("number"):
        values = _numbers(there[each.name], raw.decimal)
        problems += _wrong(there[each.name], values, each)
        numbers.append(without_dust(values))
    if problems:
        told = [f"{raw.place(row)}: {said}" for row, said in sorted(problems, key=lambda problem: problem[0])]
        raise DatasetError(_few(told))
    texts: list[NDArray[np.object_]] = []
    notes = list(raw.notes)
    for each, known in zip(form.of("category"), words, strict=True):
        column = _texts(there[each.name], raw, form, known)
        texts.append(np.array([*(column.words or ()), ""], object)[column.values.astype(np.int64)])
        notes += _unknown(raw, column, known)
    rows = len(raw.columns[0].values)
    return NewRows(
        np.column_stack([np.zeros((rows, 0)), *numbers]),
        np.column_stack([np.zeros((rows, 0), object), *texts]),
        tuple(notes),
    )


def _raw(path: Path, form: InputSchema) -> RawTable:
    """Read a file as it is, the columns of categories as texts."""
    file, missing = str(path), Missing(form.missing, form.not_missing)
    if path.suffix.lower() == ".parquet":
        return missing.out_of(parquet.parse(content_of(file), relative_path(file)))
    spec = CSV.model_validate(
        {
            "csv": file,
            "target": form.target,
            "category": [each.name for each in form.of("category")],
            "separator": form.separator,
            "decimal": form.decimal,
            "header": form.header,
            "missing": form.missing,
        }
    )
    raw = missing.out_of(parse_csv(content_of(file), relative_path(file), spec))
    return raw if form.header else _without_target(raw, form)


def _without_target(raw: RawTable, form: InputSchema) -> RawTable:
    """Give columns that have no names of their own those of training; the target may be left out.

    Raises
    ------
    DatasetError
        If there are more or fewer.
    """
    if len(raw.columns) == form.columns:
        return raw
    if len(raw.columns) != form.columns - 1:
        raise DatasetError(
            [
                f"{raw.file}: expected {form.columns} columns, or {form.columns - 1} without the target "
                f"({printable(form.target)}), got {len(raw.columns)}: the rows of training had no names"
            ]
        )
    names = [name for at in range(1, form.columns + 1) if (name := f"c{at}") != form.target]
    return replace(raw, columns=tuple(replace(each, name=name) for each, name in zip(raw.columns, names, strict=True)))


def _few(problems: Sequence[str]) -> list[str]:
    left = len(problems) - _MOST_TOLD
    return [*problems[:_MOST_TOLD], *([f"and {left:,} more"] if left > 0 else [])]


def _numbers(column: RawColumn, decimal: str) -> NDArray[np.float64]:
    """Return a column as numbers, a text as infinity: not a number is what is missing."""
    if column.words is None:
        return np.asarray(column.values, np.float64)
    found = [number(word, decimal) for word in column.words]
    each = np.array([np.inf if value is None else value for value in found] + [np.nan])
    return each[column.values.astype(np.int64)]


def _wrong(column: RawColumn, values: NDArray[np.float64], each: Input) -> Iterator[tuple[int, str]]:
    """Yield the rows whose number cannot be used, and what is wrong."""
    name = printable(each.name)
    for row in np.flatnonzero(np.abs(values) > LARGEST):
        text = column.words[int(column.values[row])] if column.words is not None else f"{column.values[row]:g}"
        yield int(row), f"{name}: {printable(text)!r} is no number below {LARGEST:g} in size"
    if not each.gaps:
        for row in np.flatnonzero(np.isnan(values)):
            yield int(row), f"{name}: is missing, as in no row of training: there is nothing that stands for it"


def _texts(column: RawColumn, raw: RawTable, form: InputSchema, known: Collection[str]) -> RawColumn:
    """Return a column as texts; a number is written as it was in training."""
    column = as_category(column)
    words = list(column.words or ())
    if form.source != "csv":  # where numbers were no texts
        called = {number(word): word for word in known}
        values = [number(word, raw.decimal) for word in words]
        plain = [
            word if value is None else called.get(value, number_label(value))
            for word, value in zip(words, values, strict=True)
        ]
        words = [word if word in known else other for word, other in zip(words, plain, strict=True)]
    return replace(column, words=tuple(words))


def _unknown(raw: RawTable, column: RawColumn, known: Collection[str]) -> Iterator[str]:
    """Yield what is to be told of texts that no row of training had."""
    new = np.array([word not in known for word in column.words or ()] + [False])
    rows = int(new[column.values.astype(np.int64)].sum())
    if rows:
        texts = [word for word, each in zip(column.words or (), new[:-1], strict=True) if each]
        yield (
            f"{raw.file}: {printable(column.name)}: {rows:,} {'rows have texts' if rows > 1 else 'row has a text'} "
            f"that no row of training had: {join_names(texts, 3)}"
        )
