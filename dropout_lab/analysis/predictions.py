"""The predictions of a result, for what is estimated from them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.stats import has_result

__all__ = ["read_predictions"]


def read_predictions(folder: Path, experiment: Experiment, trials: pd.DataFrame) -> pd.DataFrame | None:
    """Read the predictions of the trials that have a result.

    Parameters
    ----------
    folder : Path
    experiment : Experiment
        What it is a result of.
    trials : pandas.DataFrame
        As in ``trials.csv``.

    Returns
    -------
    pandas.DataFrame or None
        ``predictions.csv.gz``, of these trials. None where there is none, the file is missing, or torn, or an earlier
        version wrote it without the groups that rows were held out by. A report then does without it.
    """
    predictions = results.read_predictions(folder, trials[has_result(trials)])
    if predictions is None or predictions.empty or (experiment.grouped and "group" not in predictions):
        return None
    return predictions
