"""Merging the results of shards into one result, the same as that of a single run."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.provenance import differing
from dropout_lab.runs.run import conclude

__all__ = ["MergedResult", "Part", "merge_parts", "read_part", "write_merged"]

_MOST_LISTED = 5
_TIMES = "_seconds"


@dataclass(frozen=True)
class Part:
    """The content of a result directory.

    Attributes
    ----------
    folder : Path
    experiment : Experiment
    run : mapping
        The content of ``run.json``.
    rows : mapping
        See `results.Rows`.
    grouped : bool
        Whether its predictions have the group of each row.
    """

    folder: Path
    experiment: Experiment
    run: Mapping[str, Any]
    rows: results.Rows
    grouped: bool


@dataclass(frozen=True)
class MergedResult:
    """Parts merged into one result; see `Part`.

    Attributes
    ----------
    missing : int
        Number of trials that no part has.
    differing : list of str
        Which of versions, processor and threads differ between the runs.
    """

    experiment: Experiment
    run: Mapping[str, Any]
    rows: results.Rows
    grouped: bool
    missing: int
    differing: Sequence[str]


def read_part(folder: Path) -> Part:
    """Read a result directory.

    Raises
    ------
    ResultsError
        If it holds none, or they are damaged, or those of a race.
    """
    experiment = results.saved_experiment(folder)
    if experiment.until:
        raise ResultsError(
            f"{folder}: trains what its own looks ask for until it is settled, and is not merged: resume it where it "
            "is, with --dask on several machines"
        )
    return Part(
        folder,
        experiment,
        {**results.saved_run(folder), "starts": results.saved_starts(folder)},
        results.read_rows(folder),
        results.has_groups(folder),
    )


def merge_parts(parts: Sequence[Part]) -> MergedResult:
    """Merge parts. Pure.

    Parameters
    ----------
    parts : sequence of Part
        At least one.

    Raises
    ------
    ResultsError
        If they are of different experiments or data, disagree about a trial, or hold no trial at all.
    """
    for first, second in pairwise(parts):
        _check_same(first, second)
    trained = [part for part in parts if part.rows[results.TRIALS]]
    if not trained:
        folders = ", ".join(str(part.folder) for part in parts)
        raise ResultsError(f"{folders}: no trial is finished, so there is nothing to merge")
    for part in trained:
        _check_data(trained[0], part)
    _check_overlaps(parts)
    starts = sorted(
        (start for part in trained for start in part.run["starts"]), key=lambda start: str(start.get("began"))
    )
    rows = {
        name: {trial: text for part in reversed(parts) for trial, text in part.rows[name].items()}
        for name in parts[0].rows
    }
    experiment = parts[0].experiment
    missing = sum(trial.id not in rows[results.TRIALS] for trial in plan(experiment))
    run = {**trained[0].run, "starts": starts}
    return MergedResult(experiment, run, rows, trained[0].grouped, missing, differing(starts, starts))


def write_merged(merged: MergedResult, out: Path, *, fresh: bool = False) -> Path | None:
    """Write merged parts into a new directory, which appears whole or not at all.

    Parameters
    ----------
    merged : MergedResult
    out : Path
    fresh : bool
        Rename old results in `out` first.

    Returns
    -------
    Path or None
        Where the old results are now, if there were any.

    Raises
    ------
    ResultsError
        If `out` exists already, or cannot be written.
    """
    results.check(out, merged.experiment, fresh=fresh)
    if not fresh and results.holds_results(out):
        raise ResultsError(f"{out}: already holds results: name another directory, or rename the old one with --fresh")
    classes = len(merged.run["data"]["classes"])
    with (
        results.hidden_beside(out) as folder,
        results.open_store(folder, merged.experiment, classes, grouped=merged.grouped) as store,
    ):
        store.fill(merged.rows, [trial.id for trial in plan(merged.experiment)])
        store.record(merged.run)
        conclude(store, merged.experiment)
        old = results.set_aside(out) if fresh else None
        results.reveal(folder, out)
    return old


def _check_same(first: Part, second: Part) -> None:
    changed = results.differences(first.experiment, second.experiment)
    changed = changed or results.differences(second.experiment, first.experiment)
    if changed:
        lines = "\n".join(f"  {line}" for line in changed)
        raise ResultsError(f"{second.folder}: holds results of a different experiment than {first.folder}:\n{lines}")


def _check_data(first: Part, second: Part) -> None:
    for part in (first, second):
        data = part.run.get("data")
        if not isinstance(data, dict) or not isinstance(data.get("classes"), list) or "checksum" not in data:
            raise ResultsError(f"{part.folder / 'run.json'}: does not describe the data: restore the file")
    if first.run["data"]["checksum"] != second.run["data"]["checksum"]:
        raise ResultsError(
            f"{second.folder}: its results are from different data than {first.folder} (the values differ)"
        )


def _check_overlaps(parts: Sequence[Part]) -> None:
    """Refuse parts that disagree about a trial."""
    owners: dict[str, Part] = {}
    conflicts: list[str] = []
    for part in parts:
        for trial in part.rows[results.TRIALS]:
            owner = owners.setdefault(trial, part)
            if owner is not part and _numbers(owner, trial) != _numbers(part, trial):
                conflicts.append(f"  trial {trial} in {owner.folder} and {part.folder}")
    if conflicts:
        more = [f"  and {len(conflicts) - _MOST_LISTED:,} more"] if len(conflicts) > _MOST_LISTED else []
        raise ResultsError(
            "\n".join(
                [
                    "these trials have different results in two directories, so they cannot be merged:",
                    *conflicts[:_MOST_LISTED],
                    *more,
                    "Leave out the directory that is wrong",
                ]
            )
        )


def _numbers(part: Part, trial: str) -> list[object]:
    """Return everything that a part holds of a trial but the times."""
    columns = results.trial_columns(part.experiment)
    [cells] = csv.reader([part.rows[results.TRIALS][trial].rstrip("\n")])
    numbers = [cell for column, cell in zip(columns, cells, strict=True) if not column.endswith(_TIMES)]
    return [numbers, *(part.rows[name].get(trial) for name in part.rows if name != results.TRIALS)]
