"""An outcome -> the rows of the tidy files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, text_of
from dropout_lab.metrics import accuracy, calibration_error, entropy, log_loss
from dropout_lab.outcome import Outcome, Result
from dropout_lab.results.axes import more_columns, value_at

__all__ = [
    "ACTIVATION_COLUMNS",
    "HISTORY_COLUMNS",
    "MONTE_CARLO_COLUMNS",
    "TIME_COLUMNS",
    "TRIAL_COLUMNS",
    "history_rows",
    "prediction_columns",
    "prediction_rows",
    "trial_columns",
    "trial_row",
]

TRIAL_COLUMNS = (
    *("trial", "experiment", "dataset", "engine", "kind", "where", "rate", "repeat", "fold", "seed"),
    *("train_rows", "test_rows", "epochs", "status", "reason", "loss", "accuracy"),
    *("train_loss", "train_accuracy", "train_seconds"),
)
MONTE_CARLO_COLUMNS = ("ece", "mc_accuracy", "mc_loss", "mc_entropy", "mc_ece")
ACTIVATION_COLUMNS = ("sparsity", "mean_activation", "coadaptation")
TIME_COLUMNS = ("epoch_seconds",)
HISTORY_COLUMNS = (
    *("trial", "rate", "repeat", "fold", "epoch"),
    *("train_loss", "train_accuracy", "loss", "accuracy"),
)


def trial_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the columns of an experiment's ``trials.csv``.

    Axes of the sweep without a column of their own follow the rate, measures that are asked for the accuracy, and
    further times the training's.
    """
    rate, accuracy = TRIAL_COLUMNS.index("rate") + 1, TRIAL_COLUMNS.index("accuracy") + 1
    evaluation = experiment.evaluation
    return (
        *TRIAL_COLUMNS[:rate],
        *more_columns(experiment),
        *TRIAL_COLUMNS[rate:accuracy],
        *(MONTE_CARLO_COLUMNS if evaluation.monte_carlo else ()),
        *(ACTIVATION_COLUMNS if "activations" in evaluation.measures else ()),
        *TRIAL_COLUMNS[accuracy:],
        *(TIME_COLUMNS if "time" in evaluation.measures else ()),
    )


def prediction_columns(classes: int) -> tuple[str, ...]:
    """Return the columns of the predictions of a data set with that many classes."""
    return ("trial", "rate", "repeat", "fold", "row", "label", *(f"p{code}" for code in range(classes)))


def trial_row(outcome: Result, columns: Sequence[str]) -> tuple[object, ...]:
    """Return a trial's row of ``trials.csv``, which has these columns; only one that is ok has metrics."""
    experiment = outcome.trial.experiment
    measures: tuple[object, ...] = ("", "", "", "")
    sizes: tuple[object, ...] = ("", "")
    seconds = ""
    if isinstance(outcome, Outcome):
        sizes, seconds = (len(outcome.train_rows), len(outcome.test_rows)), f"{outcome.seconds:.3f}"
    if isinstance(outcome, Outcome) and outcome.status == "ok":
        held_out = outcome.test_probabilities, outcome.test_labels
        trained = outcome.train_probabilities, outcome.train_labels
        measures = (log_loss(*held_out), accuracy(*held_out), log_loss(*trained), accuracy(*trained))
    cells = (
        *(outcome.trial.id, experiment.name, experiment.dataset.name, experiment.engine),
        *(experiment.dropout.kind, experiment.dropout.where, *_place(outcome), outcome.trial.seed),
        *(*sizes, experiment.training.epochs),
        *(outcome.status, _no_formula(outcome.reason), *measures, seconds),
    )
    known = {**dict(zip(TRIAL_COLUMNS, cells, strict=True)), **_more_measures(outcome)}
    return tuple(known[column] if column in known else text_of(value_at(experiment, column)) for column in columns)


def _more_measures(outcome: Result) -> dict[str, object]:
    """Return what may be measured beside the columns that every result has; empty where it does not exist."""
    found: dict[str, object] = dict.fromkeys((*MONTE_CARLO_COLUMNS, *ACTIVATION_COLUMNS, *TIME_COLUMNS), "")
    if not isinstance(outcome, Outcome):
        return found
    found["epoch_seconds"] = f"{outcome.epoch_seconds:.6f}" if math.isfinite(outcome.epoch_seconds) else ""
    if outcome.status != "ok":
        return found
    if outcome.activations is not None:
        found |= zip(ACTIVATION_COLUMNS, map(_digits, astuple(outcome.activations)), strict=True)
    sampled, labels = outcome.monte_carlo, outcome.test_labels
    if sampled is not None:
        found["ece"] = calibration_error(outcome.test_probabilities, labels)
    if sampled is not None and np.isfinite(sampled).all():
        found["mc_accuracy"], found["mc_loss"] = accuracy(sampled, labels), log_loss(sampled, labels)
        found["mc_entropy"], found["mc_ece"] = entropy(sampled), calibration_error(sampled, labels)
    return found


def _no_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def history_rows(outcome: Outcome) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``history.csv``; an epoch counts from 1, and is empty once it has diverged."""
    history = outcome.history
    series = (history.train_loss, history.train_accuracy, history.loss, history.accuracy)
    for epoch, (train_loss, train_accuracy, loss, held_out) in enumerate(zip(*series, strict=True), 1):
        trained = (_digits(train_loss), _digits(train_accuracy) if math.isfinite(train_loss) else "")
        tested = (_digits(loss), _digits(held_out) if math.isfinite(loss) else "")
        yield (outcome.trial.id, *_place(outcome), epoch, *trained, *tested)


def prediction_rows(outcome: Outcome) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``predictions.csv.gz``: one per held-out row."""
    rows = zip(outcome.test_rows, outcome.test_labels, outcome.test_probabilities, strict=True)
    for row, label, probabilities in rows:
        yield (
            outcome.trial.id,
            *_place(outcome),
            row,
            label,
            *_told_apart(probabilities),
        )


def _place(outcome: Result) -> tuple[object, ...]:
    """Return rate (empty where the kind of dropout has none), repeat and fold."""
    dropout = outcome.trial.experiment.dropout
    return dropout.rate if dropout.strength_key == "rate" else "", outcome.trial.repeat, outcome.trial.fold


def _told_apart(probabilities: NDArray[np.floating]) -> Iterator[str]:
    """Write a row's probabilities as float32; in full where that would make the likeliest class tie with another."""
    short = probabilities.astype(np.float32)
    if (short == short.max()).sum() > 1:
        return (f"{each:.17g}" for each in probabilities)
    return (_digits(float(each)) for each in short)


def _digits(value: float) -> str:
    """Write a number in 9 digits, which bring a float32 back to the bit; empty if it is not finite."""
    return f"{value:.9g}" if math.isfinite(value) else ""
