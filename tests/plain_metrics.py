"""Each metric by scikit-learn, rows weighted or not, and predictions to try them on.

To test a new metric, add its function in scikit-learn to `REFERENCES`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sklearn

from dropout_lab.metrics.metric import Metric

Array = NDArray[Any]
Reference = Callable[[Array, Array, Array | None], float]


def codes(probabilities: Array) -> list[int]:
    return list(range(probabilities.shape[1]))


def of_classes(function: Callable[..., float]) -> Reference:
    """Return scikit-learn's score of the predicted classes."""
    return lambda probabilities, labels, weights: function(labels, probabilities.argmax(axis=1), sample_weight=weights)


def macro(function: Callable[..., float]) -> Reference:
    """Return scikit-learn's mean over all classes."""
    return lambda probabilities, labels, weights: function(
        labels,
        probabilities.argmax(axis=1),
        labels=codes(probabilities),
        average="macro",
        zero_division=0,
        sample_weight=weights,
    )


def by_class(function: Callable[..., float]) -> Reference:
    """Return a score of the second of two classes; of more, the mean over each against the rest."""

    def mean(probabilities: Array, labels: Array, weights: Array | None) -> float:
        positive = [1] if probabilities.shape[1] == 2 else codes(probabilities)
        return float(
            np.mean([function(labels == code, probabilities[:, code], sample_weight=weights) for code in positive])
        )

    return mean


def of_numbers(function: Callable[..., float]) -> Reference:
    return lambda predicted, true, weights: function(true, predicted, sample_weight=weights)


def balanced_accuracy(probabilities: Array, labels: Array, weights: Array | None) -> float:
    predicted, present = probabilities.argmax(axis=1), np.unique(labels)
    return float(sklearn.recall_score(labels, predicted, labels=present, average="macro", sample_weight=weights))


def calibration_error(probabilities: Array, labels: Array, weights: Array | None) -> float:
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    parts = np.ones(len(labels)) if weights is None else weights
    bins = np.ceil(confidence * 15)
    error = 0.0
    for inside in (bins == number for number in set(bins)):
        part = parts[inside]
        distance = np.average(right[inside], weights=part) - np.average(confidence[inside], weights=part)
        error += abs(distance) * part.sum() / parts.sum()
    return error


def brier(probabilities: Array, labels: Array, weights: Array | None) -> float:
    if probabilities.shape[1] == 2:
        return float(sklearn.brier_score_loss(labels, probabilities[:, 1], pos_label=1, sample_weight=weights))
    return float(sklearn.brier_score_loss(labels, probabilities, labels=codes(probabilities), sample_weight=weights))


def log_loss(probabilities: Array, labels: Array, weights: Array | None) -> float:
    return float(sklearn.log_loss(labels, probabilities, labels=codes(probabilities), sample_weight=weights))


def top_5_accuracy(probabilities: Array, labels: Array, weights: Array | None) -> float:
    return float(
        sklearn.top_k_accuracy_score(labels, probabilities, k=5, labels=codes(probabilities), sample_weight=weights)
    )


REFERENCES: dict[str, Reference] = {
    "accuracy": of_classes(sklearn.accuracy_score),
    "loss": log_loss,
    "ece": calibration_error,
    "balanced_accuracy": balanced_accuracy,
    "auc": by_class(sklearn.roc_auc_score),
    "f1": macro(sklearn.f1_score),
    "mcc": of_classes(sklearn.matthews_corrcoef),
    "log_loss": log_loss,
    "brier": brier,
    "precision": macro(sklearn.precision_score),
    "recall": macro(sklearn.recall_score),
    "average_precision": by_class(sklearn.average_precision_score),
    "top_5_accuracy": top_5_accuracy,
    "r2": of_numbers(sklearn.r2_score),
    "mse": of_numbers(sklearn.mean_squared_error),
    "mae": of_numbers(sklearn.mean_absolute_error),
    "rmse": of_numbers(sklearn.root_mean_squared_error),
    "median_ae": of_numbers(sklearn.median_absolute_error),
    "mape": of_numbers(sklearn.mean_absolute_percentage_error),
}
"""Functions of predictions, true values, and the weights of the rows or None."""

UNDEFINED: dict[str, Callable[[Array, Array], bool]] = {
    "a held-out row of each class": lambda probabilities, labels: len(set(labels)) < probabilities.shape[1],
    "held-out rows of two classes": lambda probabilities, labels: len(set(labels)) < 2,
    "held-out rows without a target of 0": lambda predicted, true: 0 in true,
    "held-out rows with two different targets": lambda predicted, true: len(set(true)) < 2,
}
"""What a metric needs -> whether predictions and true values lack it."""


def is_undefined(metric: Metric, predictions: Array, true: Array) -> bool:
    return bool(metric.needs) and UNDEFINED[metric.needs](predictions, true)


@st.composite
def classified(draw: st.DrawFn, minimum_classes: int) -> tuple[Array, Array]:
    """Draw probabilities of shape (rows, classes) and class codes: one row or more, classes absent, all alike, sure."""
    classes, rows = draw(st.integers(minimum_classes, 8)), draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    labels = random.integers(0, draw(st.just(classes) | st.integers(1, classes)), rows)
    probabilities = random.dirichlet(np.ones(classes), rows)
    kind = draw(st.sampled_from(["any", "the same", "float32", "right", "tied"]))
    if kind == "the same":
        probabilities[:] = probabilities[0]
    if kind == "right":
        probabilities = 0.9 * np.eye(classes)[labels] + 0.1 / classes
    if kind == "tied":
        probabilities = probabilities[random.integers(0, 3, rows) % rows]
    return probabilities.astype(np.float32) if kind == "float32" else probabilities, labels


@st.composite
def predicted(draw: st.DrawFn) -> tuple[Array, Array]:
    """Draw predicted and true numbers of shape (rows,): one row or more, small or large, zeros, all alike, right."""
    rows, scale = draw(st.integers(1, 30)), draw(st.sampled_from([0.1, 1.0, 100.0]))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    true, guesses = scale * random.normal(1, 1, (2, rows))
    kind = draw(st.sampled_from(["any", "zeros", "the same", "right"]))
    if kind == "zeros":
        true[random.integers(0, 2, rows) == 0] = guesses[0] = 0
    if kind == "the same":
        true[:] = true[0]
    if kind == "right":
        guesses = true.copy()
    return guesses, true


def cases(metric: Metric) -> st.SearchStrategy[tuple[Array, Array]]:
    """Draw predictions and true values of the metric's task."""
    return predicted() if metric.task == "regression" else classified(metric.minimum_classes)


def in_double(predictions: Array) -> Array:
    """Return predictions as float64; what was float32 and adds up to nearly 1 adds up to 1."""
    if predictions.dtype == np.float64:
        return predictions
    wide = predictions.astype(np.float64)
    return np.asarray(wide / wide.sum(axis=1, keepdims=True))
