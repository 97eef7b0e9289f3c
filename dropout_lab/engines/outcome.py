"""What an engine returns for one trial."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dropout_lab.metrics.activations import Activations
from dropout_lab.plan import Trial

__all__ = ["History", "Status", "TrialFailure", "TrialOutcome", "TrialResult"]

Status = Literal["ok", "diverged", "failed", "killed"]
_LONGEST_REASON = 200


@dataclass(frozen=True)
class History:
    """Per-epoch measures of one training, each an array of shape (epochs,).

    Attributes
    ----------
    train_loss, train_accuracy : array
        Over the epoch's batches while they were trained on: dropout on, weights changing.
    loss, accuracy : array
        On the held-out rows after the epoch: dropout off.
    validation_loss : array, or None
        The same on the validation rows; None without early stopping.
    monitored : array, or None
        The measure of the validation rows that early stopping goes by; None if it is the loss.

    Notes
    -----
    For regression the losses are mean squared errors, in the target's unit squared, and the accuracies are R^2.
    """

    train_loss: NDArray[np.floating]
    train_accuracy: NDArray[np.floating]
    loss: NDArray[np.floating]
    accuracy: NDArray[np.floating]
    validation_loss: NDArray[np.floating] | None = None
    monitored: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class TrialResult:
    """One finished trial.

    Attributes
    ----------
    trial : Trial
    test_rows, train_rows : array of shape (rows,)
        Row numbers in the data set.
    test_labels, train_labels : array of shape (rows,)
        Class codes.
    test_probabilities, train_probabilities : array of shape (rows, classes), float64
        Predictions after training, dropout off, with the weights of the last epoch, or of `best_epoch`. For
        regression, predicted targets of shape (rows, 1); labels are then the true targets, both in the target's unit.
    history : History
    seconds : float
        Time spent training, including compilation if it happened in this trial.
    epoch_seconds : float
        Median time of an epoch without the first, which compiles; NaN if there is only one.
    monte_carlo : array of shape (rows, classes), float64, or None
        Mean prediction for the held-out rows over the Monte-Carlo passes with dropout on, if there are any.
    activations : Activations or None
        On the held-out rows after training, dropout off, if they are measured.
    best_epoch : int or None
        With early stopping: the epoch, from 1, whose weights were restored.
    learned_rate : float or None
        Of concrete dropout: the rate after training, averaged over the layers.
    """

    trial: Trial
    test_rows: NDArray[np.integer]
    train_rows: NDArray[np.integer]
    test_labels: NDArray[Any]
    train_labels: NDArray[Any]
    test_probabilities: NDArray[np.floating]
    train_probabilities: NDArray[np.floating]
    history: History
    seconds: float
    epoch_seconds: float = math.nan
    monte_carlo: NDArray[np.floating] | None = None
    activations: Activations | None = None
    best_epoch: int | None = None
    learned_rate: float | None = None

    @property
    def status(self) -> Literal["ok", "diverged"]:
        """``diverged`` if the losses at the end (or in the best epoch) or the predictions are not finite."""
        end, history = (self.best_epoch or 0) - 1, self.history
        losses = (history.train_loss, history.loss, history.validation_loss)
        last = [loss[end] for loss in losses if loss is not None]
        finals = (last, self.test_probabilities, self.train_probabilities)
        return "ok" if all(np.isfinite(values).all() for values in finals) else "diverged"

    @property
    def reason(self) -> str:
        """Why the trial has no metrics; empty if it has some."""
        if self.status == "ok":
            return ""
        broken = ~(np.isfinite(self.history.train_loss) & np.isfinite(self.history.loss))
        return f"the loss was no longer finite from epoch {broken.argmax() + 1}" if broken.any() else "not finite"


@dataclass(frozen=True)
class TrialFailure:
    """A trial without a result.

    Attributes
    ----------
    trial : Trial
    status : str
        ``failed``: training raised; ``killed``: it crashed the process each time.
    why : str
        May be any text.
    """

    trial: Trial
    status: Literal["failed", "killed"]
    why: str

    @property
    def reason(self) -> str:
        """What went wrong, in one line of printable text."""
        line = " ".join(self.why.split())
        return "".join(filter(str.isprintable, line))[:_LONGEST_REASON]


TrialOutcome = TrialResult | TrialFailure
