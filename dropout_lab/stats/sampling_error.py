"""How far the choice of the test rows moves a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.forecast import count_correct
from dropout_lab.stats.trial_matrix import baseline_index, minus_row

__all__ = ["sampling_error"]


def sampling_error(
    predictions: pd.DataFrame, columns: Sequence[str] = ("rate",), baseline: Sequence[object] | None = None
) -> pd.DataFrame:
    """Return the standard errors of accuracies over test rows: how far another test set like this one would move them.

    The error that seeds on a fixed split do not show, and that is reported apart from theirs: the test rows are the
    units, each row's predictions averaged over the seeds. The standard error is that of a mean of independent rows,
    sd / sqrt(rows); of a difference, that of the mean of the paired differences per row (for one seed it is McNemar's
    setting; Dietterich, Neural Computation 10, 1998, separates the two sources of variation).

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``, of a fixed split. Rows are taken to be independent of one another, so it is not
        for rows of which some belong together.
    columns, baseline
        As of `Comparison`.

    Returns
    -------
    pandas.DataFrame
        A row per point, in ascending order: the columns of the sweep, how many ``rows`` have a prediction, the
        ``accuracy`` on them and its standard ``error``; the ``diff`` of point minus baseline and its standard error
        ``diff_error``.

    Raises
    ------
    ResultsError
        If the baseline is not among the points.

    Notes
    -----
    Not for cross-validation: there the training rows change with the held-out ones, and the corrected variance of
    `estimate` covers both.
    """
    counts = count_correct(predictions, columns)
    with np.errstate(invalid="ignore"):
        shares = np.where(counts.total > 0, counts.correct / counts.total, np.nan)
    own = estimate(shares, 0)
    difference = estimate(minus_row(shares, baseline_index(counts.points, baseline)), 0)
    return counts.points.assign(
        rows=own.n.astype(int),
        accuracy=own.mean,
        error=own.error,
        diff=difference.mean,
        diff_error=difference.error,
    )
