"""The accuracy to expect on new data of the point that was chosen as the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dropout_lab.seeds import derive_seed
from dropout_lab.stats.trial_matrix import points_of

__all__ = ["CorrectPredictions", "Forecast", "bbc_cv", "count_correct"]

Array = NDArray[np.float64]

_CELLS = 1_000_000
"""Rows drawn at once, over all bootstraps of a batch; bounds the memory and changes no number."""


@dataclass(frozen=True)
class CorrectPredictions:
    """How often each row, or group of rows held out together, was predicted correctly at each point of the sweep.

    Attributes
    ----------
    points : pandas.DataFrame
        A row per point of the sweep, in ascending order.
    correct, total : array of shape (points, units)
        How many predictions of a row or group are correct, and how many there are: one per row and repeat, fewer where
        trials failed.
    """

    points: pd.DataFrame
    correct: Array
    total: Array


def count_correct(predictions: pd.DataFrame, columns: Sequence[str]) -> CorrectPredictions:
    """Count the correct predictions of each row; the order of the predictions does not matter.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``; the predicted class is the most probable one, as in `metrics.accuracy`. Empty
        probabilities, of a trial that diverged, do not count.
    columns : sequence of str
        Every axis of the sweep.
    """
    points, point = points_of(predictions, columns)
    unit = predictions["group" if "group" in predictions else "row"].to_numpy()
    units, code = np.unique(unit, return_inverse=True)
    classes = [column for column in predictions.columns if column[0] == "p" and column[1:].isdigit()]
    probabilities = predictions[classes].to_numpy(np.float64)
    known = np.isfinite(probabilities).all(axis=1)
    correct = known & (probabilities.argmax(axis=1) == predictions["label"].to_numpy())
    cell, shape = point * len(units) + code, (len(points), len(units))

    def count(counted: NDArray[np.bool_]) -> Array:
        return np.bincount(cell[counted], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)

    return CorrectPredictions(points, count(correct), count(known))


@dataclass(frozen=True)
class Forecast:
    """An accuracy corrected for selection bias.

    Attributes
    ----------
    estimate : float
        Accuracy to expect on new data.
    low, high : float
        Its percentile interval.
    apparent : float
        Accuracy of the best point on all rows.
    points : int
        How many points the best was chosen from.
    rows : int
        How many rows, or groups of them, were bootstrapped.
    """

    estimate: float
    low: float
    high: float
    apparent: float
    points: int
    rows: int


def bbc_cv(
    predictions: pd.DataFrame,
    columns: Sequence[str] = ("rate",),
    *,
    bootstraps: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Forecast | None:
    """Correct the accuracy of the best point for selection bias: it was chosen on the rows it was measured on.

    Bootstrap bias corrected cross-validation (Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample
    predictions for efficient and accurate cross-validation", Machine Learning 107, 2018, algorithm 5): rows are drawn
    with replacement, the best point on the drawn ones is chosen and scored on those that were not drawn. The mean of
    the scores is the estimate, their percentiles the interval; it is wide rather than narrow, as each score rests on
    about 37% of the rows. A row is drawn with the predictions of all its repeats, and groups of rows that are held out
    together are drawn as one. Nothing is trained.

    Parameters
    ----------
    predictions : pandas.DataFrame
        As in ``predictions.csv.gz``: out-of-fold, or on the rows of a fixed split.
    columns : sequence of str
        Every axis of the sweep.
    bootstraps : int
        How often rows are drawn.
    confidence : float
        Of the interval.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    Forecast or None
        None if no point has all predictions, as then none can be called best. Of points that are equally good on the
        drawn rows the first is chosen, so the one at the lowest rate.
    """
    counts = count_correct(predictions, columns)
    planned = counts.total.max(axis=0)
    complete = (counts.total == planned).all(axis=1)
    if not complete.any():
        return None
    correct = counts.correct[complete]
    rows = correct.shape[1]
    rng = np.random.default_rng(derive_seed(seed, "bbc-cv"))
    batch = max(1, _CELLS // rows)
    sizes = [min(batch, bootstraps - done) for done in range(0, bootstraps, batch)]
    scores = np.concatenate([_scores(correct, planned, rng.integers(rows, size=(size, rows))) for size in sizes])
    scores = scores[np.isfinite(scores)]
    if not len(scores):
        return None
    low, high = np.quantile(scores, [(1 - confidence) / 2, (1 + confidence) / 2])
    apparent = correct.sum(axis=1).max() / planned.sum()
    return Forecast(float(scores.mean()), float(low), float(high), float(apparent), len(correct), rows)


def _scores(correct: Array, planned: Array, drawn: NDArray[np.int64]) -> Array:
    """Choose the best point on the drawn rows and score it on the others, for each bootstrap.

    Parameters
    ----------
    correct : array of shape (points, rows)
        Correct predictions of each row: whole numbers, whose sums are exact in any order, so that ties are ties on any
        machine.
    planned : array of shape (rows,)
        Predictions of each row.
    drawn : array of shape (bootstraps, rows)
        Indices of rows, each as often as it was drawn.

    Returns
    -------
    array of shape (bootstraps,)
        Share of correct predictions among the rows that were not drawn; missing where all were.
    """
    count, rows = drawn.shape
    cells = (drawn + rows * np.arange(count)[:, np.newaxis]).ravel()
    times = np.bincount(cells, minlength=count * rows).reshape(count, rows)
    best = (times.astype(np.float64) @ correct.T).argmax(axis=1)
    left = times == 0
    with np.errstate(invalid="ignore"):
        scores: Array = np.where(left, correct[best], 0).sum(axis=1) / np.where(left, planned, 0).sum(axis=1)
    return scores
