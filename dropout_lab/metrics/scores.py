"""Further measures of a set of predicted probabilities, by scikit-learn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCORES", "score"]

Array = NDArray[np.floating]
Labels = NDArray[np.integer]


def score(name: str, probabilities: Array, labels: Labels) -> float:
    """Return one of `SCORES`; missing where it does not exist.

    Parameters
    ----------
    name : str
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    wide = probabilities.astype(np.float64)
    return SCORES[name](wide / wide.sum(axis=1, keepdims=True), labels)


def _balanced_accuracy(probabilities: Array, labels: Labels) -> float:
    """Mean over the classes that there are of the share of their rows that are predicted right."""
    from sklearn.metrics import recall_score

    there = np.unique(labels)
    return float(recall_score(labels, probabilities.argmax(axis=1), labels=there, average="macro", zero_division=0))


def _auc(probabilities: Array, labels: Labels) -> float:
    """Area under the ROC curve; of more than two classes, the mean over each against the rest."""
    from sklearn.metrics import roc_auc_score

    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return np.nan
    if classes == 2:
        return float(roc_auc_score(labels, probabilities[:, 1]))
    each = [roc_auc_score(labels == code, probabilities[:, code]) for code in range(classes)]
    return float(np.mean(each))


def _f1(probabilities: Array, labels: Labels) -> float:
    """Mean over all classes of the harmonic mean of precision and recall."""
    from sklearn.metrics import f1_score

    every = np.arange(probabilities.shape[1])
    return float(f1_score(labels, probabilities.argmax(axis=1), labels=every, average="macro", zero_division=0))


def _log_loss(probabilities: Array, labels: Labels) -> float:
    """Cross-entropy in nats, probabilities kept off 0 by the smallest step of a float64."""
    from sklearn.metrics import log_loss

    return float(log_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))


def _brier(probabilities: Array, labels: Labels) -> float:
    """Mean squared distance between the probabilities and the truth: of two classes, of the second one's alone."""
    from sklearn.metrics import brier_score_loss

    if probabilities.shape[1] == 2:
        return float(brier_score_loss(labels, probabilities[:, 1], pos_label=1))
    return float(brier_score_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))


SCORES: dict[str, Callable[[Array, Labels], float]] = {
    "balanced_accuracy": _balanced_accuracy,
    "auc": _auc,
    "f1": _f1,
    "log_loss": _log_loss,
    "brier": _brier,
}
