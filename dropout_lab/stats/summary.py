"""The metric at each point of a sweep, and its difference from the baseline."""

from __future__ import annotations

import pandas as pd

from dropout_lab.stats.corrected_t import holm, inference, interval
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["summarize"]


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
          and the interval ``ci_low``, ``ci_high`` of the mean (see `estimate` for the formula and its source);
        - ``diff``, the mean of point minus baseline over the ``pairs`` of trials of the same repeat and fold that both
          have a result, with its interval ``diff_low``, ``diff_high``;
        - ``t`` and two-sided ``p`` of that difference (`significance`), ``p_holm`` adjusted over all points (`holm`);
        - ``prob_better``, ``prob_same``, ``prob_worse``: the chances that the point is better than the baseline by
          more than the margin, within it, or worse by more (`chances`).

        What does not exist is missing: an interval of a single value, the baseline's difference from itself.

    Notes
    -----
    Points that have other numbers of training rows have corrections of their own; a difference has the larger one of
    its two.

    On a fixed split the trials of a point are seeds on the same rows: intervals and tests say what other seeds would
    do on these very rows, and nothing about other rows. See `sampling_error` for those.
    """
    means, differences = matrix.means(), matrix.differences(matrix.baseline)
    ci_low, ci_high = interval(means, matrix.comparison.confidence)
    found = inference(differences, matrix.comparison)
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
        pairs=differences.n.astype(int),
        t=found["t"],
        p=found["p"],
        p_holm=holm(found["p"]),
        prob_better=found["prob_better"],
        prob_same=found["prob_same"],
        prob_worse=found["prob_worse"],
    )
