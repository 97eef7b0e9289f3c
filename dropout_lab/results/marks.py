"""The rows of ``trials.csv``: each is the mark that its trial is finished. Read strictly, and here only."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dropout_lab.errors import ResultsError
from dropout_lab.plan import Trial, plan
from dropout_lab.results.cells import damaged
from dropout_lab.results.rows import TRIAL_CELLS, planned_cells
from dropout_lab.results.saved import TRIALS, saved_experiment
from dropout_lab.results.table import Table

__all__ = ["WITHOUT_DETAILS", "Mark", "check_details", "read_marks"]

Mark = Mapping[str, str]
"""The cells of a row by their column."""

WITHOUT_DETAILS = ("failed", "killed")
"""The statuses of trials that have neither history nor predictions."""

_OF_TRAINED = ("train_rows", "test_rows", "train_seconds")
_OF_OK = ("loss", "accuracy", "train_loss", "train_accuracy")
_PLACE = ("rate", "repeat", "fold")


def read_marks(folder: Path) -> dict[str, Mark]:
    """Read the marks of a result.

    Returns
    -------
    dict of str to Mark
        By trial, in the order of the file; a last line that is torn is left out.

    Raises
    ------
    ResultsError
        If the file cannot be read, or is not as it was written: a line lacks cells, a cell holds what it may not, a
        trial comes twice, or a row does not say what the plan of the saved experiment does. Names each such line.
    """
    table = Table(folder / TRIALS, TRIAL_CELLS)
    lines = table.rows().split("\n")[:-1]
    if not lines:
        return {}
    marks = [dict(zip(TRIAL_CELLS, cells, strict=True)) for cells in csv.reader(lines)]
    problems = [f"{table.path}:{number}: {text}" for number, text in _problems(marks, plan(saved_experiment(folder)))]
    if problems:
        raise damaged(table.path, problems)
    return {mark["trial"]: mark for mark in marks}


def check_details(path: Path, chunks: Mapping[str, str], counts: Mapping[str, int]) -> None:
    """Raise `ResultsError` unless a table has as many rows of each trial as its mark says.

    Parameters
    ----------
    path : Path
    chunks : mapping of str to str
        The text of each trial's rows.
    counts : mapping of str to int
        How many each trial should have.
    """
    wrong = sum(chunks.get(trial, "").count("\n") != count for trial, count in counts.items())
    if wrong:
        raise ResultsError(
            f"{path}: lacks rows, or has too many, of {wrong} of the {len(counts)} trials in {TRIALS}: it was damaged. "
            "Bring it back, or set these results aside with --fresh"
        )


def _problems(marks: Sequence[Mark], planned: Sequence[Trial]) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with rows whose cells are right one by one, with the number of the line."""
    expected = {trial.id: {key: str(value) for key, value in planned_cells(trial).items()} for trial in planned}
    places = {_place(cells) for cells in expected.values()}
    first: dict[str | tuple[str, ...], int] = {}
    for number, mark in enumerate(marks, 2):
        trial, place = mark["trial"], _place(mark)
        before = first.get(trial, first.get(place))
        if before:
            yield number, f"the trial of line {before} a second time"
        first.setdefault(trial, number)
        first.setdefault(place, number)
        for column, text in expected.get(trial, {}).items():
            if mark[column] != text:
                yield number, f"{column}: expected {text or 'nothing'}, as in the plan, got {mark[column] or 'nothing'}"
        if trial not in expected and place not in places:
            yield number, f"expected rate, repeat and fold of a trial in the plan, got {', '.join(place)}"
        filled = _filled(mark["status"])
        for column in (*_OF_TRAINED, *_OF_OK):
            if (mark[column] != "") != (column in filled):
                wanted = "a number" if column in filled else "nothing"
                yield number, f"{column}: expected {wanted} for a trial that is {mark['status']}"


def _place(mark: Mark) -> tuple[str, ...]:
    return tuple(mark[column] for column in _PLACE)


def _filled(status: str) -> tuple[str, ...]:
    """Return the columns that only some trials have, of those that have this status."""
    if status in WITHOUT_DETAILS:
        return ()
    return (*_OF_TRAINED, *_OF_OK) if status == "ok" else _OF_TRAINED
