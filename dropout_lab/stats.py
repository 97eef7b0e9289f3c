"""Frame in, frame out: what the trials say. Pure."""

from __future__ import annotations

import pandas as pd

__all__ = ["summarize"]


def summarize(trials: pd.DataFrame, metric: str = "accuracy") -> pd.DataFrame:
    """Summarise the held-out metric at each rate.

    Parameters
    ----------
    trials : pandas.DataFrame
        As in ``trials.csv``.
    metric : str
        The column to summarise.

    Returns
    -------
    pandas.DataFrame
        A row per rate: ``rate, n, failed, mean, sd``. `n` counts the trials that have the
        metric, `failed` those that do not (they diverged); `sd` is over those trials, with n - 1, and missing for
        fewer than two.
    """
    grouped = trials.groupby("rate", sort=True)
    values = grouped[metric]
    return pd.DataFrame(
        {
            "n": values.count(),
            "failed": grouped[metric].size() - values.count(),
            "mean": values.mean(),
            "sd": values.std(ddof=1),
        }
    ).reset_index()
