"""The program as a user starts it: a process of its own."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

COMMAND = [sys.executable, "-m", "dropout_lab"]


def call(*arguments: object, cwd: Path, data: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one command in a directory; `data` is what ``$DROPOUT_LAB_DATA`` names."""
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment(data), capture_output=True, text=True, check=False, **options
    )


def heed_permissions() -> None:
    """Give up root's right to read and write what permissions forbid (on Linux); for ``preexec_fn``."""
    if os.geteuid() == 0:
        drop, override, search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        for right in (override, search):
            if ctypes.CDLL(None).prctl(drop, right, 0, 0, 0):
                raise OSError("the right cannot be given up")


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
