"""A table as it was read -> a data set: inputs, target and groups, with every problem reported at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.windows import SeriesTable
from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.dataset import Dataset
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.roles import Roles
from dropout_lab.datasets.tabular.bare_rows import bare_rows_note
from dropout_lab.datasets.tabular.column_notes import excluded_notes, quotes_note
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE, row_number_columns
from dropout_lab.datasets.tabular.cut_windows import cut_windows
from dropout_lab.datasets.tabular.duplicate_rows import treat_duplicates
from dropout_lab.datasets.tabular.input_columns import InputColumns, infer_inputs
from dropout_lab.datasets.tabular.missing import mark_missing
from dropout_lab.datasets.tabular.missing_markers import marker_notes
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.spelling import case_notes, merge_spellings
from dropout_lab.datasets.tabular.split_columns import read_times, test_folds, time_ranks
from dropout_lab.datasets.tabular.stray_cells import doubtful_notes, doubtful_problems, target_problem
from dropout_lab.datasets.tabular.table import Table
from dropout_lab.datasets.tabular.targets import Target, infer_target
from dropout_lab.datasets.tabular.telling_columns import telling_notes
from dropout_lab.datasets.tabular.test_file import shared_groups_note, unlearned_classes_problem
from dropout_lab.datasets.tabular.text_numbers import target_notes
from dropout_lab.errors import DatasetError

__all__ = ["group_problems", "to_dataset"]


def to_dataset(raw: RawTable, spec: UserDataset, target_name: str) -> Dataset:
    """Infer what a table's columns are, and make a data set of the rows that have a target.

    Parameters
    ----------
    raw : RawTable
    spec : UserDataset
        The section of the config.
    target_name : str
        The column that is to be predicted.

    Raises
    ------
    DatasetError
        If nothing can be learned from it; names every problem.
    """
    raw = mark_missing(raw, spec.missing, spec.not_missing)
    problems = [*_name_problems(raw, spec, target_name)]
    if not len(raw.columns[0].values):
        problems.append(f"{raw.file}: has no rows below its column names")
    if problems:
        raise DatasetError(problems)
    if spec.fold_case:
        raw = replace(raw, columns=tuple(map(merge_spellings, raw.columns)))
    by_name = {column.name: column for column in raw.columns}
    target = infer_target(by_name[target_name], spec.task, raw.style, raw.is_text)
    groups = None if spec.group is None else by_name[spec.group].as_category()
    series = spec if isinstance(spec, SeriesTable) and spec.window else None
    rows = np.arange(len(target.labels)) if series else np.flatnonzero(target.present)
    training = rows[rows < raw.train_rows]
    test_rows = len(rows) - len(training)
    known = raw.rows(rows)
    problems += _target_problems(raw, by_name[target_name], target, spec)
    others = frozenset(name for _, name in _roles(spec))
    others |= frozenset() if series and series.target_history and not problems else frozenset({target_name})
    inputs = infer_inputs(known, spec, others, row_number_columns(raw))
    problems += inputs.problems
    problems += _too_large(known, inputs.raw)
    problems += group_problems(raw, groups)
    test_fold = time = times = None
    try:
        test_fold = None if spec.fold is None else test_folds(raw, by_name[spec.fold], training)
        if spec.time is not None:
            times = read_times(raw, by_name[spec.time], rows if series else training, spec.day_first)
            time = time_ranks(times)
    except DatasetError as error:
        problems += error.problems
    if not inputs.columns and not inputs.problems and len(rows):
        reasons = "; ".join(f"{printable(column.name)}: {column.reason}" for column in inputs.excluded[:5])
        advice = "".join(f"; {each}" for each in excluded_notes(inputs.raw, inputs.reasons, spec))
        problems.append(f"{raw.file}: no column is left to learn from ({reasons or 'there is no other'}){advice}")
    if not problems and not series:
        problems += filter(None, [unlearned_classes_problem(raw, target.labels[rows], target.classes, test_rows)])
    if problems:
        raise DatasetError(problems)
    notes = (
        *raw.notes,
        *(() if series else _missing_target_note(by_name[target_name], target)),
        *_target_notes(target_name, target),
        *shared_groups_note(raw, groups, rows),
        *inputs.notes,
        *quotes_note([by_name[target_name], *inputs.raw], spec),
        *bare_rows_note(known, inputs),
        *(() if series else telling_notes(inputs, target, rows, spec.drop)),
        *marker_notes([*target.numbers(target_name, np.flatnonzero(target.present)), *inputs.numbers], spec.missing),
        *case_notes(_texts(known, target, target_name, spec.group, inputs)),
        *filter(None, [_assumed_missing(inputs.raw, "a value").removeprefix("; ")]),
    )
    data = Dataset(
        spec.name,
        np.column_stack(inputs.values),
        target.labels[rows],
        target.classes,
        f"{_file_names(raw)} ({raw.format})",
        test_rows=test_rows,
        table=Table(inputs.columns, inputs.excluded, raw.header, inputs.dates, spec.missing),
        groups=None if groups is None else groups.values[rows].astype(np.int64),
        values=None if target.values is None else target.values[rows],
        test_fold=test_fold,
        time=time,
        roles=Roles(
            target_name, spec.group or "", spec.fold or "", spec.time or "", series=(series and series.series) or ""
        ),
        notes=notes,
    )
    if series:
        return cut_windows(data, raw, series, times)
    return treat_duplicates(data, spec.duplicates)


def _file_names(raw: RawTable) -> str:
    """Return the files' names without their folders, which differ between machines."""
    return " and ".join(dict.fromkeys(PurePath(file).name for file in (raw.file, raw.test_file) if file))


