"""A second file with the rows of the test set, below those of the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import UserDataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.errors import DatasetError

__all__ = ["shared_groups_note", "unlearned_classes_problem", "with_test_rows"]


def with_test_rows(train: RawTable, test: RawTable, spec: UserDataset, target: str) -> RawTable:
    """Return a table with the rows of another one at its end, whose columns have the same names in any order.

    Raises
    ------
    DatasetError
        If the other one lacks a column, or has no row.
    """
    others = {column.name: column for column in test.columns}
    names = [column.name for column in train.columns]
    optional = {*spec.drop, spec.fold, spec.time}
    missing = [name for name in names if name not in others and name not in optional]
    if target in missing:
        raise DatasetError(
            [
                f"dataset.test: {test.file} has no column {printable(target)}, so that nothing can be measured on it: "
                "leave dataset.test out, and predict these rows with 'dropout-lab predict' after 'dropout-lab refit'"
            ]
        )
    if missing:
        raise DatasetError(
            [
                f"dataset.test: {test.file} lacks {join_names(missing, 8)}, which {train.file} has: add "
                f"{'it' if len(missing) == 1 else 'them'} there, or to dataset.drop"
            ]
        )
    rows = len(test.columns[0].values)
    if not rows:
        raise DatasetError([f"dataset.test: {test.file}: has no rows below its column names"])
    more = [name for name in others if name not in names]
    notes = [f"{test.file}: {join_names(more, 5)} left out, as {train.file} has no such column"] if more else []
    empty = np.full(rows, np.nan)
    return replace(
        train,
        columns=tuple(
            _joined(column, others.get(column.name, RawColumn(column.name, empty)), train.style.decimal)
            for column in train.columns
        ),
        lines=np.concatenate([train.lines, test.lines]),
        notes=(*train.notes, *(note for note in test.notes if note not in train.notes), *notes),
        test_file=test.file,
        test_rows=rows,
    )


def _joined(first: RawColumn, second: RawColumn, decimal: str) -> RawColumn:
    """Return the values of two columns below each other: numbers if both are, else texts."""
    doubtful, padded = first.doubtful or second.doubtful, first.padded or second.padded
    if first.categories is None and second.categories is None:
        numbers = np.concatenate([first.values, second.values])
        return RawColumn(first.name, numbers, doubtful=doubtful, padded=padded)
    texts: dict[str, int] = {}
    codes = [_codes(column, texts, decimal) for column in (first, second)]
    return RawColumn(first.name, np.concatenate(codes), tuple(texts), doubtful=doubtful)


def _codes(column: RawColumn, texts: dict[str, int], decimal: str) -> NDArray[np.int64]:
    """Return a column as indices into texts, of which it may add some; numbers as the file would write them."""
    categories: Sequence[str] = column.categories or ()
    if column.categories is None:
        column = column.as_category()
        categories = [text.replace(".", decimal) for text in column.categories or ()]
    return column.map_categories((texts.setdefault(text, len(texts)) for text in categories), -1).astype(np.int64)


def unlearned_classes_problem(raw: RawTable, labels: NDArray[np.int64], classes: Sequence[str], test_rows: int) -> str:
    """Return which classes the test rows alone have; empty if there are none.

    Parameters
    ----------
    raw : RawTable
    labels : array of shape (rows,)
        Of the rows that have a target.
    classes : sequence of str
    test_rows : int
        How many of the last of them are for testing.
    """
    if not raw.test_file:
        return ""
    if not test_rows:
        return f"dataset.test: {raw.test_file}: no row has a target"
    known = np.unique(labels[: len(labels) - test_rows])
    unknown = [name for code, name in enumerate(classes) if code not in known]
    if not unknown:
        return ""
    return (
        f"dataset.test: {raw.test_file} has classes that {raw.file} has not, so that no network can learn them: "
        f"{join_names(unknown, 5)}: leave these rows out, or merge classes, in the files"
    )


def shared_groups_note(raw: RawTable, groups: RawColumn | None, rows: NDArray[np.int64]) -> list[str]:
    """Return a note about groups with rows in both files; usually none."""
    if groups is None or not raw.test_file:
        return []
    trained, tested = (groups.values[rows[of_test]] for of_test in (rows < raw.train_rows, rows >= raw.train_rows))
    shared = len(np.intersect1d(trained, tested))
    if not shared:
        return []
    return [
        f"{shared:,} of {len(np.unique(tested)):,} groups in {raw.test_file} have rows in {raw.file}, too, so that the "
        "networks know them: what is measured is not what to expect of other groups"
    ]
