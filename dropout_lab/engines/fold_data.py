"""The data of a trial: the rows of its split, preprocessed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import Evaluation
from dropout_lab.datasets import Dataset, Scaling, Split, repeated_rows, scale_for, scaling, splits
from dropout_lab.datasets.tabular.encode_rows import encode_rows, fit_encoding
from dropout_lab.engines.target_scaling import TargetScaler, fit_target_scaler
from dropout_lab.metrics import row_values
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS
from dropout_lab.plan import Trial
from dropout_lab.seeds import derive_seed

__all__ = [
    "FoldData",
    "batch_orders",
    "dtype_of",
    "fold_data_of",
    "least_improvement",
    "outputs_for",
    "oversampled_rows",
    "per_class",
    "sample_weights",
    "scale_of",
    "undefined_monitor",
]

_MOST_KEPT = 2**28
"""Bytes of inputs that are cached for later trials of their fold."""


@dataclass(frozen=True)
class FoldData:
    """The data of one split.

    Attributes
    ----------
    features : array of shape (rows, inputs)
        All rows of the data set: scaled and encoded, in the experiment's precision; or, if asked for, images as bytes.
    labels : array of shape (rows,)
        Class codes; for regression the targets, in their own unit.
    split : Split
        Training, validation and held-out rows.
    scaling : Scaling or None
        Fitted on the training rows; still to be applied to bytes, batch by batch. Other features are scaled already.
    target_scaler : TargetScaler or None
        Standardizes the targets of regression; fitted on the training rows.
    sample_weight : array of shape (rows,), float64, or None
        Weight of each row in the loss that is trained on; None if all have the same.
    row_weight : array of shape (rows,), float64, or None
        How many rows each stands for in the loss of the validation rows; None if each is one.
    oversampled : array of shape (rows,), int64
        Training rows that an epoch goes through once more for each time they are listed.
    """

    features: NDArray[np.floating | np.uint8]
    labels: NDArray[np.int64] | NDArray[np.float64]
    split: Split
    scaling: Scaling | None = None
    target_scaler: TargetScaler | None = None
    sample_weight: NDArray[np.float64] | None = None
    row_weight: NDArray[np.float64] | None = None
    oversampled: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def epoch_rows(self) -> NDArray[np.int64]:
        """The rows that an epoch goes through: the training rows, and after them the oversampled ones."""
        return np.concatenate([self.split.train, self.oversampled])

    @property
    def learned_targets(self) -> NDArray[np.int64] | NDArray[np.float64]:
        """What a network is trained to predict: class codes, or standardized targets."""
        return self.target_scaler.transform(self.labels.astype(np.float64)) if self.target_scaler else self.labels

    @property
    def targets(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The labels of the training and of the held-out rows."""
        return self.labels[self.split.train].astype(np.float64), self.labels[self.split.test].astype(np.float64)

    def loss(self, outputs: NDArray[np.floating], rows: NDArray[np.int64], *, sigmoid: bool = False) -> float:
        """Return the mean loss of rows, given the network's logits; for regression, of standardized targets."""
        if self.target_scaler:
            true = self.target_scaler.transform(self.labels[rows].astype(np.float64))
            losses = row_values.mean_squared_error(outputs[:, 0].astype(np.float64), true)
        else:
            losses = row_values.log_loss(per_class(outputs, sigmoid=sigmoid), self.labels[rows].astype(np.int64))
        return float(losses.mean() if self.row_weight is None else np.average(losses, weights=self.row_weight[rows]))

    def measure(self, name: str, outputs: NDArray[np.floating], rows: NDArray[np.int64], *, sigmoid: bool) -> float:
        """Return a metric of rows, given the network's logits; NaN where it is undefined or they are not finite."""
        if not np.isfinite(outputs).all():
            return np.nan
        predicted, metric = self.predictions(outputs, sigmoid=sigmoid), METRICS[name]
        return metric.compute(predicted[:, 0] if metric.task == "regression" else predicted, self.labels[rows])

    def predictions(self, outputs: NDArray[np.floating], *, sigmoid: bool = False) -> NDArray[np.float64]:
        """Return predictions from logits: `per_class`; for regression, targets in their unit, of shape (rows, 1)."""
        return (
            self.target_scaler.inverse_transform(outputs) if self.target_scaler else per_class(outputs, sigmoid=sigmoid)
        )


