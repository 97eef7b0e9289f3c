"""Which way a metric is good, and how it is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dropout_lab.errors import ResultsError

__all__ = ["HELD_OUT", "METRICS", "Metric", "metric_named"]


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
    """

    name: str
    sign: int
    share: bool


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
    )
}


HELD_OUT = ("accuracy", "loss")
"""Those that tell what a net does on rows it has not learnt from."""


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
