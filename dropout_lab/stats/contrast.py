"""Two results, each at one point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dropout_lab.config import Experiment, without_defaults
from dropout_lab.config.dataset import BuiltinDataset, without_folder
from dropout_lab.config.evaluation import OfficialTest
from dropout_lab.errors import ResultsError
from dropout_lab.stats.corrected_t import Estimate, estimate, inference
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
        irrelevant |= {"split_seed"} if isinstance(evaluation, OfficialTest) else set()
        data = experiment.dataset
        own = None
        if not isinstance(data, BuiltinDataset):
            own = {**without_folder(without_defaults(data)), "train_rows": None}
        return {"dataset": data.name, "own": own, **evaluation.model_dump(exclude=irrelevant)}

    return split(first) == split(second)


def contrast(first: TrialMatrix, second: TrialMatrix, *, same_rows: bool) -> Contrast:
    """Compare two results by the specification of the first.

    Where trials of the same repeat and fold are tested on the same rows, their differences are taken, with the
    corrected variance (`estimate`). Else the variances of the two means, each corrected, are added, with Welch's
    degrees of freedom (Welch, Biometrika 34, 1947).

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
    the data too, and on fixed splits an interval knows nothing of other test rows. Of two corrections of a pair,
    where one has fewer training rows, the larger is taken.
    """
    if len(first.points) != 1 or len(second.points) != 1:
        raise ResultsError("trials: expected a single point in each result: choose one point of the sweep")
    values, ratios = (first.values[0], second.values[0]), (first.ratios[0], second.ratios[0])
    pairs = min(map(len, values))  # of the same folds, so that the result with fewer repeats has the first ones
    common = np.isfinite(values[0][:pairs]) & np.isfinite(values[1][:pairs])
    paired = same_rows and bool(common.any())
    if paired:
        difference = estimate((values[1][:pairs] - values[0][:pairs])[common], max(ratios))
    else:
        difference = _welch(estimate(values[0], ratios[0]), estimate(values[1], ratios[1]))
    return Contrast(
        paired=paired,
        n=int(difference.n),
        diff=float(difference.mean),
        df=float(difference.df),
        **{name: float(number) for name, number in inference(difference, first.comparison).items()},
    )


def _welch(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent means, second minus first."""
    parts = first.error**2, second.error**2
    error = np.sqrt(parts[0] + parts[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        df = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / first.df + parts[1] ** 2 / second.df)
    n = first.n + second.n
    df = np.where(error == 0, np.minimum(first.df, second.df), df)
    return Estimate(n, second.mean - first.mean, np.full_like(error, np.nan), error, df)
