"""An outcome -> the rows of the tidy files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, text_of
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.metrics.predictions import (
    accuracy,
    entropy,
    expected_calibration_error,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2,
)
from dropout_lab.metrics.scores import SCORES, score
from dropout_lab.plan import Trial
from dropout_lab.results.column_spec import (
    COUNT,
    ID,
    NUMBER,
    POSITION,
    RATE,
    SEED,
    SHARE,
    STATUS,
    TEXT,
    ColumnSpec,
    perhaps,
)
from dropout_lab.results.sweep_columns import more_columns, value_at

__all__ = [
    "HISTORY_CELLS",
    "HISTORY_COLUMNS",
    "MEASURE_CELLS",
    "NUMBER_COLUMNS",
    "TRIAL_CELLS",
    "TRIAL_COLUMNS",
    "epochs_column",
    "history_cells",
    "history_rows",
    "planned_cells",
    "prediction_cells",
    "prediction_columns",
    "prediction_rows",
    "trial_cells",
    "trial_columns",
    "trial_row",
]

_PLACE = {"rate": perhaps(RATE), "repeat": POSITION, "fold": POSITION}
TRIAL_CELLS = {
    "trial": ID,
    "experiment": TEXT,
    "dataset": TEXT,
    "engine": TEXT,
    "kind": TEXT,
    "where": TEXT,
    **_PLACE,
    "seed": SEED,
    "train_rows": perhaps(COUNT),
    "test_rows": perhaps(COUNT),
    "epochs": COUNT,
    "status": STATUS,
    "reason": TEXT,
    "loss": perhaps(NUMBER),
    "accuracy": perhaps(SHARE),
    "train_loss": perhaps(NUMBER),
    "train_accuracy": perhaps(SHARE),
    "train_seconds": perhaps(NUMBER),
}
HISTORY_CELLS = {
    "trial": ID,
    **_PLACE,
    "epoch": COUNT,
    **dict.fromkeys(("train_loss", "train_accuracy", "loss", "accuracy"), perhaps(NUMBER)),
}
"""The tables' columns, and what they may hold."""

TRIAL_COLUMNS, HISTORY_COLUMNS = tuple(TRIAL_CELLS), tuple(HISTORY_CELLS)

_FOR_NUMBERS = {
    "loss": ("mse", "mae"),
    "accuracy": ("r2",),
    "train_loss": ("train_mse", "train_mae"),
    "train_accuracy": ("train_r2",),
}
"""What stands in place of some columns where a number is predicted."""

NUMBER_COLUMNS = (
    *(name for names in _FOR_NUMBERS.values() for name in names),
    "mc_mse",
    "mc_mae",
    "mc_r2",
    "prediction",
)

_MONTE_CARLO_CELLS = {
    "ece": perhaps(SHARE),
    "mc_accuracy": perhaps(SHARE),
    "mc_loss": perhaps(NUMBER),
    "mc_entropy": perhaps(NUMBER),
    "mc_ece": perhaps(SHARE),
}
_ACTIVATION_CELLS = {
    "sparsity": perhaps(SHARE),
    "mean_activation": perhaps(NUMBER),
    "coadaptation": perhaps(SHARE),
}
_STOPPING_CELLS = dict.fromkeys(("epochs_trained", "best_epoch"), perhaps(COUNT))
_TIME_CELLS = {"epoch_seconds": perhaps(NUMBER)}
_MONTE_CARLO_OF_NUMBERS = dict.fromkeys(("mc_mse", "mc_mae", "mc_r2"), perhaps(NUMBER))
_SCORE_CELLS = dict.fromkeys(SCORES, perhaps(NUMBER))
MEASURE_CELLS = {**_SCORE_CELLS, **_MONTE_CARLO_CELLS, **_ACTIVATION_CELLS, **_STOPPING_CELLS, **_TIME_CELLS}
"""The columns of what is measured only if asked for."""


def history_cells(experiment: Experiment) -> dict[str, ColumnSpec]:
    """Return the columns of an experiment's ``history.csv``, and what they hold."""
    cells = HISTORY_CELLS | ({"validation_loss": perhaps(NUMBER)} if _may_stop(experiment) else {})
    if not experiment.regression:
        return cells
    named = {"train_loss": "train_mse", "train_accuracy": "train_r2", "loss": "mse", "accuracy": "r2"}
    named["validation_loss"] = "validation_mse"
    return {named.get(name, name): cell for name, cell in cells.items()}


def epochs_column(experiment: Experiment) -> str:
    """Return the column of an experiment's ``trials.csv`` that says how many rows a trial has in ``history.csv``."""
    return "epochs_trained" if _may_stop(experiment) else "epochs"


