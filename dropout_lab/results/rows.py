"""An outcome -> the rows of the tidy files."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, text_of
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.metrics.predictions import entropy
from dropout_lab.metrics.registry import COLUMNS, METRICS, Task
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
    number_between,
    perhaps,
)
from dropout_lab.results.sweep_columns import more_columns, value_at

__all__ = [
    "METRIC_CELLS",
    "TRIAL_CELLS",
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
_DROPOUT_CELLS = {
    "trial": ID,
    "experiment": TEXT,
    "dataset": TEXT,
    "engine": TEXT,
    "kind": TEXT,
    "where": TEXT,
    "rate": perhaps(RATE),
}
_SPLIT_CELLS = {
    "repeat": POSITION,
    "fold": POSITION,
    "seed": SEED,
    "train_rows": perhaps(COUNT),
    "test_rows": perhaps(COUNT),
    "epochs": COUNT,
}
_STOPPING_CELLS = dict.fromkeys(("epochs_trained", "best_epoch"), perhaps(COUNT))
_STATUS_CELLS = {"status": STATUS, "reason": TEXT}
_ACTIVATION_CELLS = {
    "sparsity": perhaps(SHARE),
    "mean_activation": perhaps(NUMBER),
    "coadaptation": perhaps(SHARE),
}
_TIME_CELLS = {"train_seconds": perhaps(NUMBER), "epoch_seconds": perhaps(NUMBER)}
METRIC_CELLS = {
    **{column: number_between(metric.minimum, metric.maximum) for column, metric in COLUMNS.items()},
    "mc_entropy": perhaps(NUMBER),
}
"""The columns that hold metrics, and what they may hold."""

TRIAL_CELLS = {
    **_DROPOUT_CELLS,
    **_SPLIT_CELLS,
    **_STOPPING_CELLS,
    **_STATUS_CELLS,
    **METRIC_CELLS,
    **_ACTIVATION_CELLS,
    **_TIME_CELLS,
}
"""All columns that ``trials.csv`` can have beside the axes of a sweep, and what they may hold."""

_HELD_OUT: dict[Task, tuple[str, ...]] = {
    "classification": ("loss", "accuracy"),
    "regression": ("mse", "mae", "r2"),
}
_MONTE_CARLO: dict[Task, tuple[str, ...]] = {
    "classification": ("ece", "mc_accuracy", "mc_loss", "mc_entropy", "mc_ece"),
    "regression": ("mc_mse", "mc_mae", "mc_r2"),
}
_TRAINING: dict[Task, tuple[str, ...]] = {
    "classification": ("train_loss", "train_accuracy"),
    "regression": ("train_mse", "train_mae", "train_r2"),
}
_HISTORY: dict[Task, tuple[str, ...]] = {
    "classification": ("train_loss", "train_accuracy", "loss", "accuracy"),
    "regression": ("train_mse", "train_r2", "mse", "r2"),
}
_VALIDATION: dict[Task, str] = {"classification": "validation_loss", "regression": "validation_mse"}
"""The metrics in the order of their columns."""


def history_cells(experiment: Experiment) -> dict[str, ColumnSpec]:
    """Return the columns of an experiment's ``history.csv``, and what they hold."""
    task = experiment.task
    numbers = (*_HISTORY[task], _VALIDATION[task]) if _may_stop(experiment) else _HISTORY[task]
    return {"trial": ID, **_PLACE, "epoch": COUNT, **dict.fromkeys(numbers, perhaps(NUMBER))}


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

    Axes of the sweep without a column of their own follow the rate.
    """
    evaluation, task = experiment.evaluation, experiment.task
    columns = (
        *_DROPOUT_CELLS,
        *more_columns(experiment),
        *_SPLIT_CELLS,
        *(_STOPPING_CELLS if _may_stop(experiment) else ()),
        *_STATUS_CELLS,
        *_HELD_OUT[task],
        *evaluation.metrics,
        *(_MONTE_CARLO[task] if evaluation.monte_carlo else ()),
        *(_ACTIVATION_CELLS if "activations" in evaluation.measures else ()),
        *_TRAINING[task],
        "train_seconds",
        *(("epoch_seconds",) if "time" in evaluation.measures else ()),
    )
    return {column: TRIAL_CELLS.get(column, TEXT) for column in columns}


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
    axes = (column for column in columns if column not in TRIAL_CELLS)
    return known | {column: text_of(value_at(experiment, column)) for column in axes}


def trial_row(outcome: TrialOutcome, columns: Sequence[str]) -> tuple[object, ...]:
    """Return a trial's row of ``trials.csv``, which has these columns; only one that is ok has metrics."""
    cells = {**planned_cells(outcome.trial, columns), "status": outcome.status, "reason": _no_formula(outcome.reason)}
    if isinstance(outcome, TrialResult):
        cells |= {"train_rows": len(outcome.train_rows), "test_rows": len(outcome.test_rows)}
        cells["train_seconds"] = f"{outcome.seconds:.3f}"
        cells |= {"epochs_trained": len(outcome.history.loss), "best_epoch": outcome.best_epoch or ""}
        cells["epoch_seconds"] = f"{outcome.epoch_seconds:.6f}" if math.isfinite(outcome.epoch_seconds) else ""
        if outcome.status == "ok":
            cells |= _activations(outcome) | _metrics(outcome, columns)
    return tuple(cells.get(column, "") for column in columns)


def _activations(result: TrialResult) -> dict[str, object]:
    if result.activations is None:
        return {}
    return dict(zip(_ACTIVATION_CELLS, map(_digits, astuple(result.activations)), strict=True))


def _metrics(result: TrialResult, columns: Collection[str]) -> dict[str, object]:
    """Compute the metrics that have a column; without those that are undefined."""
    predictions = {
        "": (result.test_probabilities, result.test_labels),
        "train_": (result.train_probabilities, result.train_labels),
    }
    if result.monte_carlo is not None and np.isfinite(result.monte_carlo).all():
        predictions["mc_"] = result.monte_carlo, result.test_labels
    found = {
        f"{prefix}{name}": metric.compute(predicted[:, 0] if metric.task == "regression" else predicted, true)
        for prefix, (predicted, true) in predictions.items()
        for name, metric in METRICS.items()
        if f"{prefix}{name}" in columns
    }
    if "mc_" in predictions and "mc_entropy" in columns:
        found["mc_entropy"] = entropy(predictions["mc_"][0])
    return {column: value for column, value in found.items() if math.isfinite(value)}


def _no_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def history_rows(outcome: TrialResult, columns: Sequence[str] = ()) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``history.csv``, which has these columns; if none are named, those of its experiment.

    An epoch counts from 1, and is empty once it has diverged.
    """
    history, place = outcome.history, (outcome.trial.id, *_place(outcome.trial))
    columns = columns or tuple(history_cells(outcome.trial.experiment))
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
