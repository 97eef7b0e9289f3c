"""The outcome of a trial -> its rows in the tables."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment, text_of
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.metrics.metric import Task
from dropout_lab.metrics.predictions import entropy
from dropout_lab.metrics.registry import COLUMNS, METRICS
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
    TRAINED,
    ColumnSpec,
    number_between,
    only_for,
    optional,
)
from dropout_lab.results.sweep_columns import more_columns, value_at

__all__ = [
    "METRIC_COLUMNS",
    "TRIAL_COLUMNS",
    "epochs_column",
    "history_columns",
    "history_rows",
    "planned_values",
    "prediction_columns",
    "prediction_rows",
    "trial_columns",
    "trial_row",
]

_POSITION_COLUMNS = {"rate": optional(RATE), "repeat": POSITION, "fold": POSITION}
_DROPOUT_COLUMNS = {
    "trial": ID,
    "experiment": TEXT,
    "dataset": TEXT,
    "engine": TEXT,
    "kind": TEXT,
    "where": TEXT,
    "rate": optional(RATE),
}
_SPLIT_COLUMNS = {
    "repeat": POSITION,
    "fold": POSITION,
    "seed": SEED,
    "train_rows": only_for(TRAINED, COUNT),
    "test_rows": only_for(TRAINED, COUNT),
    "epochs": COUNT,
}
_STOPPING_COLUMNS = {
    "epochs_trained": only_for(TRAINED, COUNT),
    "best_epoch": only_for(TRAINED, COUNT, required=False),
}
_STATUS_COLUMNS = {"status": STATUS, "reason": TEXT}
_ACTIVATION_COLUMNS = {
    "sparsity": only_for(("ok",), SHARE, required=False),
    "mean_activation": only_for(("ok",), NUMBER, required=False),
    "coadaptation": only_for(("ok",), SHARE, required=False),
}
_LEARNED_COLUMNS = {"learned_rate": only_for(("ok",), SHARE, required=False)}
_TIME_COLUMNS = {
    "train_seconds": only_for(TRAINED, NUMBER),
    "epoch_seconds": only_for(TRAINED, NUMBER, required=False),
}
METRIC_COLUMNS = {
    name: only_for(
        ("ok",),
        number_between(metric.minimum, metric.maximum),
        required=metric.measured != "on request" and not metric.needs and not name.startswith("mc_"),
    )
    for name, metric in COLUMNS.items()
} | {"mc_entropy": only_for(("ok",), NUMBER, required=False)}
"""The columns of metrics. They may be empty if undefined for the rows, or not finite with dropout on."""

TRIAL_COLUMNS = {
    **_DROPOUT_COLUMNS,
    **_SPLIT_COLUMNS,
    **_STOPPING_COLUMNS,
    **_STATUS_COLUMNS,
    **METRIC_COLUMNS,
    **_ACTIVATION_COLUMNS,
    **_LEARNED_COLUMNS,
    **_TIME_COLUMNS,
}
"""All columns that ``trials.csv`` can have besides the axes of a sweep."""

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


def history_columns(experiment: Experiment) -> dict[str, ColumnSpec]:
    """Return the columns of an experiment's ``history.csv``."""
    task = experiment.task
    stopping = (_VALIDATION[task], *_monitored(experiment)) if _may_stop(experiment) else ()
    numbers = dict.fromkeys((*_HISTORY[task], *stopping), optional(NUMBER))
    return {"trial": ID, **_POSITION_COLUMNS, "epoch": COUNT, **numbers}


def _monitored(experiment: Experiment) -> list[str]:
    """Return the columns of the measures by which training may stop at some point of the sweep, besides the loss."""
    monitors = dict.fromkeys(point.monitor for point in experiment.points())
    return [f"validation_{name}" for name in monitors if name not in (None, "loss", "mse")]


def epochs_column(experiment: Experiment) -> str:
    """Return the column of an experiment's ``trials.csv`` with the number of a trial's rows in ``history.csv``."""
    return "epochs_trained" if _may_stop(experiment) else "epochs"


def _may_stop(experiment: Experiment) -> bool:
    """Return whether training may stop early at some point of the sweep."""
    key = "training.early_stopping"
    return experiment.training.early_stopping is not None or any(swept.startswith(key) for swept in experiment.axes)


def _learns_rates(experiment: Experiment) -> bool:
    """Return whether training changes the rate at some point of the sweep."""
    return any(point.dropout.strength_key == "initial_rate" for point in experiment.points())


def prediction_columns(classes: int, *, grouped: bool = False) -> dict[str, ColumnSpec]:
    """Return the columns of the predictions of a data set with that many classes; 1 stands for regression."""
    rows = {"trial": ID, **_POSITION_COLUMNS, "row": POSITION, **({"group": POSITION} if grouped else {})}
    if classes == 1:
        return {**rows, "label": NUMBER, "prediction": optional(NUMBER)}
    return {**rows, "label": POSITION, **{f"p{code}": optional(NUMBER) for code in range(classes)}}