def fold_data_of(data: Dataset, *, scaled: bool = False) -> Callable[[Trial], FoldData]:
    """Return a function from a trial to its data; splits are computed once per repeat, preprocessing once per fold.

    Parameters
    ----------
    data : Dataset
    scaled : bool
        Whether images, too, are scaled beforehand, which takes four times their bytes or more.
    """
    images = data.features.dtype == np.uint8 and not scaled
    encoding_lock = threading.Lock()
    cache_size = max(2, min(64, _MOST_KEPT // (len(data.labels) * data.inputs * 8)))

    @lru_cache(maxsize=16)
    def split(evaluation: Evaluation, train_rows: int | None, validation: float, repeat: int) -> tuple[Split, ...]:
        return splits(data, evaluation, train_rows, repeat, validation)

    @lru_cache(maxsize=cache_size)
    def prepared(
        evaluation: Evaluation,
        train_rows: int | None,
        validation: float,
        scale: str,
        dtype: str,
        repeat_and_fold: tuple[int, int],
    ) -> FoldData:
        repeat, fold = repeat_and_fold
        rows = split(evaluation, train_rows, validation, repeat)[fold]
        if data.table is not None:
            with encoding_lock:  # it makes large copies
                encoded = encode_rows(fit_encoding(data.table, data, rows.train, scale), data, dtype)
            if data.values is not None:
                return FoldData(encoded, data.values, rows, target_scaler=fit_target_scaler(data.values, rows.train))
            return FoldData(encoded, data.labels, rows)
        fitted = scaling(data.features, rows.train, scale, channels=data.channels)
        features = data.features if images else fitted(data.features, dtype)
        if data.values is not None:
            return FoldData(features, data.values, rows, fitted, fit_target_scaler(data.values, rows.train))
        return FoldData(features, data.labels, rows, fitted)

    def fold_data(trial: Trial) -> FoldData:
        experiment = trial.experiment
        fold = prepared(
            experiment.evaluation,
            experiment.dataset.train_rows,
            experiment.training.validation_share,
            scale_of(experiment, data),
            dtype_of(experiment),
            (trial.repeat, trial.fold),
        )
        return replace(
            fold,
            sample_weight=sample_weights(experiment, data, fold.split.train),
            oversampled=oversampled_rows(experiment, data, fold.split.train, trial.seed),
        )

    return fold_data


def oversampled_rows(experiment: Experiment, data: Dataset, train: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Return the training rows that are repeated; none without oversampling.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    train : array of shape (train rows,)
        Row numbers.
    seed : int
        The trial's, which all rates of a fold share; so they repeat the same rows.
    """
    if not experiment.training.oversample:
        return np.zeros(0, np.int64)
    return repeated_rows(train, data.labels, derive_seed(seed, "oversample"))


def sample_weights(
    experiment: Experiment,
    data: Dataset,
    train: NDArray[np.int64],
    row_weight: NDArray[np.float64] | None = None,
) -> NDArray[np.float64] | None:
    """Return the weight of each row in the loss, by its class, of shape (rows,); None if all have the same.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    train : array of shape (train rows,)
        Row numbers from which balanced weights are computed.
    row_weight : array of shape (rows,), optional
        How many rows each stands for, by which its weight is multiplied.
    """
    weights = experiment.training.class_weight
    if weights is None:
        return row_weight
    by_class = np.array([1.0 if isinstance(weights, str) else weights.get(name, 1.0) for name in data.classes])
    if weights == "balanced":
        from sklearn.utils.class_weight import compute_class_weight

        labels, weighted = data.labels[train], {} if row_weight is None else {"sample_weight": row_weight[train]}
        present = np.unique(labels)
        by_class[present] = compute_class_weight("balanced", classes=present, y=labels, **weighted)
    return by_class[data.labels] if row_weight is None else by_class[data.labels] * row_weight


def scale_of(experiment: Experiment, data: Dataset) -> str:
    """Return how inputs are scaled, by the type of the data if the experiment leaves it to that."""
    scale = experiment.preprocessing.scale
    return scale_for(data) if scale == "auto" else scale


def dtype_of(experiment: Experiment) -> str:
    """Return the precision of data, weights and losses."""
    return "float64" if experiment.training.precision == "float64" else "float32"


def batch_orders(train: NDArray[np.int64], seed: int) -> Callable[[int], NDArray[np.int64]]:
    """Return a function that draws the order of the training rows in the next epochs.

    Parameters
    ----------
    train : array of shape (train rows,)
        Row numbers; see `FoldData.epoch_rows`.
    seed : int
        The trial's, which all rates of a fold share; so they have the same batches.

    Returns
    -------
    callable
        Number of epochs -> array of shape (epochs, train rows); each epoch is shuffled anew.
    """
    rng = np.random.default_rng(derive_seed(seed, "order"))
    return lambda epochs: rng.permuted(np.broadcast_to(train, (epochs, len(train))), axis=1)


def least_improvement(experiment: Experiment, fold: FoldData) -> float:
    """Return by how much early stopping's sum over the validation rows must improve; 0 without early stopping.

    Of losses for regression, as those of standardized targets.
    """
    early, unit = experiment.training.early_stopping, fold.target_scaler.sd**2 if fold.target_scaler else 1.0
    return early.min_delta / unit * len(fold.split.validation) if early else 0.0


def undefined_monitor(metric: Metric, rows: int) -> str:
    """Say why a metric cannot tell when to stop, and what could: it is undefined on so many validation rows."""
    needed = metric.needs.replace("held-out", "validation")
    return (
        f"training.early_stopping.monitor: {metric.name} needs {needed}, which {rows} of a fold do not have: "
        "take a larger validation_share, or monitor the loss"
    )


def outputs_for(data: Dataset) -> int:
    """Return the number of a network's outputs: 1 for two classes or regression, else one per class."""
    return 1 if data.values is not None or len(data.classes) == 2 else len(data.classes)


def per_class(logits: NDArray[np.floating], *, sigmoid: bool = False) -> NDArray[np.float64]:
    """Turn logits into probabilities of shape (rows, classes).

    They are computed in float64, so that the small probabilities of a confident network, and with them its loss, are
    not rounded to 0. The most probable class is always that of the highest logit, even if sigmoids round to the same
    number.

    Parameters
    ----------
    logits : array of shape (rows, 1 or classes)
    sigmoid : bool
        Whether each class has its own sigmoid; they are divided by their sum.
    """
    wide = logits.astype(np.float64)
    if wide.shape[1] == 1:
        wide = np.hstack([np.zeros_like(wide), wide])
    elif sigmoid:
        wide = -np.logaddexp(0, -wide)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    probabilities = np.asarray(powers / powers.sum(axis=1, keepdims=True))
    if sigmoid:
        highest = np.nextafter(probabilities.max(axis=1), 1)
        np.put_along_axis(probabilities, logits.argmax(axis=1)[:, None], highest[:, None], axis=1)
    return probabilities
