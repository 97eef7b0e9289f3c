"""How the trials of a result depend on one another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from dropout_lab.config import Experiment

__all__ = ["Design", "correction", "design_of"]


@dataclass(frozen=True)
class Design:
    """Which trials a point of the sweep has, and what they share.

    Attributes
    ----------
    folds : int
        Folds per repeat; 1 where the split is fixed, so that repeats are seeds on the same rows.
    repeats : int
    """

    folds: int
    repeats: int

    @property
    def trials(self) -> int:
        """How many trials of a point are planned."""
        return self.folds * self.repeats

    @property
    def fixed(self) -> bool:
        """Whether all trials are tested on the same rows."""
        return self.folds == 1


def design_of(experiment: Experiment) -> Design:
    """Return the design of an experiment."""
    return Design(experiment.evaluation.folds, experiment.evaluation.repeats)


def correction(trials: pd.DataFrame, design: Design) -> float:
    """Return what the variance of a mean gains because trials share training rows, as a multiple of their variance.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; ``train_rows`` and ``test_rows`` are used.
    design : Design

    Returns
    -------
    float
        n_test / n_train, each summed over the trials (Nadeau and Bengio, Machine Learning 52, 2003, section 5); 0 for
        a fixed split, where everything said is conditional on its rows; missing if no rows are known.
    """
    if design.fixed:
        return 0.0
    rows = trials[["test_rows", "train_rows"]].dropna()
    tested, trained = float(rows["test_rows"].sum()), float(rows["train_rows"].sum())
    return tested / trained if trained > 0 else math.nan
