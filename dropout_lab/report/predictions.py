"""The predictions of a result, for what is estimated from them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dropout_lab import results
from dropout_lab.stats import answered

__all__ = ["read_predictions"]


def read_predictions(folder: Path, trials: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Read the predictions of the trials that have a result.

    Parameters
    ----------
    folder : Path
    trials : pandas.DataFrame
        As in ``trials.csv``.
    column : str
        The column of the trials that is swept.

    Returns
    -------
    pandas.DataFrame or None
        ``row``, ``label``, a probability per class and the swept column. None where there is none, the file is
        missing, or torn: a report then does without what is estimated from it.
    """
    succeeded = trials[answered(trials)]
    predictions = results.read_predictions(folder, succeeded)
    if predictions is None or predictions.empty:
        return None
    value = predictions["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return predictions.drop(columns=["trial", "rate", "repeat", "fold"]).assign(**{column: value})
