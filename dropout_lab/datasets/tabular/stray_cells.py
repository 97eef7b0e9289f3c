"""Cells that are no numbers in a column of numbers: where they are, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.notation import is_number_like
from dropout_lab.datasets.tabular.raw_table import RawTable
from dropout_lab.datasets.tabular.text_numbers import TextNumbers

__all__ = ["doubtful_notes", "doubtful_problems", "missing_advice", "stray_problems", "target_problem"]

_DECIDE = 'set dataset.thousands: "." if it does, dataset.decimal: "." if it is the decimal sign'
_MOST_CELLS, _MOST_MARKERS, _LONGEST_MARKER = 3, 10, 200


def stray_problems(raw: RawTable, columns: Iterable[TextNumbers], spec: UserDataset) -> Iterator[str]:
    """Yield what is in the way of columns of numbers; one message for those where it is in the same line."""
    by_rows: dict[tuple[int, ...], list[TextNumbers]] = {}
    for column in columns:
        by_rows.setdefault(tuple(column.strays.tolist()), []).append(column)
    for rows, together in by_rows.items():
        if len(rows) == 1 and len(together) > 1:
            yield _line_problem(raw, rows[0], together, spec)
        else:
            yield from (_column_problem(raw, column, spec) for column in together)


def missing_advice(texts: Sequence[str], spec: UserDataset) -> str:
    """Return what to set if texts stand for missing values; what else to do if they are too many."""
    if len(texts) > _MOST_MARKERS or max(map(len, texts)) > _LONGEST_MARKER:
        return "correct these cells"
    return f"if {_it(texts)} for a missing value, set dataset.missing: {listed((*spec.missing, *texts))}"


def doubtful_problems(file: str, columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield a question about points that probably separate thousands; `columns` are names with a cell of each.

    A cell that ends in 0 tells: decimals are not filled up with zeros where other cells have no point.
    """
    if filled := [(name, cell) for name, cell in columns if cell.endswith("0")]:
        yield f"{file}: {_points(filled)}: {_DECIDE}"


def doubtful_notes(columns: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what the points were taken for about which there is less doubt."""
    if others := [(name, cell) for name, cell in columns if not cell.endswith("0")]:
        yield f"{_points(others)}: it is read as a decimal sign: {_DECIDE}"


def _points(columns: Sequence[tuple[str, str]]) -> str:
    names, cells = zip(*columns, strict=True)
    return (
        f"{join_names(names)}: the point in {join_names(cells, 3)} may separate thousands, for three digits follow "
        "every point and other cells have three digits and no point"
    )


def target_problem(raw: RawTable, column: TextNumbers, spec: UserDataset) -> str:
    """Return what is in the way of a target that is a number."""
    if spec.task == "regression":
        return f"{_described(raw, column, spec)} (dataset.task: regression needs numbers)"
    return f"{_described(raw, column, spec)}; if the target names classes, set dataset.task: classification"


def _column_problem(raw: RawTable, column: TextNumbers, spec: UserDataset) -> str:
    name = column.column.name
    otherwise = f"the column is a category, set dataset.category: {listed((*spec.category, name))}"
    if len(column.column.categories or ()) == column.column.present.sum():
        otherwise = f"it is an id, set dataset.drop: {listed((*spec.drop, name))}"
    return f"{_described(raw, column, spec)}; if {otherwise}"


def _described(raw: RawTable, column: TextNumbers, spec: UserDataset) -> str:
    rows = column.strays.tolist()
    present = int(column.column.present.sum())
    cells = [f"{_cell(column, row)} ({_place(raw, row)})" for row in rows[1:_MOST_CELLS]]
    more = [f"{len(rows) - _MOST_CELLS:,} more"] if len(rows) > _MOST_CELLS else []
    others = f", nor {'are' if len(rows) > 2 else 'is'} {' and '.join([', '.join(cells), *more])}" if cells else ""
    return (
        f"{raw.location(rows[0])}: {printable(column.column.name)}: {_cell(column, rows[0])} is not a number, but "
        f"{column.count:,} of {present:,} values of the column are{others}: {_remedy(column, spec)}"
    )


def _line_problem(raw: RawTable, row: int, columns: Sequence[TextNumbers], spec: UserDataset) -> str:
    cells = [f"{_cell(column, row)} in {column.column.name}" for column in columns]
    texts = list(dict.fromkeys(text for column in columns for text in column.stray_texts))
    names = [column.column.name for column in columns]
    categories = f"; if the columns are categories, set dataset.category: {listed((*spec.category, *names))}"
    return (
        f"{raw.location(row)}: {join_names(cells, 4)}: not numbers, but all other values of the columns are: if the "
        f"line is no row of data (units, totals, or the names again), delete it; {missing_advice(texts, spec)}"
        f"{categories if len(names) <= _MOST_MARKERS else ''}"
    )


def _remedy(column: TextNumbers, spec: UserDataset) -> str:
    texts = column.stray_texts
    if not all(map(is_number_like, texts)):
        return missing_advice(texts, spec)
    usual = next(text for text in column.column.categories or () if column.notation.read(text) is not None)
    return f"write such cells like the others ({printable(usual)})"


def _cell(column: TextNumbers, row: int) -> str:
    text = (column.column.categories or ())[int(column.column.values[row])]
    return f"'{printable(text)}'"


def _place(raw: RawTable, row: int) -> str:
    return f"line {raw.lines[row]}" if len(raw.lines) else f"row {row + 1}"


def _it(texts: Sequence[str]) -> str:
    return "it stands" if len(texts) == 1 else "they stand"
