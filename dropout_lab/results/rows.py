"""An outcome -> the rows of the tidy files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, text_of
from dropout_lab.metrics import accuracy, log_loss
from dropout_lab.outcome import Outcome, Result
from dropout_lab.results.axes import more_columns, value_at

__all__ = [
    "HISTORY_COLUMNS",
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
HISTORY_COLUMNS = (
    *("trial", "rate", "repeat", "fold", "epoch"),
    *("train_loss", "train_accuracy", "loss", "accuracy"),
)


def trial_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the columns of an experiment's ``trials.csv``: axes without a column of their own follow the rate."""
    after = TRIAL_COLUMNS.index("rate") + 1
    return (*TRIAL_COLUMNS[:after], *more_columns(experiment), *TRIAL_COLUMNS[after:])


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
    known = dict(zip(TRIAL_COLUMNS, cells, strict=True))
    return tuple(known[column] if column in known else text_of(value_at(experiment, column)) for column in columns)


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
