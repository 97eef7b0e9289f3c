"""Two results, each at one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.config.dataset import BuiltinDataset, without_place
from dropout_lab.config.evaluation import OfficialTest
from dropout_lab.errors import ResultsError
from dropout_lab.stats.corrected_t import Estimate, chances, estimate, interval, significance
from dropout_lab.stats.design import Design, correction
from dropout_lab.stats.metric import metric_named

__all__ = ["Contrast", "contrast", "same_split"]


@dataclass(frozen=True)
class Contrast:
    """How the second result differs from the first. Numbers that do not exist are NaN.

    Attributes
    ----------
    paired : bool
        Whether it rests on pairs of trials tested on the same rows.
    n : int
        How many pairs; unpaired, how many trials of both.
    first, second : float
        Means of the metric, over the pairs or over all trials.
    diff, low, high : float
        Second minus first, and its 95% interval.
    t, df, p : float
        Two-sided test of no difference.
    prob_better, prob_same, prob_worse : float
        Chances that the second is better by more than the margin, within it, or worse by more.
    """

    paired: bool
    n: int
    first: float
    second: float
    diff: float
    low: float
    high: float
    t: float
    df: float
    p: float
    prob_better: float
    prob_same: float
    prob_worse: float


def same_split(first: Experiment, second: Experiment) -> bool:
    """Return whether two experiments hold out the same rows in the same repeat and fold, if their data are the same."""

    def decides(experiment: Experiment) -> dict[str, object]:
        evaluation = experiment.evaluation
        irrelevant = {"repeats", "seed", "monte_carlo", "measures", "metrics"}
        irrelevant |= {"split_seed"} if isinstance(evaluation, OfficialTest) else set()
        data = experiment.dataset
        own = (
            None if isinstance(data, BuiltinDataset) else {**without_place(without_defaults(data)), "train_rows": None}
        )
        return {"dataset": data.name, "own": own, **evaluation.model_dump(exclude=irrelevant)}

    return decides(first) == decides(second)


def contrast(
    first: pd.DataFrame,
    second: pd.DataFrame,
    designs: tuple[Design, Design],
    *,
    same_rows: bool,
    metric: str = "accuracy",
    margin: float = 0.01,
) -> Contrast:
    """Compare two results.

    Where trials of the same repeat and fold are tested on the same rows, their differences are taken, with the
    corrected variance (`estimate`). Else the variances of the two means, each corrected, are added, with Welch's
    degrees of freedom (Welch, Biometrika 34, 1947).

    Parameters
    ----------
    first, second : pandas.DataFrame
        Trials of one point each, as in ``trials.csv``.
    designs : pair of Design
    same_rows : bool
        Whether the same repeat and fold hold out the same rows in both; see `same_split`.
    metric : str
    margin : float
        Differences up to this are practically none; in the unit of the metric.

    Returns
    -------
    Contrast

    Raises
    ------
    ResultsError
        If the metric is not known, or a frame holds more than one point.

    Notes
    -----
    Caution: unpaired means are taken to be independent. Two results on other folds of the same data are not, as easy
    rows are easy for both; the interval is then too wide rather than too narrow. Results on different data differ by
    the data too, and on fixed splits an interval knows nothing of other test rows. Of two corrections of a pair,
    where one has fewer training rows, the larger is taken.
    """
    measure = metric_named(metric)
    one, other = _values(first, metric), _values(second, metric)
    common = one.index.intersection(other.index)
    paired = same_rows and len(common) > 0
    if paired:
        one, other = one[common], other[common]
    ratios = correction(first, designs[0]), correction(second, designs[1])
    values = one.to_numpy().astype(np.float64), other.to_numpy().astype(np.float64)
    difference = estimate(values[1] - values[0], max(ratios)) if paired else _welch(*map(estimate, values, ratios))
    low, high = interval(difference)
    t, p = significance(difference)
    below, within, above = chances(difference, margin)
    return Contrast(
        paired=paired,
        n=int(difference.n),
        first=float(one.mean()),
        second=float(other.mean()),
        diff=float(difference.mean),
        low=float(low),
        high=float(high),
        t=float(t),
        df=float(difference.df),
        p=float(p),
        prob_better=float(above if measure.sign > 0 else below),
        prob_same=float(within),
        prob_worse=float(below if measure.sign > 0 else above),
    )


def _values(trials: pd.DataFrame, metric: str) -> pd.Series[float]:
    """Return the results by (repeat, fold), in that order."""
    values = trials.set_index(["repeat", "fold"])[metric].dropna().sort_index()
    if not values.index.is_unique:
        raise ResultsError("trials: more than one trial of the same repeat and fold: choose one point of the sweep")
    return values


def _welch(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent means, second minus first."""
    parts = first.error**2, second.error**2
    error = np.sqrt(parts[0] + parts[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        df = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / first.df + parts[1] ** 2 / second.df)
    n = first.n + second.n
    df = np.where(error == 0, np.minimum(first.df, second.df), df)
    return Estimate(n, second.mean - first.mean, np.full_like(error, np.nan), error, df)
