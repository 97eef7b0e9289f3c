"""What all peers share: their arguments, the data, the folds and the line they print."""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks import workload
from benchmarks.workload import Trial

__all__ = ["Split", "Task", "print_result", "read_sonar", "read_task", "split_of"]

Split = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Row numbers to train on and to hold out."""


@dataclass(frozen=True)
class Task:
    """What a peer is asked to do.

    Attributes
    ----------
    size : int
        Of the workload that the trials are from.
    trials : tuple of Trial
        To train.
    epochs : int
    data : Path
        The Sonar file.
    jobs : int
        As scikit-learn's ``n_jobs``.
    started : float
        When the process was started, in seconds since the epoch.
    """

    size: int
    trials: tuple[Trial, ...]
    epochs: int
    data: Path
    jobs: int
    started: float

    def import_seconds(self) -> float:
        """Return the time since the process was started: call it once all libraries are loaded."""
        return time.time() - self.started


def read_task() -> Task:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1)
    parser.add_argument("--most", type=int)
    parser.add_argument("--epochs", type=int, default=workload.EPOCHS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--started", type=float, default=time.time())
    given = parser.parse_args()
    trials = workload.sample(given.trials, given.most)
    return Task(given.trials, trials, given.epochs, given.data, given.jobs, given.started)


def read_sonar(path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return features of shape (208, 60) and labels of shape (208,): 0 for M, 1 for R."""
    with path.open(encoding="ascii", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    return np.array([row[:60] for row in rows], np.float64), np.array(
        [row[60].strip() == "R" for row in rows], np.int64
    )


def split_of(trial: Trial, labels: NDArray[np.int64]) -> Split:
    """Return a trial's fold: those of the first repeat are the tutorial's."""
    seed = workload.SPLIT_SEED + trial.repeat
    kfold = StratifiedKFold(workload.FOLDS, shuffle=True, random_state=seed)
    return list(kfold.split(np.zeros(len(labels)), labels))[trial.fold]


def print_result(
    accuracies: Sequence[float], import_seconds: float, training_seconds: float, first_call_seconds: float | None
) -> None:
    """Print what the runner reads: one line of JSON, the last of the output."""
    result = {
        "measured_trials": len(accuracies),
        "import_seconds": import_seconds,
        "training_seconds": training_seconds,
        "first_call_seconds": first_call_seconds,
        "accuracy": float(np.mean(accuracies)),
    }
    print(json.dumps(result), flush=True)
