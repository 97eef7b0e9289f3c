"""The predictions of a result, for what is estimated from them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from dropout_lab import results
from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.stats import has_result

__all__ = ["read_predictions"]


def read_predictions(folder: Path, experiment: Experiment, trials: pd.DataFrame, column: str) -> pd.DataFrame | None:
    """Read the predictions of the trials that have a result, where their rows can be taken one by one.

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
        ``row``, ``label``, a probability per class and the swept column. None where there is none, the file is
        missing, or torn, or rows belong together by ``dataset.group``: what is estimated from predictions draws rows
        that are independent of one another, and a result does not say which are of one group. A report then does
        without it.
    """
    if not isinstance(experiment.dataset, BuiltinDataset) and experiment.dataset.group:
        return None
    succeeded = trials[has_result(trials)]
    predictions = results.read_predictions(folder, succeeded)
    if predictions is None or predictions.empty:
        return None
    value = predictions["trial"].map(dict(zip(succeeded["trial"], succeeded[column], strict=True)))
    return predictions.drop(columns=["trial", "rate", "repeat", "fold"]).assign(**{column: value})