def trial_columns(experiment: Experiment) -> dict[str, ColumnSpec]:
    """Return the columns of an experiment's ``trials.csv``; further axes of the sweep follow the rate."""
    evaluation, task = experiment.evaluation, experiment.task
    columns = (
        *_DROPOUT_COLUMNS,
        *more_columns(experiment),
        *_SPLIT_COLUMNS,
        *(_STOPPING_COLUMNS if _may_stop(experiment) else ()),
        *_STATUS_COLUMNS,
        *_HELD_OUT[task],
        *evaluation.metrics,
        *(_MONTE_CARLO[task] if evaluation.monte_carlo else ()),
        *(_ACTIVATION_COLUMNS if "activations" in evaluation.measures else ()),
        *(_LEARNED_COLUMNS if _learns_rates(experiment) else ()),
        *_TRAINING[task],
        "train_seconds",
        *(("epoch_seconds",) if "time" in evaluation.measures else ()),
    )
    return {column: TRIAL_COLUMNS.get(column, TEXT) for column in columns}


def planned_values(trial: Trial, columns: Iterable[str]) -> dict[str, object]:
    """Return the values of a trial's row of ``trials.csv``, which has these columns, that are known from the plan."""
    experiment = trial.experiment
    rate, repeat, fold = _position(trial)
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
    axes = (column for column in columns if column not in TRIAL_COLUMNS)
    return known | {column: text_of(value_at(experiment, column)) for column in axes}


def trial_row(outcome: TrialOutcome, columns: Sequence[str]) -> tuple[object, ...]:
    """Return a trial's row of ``trials.csv``, which has these columns; only one that is ok has metrics."""
    cells = {**planned_values(outcome.trial, columns), "status": outcome.status, "reason": _no_formula(outcome.reason)}
    if isinstance(outcome, TrialResult):
        cells |= {"train_rows": len(outcome.train_rows), "test_rows": len(outcome.test_rows)}
        cells["train_seconds"] = f"{outcome.seconds:.3f}"
        cells |= {"epochs_trained": len(outcome.history.loss), "best_epoch": outcome.best_epoch or ""}
        cells["epoch_seconds"] = f"{outcome.epoch_seconds:.6f}" if math.isfinite(outcome.epoch_seconds) else ""
        if outcome.status == "ok":
            cells |= _activations(outcome) | _metrics(outcome, columns)
            cells["learned_rate"] = "" if outcome.learned_rate is None else _digits(outcome.learned_rate)
    return tuple(cells.get(column, "") for column in columns)


def _activations(result: TrialResult) -> dict[str, object]:
    if result.activations is None:
        return {}
    return dict(zip(_ACTIVATION_COLUMNS, map(_digits, astuple(result.activations)), strict=True))


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
    """Return text that no spreadsheet interprets as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def history_rows(outcome: TrialResult, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``history.csv``, which has these columns.

    Epochs are counted from 1; their cells are empty once training has diverged.
    """
    history, position = outcome.history, (outcome.trial.id, *_position(outcome.trial))
    task, monitor = outcome.trial.experiment.task, outcome.trial.experiment.monitor
    stopping = ((_VALIDATION[task], history.validation_loss), (f"validation_{monitor}", history.monitored))
    further = [(name, values) for name, values in stopping if values is not None]
    series = (history.train_loss, history.train_accuracy, history.loss, history.accuracy)
    for epoch, (train_loss, train_accuracy, loss, held_out) in enumerate(zip(*series, strict=True), 1):
        trained = (_digits(train_loss), _digits(train_accuracy) if math.isfinite(train_loss) else "")
        tested = (_digits(loss), _digits(held_out) if math.isfinite(loss) else "")
        cells = {name: _digits(values[epoch - 1]) for name, values in further}
        known = (*position, epoch, *trained, *tested)
        yield (*known, *(cells.get(column, "") for column in columns[len(known) :]))


def prediction_rows(
    outcome: TrialResult, columns: Sequence[str] = (), groups: NDArray[np.integer] | None = None
) -> Iterator[tuple[object, ...]]:
    """Yield a trial's rows of ``predictions.csv.gz``, which has these columns: one per held-out row.

    Parameters
    ----------
    outcome : TrialResult
    columns : sequence of str
    groups : array of shape (rows of the data set,), or None
        `Dataset.groups`; needed if there is a column for them.
    """
    position, numbers = (outcome.trial.id, *_position(outcome.trial)), [outcome.test_rows]
    if "group" in columns:
        if groups is None:
            raise ValueError("predictions of grouped rows need the groups")
        numbers.append(groups[outcome.test_rows])
    rows = zip(zip(*numbers, strict=True), outcome.test_labels, outcome.test_probabilities, strict=True)
    if outcome.trial.experiment.regression:
        for row, true, (predicted,) in rows:
            yield (*position, *row, repr(float(true)), _digits(predicted))
        return
    for row, label, probabilities in rows:
        yield (*position, *row, label, *_distinct_digits(probabilities))


def _position(trial: Trial) -> tuple[object, ...]:
    """Return rate (empty if the dropout has none, or one per layer), repeat and fold."""
    dropout = trial.experiment.dropout
    one = dropout.strength_key == "rate" and isinstance(dropout.rate, float)
    return dropout.rate if one else "", trial.repeat, trial.fold


def _distinct_digits(probabilities: NDArray[np.floating]) -> Iterator[str]:
    """Format a row's probabilities as float32; as float64 if the most probable class would otherwise be tied."""
    short = probabilities.astype(np.float32)
    if (short == short.max()).sum() > 1:
        return (f"{probability:.17g}" for probability in probabilities)
    return (_digits(float(probability)) for probability in short)


def _digits(value: float) -> str:
    """Format a number in 9 digits, which restore a float32 exactly; empty if it is not finite."""
    return f"{value:.9g}" if math.isfinite(value) else ""
