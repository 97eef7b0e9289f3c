"""The program as a user starts it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd

COMMAND = [sys.executable, "-m", "dropout_lab"]


def call(*arguments: object, cwd: Path, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command in a directory; `data` is what ``$DROPOUT_LAB_DATA`` names."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=cwd, env=environment(data), capture_output=True, text=True, check=False
    )


def environment(data: Path | None = None) -> dict[str, str]:
    """Return this process's environment, with another data folder or none."""
    kept = {name: value for name, value in os.environ.items() if name != "DROPOUT_LAB_DATA"}
    return {**kept, "COLUMNS": "80"} | ({"DROPOUT_LAB_DATA": str(data)} if data else {})


def numbers(folder: Path) -> dict[str, str]:
    """Return the text of every table of a result, without the columns of times."""
    trials = pd.read_csv(folder / "trials.csv", dtype=str)
    trials = trials.drop(columns=[column for column in trials if column.endswith("_seconds")])
    tables = {
        name: pd.read_csv(folder / name, dtype=str) for name in ("history.csv", "predictions.csv.gz", "summary.csv")
    }
    return {name: table.to_csv(index=False) for name, table in {"trials.csv": trials, **tables}.items()}
