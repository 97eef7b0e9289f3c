"""Functions of predictions and true values; scikit-learn is imported by the functions that need it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "clipped_log_loss",
    "entropy",
    "expected_calibration_error",
    "f1",
    "log_loss",
    "matthews_corrcoef",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "median_absolute_error",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "top_5_accuracy",
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

    return _mean_over_classes(f1_score, probabilities, labels)


def precision(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean over all classes of precision: of the rows predicted to be of a class, the share that are.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The precision of a class that is not predicted counts as 0.
    """
    from sklearn.metrics import precision_score

    return _mean_over_classes(precision_score, probabilities, labels)


def recall(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean over all classes of recall: of the rows of a class, the share predicted to be of it.

    It differs from `balanced_accuracy` only where a class has no row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The recall of a class that has no row counts as 0.
    """
    from sklearn.metrics import recall_score

    return _mean_over_classes(recall_score, probabilities, labels)


def top_5_accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the share of rows whose true class is among the five of the highest probabilities.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Of six classes or more. Of equal ones the last counts first, as in scikit-learn.
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import top_k_accuracy_score

    return float(top_k_accuracy_score(labels, probabilities, k=5, labels=np.arange(probabilities.shape[1])))


def average_precision(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the average precision, a sum over the steps of the precision-recall curve; no interpolation.

    Of two classes it is that of the second one; of more, the mean over each against the rest. NaN where a class has no
    row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import average_precision_score

    return _one_against_the_rest(average_precision_score, probabilities, labels)


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

    return _one_against_the_rest(roc_auc_score, probabilities, labels)


def _mean_over_classes(
    function: Callable[..., float], probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> float:
    """Return the mean over all classes of a score of predicted classes; where the score is undefined it counts as 0."""
    classes = np.arange(probabilities.shape[1])
    return float(function(labels, probabilities.argmax(axis=1), labels=classes, average="macro", zero_division=0))


def _one_against_the_rest(
    function: Callable[..., float], probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> float:
    """Return a score of the second of two classes, or its mean over more than two; NaN where a class has no row."""
    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return np.nan
    shares = _normalized(probabilities)
    positive = (1,) if classes == 2 else range(classes)
    return float(np.mean([function(labels == code, shares[:, code]) for code in positive]))


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


def root_mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the square root of the mean squared error, in the target's unit; both arrays of shape (rows,)."""
    return float(np.sqrt(mean_squared_error(predicted, true)))


def median_absolute_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the median absolute error, in the target's unit; both arrays of shape (rows,)."""
    return float(np.median(np.abs(predicted.astype(np.float64) - true)))


def mean_absolute_percentage_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean of each absolute error over the absolute target: 0.1 is 10%. NaN where a target is 0.

    Parameters
    ----------
    predicted, true : array of shape (rows,)
    """
    if (true == 0).any():  # scikit-learn divides by 2.2e-16 there
        return np.nan
    return float(np.mean(np.abs((predicted.astype(np.float64) - true) / true)))


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
