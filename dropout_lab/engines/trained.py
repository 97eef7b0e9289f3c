"""What a block of trials trained together has become, and each trial's result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dropout_lab.engines.fold_data import FoldData
from dropout_lab.engines.monte_carlo import mean
from dropout_lab.engines.outcome import History, TrialResult
from dropout_lab.engines.target_scaling import regression_history
from dropout_lab.metrics.activations import Activations, measure_activations
from dropout_lab.plan import Trial

__all__ = ["Totals", "Trained", "history_of", "pulses", "result_of", "with_activations", "with_monte_carlo"]

_PULSES = 20
"""Calls of a program per block, after each of which progress is reported."""


class Totals(NamedTuple):
    """Sums over an epoch's rows, each of shape (epochs, trials): divide by the number of rows."""

    train_loss: Any
    train_hits: Any
    loss: Any
    hits: Any
    validation_loss: Any
    validation_hits: Any


@dataclass(frozen=True)
class Trained:
    """How a block was trained.

    Attributes
    ----------
    totals : Totals
        Of all epochs.
    epochs : list of int
        How many each trial was trained for.
    best : list
        The epoch of each trial, from 1, whose weights were restored; None without early stopping.
    epoch_seconds : float
    """

    totals: Totals
    epochs: list[int]
    best: list[int | None]
    epoch_seconds: float


def result_of(
    trial: Trial, fold: FoldData, predictions: NDArray[np.float64], trained: Trained, position: int, seconds: float
) -> TrialResult:
    """Return the result of one trial of a block.

    Parameters
    ----------
    trial : Trial
    fold : FoldData
    predictions : array of shape (rows, classes)
        For all rows of the data set, dropout off.
    trained : Trained
    position : int
        Of the trial in the block.
    seconds : float
        Of training, for this trial.
    """
    train, test, epochs = fold.split.train, fold.split.test, trained.epochs[position]
    return TrialResult(
        trial,
        test_rows=test,
        train_rows=train,
        test_labels=fold.labels[test],
        train_labels=fold.labels[train],
        test_probabilities=predictions[test],
        train_probabilities=predictions[train],
        history=_history(trial, fold, Totals(*(total[:epochs, position] for total in trained.totals))),
        seconds=seconds,
        epoch_seconds=trained.epoch_seconds,
        best_epoch=trained.best[position],
    )


def pulses(epochs: int) -> list[int]:
    """Return how many epochs each call of a program trains, the most first."""
    return [len(part) for part in np.array_split(np.arange(epochs), min(_PULSES, epochs))]


def with_monte_carlo(results: list[TrialResult], passes: Iterator[NDArray[np.float64]]) -> list[TrialResult]:
    """Give results the means of passes of shape (trials, test rows with padding, classes)."""
    predictions = zip(results, mean(passes), strict=True)
    return [replace(result, monte_carlo=rows[: len(result.test_rows)]) for result, rows in predictions]


def with_activations(results: list[TrialResult], layers: list[NDArray[np.floating]]) -> list[TrialResult]:
    """Measure the activations of layers, each of shape (trials with padding, test rows with padding, units)."""

    def measured(position: int, rows: int) -> Activations:
        return measure_activations(lambda: [[layer[position, :rows] for layer in layers]])

    return [
        replace(result, activations=measured(position, len(result.test_rows)))
        for position, result in enumerate(results)
    ]


def history_of(
    fold: FoldData,
    sums: Sequence[NDArray[np.floating]],
    validation_loss: NDArray[np.floating] | None = None,
    monitored: NDArray[np.floating] | None = None,
) -> History:
    """Return the history of one trial.

    Parameters
    ----------
    fold : FoldData
    sums : sequence of four arrays of shape (epochs,)
        Loss and hits over the rows that each epoch went through, and, after it, over the held-out rows.
    validation_loss, monitored : array of shape (epochs,), optional
        As `History` has them; the loss of standardized targets.
    """
    train, test = len(fold.epoch_rows), len(fold.split.test)
    train_loss, train_hits, loss, hits = sums
    if fold.target_scaler is not None:
        history = regression_history(
            fold.target_scaler, train_loss / train, loss / test, *fold.targets, validation_loss
        )
        return replace(history, monitored=monitored)
    return History(train_loss / train, train_hits / train, loss / test, hits / test, validation_loss, monitored)


def _history(trial: Trial, fold: FoldData, totals: Totals) -> History:
    """Return the history of one trial from its sums, each of shape (epochs,)."""
    held_back = len(fold.split.validation)
    validation = totals.validation_loss / held_back if held_back else None
    monitored = totals.validation_hits / held_back if trial.experiment.monitor == "accuracy" else None
    return history_of(fold, totals[:4], validation, monitored)
