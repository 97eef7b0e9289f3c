"""The files of a result besides its tables: the experiment, and a record of each start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dropout_lab.config import Experiment, load
from dropout_lab.errors import ConfigError, ResultsError

__all__ = [
    "CONFIG",
    "HISTORY",
    "PREDICTIONS",
    "RUN",
    "TRIALS",
    "is_there",
    "no_results",
    "saved_experiment",
    "saved_run",
    "saved_starts",
]

CONFIG, RUN = "config.yaml", "run.json"
TRIALS, HISTORY, PREDICTIONS = "trials.csv", "history.csv", "predictions.csv.gz"


def is_there(path: Path) -> bool:
    """Return whether a file of a result exists.

    Raises
    ------
    ResultsError
        If its directory may not be entered.
    """
    try:
        return path.exists()
    except OSError as error:
        raise unusable(path.parent, error) from None


def unusable(folder: Path, error: OSError) -> ResultsError:
    """Return the error of a directory that may not be read or entered, or cannot exist."""
    return ResultsError(
        f"{str(folder)[:60]}: cannot be used: {error.strerror}: expected a directory with read permission"
    )


def no_results(folder: Path) -> ResultsError:
    """Return the error of a directory without results."""
    return ResultsError(f"{folder}: holds no results: expected a directory written by 'dropout-lab run' or 'sweep'")


def saved_experiment(folder: Path) -> Experiment:
    """Read the experiment saved with a result.

    Raises
    ------
    ResultsError
        If the directory holds no results, or its experiment cannot be read.
    """
    if not is_there(folder / CONFIG):
        raise no_results(folder)
    try:
        return load(folder / CONFIG)
    except ConfigError as error:
        raise ResultsError(f"{folder}: its saved experiment cannot be read:\n{error}") from None


def saved_run(folder: Path) -> dict[str, Any]:
    """Read ``run.json``; empty if there is none."""
    try:
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ResultsError(f"{folder / RUN}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{folder / RUN}: is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise ResultsError(f"{folder / RUN}: expected one JSON object")
    return content


def saved_starts(folder: Path) -> list[dict[str, Any]]:
    """Return the record of each start in ``run.json``."""
    starts = saved_run(folder).get("starts", [])
    if not isinstance(starts, list) or not all(isinstance(start, dict) for start in starts):
        raise ResultsError(f"{folder / RUN}: starts: expected a list of objects: restore the file, or remove it")
    return starts
