"""What one trial trains and is tested on: its fold's rows, scaled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets import Dataset, Split, folds, scaled
from dropout_lab.plan import Trial
from dropout_lab.streams import stream

__all__ = ["Material", "batch_orders", "material_of", "outputs_for", "per_class"]


@dataclass(frozen=True)
class Material:
    """The data of one fold.

    Attributes
    ----------
    features : array of shape (rows, inputs)
        All rows, scaled by what the training rows say, in the experiment's precision.
    labels : array of shape (rows,)
        Class codes.
    split : Split
        Which rows are which.
    """

    features: NDArray[np.floating]
    labels: NDArray[np.int64]
    split: Split


def material_of(data: Dataset) -> Callable[[Trial], Material]:
    """Return a function that gives a trial its data, computing each repeat's folds and each fold's scale once."""

    @lru_cache(maxsize=16)
    def splits(count: int, repeat: int, seed: int) -> tuple[Split, ...]:
        return folds(data.labels, count, repeat, seed)

    @lru_cache(maxsize=64)
    def prepared(count: int, repeat: int, seed: int, fold: int, scale: str, precision: str) -> Material:
        split = splits(count, repeat, seed)[fold]
        features = scaled(data.features, split.train, scale).astype(precision)
        return Material(features, data.labels, split)

    def give(trial: Trial) -> Material:
        evaluation = trial.experiment.evaluation
        return prepared(
            evaluation.folds,
            trial.repeat,
            evaluation.split_seed,
            trial.fold,
            trial.experiment.preprocessing.scale,
            trial.experiment.training.precision,
        )

    return give


def batch_orders(train: NDArray[np.int64], seed: int) -> Callable[[int], NDArray[np.int64]]:
    """Return a function that gives the order in which the training rows are seen in the next so many epochs.

    Parameters
    ----------
    train : array of shape (train rows,)
        Row numbers.
    seed : int
        The trial's: all rates of a fold share their batches.

    Returns
    -------
    callable
        Number of epochs -> array of shape (epochs, train rows); every epoch is its own shuffle.
    """
    rng = np.random.default_rng(stream(seed, "order"))
    return lambda epochs: rng.permuted(np.broadcast_to(train, (epochs, len(train))), axis=1)


def outputs_for(data: Dataset) -> int:
    """Return the number of a net's outputs: 1 for two classes, else one per class."""
    return 1 if len(data.classes) == 2 else len(data.classes)


def per_class(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn logits of shape (rows, 1 or classes) into probabilities of shape (rows, classes).

    In float64, so that a sure net's small probabilities, and with them its loss, are not rounded to 0.
    """
    wide = logits.astype(np.float64)
    if wide.shape[1] == 1:
        wide = np.hstack([np.zeros_like(wide), wide])
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
