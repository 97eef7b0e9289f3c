"""The predictions of a result, for what is estimated from them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.stats import has_result

__all__ = ["read_predictions"]


def read_predictions(folder: Path, experiment: Experiment, trials: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Read the predictions of the trials that have a result.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
        What it is a result of.
    trials : pandas.DataFrame
        As in ``trials.csv``.
    column : str
        The column of the trials that is swept.

    Returns
    -------
    pandas.DataFrame or None
        ``row``, ``label``, a probability per class and the swept column; ``group`` if rows were held out by group.
        None where there is none, the file is missing, or torn, or an earlier version wrote it without the groups. A
        report then does without it.
    """
    succeeded = trials[has_result(trials)]
    predictions = results.read_predictions(folder, succeeded)
    if predictions is None or predictions.empty or (experiment.grouped and "group" not in predictions):
        return None
    value = predictions["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return predictions.drop(columns=["trial", "rate", "repeat", "fold"]).assign(**{column: value})
