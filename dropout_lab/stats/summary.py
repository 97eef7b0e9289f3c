"""The metric at each point of a sweep, and its difference from the baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.stats.estimates import inference, interval, significance
from dropout_lab.stats.selection import chances_of_best
from dropout_lab.stats.simultaneous import adjusted, draws, joint_level
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["summarize"]

Array = NDArray[np.float64]


def summarize(matrix: TrialMatrix) -> pd.DataFrame:
    """Summarize a held-out metric at each point of the sweep and compare it with the baseline, pair by pair.

    Parameters
    ----------
    matrix : TrialMatrix

    Returns
    -------
    pandas.DataFrame
        A row per point, in ascending order. After the columns of the sweep:

        - ``n`` trials that have the metric, ``failed`` that have no result at all; its ``mean`` and ``sd`` (with n - 1)
          and the interval ``ci_low``, ``ci_high`` of the mean;
        - ``diff``, the mean of point minus baseline over the ``pairs`` of trials of the same repeat and fold that both
          have a result, with its interval ``diff_low``, ``diff_high`` and its standard error ``diff_error``;
          ``diff_row_error``, the part of the standard error that more repeats would leave;
        - ``t`` and two-sided ``p`` of that difference (`significance`), ``p_adjusted`` over all points (`adjusted`),
          and the interval ``joint_low``, ``joint_high`` that holds for all points at once (`joint_level`);
        - ``prob_better``, ``prob_same``, ``prob_worse``: the chances that the point is better than the baseline by
          more than the margin, within it, or worse by more (`chances`);
        - ``p_best``: where it is below the significance level, another point is better (`chances_of_best`);
        - ``dummy``: the mean of the metric over the same trials, were they to predict without a look at the inputs
          (`Dummy`); ``p_dummy`` of no difference between the two, over all points (`adjusted`);
        - ``collapsed``: the number of trials whose networks predict the same for every row (`collapse.collapsed`).

        What does not exist is missing: an interval of a single value, the baseline's difference from itself.

    Notes
    -----
    Standard errors are those of `cluster_robust`, from the metric row by row; without predictions those of `estimate`,
    which are wider than they need to be, and on a fixed split know nothing of other rows.

    Where trials are judged at several looks, intervals are those of one look, and p-values that allow for all points
    allow for all looks, too.
    """
    comparison = matrix.comparison
    means, differences = matrix.means(), matrix.differences(matrix.baseline)
    ci_low, ci_high = interval(means, comparison.certainty)
    found = inference(differences, comparison)
    drawn = None if differences.influence is None else draws(differences.influence)
    level = joint_level(np.isfinite(found["p"]), drawn, comparison.look_level)
    joint_low, joint_high = interval(differences, 1 - level)
    dummy, p_dummy = _against_dummy(matrix)
    return matrix.points.assign(
        n=means.n.astype(int),
        failed=matrix.failed,
        mean=means.mean,
        sd=means.sd,
        ci_low=ci_low,
        ci_high=ci_high,
        diff=differences.mean,
        diff_low=found["low"],
        diff_high=found["high"],
        diff_error=differences.error,
        diff_row_error=differences.row_error,
        pairs=differences.n.astype(int),
        t=found["t"],
        p=found["p"],
        p_adjusted=np.minimum(adjusted(found["p"], drawn) * comparison.looks, 1),
        joint_low=joint_low,
        joint_high=joint_high,
        prob_better=found["prob_better"],
        prob_same=found["prob_same"],
        prob_worse=found["prob_worse"],
        p_best=np.minimum(chances_of_best(matrix) * comparison.looks, 1),
        dummy=dummy,
        p_dummy=p_dummy,
        collapsed=_collapsed(matrix),
    )


def _against_dummy(matrix: TrialMatrix) -> tuple[Array, Array]:
    """Return what the dummy reaches on the rows of each point, and the adjusted p of the difference from it."""
    differences = matrix.differences_from_dummy()
    if matrix.dummy is None or differences is None:
        return np.full(len(matrix.points), np.nan), np.full(len(matrix.points), np.nan)
    drawn = None if differences.influence is None else draws(differences.influence)
    both = np.isfinite(matrix.values) & np.isfinite(matrix.dummy.values)
    total, count = np.where(both, matrix.dummy.values, 0.0).sum(axis=1), both.sum(axis=1)
    means = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return means, np.minimum(adjusted(significance(differences)[1], drawn) * matrix.comparison.looks, 1)


def _collapsed(matrix: TrialMatrix) -> Array | NDArray[np.int64]:
    """Return how many networks of each point predict the same for every row; missing where there are no predictions."""
    if matrix.predicted is None or matrix.collapsed is None:
        return np.full(len(matrix.points), np.nan)
    known = matrix.predicted > 0
    return matrix.collapsed if known.all() else np.where(known, matrix.collapsed, np.nan)
