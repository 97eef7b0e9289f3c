"""The measures that claims are about: one number per trial."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dropout_lab import results
from dropout_lab.config import Claim
from dropout_lab.errors import ConfigError, ResultsError
from dropout_lab.metrics.registry import COLUMNS
from dropout_lab.stats import convergence

__all__ = ["MEASURES", "SHARES", "measured"]

SHARES = frozenset(
    {"gap", "sparsity", "mc_gain", "ece", "mc_ece"} | {name for name, metric in COLUMNS.items() if metric.share}
)
"""Measures between 0 and 1, whose differences are written in percentage points."""

MEASURES = {
    "gap": "accuracy_gap",
    "loss_gap": "loss_gap",
    "epochs_to_best": "epochs_to_best",
    "epochs_to_loss": "epochs_to_loss",
}
"""Measures from learning curves -> their column in `stats.convergence`; the others are columns of ``trials.csv``."""

GAINS = {"mc_gain": ("mc_accuracy", "accuracy")}
"""Measures that are one column of ``trials.csv`` minus another."""


def measured(claim: Claim, trials: pd.DataFrame, folder: Path) -> pd.Series[float]:
    """Return the claim's measure of each trial: a column of ``trials.csv``, or derived from several or from epochs.

    Parameters
    ----------
    claim : Claim
    trials : pandas.DataFrame
        As in ``trials.csv``.
    folder : Path
        The results, for ``history.csv``.

    Raises
    ------
    ConfigError
        If there is no such measure, or its level is missing.
    ResultsError
        If ``history.csv`` is needed and cannot be read.
    """
    if claim.measure in MEASURES:
        if claim.measure == "epochs_to_loss" and claim.level is None:
            raise ConfigError(["claim.level: expected the training loss that epochs_to_loss waits for, got nothing"])
        return convergence(trials, _history(folder, trials), claim.level)[MEASURES[claim.measure]]
    if GAINS.get(claim.measure, (None,))[0] in trials:
        first, second = GAINS[claim.measure]
        return trials[first].astype(float) - trials[second].astype(float)
    if claim.measure not in trials or not pd.api.types.is_numeric_dtype(trials[claim.measure]):
        numbers = [str(name) for name in trials if pd.api.types.is_numeric_dtype(trials[name])]
        gains = [name for name, (column, _) in GAINS.items() if column in trials]
        known = ", ".join([*MEASURES, *gains, *numbers])
        raise ConfigError([f"claim.measure: {claim.measure}: expected one of {known}"])
    return trials[claim.measure].astype(float)


def _history(folder: Path, trials: pd.DataFrame) -> pd.DataFrame:
    history = results.read_history(folder, trials[trials["status"] == "ok"])
    if history is None:
        raise ResultsError(f"{folder}: has no history.csv, which the claim's measure is computed from")
    return history
