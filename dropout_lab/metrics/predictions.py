"""Functions of predictions and true values; scikit-learn is imported by the functions that need it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "auc",
    "balanced_accuracy",
    "brier",
    "clipped_log_loss",
    "entropy",
    "expected_calibration_error",
    "f1",
    "log_loss",
    "matthews_corrcoef",
    "mean_absolute_error",
    "mean_squared_error",
    "r2",
]

_SMALLEST = 1e-300
_BINS = 15


def accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the share of rows whose likeliest class is the true one.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Of equal ones the first counts.
    labels : array of shape (rows,)
        Class codes.
    """
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def log_loss(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean of -ln of the true class's probability, in nats.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Clipped at 1e-300, so that one sure mistake does not make the loss infinite.
    labels : array of shape (rows,)
        Class codes.
    """
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(true, _SMALLEST)).mean())


def entropy(probabilities: NDArray[np.floating]) -> float:
    """Return the mean over rows of the predictive entropy, in nats: the sum over the classes of -p ln p.

    It is 0 where the net is sure, right or wrong, and ln(classes) where all classes are as likely (Shannon 1948, "A
    mathematical theory of communication"). Of a mean of predictions it measures their whole uncertainty (Gal 2016,
    "Uncertainty in deep learning", section 3.3.1).

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    """
    wide = probabilities.astype(np.float64)
    return float((-wide * np.log(np.maximum(wide, _SMALLEST))).sum(axis=1).mean())


def expected_calibration_error(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the expected calibration error: how far a net's sureness is from the share of its right answers.

    Rows are binned by the probability p of their likeliest class, in 15 bins of equal width, (0, 1/15], (1/15, 2/15]
    and so on. It is the mean over the bins, weighted by their rows, of the distance between the share of right
    answers and the mean of p (Guo et al. 2017, "On calibration of modern neural networks", equation 3).

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    sure = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    place = np.searchsorted(np.arange(1, _BINS) / _BINS, sure)
    return float(np.abs(np.bincount(place, right - sure)).sum() / len(labels))


def balanced_accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean, over the classes that have a row, of the share of their rows predicted right.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import recall_score

    present = np.unique(labels)
    return float(recall_score(labels, probabilities.argmax(axis=1), labels=present, average="macro", zero_division=0))


def f1(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean over all classes of F1, the harmonic mean of precision and recall.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The F1 of a class that is neither there nor predicted counts as 0.
    """
    from sklearn.metrics import f1_score

    classes = np.arange(probabilities.shape[1])
    return float(f1_score(labels, probabilities.argmax(axis=1), labels=classes, average="macro", zero_division=0))


def auc(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the area under the ROC curve; of more than two classes, the mean over each against the rest.

    NaN where a class has no row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Of two classes, the second is the positive one.
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import roc_auc_score

    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return np.nan
    shares = _normalized(probabilities)
    positive = (1,) if classes == 2 else range(classes)
    return float(np.mean([roc_auc_score(labels == code, shares[:, code]) for code in positive]))


def matthews_corrcoef(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the correlation of the predicted classes with the true ones, from -1 to 1; 0 is as good as chance.

    Of two classes, it is Matthews' (1975, "Comparison of the predicted and observed secondary structure of T4 phage
    lysozyme"); of more, Gorodkin's (2004, "Comparing two K-category assignments by a K-category correlation
    coefficient"). It is 0 where all rows are predicted to be of one class, and NaN where all are of one class.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import matthews_corrcoef as sklearn_matthews_corrcoef

    if len(np.unique(labels)) < 2:
        return np.nan
    return float(sklearn_matthews_corrcoef(labels, probabilities.argmax(axis=1)))


def clipped_log_loss(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the log loss in nats as scikit-learn computes it: probabilities clipped at the resolution of float64.

    It differs from `log_loss` only where a true class has a probability below 2.2e-16.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import log_loss as sklearn_log_loss

    return float(sklearn_log_loss(labels, _normalized(probabilities), labels=np.arange(probabilities.shape[1])))


def brier(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the Brier score, the mean squared distance between the probabilities and the truth.

    Of two classes it is that of the second one's probability alone, from 0 to 1; of more, the sum over the classes,
    from 0 to 2 (Brier 1950, "Verification of forecasts expressed in terms of probability").

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import brier_score_loss

    shares = _normalized(probabilities)
    if shares.shape[1] == 2:
        return float(brier_score_loss(labels, shares[:, 1], pos_label=1))
    return float(brier_score_loss(labels, shares, labels=np.arange(shares.shape[1])))


def _normalized(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return probabilities in double precision whose sum over the classes is 1 to the last digit."""
    wide = probabilities.astype(np.float64)
    return np.asarray(wide / wide.sum(axis=1, keepdims=True))


def mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean squared error, in the target's unit squared; both arrays of shape (rows,)."""
    return float(np.mean((predicted.astype(np.float64) - true) ** 2))


def mean_absolute_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean absolute error, in the target's unit; both arrays of shape (rows,)."""
    return float(np.mean(np.abs(predicted.astype(np.float64) - true)))


def r2(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the coefficient of determination: 1 less the squared error over the variance of the true numbers.

    1 is right everywhere, 0 as good as their mean, and there is no lower end. It is missing where all true numbers are
    the same.

    Parameters
    ----------
    predicted, true : array of shape (rows,)
    """
    variance = float(np.var(true)) if np.ptp(true) > 0 else 0.0  # where the mean is rounded, np.var is not quite 0
    return 1 - mean_squared_error(predicted, true) / variance if variance > 0 else np.nan
