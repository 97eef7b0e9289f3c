"""Directories of results made without training."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from builders import experiment, outcome

from dropout_lab.plan import Trial, plan
from dropout_lab.results import open_store

GROUPED: dict[str, Any] = {"dataset": {"csv": "my.csv", "target": "class", "group": "patient"}}
GROUPS = np.array([0, 2, 1, 0])
"""The groups of the held-out rows of `builders.outcome`, where they have some."""
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


def result(
    folder: Path,
    changes: Mapping[str, Any] | None = None,
    *,
    trains: Callable[[Trial], bool] = lambda trial: True,
    diverges: Callable[[Trial], bool] = lambda trial: False,
    data: Mapping[str, Any] | None = None,
    starts: list[dict[str, Any]] | None = None,
) -> Path:
    """Make a directory of results: of three rates x two repeats x three folds, unless told otherwise."""
    described = experiment({**SWEEP, **(changes or {})})
    with open_store(folder, described, 3, groups=GROUPS) as store:
        store.repair()
        store.append([outcome(trial, diverged=diverges(trial)) for trial in plan(described) if trains(trial)])
    run = {"experiment": described.name, "data": {**DATA, **(data or {})}, "starts": starts or [START]}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
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
