"""Predictions -> how often each row was answered rightly at each point of the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.stats.trial_matrix import points_of

__all__ = ["Answers", "answers"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Answers:
    """Right answers by point and row.

    Attributes
    ----------
    points : pandas.DataFrame
        A row per point of the sweep, in ascending order.
    right, given : array of shape (points, rows)
        How many of the answers were right, and how many there are: one per repeat, fewer where trials have failed.
    """

    points: pd.DataFrame
    right: Array
    given: Array


def answers(predictions: pd.DataFrame, by: Sequence[str]) -> Answers:
    """Count the right answers to each row; the order of the predictions does not matter.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``; the answer is the likeliest class as `metrics.accuracy` takes it. Empty
        probabilities, of a trial that has diverged, are no answer.
    by : sequence of str
        The columns that tell the points of the sweep apart.
    """
    points, point = points_of(predictions, by)
    rows, row = np.unique(predictions["row"].to_numpy(), return_inverse=True)
    classes = [column for column in predictions.columns if column[0] == "p" and column[1:].isdigit()]
    probabilities = predictions[classes].to_numpy(np.float64)
    known = np.isfinite(probabilities).all(axis=1)
    right = known & (probabilities.argmax(axis=1) == predictions["label"].to_numpy())
    cell, shape = point * len(rows) + row, (len(points), len(rows))

    def count(which: NDArray[np.bool_]) -> Array:
        return np.bincount(cell[which], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)

    return Answers(points, count(right), count(known))
