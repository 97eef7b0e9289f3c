"""Two results, each at one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.config.data_files import identity
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.errors import ResultsError
from dropout_lab.stats.cluster_robust import cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, inference
from dropout_lab.stats.row_matrix import paired_rows
from dropout_lab.stats.trial_matrix import TrialMatrix

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
    diff, low, high : float
        Second minus first, and its interval.
    t, df, p : float
        Two-sided test of no difference.
    prob_better, prob_same, prob_worse : float
        Chances that the second is better by more than the margin, within it, or worse by more.
    """

    paired: bool
    n: int
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

    def split(experiment: Experiment) -> dict[str, object]:
        evaluation = experiment.evaluation
        irrelevant = {"repeats", "seed", "monte_carlo", "measures", "metrics"}
        irrelevant |= set() if evaluation.shuffled else {"split_seed"}
        data = experiment.dataset
        own = None
        if not isinstance(data, BuiltinDataset):
            own = {**identity(without_defaults(data)), "train_rows": None}
        return {"dataset": data.name, "own": own, **evaluation.model_dump(exclude=irrelevant)}

    return split(first) == split(second)


def contrast(first: TrialMatrix, second: TrialMatrix, *, same_rows: bool) -> Contrast:
    """Compare two results by the specification of the first.

    Where trials of the same repeat and fold are tested on the same rows, their differences are taken, as those of two
    points of a sweep. Else the variances of the two means are added, with Welch's degrees of freedom (Welch, Biometrika
    34, 1947).

    Parameters
    ----------
    first, second : TrialMatrix
        Of one point each.
    same_rows : bool
        Whether the same repeat and fold hold out the same rows in both; see `same_split`.

    Raises
    ------
    ResultsError
        If a matrix holds more than one point.

    Notes
    -----
    Caution: unpaired means are taken to be independent. Two results on other folds of the same data are not, as easy
    rows are easy for both; the interval is then too wide rather than too narrow. Results on different data differ by
    the data too. Where the two have different numbers of training rows, the larger correction is taken.
    """
    if len(first.points) != 1 or len(second.points) != 1:
        raise ResultsError("trials: expected a single point in each result: choose one point of the sweep")
    pairs = min(first.values.shape[1], second.values.shape[1])
    # of the same folds, so that the result with fewer repeats has the first ones
    values = np.vstack([second.values[:, :pairs], first.values[:, :pairs]])
    paired = same_rows and bool(np.isfinite(values).all(axis=0).any())
    if paired:
        difference = estimate(values[:1] - values[1:], np.fmax(first.ratios, second.ratios))
        if first.rows is not None and second.rows is not None:
            difference = cluster_robust(difference, *paired_rows(first.rows, second.rows))
        else:
            difference = first.uncertain_by_a_row(difference)
    else:
        difference = _welch(first.means(), second.means())
    return Contrast(
        paired=paired,
        n=int(difference.n[0]),
        diff=float(difference.mean[0]),
        df=float(difference.df[0]),
        **{name: float(numbers[0]) for name, numbers in inference(difference, first.comparison).items()},
    )


def _welch(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent means, second minus first."""
    error = np.hypot(first.error, second.error)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = (first.error / error) ** 2, (second.error / error) ** 2
        df = 1 / (shares[0] ** 2 / first.df + shares[1] ** 2 / second.df)
    n = first.n + second.n
    df = np.where(error == 0, np.minimum(first.df, second.df), df)
    unknown = np.full_like(error, np.nan)
    return Estimate(n, second.mean - first.mean, unknown, error, df, unknown)
