"""Frames as a result's files hold them, made from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropout_lab.stats import Comparison, Design, TrialMatrix, metric_named, summarize, trial_matrix


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
        frames.append(frame.assign(status=np.where(frame[metric].isna(), "diverged", "ok")))
    return pd.concat(frames, ignore_index=True)


def design(values: Mapping[float, ArrayLike]) -> Design:
    """Return the design of `sweep` with these values."""
    repeats, folds = np.atleast_2d(np.asarray(next(iter(values.values())))).shape
    return Design(folds, repeats)


def arranged(trials: pd.DataFrame, design: Design, *, metric: str = "accuracy", **options: Any) -> TrialMatrix:
    """Return the matrix of a metric of trials; options as of `Comparison`."""
    return trial_matrix(trials, Comparison(design, metric_named(metric), **options))


def summarized(trials: pd.DataFrame, design: Design, **options: Any) -> pd.DataFrame:
    """Return the summary of trials; options as of `arranged`."""
    return summarize(arranged(trials, design, **options))


def predictions(right: Mapping[float, ArrayLike], *, folds: int = 1) -> pd.DataFrame:
    """Return predictions of two classes.

    Parameters
    ----------
    right : mapping
        For each rate an array of shape (repeats, rows): 1 where the answer is right, 0 where it is wrong, missing where
        the trial has diverged.
    folds : int
        Rows are dealt out to them in turn.
    """
    frames = []
    for rate, each in right.items():
        table = np.atleast_2d(np.asarray(each, dtype=float))
        repeat, row = np.indices(table.shape)
        label = row.ravel() % 2
        p1 = np.where(table.ravel() == 1, label, 1 - label) * 0.5 + 0.25
        p1 = np.where(np.isnan(table.ravel()), np.nan, p1)
        columns = {"repeat": repeat.ravel(), "fold": row.ravel() % folds, "row": row.ravel(), "label": label}
        frames.append(pd.DataFrame({"rate": float(rate), **columns, "p0": 1 - p1, "p1": p1}))
    return pd.concat(frames, ignore_index=True)