def _may_stop(experiment: Experiment) -> bool:
    """Tell whether training may end before its last epoch at some point of the sweep."""
    key = "training.early_stopping"
    return experiment.training.early_stopping is not None or any(each.startswith(key) for each in experiment.sweep)


def prediction_cells(classes: int) -> dict[str, ColumnSpec]:
    """Return the columns, and what they hold, of the predictions of a data set with that many classes; of 1: numbers.

    One class is none to be told apart: it stands for regression.
    """
    if classes == 1:
        return {"trial": ID, **_PLACE, "row": POSITION, "label": NUMBER, "prediction": perhaps(NUMBER)}
    probabilities = dict.fromkeys(prediction_columns(classes)[6:], perhaps(NUMBER))
    return {"trial": ID, **_PLACE, "row": POSITION, "label": POSITION, **probabilities}


def trial_cells(experiment: Experiment) -> dict[str, ColumnSpec]:
    """Return the columns of an experiment's ``trials.csv``, and what they hold.

    Axes of the sweep without a column of their own follow the rate, measures that are asked for the accuracy, and
    further times the training's.
    """
    evaluation, replaced = experiment.evaluation, _FOR_NUMBERS if experiment.regression else {}
    sampled = _MONTE_CARLO_OF_NUMBERS if experiment.regression else _MONTE_CARLO_CELLS
    after = {
        "rate": dict.fromkeys(more_columns(experiment), TEXT),
        "epochs": _STOPPING_CELLS if _may_stop(experiment) else {},
        "accuracy": dict.fromkeys(evaluation.metrics, perhaps(NUMBER))
        | (sampled if evaluation.monte_carlo else {})
        | (_ACTIVATION_CELLS if "activations" in evaluation.measures else {}),
        "train_seconds": _TIME_CELLS if "time" in evaluation.measures else {},
    }
    return {
        name: cell
        for column, own in TRIAL_CELLS.items()
        for name, cell in {
            **(dict.fromkeys(replaced[column], perhaps(NUMBER)) if column in replaced else {column: own}),
            **after.get(column, {}),
        }.items()
    }


def trial_columns(experiment: Experiment) -> tuple[str, ...]:
    """Return the columns of an experiment's ``trials.csv``."""
    return tuple(trial_cells(experiment))


def prediction_columns(classes: int) -> tuple[str, ...]:
    """Return the columns of the predictions of a data set with that many classes."""
    return ("trial", "rate", "repeat", "fold", "row", "label", *(f"p{code}" for code in range(classes)))


def planned_cells(trial: Trial, columns: Iterable[str]) -> dict[str, object]:
    """Return what a trial's row of ``trials.csv``, which has these columns, says before the trial is trained."""
    experiment = trial.experiment
    rate, repeat, fold = _place(trial)
    known = {
        "trial": trial.id,
        "experiment": experiment.name,
        "dataset": experiment.dataset.name,
        "engine": experiment.engine,
        "kind": experiment.dropout.kind,
        "where": experiment.dropout.where,
        "rate": rate,
        "repeat": repeat,
        "fold": fold,
        "seed": trial.seed,
        "epochs": experiment.training.epochs,
    }
    measured = {*TRIAL_CELLS, *MEASURE_CELLS, *NUMBER_COLUMNS}
    axes = (column for column in columns if column not in measured)
    return known | {column: text_of(value_at(experiment, column)) for column in axes}


def trial_row(outcome: TrialOutcome, columns: Sequence[str]) -> tuple[object, ...]:
    """Return a trial's row of ``trials.csv``, which has these columns; only one that is ok has metrics."""
    cells = {**planned_cells(outcome.trial, columns), "status": outcome.status, "reason": _no_formula(outcome.reason)}
    if isinstance(outcome, TrialResult):
        cells |= {"train_rows": len(outcome.train_rows), "test_rows": len(outcome.test_rows)}
        cells["train_seconds"] = f"{outcome.seconds:.3f}"
        cells |= {"epochs_trained": len(outcome.history.loss), "best_epoch": outcome.best_epoch or ""}
        cells["epoch_seconds"] = f"{outcome.epoch_seconds:.6f}" if math.isfinite(outcome.epoch_seconds) else ""
    if isinstance(outcome, TrialResult) and outcome.status == "ok" and outcome.trial.experiment.regression:
        cells |= _numbers(outcome)
    elif isinstance(outcome, TrialResult) and outcome.status == "ok":
        held_out = outcome.test_probabilities, outcome.test_labels
        trained = outcome.train_probabilities, outcome.train_labels
        cells |= {"loss": log_loss(*held_out), "accuracy": accuracy(*held_out)}
        cells |= {"train_loss": log_loss(*trained), "train_accuracy": accuracy(*trained)}
        cells |= _measures(outcome)
    return tuple(cells.get(column, "") for column in columns)


