"""What each point of a sweep is worth, and how it differs from the baseline."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dropout_lab.stats.corrected_t import chances, estimate, holm, interval, significance
from dropout_lab.stats.design import Design
from dropout_lab.stats.metric import metric_named
from dropout_lab.stats.trial_matrix import baseline_place, grid

__all__ = ["summarize"]


def summarize(
    trials: pd.DataFrame,
    design: Design,
    *,
    metric: str = "accuracy",
    margin: float = 0.01,
    by: Sequence[str] = ("rate",),
    baseline: Sequence[object] | None = None,
) -> pd.DataFrame:
    """Summarise a held-out metric at each point of the sweep and compare it with the baseline, pair by pair.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``; where the points of the sweep that have no trial yet count, as `completed`.
    design : Design
    metric : str
        The column to summarise.
    margin : float
        Differences up to this are practically none; in the unit of the metric.
    by : sequence of str
        The columns that tell the points of the sweep apart.
    baseline : sequence, optional
        The point to compare with, a value per column of `by`; by default the one at rate 0, if there is just one.

    Returns
    -------
    pandas.DataFrame
        A row per point, in ascending order. After the columns of `by`:

        - ``n`` trials that have the metric, ``failed`` that have no result at all; its ``mean`` and ``sd`` (with n - 1)
          and the 95% interval ``ci_low``, ``ci_high`` of the mean (`estimate` tells the formula and its source);
        - ``diff``, the mean of point minus baseline over the ``pairs`` of trials of the same repeat and fold that both
          have a result, with its 95% interval ``diff_low``, ``diff_high``;
        - ``t`` and two-sided ``p`` of that difference (`significance`), ``p_holm`` adjusted over all points (`holm`);
        - ``prob_better``, ``prob_same``, ``prob_worse``: the chances that the point is better than the baseline by
          more than the margin, within it, or worse by more (`chances`).

        What does not exist is missing: an interval of a single value, the baseline's difference from itself.

    Raises
    ------
    ResultsError
        If the metric or the baseline is not known, `by` leaves an axis of the sweep out, or a trial is not planned.

    Notes
    -----
    Points that have other numbers of training rows have corrections of their own; a difference has the larger one of
    its two.

    On a fixed split the trials of a point are seeds on the same rows: intervals and tests tell what other seeds would
    do on these very rows, and nothing of other rows. See `sampling_error` for those.
    """
    measure = metric_named(metric)
    table = grid(trials, metric, by, design)
    own = estimate(table.values, table.ratios)
    difference = table.differences(baseline_place(table.points, baseline))
    ci_low, ci_high = interval(own)
    diff_low, diff_high = interval(difference)
    t, p = significance(difference)
    below, within, above = chances(difference, margin)
    return table.points.assign(
        n=own.n.astype(int),
        failed=table.failed,
        mean=own.mean,
        sd=own.sd,
        ci_low=ci_low,
        ci_high=ci_high,
        diff=difference.mean,
        diff_low=diff_low,
        diff_high=diff_high,
        pairs=difference.n.astype(int),
        t=t,
        p=p,
        p_holm=holm(p),
        prob_better=above if measure.sign > 0 else below,
        prob_same=within,
        prob_worse=below if measure.sign > 0 else above,
    )