def _name_problems(raw: RawTable, spec: UserDataset, target: str) -> Iterator[str]:
    """Yield what is wrong with the names of columns in a config."""
    names = [column.name for column in raw.columns]
    for key, columns in (
        ("target", (target,)),
        *((key, (name,)) for key, name in _roles(spec)),
        *(("drop", spec.drop), ("keep", spec.keep), ("category", spec.category)),
        *(("encode", tuple(spec.encode)), ("dates", tuple(spec.dates))),
    ):
        for name in columns:
            if name not in names:
                hint = nearest(name, names, f" (columns: {join_names(names, 8)})")
                hint += _header_hint(raw, names, name) if key == "target" else ""
                yield f"dataset.{key}: {raw.file} has no column {printable(name)}{hint}"
    if target in spec.drop:
        yield f"dataset.drop: {printable(target)} is the target: leave it out of one of them"
    if spec.group == target:
        yield f"dataset.group: {printable(target)} is the target: rows of one group would all be of one class"
    if target in spec.dates:
        yield f"dataset.dates: {printable(target)} is the target, which must not be an input"
    others = {name: key for key, name in (("target", target), *_roles(spec))} | dict.fromkeys(spec.drop, "drop")
    for name in spec.encode:
        if key := others.get(name) or ("dates" if name in spec.dates else ""):
            yield f"dataset.encode: {printable(name)} is in dataset.{key}, too: leave it out of one of them"
    for key in ("fold", "time", "series"):
        if getattr(spec, key, None) == target:
            yield f"dataset.{key}: {printable(target)} is the target: name another column"


def _roles(spec: UserDataset) -> list[tuple[str, str]]:
    """Return the keys that name a column which is no input, and the column."""
    return [
        (key, name) for key in ("group", "fold", "time", "series") if (name := getattr(spec, key, None)) is not None
    ]


def _header_hint(raw: RawTable, names: Sequence[str], wanted: str) -> str:
    if not raw.header:
        holders = [column.name for column in raw.columns if wanted in _first_cell(column)]
        where = f"it is the value of {join_names(holders, 3)} in the first line; " if holders else ""
        return f"; {where}if that line names the columns, set dataset.header: true" if len(raw.lines) else ""
    numbers = sum(name.replace(".", "", 1).lstrip("-").isdecimal() for name in names)
    if not len(raw.lines) or numbers * 2 < len(names):
        return ""
    return "; if the first line holds values, not names, set dataset.header: false: the columns are then c1, c2, ..."


