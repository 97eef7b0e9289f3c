"""Frames as a result's files hold them, made from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropout_lab.stats import Comparison, Design, TrialMatrix, metric_named, summarize, trial_matrix
from dropout_lab.stats.dummy import SavedTargets


def sweep(
    values: Mapping[float, ArrayLike],
    *,
    rows: int = 200,
    metric: str = "accuracy",
    axis: Mapping[str, object] | None = None,
) -> pd.DataFrame:
    """Return trials with these values of a metric.

    Parameters
    ----------
    values : mapping
        For each rate an array of shape (repeats, folds); one fold is a fixed split that holds out a fifth of the rows.
        A missing value is a diverged trial.
    rows : int
        Of the data set.
    axis : mapping, optional
        Further columns and their value.
    """
    frames = []
    for rate, each in values.items():
        table = np.atleast_2d(np.asarray(each, dtype=float))
        repeat, fold = np.indices(table.shape)
        tested = rows // (table.shape[1] if table.shape[1] > 1 else 5)
        frame = pd.DataFrame({"rate": float(rate), "repeat": repeat.ravel(), "fold": fold.ravel()})
        frame = frame.assign(train_rows=rows - tested, test_rows=tested, **(axis or {}), **{metric: table.ravel()})
        frame.insert(0, "trial", _ids(frame, axis or {}))
        frames.append(frame.assign(status=np.where(frame[metric].isna(), "diverged", "ok")))
    return pd.concat(frames, ignore_index=True)


def design(values: Mapping[float, ArrayLike]) -> Design:
    """Return the design of `sweep` with these values."""
    repeats, folds = np.atleast_2d(np.asarray(next(iter(values.values())))).shape
    return Design(folds, repeats)


def _ids(frame: pd.DataFrame, axis: Mapping[str, object]) -> list[str]:
    """Return the ids of trials: those of the same rate, repeat and fold have the same."""
    values = frame[["rate", "repeat", "fold"]].itertuples(index=False, name=None)
    return ["/".join(map(str, (*axis.values(), *each))) for each in values]


def arranged(
    trials: pd.DataFrame,
    design: Design,
    *,
    metric: str = "accuracy",
    predictions: pd.DataFrame | None = None,
    saved: SavedTargets | None = None,
    **options: Any,
) -> TrialMatrix:
    """Return the matrix of a metric of trials; options as of `Comparison`."""
    return trial_matrix(trials, Comparison(design, metric_named(metric), **options), predictions, saved)


def summarized(trials: pd.DataFrame, design: Design, **options: Any) -> pd.DataFrame:
    """Return the summary of trials; options as of `arranged`."""
    return summarize(arranged(trials, design, **options))


def predictions(
    values: Mapping[float, ArrayLike],
    *,
    folds: int = 1,
    metric: str = "accuracy",
    groups: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return predictions with these row values of a metric; their trials have the ids of `sweep`.

    Parameters
    ----------
    values : mapping
        For each rate an array of shape (repeats, rows), missing where the trial has diverged. Of the accuracy 1 where
        the answer is right, and 0 where it is wrong; of the Brier score from 0 to 1; of the loss, and of the mean
        absolute error, at least 0.
    folds : int
        Rows are dealt out to them in turn; where `groups` are given, by the remainder of the group's number.
    metric : str
        ``accuracy``, ``brier`` or ``loss`` of two classes, or ``mae``.
    groups : array of shape (rows,), optional
        The group of each row.
    labels : array of shape (rows,), optional
        The class of each row; by default the two take turns. More than two only for the accuracy.
    """
    frames = []
    for rate, each in values.items():
        table = np.atleast_2d(np.asarray(each, dtype=float))
        repeat, row = (index.ravel() for index in np.indices(table.shape))
        unit = row if groups is None else np.asarray(groups)[row]
        frame = pd.DataFrame({"rate": float(rate), "repeat": repeat, "fold": unit % folds, "row": row})
        frame.insert(0, "trial", _ids(frame, {}))
        if groups is not None:
            frame["group"] = unit
        label = row % 2 if labels is None else np.asarray(labels)[row]
        frames.append(frame.assign(**_answers(metric, table.ravel(), label)))
    return pd.concat(frames, ignore_index=True)


def _answers(metric: str, values: np.ndarray, label: np.ndarray) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """Return the columns of predictions and labels, one row for each row value."""
    if metric == "mae":
        return {"label": np.zeros(len(values)), "prediction": values}
    if (classes := int(label.max()) + 1) > 2:
        said = np.where(values == 1, label, (label + 1) % classes)
        shares = np.where(said == np.arange(classes)[:, np.newaxis], 0.75, 0.25 / (classes - 1))
        return {"label": label} | {f"p{code}": each for code, each in enumerate(shares)}
    true = {
        "accuracy": np.where(values == 1, 0.75, 0.25),
        "brier": 1 - np.sqrt(values),
        "loss": np.exp(-values),
    }[metric]
    p1 = np.where(np.isnan(values), np.nan, np.where(label == 1, true, 1 - true))
    return {"label": label, "p0": 1 - p1, "p1": p1}


def trials_with_predictions(
    values: Mapping[float, ArrayLike],
    *,
    folds: int = 1,
    metric: str = "accuracy",
    groups: ArrayLike | None = None,
    labels: ArrayLike | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return trials and their predictions, with row values as of `predictions`."""
    rows = predictions(values, folds=folds, metric=metric, groups=groups, labels=labels)
    count = next(np.atleast_2d(np.asarray(each)).shape[1] for each in values.values())
    table = {}
    for rate, each in values.items():
        row_values = np.atleast_2d(np.asarray(each, dtype=float))
        unit = np.arange(count) if groups is None else np.asarray(groups)
        table[rate] = np.stack([row_values[:, unit % folds == fold].mean(axis=1) for fold in range(folds)], axis=1)
    return sweep(table, rows=count if folds > 1 else 5 * count, metric=metric), rows


def summarized_by_row(
    values: Mapping[float, ArrayLike], *, folds: int = 1, metric: str = "accuracy", **options: Any
) -> pd.DataFrame:
    """Return the summary of trials with these row values; options as of `arranged_by_row`."""
    return summarize(arranged_by_row(values, folds=folds, metric=metric, **options))


def arranged_by_row(
    values: Mapping[float, ArrayLike],
    *,
    folds: int = 1,
    metric: str = "accuracy",
    groups: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    **options: Any,
) -> TrialMatrix:
    """Return the matrix of trials with these row values; options as of `Comparison`."""
    trials, rows = trials_with_predictions(values, folds=folds, metric=metric, groups=groups, labels=labels)
    repeats = len(np.atleast_2d(np.asarray(next(iter(values.values())))))
    return arranged(trials, Design(folds, repeats), metric=metric, predictions=rows, **options)
