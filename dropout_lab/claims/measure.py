"""What claims are about: one number per trial."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from dropout_lab.config import Claim
from dropout_lab.errors import ConfigError, ResultsError

__all__ = ["MEASURES", "SHARES", "measured"]

SHARES = frozenset({"accuracy", "train_accuracy", "gap", "sparsity", "mc_accuracy", "ece", "mc_ece"})
"""Measures between 0 and 1, whose differences are told in points."""


def measured(claim: Claim, trials: pd.DataFrame, folder: Path) -> pd.Series[float]:
    """Return what a claim measures of each trial: a column of ``trials.csv``, or what is made of several or of epochs.

    Parameters
    ----------
    claim : Claim
    trials : pandas.DataFrame
        As in ``trials.csv``.
    folder : Path
        Of the results, which hold ``history.csv``.

    Raises
    ------
    ConfigError
        If there is no such measure.
    ResultsError
        If ``history.csv`` is needed and cannot be read.
    """
    made = MEASURES.get(claim.measure)
    if made is not None:
        return made(claim, trials, folder)
    if claim.measure not in trials or not pd.api.types.is_numeric_dtype(trials[claim.measure]):
        numbers = [str(name) for name in trials if pd.api.types.is_numeric_dtype(trials[name])]
        raise ConfigError([f"claim.measure: {claim.measure}: expected one of {', '.join([*MEASURES, *numbers])}"])
    return trials[claim.measure].astype(float)


def _gap(_: Claim, trials: pd.DataFrame, __: Path) -> pd.Series[float]:
    """Return by how much the accuracy on training rows is above that on held-out rows."""
    return (trials["train_accuracy"] - trials["accuracy"]).astype(float)


def _epochs_to_best(_: Claim, trials: pd.DataFrame, folder: Path) -> pd.Series[float]:
    """Return the epoch, from 1, with the lowest held-out loss."""
    history = _history(folder)
    best = history.loc[history.groupby("trial")["loss"].idxmin().dropna(), ["trial", "epoch"]]
    return trials["trial"].map(best.set_index("trial")["epoch"]).astype(float)


def _epochs_to_loss(claim: Claim, trials: pd.DataFrame, folder: Path) -> pd.Series[float]:
    """Return the first epoch, from 1, whose training loss is at most the claim's level; missing if none is."""
    history = _history(folder)
    first = history[history["train_loss"] <= (claim.level or 0)].groupby("trial")["epoch"].min()
    return trials["trial"].map(first).astype(float)


def _history(folder: Path) -> pd.DataFrame:
    path = folder / "history.csv"
    try:
        return pd.read_csv(path, usecols=["trial", "epoch", "train_loss", "loss"], dtype={"trial": str})
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read: {error}") from None


MEASURES: dict[str, Callable[[Claim, pd.DataFrame, Path], pd.Series[float]]] = {
    "gap": _gap,
    "epochs_to_best": _epochs_to_best,
    "epochs_to_loss": _epochs_to_loss,
}
"""Beside the numeric columns of ``trials.csv``."""
