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

__all__ = ["Material", "batch_orders", "material_of", "per_class"]


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


def batch_orders(train: NDArray[np.int64], epochs: int, seed: int) -> NDArray[np.int64]:
    """Return the order in which the training rows are seen, shape (epochs, train rows).

    Every epoch is its own shuffle; `seed` is the trial's, so that all rates of a fold share their batches.
    """
    rng = np.random.default_rng(stream(seed, "order"))
    return rng.permuted(np.broadcast_to(train, (epochs, len(train))), axis=1)


def per_class(outputs: NDArray[np.floating]) -> NDArray[np.floating]:
    """Turn a net's outputs, of shape (..., 1 or classes), into probabilities of shape (..., classes)."""
    return np.concatenate([1 - outputs, outputs], axis=-1) if outputs.shape[-1] == 1 else outputs