def _numbers(outcome: TrialResult) -> dict[str, object]:
    """Return the measures of a trial that predicts numbers; without what does not exist."""
    found: dict[str, object] = {**_activations(outcome)}
    said = [("", outcome.test_probabilities, outcome.test_labels)]
    said.append(("train_", outcome.train_probabilities, outcome.train_labels))
    if outcome.monte_carlo is not None and np.isfinite(outcome.monte_carlo).all():
        said.append(("mc_", outcome.monte_carlo, outcome.test_labels))
    for front, predicted, true in said:
        column = predicted[:, 0]
        found |= {f"{front}mse": mean_squared_error(column, true), f"{front}mae": mean_absolute_error(column, true)}
        share = r2(column, true)
        found |= {f"{front}r2": share} if math.isfinite(share) else {}
    return found


def _activations(outcome: TrialResult) -> dict[str, object]:
    if outcome.activations is None:
        return {}
    return dict(zip(_ACTIVATION_CELLS, map(_digits, astuple(outcome.activations)), strict=True))


def _measures(outcome: TrialResult) -> dict[str, object]:
    """Return what may be measured of a trial that is ok beside what every result has; without what does not exist."""
    found: dict[str, object] = _activations(outcome)
    for name in outcome.trial.experiment.evaluation.metrics:
        value = score(name, outcome.test_probabilities, outcome.test_labels)
        found |= {name: value} if math.isfinite(value) else {}
    sampled, labels = outcome.monte_carlo, outcome.test_labels
    if sampled is not None:
        found["ece"] = expected_calibration_error(outcome.test_probabilities, labels)
    if sampled is not None and np.isfinite(sampled).all():
        found |= {"mc_accuracy": accuracy(sampled, labels), "mc_loss": log_loss(sampled, labels)}
        found |= {"mc_entropy": entropy(sampled), "mc_ece": expected_calibration_error(sampled, labels)}
    return found


def _no_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def history_rows(outcome: TrialResult, columns: Sequence[str] = HISTORY_COLUMNS) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``history.csv``, which has these columns.

    An epoch counts from 1, and is empty once it has diverged.
    """
    history, place = outcome.history, (outcome.trial.id, *_place(outcome.trial))
    validation = history.validation_loss if history.validation_loss is not None else np.full(len(history.loss), np.nan)
    series = (history.train_loss, history.train_accuracy, history.loss, history.accuracy, validation)
    for epoch, (train_loss, train_accuracy, loss, held_out, stopping) in enumerate(zip(*series, strict=True), 1):
        trained = (_digits(train_loss), _digits(train_accuracy) if math.isfinite(train_loss) else "")
        tested = (_digits(loss), _digits(held_out) if math.isfinite(loss) else "")
        yield (*place, epoch, *trained, *tested, _digits(stopping))[: len(columns)]


def prediction_rows(outcome: TrialResult, columns: Sequence[str] = ()) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``predictions.csv.gz``: one per held-out row."""
    rows = zip(outcome.test_rows, outcome.test_labels, outcome.test_probabilities, strict=True)
    if outcome.trial.experiment.regression:
        for row, true, (predicted,) in rows:
            yield (outcome.trial.id, *_place(outcome.trial), row, repr(float(true)), _digits(predicted))
        return
    for row, label, probabilities in rows:
        yield (
            outcome.trial.id,
            *_place(outcome.trial),
            row,
            label,
            *_told_apart(probabilities),
        )


def _place(trial: Trial) -> tuple[object, ...]:
    """Return rate (empty where the kind of dropout has none, or each layer its own), repeat and fold."""
    dropout = trial.experiment.dropout
    one = dropout.strength_key == "rate" and isinstance(dropout.rate, float)
    return dropout.rate if one else "", trial.repeat, trial.fold


def _told_apart(probabilities: NDArray[np.floating]) -> Iterator[str]:
    """Write a row's probabilities as float32; in full where that would make the likeliest class tie with another."""
    short = probabilities.astype(np.float32)
    if (short == short.max()).sum() > 1:
        return (f"{each:.17g}" for each in probabilities)
    return (_digits(float(each)) for each in short)


def _digits(value: float) -> str:
    """Write a number in 9 digits, which bring a float32 back to the bit; empty if it is not finite."""
    return f"{value:.9g}" if math.isfinite(value) else ""
