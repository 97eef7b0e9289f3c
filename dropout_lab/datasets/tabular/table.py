"""A table as it came -> a data set: inputs, classes and groups, every problem told at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import number
from dropout_lab.datasets.tabular.column_types import LARGEST, Column, ExcludedColumn, as_category, as_column, hint
from dropout_lab.datasets.tabular.missing import Missing
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.targets import classes_of, looks_continuous, numbers_of
from dropout_lab.errors import DatasetError

__all__ = ["ParsedTable", "Table", "parts_of"]


@dataclass(frozen=True)
class Table:
    """What is known of a table's columns.

    Attributes
    ----------
    columns : tuple of Column
        The inputs, those of numbers first; in the order of the features.
    left_out : tuple of ExcludedColumn
    target, group : str
        Columns; an empty group is none.
    format : str
        How the file was read.
    notes : tuple of str
        What the user should be told.
    """

    columns: tuple[Column, ...]
    left_out: tuple[ExcludedColumn, ...]
    target: str
    group: str
    format: str
    notes: tuple[str, ...]

    @property
    def inputs(self) -> int:
        """How many inputs a net has."""
        return sum(column.inputs for column in self.columns)

    def facts(self) -> dict[str, Any]:
        """Return it as plain data, for ``run.json``."""
        return {
            "target": self.target,
            "group": self.group or None,
            "columns": [
                {"name": each.name, "type": each.kind, "inputs": each.inputs, "missing": each.missing}
                | ({"values": list(each.words)} if each.kind == "category" else {})
                for each in self.columns
            ],
            "left_out": {each.name: each.why for each in self.left_out},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class ParsedTable:
    """The rows of a table that can be learnt from.

    Attributes
    ----------
    table : Table
    features : array of shape (rows, columns), float64
        Categories are positions in their words, missing values not a number.
    labels : array of shape (rows,), int64
    classes : tuple of str
    groups : array of shape (rows,), int64, or None
    values : array of shape (rows,), float64, or None
        What is to be predicted, if it is no class.
    """

    table: Table
    features: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    groups: NDArray[np.int64] | None
    values: NDArray[np.float64] | None


def parts_of(raw: RawTable, spec: UserDataset, target: str) -> ParsedTable:
    """Find what a table's columns are.

    Parameters
    ----------
    raw : RawTable
    spec : UserDataset
    target : str
        The column that is to be predicted.

    Raises
    ------
    DatasetError
        If it cannot be learnt from; names every problem.
    """
    raw = Missing(spec.missing, spec.not_missing).out_of(raw)
    by_name = {column.name: column for column in raw.columns}
    problems = list(_unknown(raw, spec, target))
    if not len(raw.columns[0].values):
        problems.append(f"{raw.file}: has no rows below its column names")
    if problems:
        raise DatasetError(problems)
    wanted = _outcome(raw, by_name[target], spec.task)
    taken = _taken([by_name[target]], "a class") if wanted.values is None else ""
    if wanted.problem:
        problems.append(f"{wanted.problem}{taken}")
    inputs = [column for column in raw.columns if column.name not in {target, spec.group, *spec.drop}]
    inputs = [as_category(column) if column.name in spec.category else column for column in inputs]
    problems += _not_finite(raw, inputs)
    groups = None if spec.group is None else as_category(by_name[spec.group])
    if groups is not None and not groups.present.all():
        problems.append(
            f"{raw.place(int(groups.present.argmin()))}: group {printable(groups.name)} is missing, here and in "
            f"{_rows(int((~groups.present).sum()))} in all: each row needs one{_taken([groups], 'a group')}"
        )
    rows = np.flatnonzero(wanted.present)
    lacking, notes = len(wanted.present) - len(rows), list(raw.notes)
    if lacking * 2 > len(wanted.present) and len(rows):
        of = f"{lacking:,} of {len(wanted.present):,} rows"
        problems.append(f"{raw.file}: target {printable(target)} is missing in {of}: is it the right one?{taken}")
    elif lacking:
        notes.append(f"{_rows(lacking)} without {printable(target)} left out, of {len(wanted.present):,}{taken}")
    found = [
        (column, as_column(_only(column, rows), column.name in spec.keep, spec.most_categories)) for column in inputs
    ]
    left_out = [ExcludedColumn(name, "as drop says") for name in spec.drop]
    left_out += [each for _, each in found if isinstance(each, ExcludedColumn)]
    kept = [(column, *each) for column, each in found if not isinstance(each, ExcludedColumn)]
    kept.sort(key=lambda each: each[1].kind == "category")
    if not kept and len(rows):
        why = "; ".join(f"{printable(each.name)}: {each.why}" for each in left_out[:5]) or "there is no other"
        problems.append(f"{raw.file}: no column is left to learn from ({why})")
    if problems:
        raise DatasetError(problems)
    for column, known, _ in kept:
        if told := hint(_only(column, rows), known, spec.most_categories, raw.decimal):
            notes.append(f"{printable(known.name)}: {told}")
    if told := _taken(inputs, "a value"):
        notes.append(told.removeprefix("; "))
    return ParsedTable(
        Table(
            tuple(known for _, known, _ in kept), tuple(left_out), target, spec.group or "", raw.format, tuple(notes)
        ),
        np.column_stack([values for _, _, values in kept]),
        wanted.codes[rows],
        wanted.classes,
        None if groups is None else groups.values[rows].astype(np.int64),
        None if wanted.values is None else wanted.values[rows],
    )


@dataclass(frozen=True)
class _Outcome:
    """The target: codes of classes, or numbers; which rows have one, and what is wrong."""

    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    values: NDArray[np.float64] | None
    present: NDArray[np.bool_]
    problem: str


def _outcome(raw: RawTable, column: RawColumn, task: str | None) -> _Outcome:
    """Read the target as the task has it; where that is not said, numbers that measure something are regression."""
    numbers = numbers_of(column, raw.decimal)
    front = f"{raw.file}: target {printable(column.name)}"
    if task == "regression" and numbers is None:
        texts = [word for word in column.words or () if number(word, raw.decimal) is None]
        told = (
            f"holds texts ({join_names(texts, 3)}): dataset.task: regression needs numbers" if texts else "has no value"
        )
        nothing = np.zeros(len(column.values), np.int64)
        return _Outcome(nothing, (), None, column.present, f"{front} {told}")
    if numbers is not None and (task == "regression" or (task is None and looks_continuous(numbers))):
        present = ~np.isnan(numbers)
        return _Outcome(np.zeros(len(numbers), np.int64), (), numbers, present, _no_numbers(raw, column, numbers))
    codes, classes, problem = classes_of(column, raw.decimal)
    return _Outcome(codes, classes, None, codes >= 0, f"{front} {problem}" if problem else "")


def _no_numbers(raw: RawTable, column: RawColumn, numbers: NDArray[np.float64]) -> str:
    """Return what keeps numbers from being predicted; empty if nothing does."""
    front = f"{raw.file}: target {printable(column.name)}"
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return f"{front} has no value in any row"
    if (present == present[0]).all():
        return f"{front} is {present[0]:g} in every row that has it: there is nothing to predict"
    return next(_not_finite(raw, [RawColumn(column.name, numbers)]), "")


def _unknown(raw: RawTable, spec: UserDataset, target: str) -> Iterator[str]:
    """Yield what is wrong with the names of columns in a config."""
    names = [column.name for column in raw.columns]
    for key, given in (
        ("target", (target,)),
        ("group", (spec.group,) if spec.group else ()),
        *(("drop", spec.drop), ("keep", spec.keep), ("category", spec.category)),
    ):
        for name in given:
            if name not in names:
                near = nearest(name, names, f" (columns: {join_names(names, 8)})")
                yield f"dataset.{key}: {raw.file} has no column {printable(name)}{near}{_no_header(raw, key, names)}"
    if target in spec.drop:
        yield f"dataset.drop: {printable(target)} is the target: leave it out of one of them"
    if spec.group == target:
        yield f"dataset.group: {printable(target)} is the target: rows of one group would all be of one class"


def _no_header(raw: RawTable, key: str, names: Sequence[str]) -> str:
    numbers = sum(name.replace(".", "", 1).lstrip("-").isdecimal() for name in names)
    if key != "target" or not len(raw.lines) or numbers * 2 < len(names):
        return ""
    return "; if the first line holds values, not names, set dataset.header: false: the columns are then c1, c2, ..."


def _not_finite(raw: RawTable, columns: Sequence[RawColumn]) -> Iterator[str]:
    for column in columns:
        if column.words is not None:
            continue
        wrong = np.abs(column.values) > LARGEST  # not a number is not
        if wrong.any():
            row = int(wrong.argmax())
            value = column.values[row]
            yield (
                f"{raw.place(row)}: {printable(column.name)} is {value:g}, and {_rows(int(wrong.sum()))} in all "
                f"{'have such a value' if wrong.sum() > 1 else 'has such a value'}: expected numbers below {LARGEST:g} "
                f"in size: mend them, leave them empty, or add the column to dataset.drop"
            )


def _taken(columns: Sequence[RawColumn], what: str) -> str:
    """Return which words of columns were taken for missing values, and how to say that they are not; mostly nothing."""
    found = [column for column in columns if column.taken]
    words = list(dict.fromkeys(word for column in found for word in column.taken))
    if not words:
        return ""
    said = ", ".join(word if word.isalpha() else f'"{word}"' for word in words)
    where, is_it = join_names([column.name for column in found], 3), "it is" if len(words) == 1 else "they are"
    verb = "counts" if len(words) == 1 else "count"
    return (
        f"; in {where}, {join_names(words, 10)} {verb} as missing: if {is_it} {what}, set dataset.not_missing: [{said}]"
    )


def _only(raw: RawColumn, rows: NDArray[np.int64]) -> RawColumn:
    return raw if len(rows) == len(raw.values) else RawColumn(raw.name, raw.values[rows], raw.words)


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
