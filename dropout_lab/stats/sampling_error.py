"""What the choice of the test rows does to a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.forecast import answers
from dropout_lab.stats.trial_matrix import baseline_index, minus_row

__all__ = ["sampling_error"]


def sampling_error(
    predictions: pd.DataFrame, columns: Sequence[str] = ("rate",), baseline: Sequence[object] | None = None
) -> pd.DataFrame:
    """Return how far accuracies would move with other test rows of the same kind.

    The error that seeds on a fixed split do not show, and that is reported apart from theirs: the test rows are the
    units, each row's answers averaged over the seeds. The standard error is that of a mean of independent rows,
    sd / sqrt(rows); of a difference, that of the mean of the paired differences per row (for one seed it is McNemar's
    setting; Dietterich, Neural Computation 10, 1998, tells the two sources of variation apart).

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
        A row per point, in ascending order: the columns of the sweep, how many ``rows`` have an answer, the
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
    given = answers(predictions, columns)
    with np.errstate(invalid="ignore"):
        shares = np.where(given.given > 0, given.right / given.given, np.nan)
    own = estimate(shares, 0)
    difference = estimate(minus_row(shares, baseline_index(given.points, baseline)), 0)
    return given.points.assign(
        rows=own.n.astype(int),
        accuracy=own.mean,
        error=own.error,
        diff=difference.mean,
        diff_error=difference.error,
    )
