"""What one trial trains and is tested on: its split's rows, and how they are scaled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import Evaluation
from dropout_lab.datasets import Dataset, Scaling, Split, scaling, splits
from dropout_lab.datasets.tabular.encoding import encoding
from dropout_lab.engines.target_scaling import TargetScaler, fit_target_scaler
from dropout_lab.metrics.predictions import log_loss, mean_squared_error
from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed

__all__ = ["FoldData", "batch_orders", "dtype_of", "fold_data_of", "outputs_for", "per_class", "sample_weights"]

_MOST_KEPT = 2**28
"""Bytes of inputs that are kept for later trials of their fold."""

Place = tuple[int, int]
"""Repeat and fold."""


@dataclass(frozen=True)
class FoldData:
    """The data of one split.

    Attributes
    ----------
    features : array of shape (rows, inputs)
        All rows of the data set: pictures as bytes; others scaled and encoded, in the experiment's precision.
    labels : array of shape (rows,)
        Class codes; for regression the numbers to predict, in their own unit.
    split : Split
        Which rows are which.
    scaling : Scaling or None
        Fitted on the training rows; what bytes have still to go through. Nothing else has.
    unit : TargetScaler or None
        How the numbers to predict are standardised, fitted on the training rows.
    sample_weight : array of shape (rows,), float64, or None
        What each row counts in the loss, by its class; None where all count the same.
    """

    features: NDArray[np.floating | np.uint8]
    labels: NDArray[np.int64] | NDArray[np.float64]
    split: Split
    scaling: Scaling | None = None
    unit: TargetScaler | None = None
    sample_weight: NDArray[np.float64] | None = None

    @property
    def learned_targets(self) -> NDArray[np.int64] | NDArray[np.float64]:
        """What a net learns to give: class codes, or standardised numbers."""
        return self.unit.transform(self.labels.astype(np.float64)) if self.unit else self.labels

    @property
    def targets(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The labels of the training and of the held-out rows."""
        return self.labels[self.split.train].astype(np.float64), self.labels[self.split.test].astype(np.float64)

    def loss(self, outputs: NDArray[np.floating], rows: NDArray[np.int64], *, sigmoid: bool = False) -> float:
        """Return the mean loss of rows, of which a net says this by its last layer but one: standardised numbers'."""
        if self.unit:
            true = self.unit.transform(self.labels[rows].astype(np.float64))
            return mean_squared_error(outputs[:, 0].astype(np.float64), true)
        return log_loss(per_class(outputs, sigmoid=sigmoid), self.labels[rows].astype(np.int64))

    def predictions(self, outputs: NDArray[np.floating], *, sigmoid: bool = False) -> NDArray[np.float64]:
        """Return what a net says by its last layer but one: `per_class`, or numbers of shape (rows, 1)."""
        return self.unit.inverse_transform(outputs) if self.unit else per_class(outputs, sigmoid=sigmoid)


def fold_data_of(data: Dataset) -> Callable[[Trial], FoldData]:
    """Return a function that gives a trial its data, computing each repeat's splits and each fold's scale once."""
    in_bytes = data.features.dtype == np.uint8
    one_at_a_time = threading.Lock()
    kept = max(2, min(64, _MOST_KEPT // (len(data.labels) * data.inputs * 8)))

    @lru_cache(maxsize=16)
    def split(evaluation: Evaluation, train_rows: int | None, validation: float, repeat: int) -> tuple[Split, ...]:
        return splits(data, evaluation, train_rows, repeat, validation)

    @lru_cache(maxsize=kept)
    def prepared(
        evaluation: Evaluation, train_rows: int | None, validation: float, scale: str, dtype: str, place: Place
    ) -> FoldData:
        repeat, fold = place
        rows = split(evaluation, train_rows, validation, repeat)[fold]
        if data.table is not None:
            with one_at_a_time:  # for the copies that are made on the way
                encode = encoding(data.table, data.features, rows.train, scale)
                encoded = encode(data.features, dtype)
            if data.values is not None:
                return FoldData(encoded, data.values, rows, unit=fit_target_scaler(data.values, rows.train))
            return FoldData(encoded, data.labels, rows)
        fitted = scaling(data.features, rows.train, scale)
        features = data.features if in_bytes else fitted(data.features).astype(dtype)
        return FoldData(features, data.labels, rows, fitted)

    def give(trial: Trial) -> FoldData:
        experiment = trial.experiment
        fold = prepared(
            experiment.evaluation,
            experiment.dataset.train_rows,
            experiment.training.validation_share,
            experiment.preprocessing.scale,
            dtype_of(experiment),
            (trial.repeat, trial.fold),
        )
        return replace(fold, sample_weight=sample_weights(experiment, data, fold.split.train))

    return give


def sample_weights(experiment: Experiment, data: Dataset, train: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """Return what each row counts in the loss by its class, of shape (rows,); None where all count the same.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    train : array of shape (train rows,)
        Row numbers that balanced weights are learned from.
    """
    weights = experiment.training.class_weight
    if weights is None:
        return None
    each = np.array([1.0 if isinstance(weights, str) else weights.get(name, 1.0) for name in data.classes])
    if weights == "balanced":
        from sklearn.utils.class_weight import compute_class_weight

        there = np.unique(data.labels[train])
        each[there] = compute_class_weight("balanced", classes=there, y=data.labels[train])
    return each[data.labels]


def dtype_of(experiment: Experiment) -> str:
    """Return the precision that data, weights and losses are kept in."""
    return "float64" if experiment.training.precision == "float64" else "float32"


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
    rng = np.random.default_rng(derive_seed(seed, "order"))
    return lambda epochs: rng.permuted(np.broadcast_to(train, (epochs, len(train))), axis=1)


def outputs_for(data: Dataset) -> int:
    """Return the number of a net's outputs: 1 for two classes or a number, else one per class."""
    return 1 if data.values is not None or len(data.classes) == 2 else len(data.classes)


def per_class(logits: NDArray[np.floating], *, sigmoid: bool = False) -> NDArray[np.float64]:
    """Turn logits into probabilities of shape (rows, classes).

    In float64, so that a sure net's small probabilities, and with them its loss, are not rounded to 0. The likeliest
    class is always that of the highest logit: sigmoids that round to the same number do not tie.

    Parameters
    ----------
    logits : array of shape (rows, 1 or classes)
    sigmoid : bool
        Whether each class has a sigmoid of its own; they are divided by their sum.
    """
    wide = logits.astype(np.float64)
    if wide.shape[1] == 1:
        wide = np.hstack([np.zeros_like(wide), wide])
    elif sigmoid:
        wide = -np.logaddexp(0, -wide)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares = np.asarray(powers / powers.sum(axis=1, keepdims=True))
    if sigmoid:
        np.put_along_axis(shares, logits.argmax(axis=1)[:, None], np.nextafter(shares.max(axis=1), 1)[:, None], axis=1)
    return shares
