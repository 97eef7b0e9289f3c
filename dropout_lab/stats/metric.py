"""Which way a metric is good, and how it is written."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dropout_lab.config import Experiment
from dropout_lab.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HELD_OUT", "METRICS", "OF_NUMBERS", "Metric", "answered", "held_out", "metric_named"]


@dataclass(frozen=True)
class Metric:
    """A column of ``trials.csv`` that measures a trial.

    Attributes
    ----------
    name : str
    sign : int
        1 where more is better, -1 where less is.
    share : bool
        Whether it is a share of rows, written in percent and its differences in points.
    least, most : float
        What it lies between.
    """

    name: str
    sign: int
    share: bool
    least: float = 0.0
    most: float = math.inf


METRICS = {
    each.name: each
    for each in (
        Metric("accuracy", 1, share=True),
        Metric("loss", -1, share=False),
        Metric("ece", -1, share=False),
        Metric("mc_accuracy", 1, share=True),
        Metric("mc_loss", -1, share=False),
        Metric("mc_ece", -1, share=False),
        Metric("train_accuracy", 1, share=True),
        Metric("train_loss", -1, share=False),
        *(Metric(f"{front}mse", -1, share=False) for front in ("", "mc_", "train_")),
        *(Metric(f"{front}mae", -1, share=False) for front in ("", "mc_", "train_")),
        *(Metric(f"{front}r2", 1, share=False, least=-math.inf, most=1.0) for front in ("", "mc_", "train_")),
        *(Metric(name, 1, share=False, most=1.0) for name in ("balanced_accuracy", "auc", "f1")),
        *(Metric(name, -1, share=False) for name in ("log_loss", "brier")),
    )
}


HELD_OUT = ("accuracy", "loss")
"""Those that tell what a net does on rows it has not learnt from; the first is what is concluded from."""

OF_NUMBERS = ("r2", "mse", "mae")
"""The same where a number is predicted."""


def held_out(experiment: Experiment) -> tuple[str, ...]:
    """Return the metrics that an experiment can be concluded from; the first one if nothing else is said."""
    return OF_NUMBERS if experiment.regression else (*HELD_OUT, *experiment.evaluation.metrics)


def answered(trials: pd.DataFrame) -> pd.Series[bool]:
    """Tell which trials have a result."""
    return trials["accuracy" if "accuracy" in trials else "mse"].notna()


def metric_named(name: str, among: Collection[str] = tuple(METRICS)) -> Metric:
    """Look up a metric.

    Raises
    ------
    ResultsError
        If it is not known which way it is good: a guess would turn every conclusion round.
    """
    if name not in among:
        raise ResultsError(f"metric: {name!r} is not known: expected one of {', '.join(among)}")
    return METRICS[name]