def _first_cell(column: RawColumn) -> Iterator[str]:
    if len(column.values) and column.present[0]:
        value = column.values[0]
        yield f"{value:g}" if column.categories is None else column.categories[int(value)]


def _target_problems(raw: RawTable, column: RawColumn, target: Target, spec: UserDataset) -> Iterator[str]:
    prefix = f"{raw.file}: target {printable(column.name)}"
    assumed = _assumed_missing([column], "a class") if target.values is None else ""
    if target.text is not None and len(target.text.strays):
        yield target_problem(raw, target.text, spec)
    elif target.problem:
        yield f"{prefix} {target.problem}{assumed}"
    elif target.values is not None:
        yield from _too_large(raw, [RawColumn(column.name, target.values)])
        yield from doubtful_problems(raw.file, [(column.name, target.doubtful)])


def group_problems(raw: RawTable, groups: RawColumn | None) -> Iterator[str]:
    """Yield a problem if a row has no group."""
    if groups is not None and not groups.present.all():
        yield (
            f"{raw.location(int(groups.present.argmin()))}: group {printable(groups.name)} is missing, here and in "
            f"{_rows(_count_missing(groups.present))} in all: each row needs one"
            f"{_assumed_missing([groups], 'a group')}"
        )


def _too_large(raw: RawTable, columns: Sequence[RawColumn]) -> Iterator[str]:
    """Yield the columns with infinite or too large numbers."""
    for column in columns:
        wrong = np.abs(column.values) > MAX_MAGNITUDE  # NaN is not
        if column.categories is None and wrong.any():
            row, count = int(wrong.argmax()), int(wrong.sum())
            yield (
                f"{raw.location(row)}: {printable(column.name)} is {column.values[row]:g}, and {_rows(count)} in all "
                f"{'have' if count > 1 else 'has'} such a value: expected a magnitude below {MAX_MAGNITUDE:g}: "
                "correct them, leave them empty, or add the column to dataset.drop"
            )


def _target_notes(name: str, target: Target) -> Iterator[str]:
    if target.text is not None:
        yield from target_notes(target.text)
    if target.doubtful:
        yield from doubtful_notes([(name, target.doubtful)])


def _texts(
    known: RawTable, target: Target, name: str, group: str | None, inputs: InputColumns
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the names of all columns of text that are used, with their different texts."""
    yield name, target.classes
    yield from ((column.name, column.categories) for column in inputs.columns if column.kind == "category")
    for column in known.columns:
        if column.name == group and column.categories is not None:
            yield group, column.sorted_categories().categories or ()


def _missing_target_note(column: RawColumn, target: Target) -> Iterator[str]:
    missing = _count_missing(target.present)
    if missing:
        assumed = _assumed_missing([column], "a class") if target.values is None else ""
        doubt = ": is it the right target?" if missing * 2 > len(target.present) else ""
        yield f"{_rows(missing)} without {printable(column.name)} left out, of {len(target.present):,}{doubt}{assumed}"


def _assumed_missing(columns: Sequence[RawColumn], role: str) -> str:
    """Return which texts were taken for missing values, and how to say that they are not; usually nothing."""
    columns = [column for column in columns if column.assumed_missing]
    texts = list(dict.fromkeys(text for column in columns for text in column.assumed_missing))
    if not texts:
        return ""
    names, values = join_names([column.name for column in columns], 3), join_names(texts, 10)
    verb, pronoun = ("counts", "it is") if len(texts) == 1 else ("count", "they are")
    return f"; in {names}, {values} {verb} as missing: if {pronoun} {role}, set dataset.not_missing: {listed(texts)}"


def _count_missing(present: NDArray[np.bool_]) -> int:
    return int((~present).sum())


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
