"""Networks that predict the same for every row."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

__all__ = ["collapsed"]


def collapsed(predictions: pd.DataFrame) -> pd.Series[bool]:
    """Tell which networks predict one class for every row that they hold out; in regression, one number.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``.

    Returns
    -------
    pandas.Series
        By trial, of those with predictions. False where the held-out rows are of one class themselves: then the network
        may be right.
    """
    numbers = [name for name in map(str, predictions) if re.fullmatch(r"prediction|p[0-9]+", name)]
    values = predictions[numbers].to_numpy(np.float64)
    answers = pd.DataFrame(
        {
            "answer": values[:, 0] if len(numbers) == 1 else values.argmax(axis=1),
            "label": predictions["label"].to_numpy(),
        }
    )
    finite = np.isfinite(values).all(axis=1)
    of_trial = answers[finite].groupby(predictions["trial"].to_numpy()[finite])
    lowest, highest = of_trial.min(), of_trial.max()
    same: pd.Series[bool] = (lowest["answer"] == highest["answer"]) & (lowest["label"] < highest["label"])
    return same
