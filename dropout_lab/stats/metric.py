"""Which metrics a result can be judged by."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import LeaveOneOut
from dropout_lab.errors import ResultsError
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS, metric_names

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["has_result", "held_out", "metric_named"]


def held_out(experiment: Experiment) -> tuple[str, ...]:
    """Return the metrics that an experiment can be judged by, the default first.

    Where single rows are held out, these are means over rows: of others, the mean over folds is no estimate.
    """
    names = (*metric_names("always", experiment.task), *experiment.evaluation.metrics)
    if isinstance(experiment.evaluation, LeaveOneOut):
        return tuple(name for name in names if METRICS[name].mean_over_rows)
    return names


def has_result(trials: pd.DataFrame) -> pd.Series[bool]:
    """Return which trials have a result: a metric that is always measured and always defined."""
    names = [name for name in metric_names("always") if not METRICS[name].needs]
    return trials[next(name for name in names if name in trials)].notna()


def metric_named(name: str, among: Collection[str] = tuple(METRICS)) -> Metric:
    """Look up a metric.

    Raises
    ------
    ResultsError
        If there is no such metric.
    """
    if name not in among:
        raise ResultsError(f"metric: {name!r} is not known: expected one of {', '.join(among)}")
    return METRICS[name]
