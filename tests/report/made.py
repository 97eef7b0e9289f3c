"""Directories of results made without training."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from builders import experiment, outcome

from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial, plan
from dropout_lab.results import open_store

GROUPED: dict[str, Any] = {"dataset": {"csv": "my.csv", "target": "class", "group": "patient"}}
GROUPS = np.add.outer(3 * np.arange(50), [0, 2, 1, 0]).ravel()
"""The groups of the rows that `builders.outcome` holds out, where they have some: three in each fold."""
SWEEP: dict[str, Any] = {"sweep": {"dropout.rate": [0, 0.2, 0.5]}}
DATA: dict[str, Any] = {
    "name": "iris",
    "rows": 150,
    "inputs": 4,
    "classes": ["setosa", "versicolor", "virginica"],
    "checksum": "c" * 64,
    "source": "scikit-learn",
    "note": "",
}
START: dict[str, Any] = {
    "command": "dropout-lab sweep small.yaml",
    "began": "2026-01-01T00:00:00+00:00",
    "ended": "2026-01-01T00:01:00+00:00",
    "trained": 18,
    "versions": {"dropout-lab": "0.1.0", "keras": "3.15.1"},
    "system": "Linux x86_64",
    "processor": "a processor",
    "cores": 2,
}


def result(  # noqa: PLR0913 - by name
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    sure: Callable[[Trial], Sequence[float]] | None = None,
    trains: Callable[[Trial], bool] = lambda trial: True,
    diverges: Callable[[Trial], bool] = lambda trial: False,
    data: Mapping[str, Any] | None = None,
    starts: list[dict[str, Any]] | None = None,
) -> Path:
    """Make a directory of results: of three rates x two repeats x three folds, unless told otherwise.

    What is predicted comes from the trials' seeds, or from `sure`: the probability that a trial gives to the class of
    each row that it holds out. The metrics are those of the predictions, as the program writes both.
    """
    described = experiment({**SWEEP, **(changes or {})})
    with open_store(folder, described, 3, groups=GROUPS if described.grouped else None) as store:
        store.repair()
        done = [outcome(trial, diverged=diverges(trial)) for trial in plan(described) if trains(trial)]
        store.append(done if sure is None else [predicted(each, sure(each.trial)) for each in done])
    run = {"experiment": described.name, "data": {**DATA, **(data or {})}, "starts": starts or [START]}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def predicted(found: TrialResult, sure: Sequence[float]) -> TrialResult:
    """Give the class of each held-out row a probability, and the next class the rest."""
    rows = np.arange(len(sure))
    labels, probabilities = rows % 3, np.zeros((len(rows), 3), np.float32)
    probabilities[rows, labels] = sure
    probabilities[rows, (labels + 1) % 3] = 1 - np.asarray(sure)
    held_out = rows + len(rows) * found.trial.fold
    return replace(found, test_rows=held_out, test_labels=labels, test_probabilities=probabilities)


def right(count: int, rows: int) -> list[float]:
    """Return predictions of rows of which the first are right: the easiest ones, whatever the trial."""
    return [0.9] * count + [0.1] * (rows - count)


def without_predictions(folder: Path) -> Path:
    """Leave only what an earlier version wrote by trial."""
    (folder / "predictions.csv.gz").unlink()
    return folder


def without_groups(folder: Path) -> None:
    """Turn the predictions of a grouped result into those of an earlier version, which had no column `group`."""
    file = folder / "predictions.csv.gz"
    lines = [line.split(",") for line in gzip.decompress(file.read_bytes()).decode().splitlines()]
    text = "".join(",".join(cells[:5] + cells[6:]) + "\n" for cells in lines)
    file.write_bytes(gzip.compress(text.encode()))


def rewrite(folder: Path, name: str, column: str, values: Callable[[pd.DataFrame], Any]) -> None:
    """Change a column of a table of a result."""
    table = pd.read_csv(folder / name, dtype={"trial": str, "reason": str})
    table[column] = values(table)
    table.to_csv(folder / name, index=False)
