"""Functions of predictions and true values; scikit-learn is imported by the functions that need it.

A mean over rows is that of the function in `metrics.row_values`, unless scikit-learn rounds it differently.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dropout_lab.metrics import row_values

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


def accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the fraction of rows whose most probable class is the true one.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        If several are largest, the first is the predicted class.
    labels : array of shape (rows,)
        Class codes.
    """
    return float(row_values.accuracy(probabilities, labels).mean())


def log_loss(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the cross-entropy in nats: the mean of -ln of the true class's probability.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        Clipped at 1e-300, so that one confident mistake does not make the loss infinite.
    labels : array of shape (rows,)
        Class codes.
    """
    return float(-row_values.log_likelihood(probabilities, labels).mean())


def entropy(probabilities: NDArray[np.floating]) -> float:
    """Return the mean over rows of the predictive entropy, in nats: the sum over the classes of -p ln p.

    It is 0 if the network is certain, right or wrong, and ln(classes) if all classes are equally probable (Shannon
    1948, "A mathematical theory of communication"). For the mean of several predictions it measures the total
    uncertainty (Gal 2016, "Uncertainty in deep learning", section 3.3.1).

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    """
    wide = probabilities.astype(np.float64)
    return float((-wide * np.log(np.maximum(wide, _SMALLEST))).sum(axis=1).mean())


def expected_calibration_error(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the expected calibration error: how far the confidence is from the accuracy.

    Rows are binned by their confidence, the probability of the predicted class, in 15 bins of equal width: (0, 1/15],
    (1/15, 2/15] and so on. The error is the mean over the bins, weighted by their rows, of the absolute difference
    between accuracy and mean confidence (Guo et al. 2017, "On calibration of modern neural networks", equation 3).

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    gaps, bins = row_values.calibration_gaps(probabilities, labels)
    return float(np.abs(np.bincount(bins, gaps)).sum() / len(labels))


def balanced_accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the mean recall over the classes that have a row.

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
    """Return the macro-averaged F1, the harmonic mean of precision and recall.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The F1 of a class without rows and predictions counts as 0.
    """
    from sklearn.metrics import f1_score

    return _mean_over_classes(f1_score, probabilities, labels)


def precision(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the macro-averaged precision: of the rows predicted as a class, the fraction that are of it.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The precision of a class that is not predicted counts as 0.
    """
    from sklearn.metrics import precision_score

    return _mean_over_classes(precision_score, probabilities, labels)


def recall(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the macro-averaged recall: of the rows of a class, the fraction predicted as it.

    It differs from `balanced_accuracy` only if a class has no row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes. The recall of a class that has no row counts as 0.
    """
    from sklearn.metrics import recall_score

    return _mean_over_classes(recall_score, probabilities, labels)


def top_5_accuracy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the fraction of rows whose true class is among the five most probable.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        At least six classes. Among equal ones the last comes first, as in scikit-learn.
    labels : array of shape (rows,)
        Class codes.
    """
    return float(row_values.top_5_accuracy(probabilities, labels).mean())


def average_precision(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the average precision: the area under the precision-recall curve, without interpolation.

    For two classes it is that of the second; for more, the mean over each against the rest. NaN if a class has no row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import average_precision_score

    return _one_against_the_rest(average_precision_score, probabilities, labels)


def auc(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the area under the ROC curve; for more than two classes, the mean over each against the rest.

    NaN if a class has no row.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
        The second of two classes is the positive one.
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
    """Return a score of the second of two classes, or the mean over more classes; NaN if a class has no row."""
    scored = row_values.each_against_the_rest(probabilities, labels)
    if not scored:
        return np.nan
    score = float(np.mean([function(positive, scores) for scores, positive in scored]))
    return min(score, 1.0)  # a sum of rounded steps can exceed it


def matthews_corrcoef(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the correlation of the predicted classes with the true ones, from -1 to 1; 0 is as good as chance.

    For two classes, it is Matthews' (1975, "Comparison of the predicted and observed secondary structure of T4 phage
    lysozyme"); for more, Gorodkin's (2004, "Comparing two K-category assignments by a K-category correlation
    coefficient"). It is 0 if all rows are predicted as one class, and NaN if all are of one class.

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

    It differs from `log_loss` only if a true class has a probability below 2.2e-16.

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import log_loss as sklearn_log_loss

    shares = row_values.normalized(probabilities)
    return float(sklearn_log_loss(labels, shares, labels=np.arange(shares.shape[1])))


def brier(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Return the Brier score, the mean squared difference between the probabilities and the outcomes.

    For two classes it is that of the second one's probability, from 0 to 1; for more, the sum over the classes, from 0
    to 2 (Brier 1950, "Verification of forecasts expressed in terms of probability").

    Parameters
    ----------
    probabilities : array of shape (rows, classes)
    labels : array of shape (rows,)
        Class codes.
    """
    from sklearn.metrics import brier_score_loss

    shares = row_values.normalized(probabilities)
    if shares.shape[1] == 2:
        return float(brier_score_loss(labels, shares[:, 1], pos_label=1))
    return float(brier_score_loss(labels, shares, labels=np.arange(shares.shape[1])))


def mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean squared error, in the target's unit squared; both arrays of shape (rows,)."""
    return float(row_values.mean_squared_error(predicted, true).mean())


def mean_absolute_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean absolute error, in the target's unit; both arrays of shape (rows,)."""
    return float(row_values.mean_absolute_error(predicted, true).mean())


def root_mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the square root of the mean squared error, in the target's unit; both arrays of shape (rows,)."""
    return float(np.sqrt(mean_squared_error(predicted, true)))


def median_absolute_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the median absolute error, in the target's unit; both arrays of shape (rows,)."""
    return float(np.median(row_values.mean_absolute_error(predicted, true)))


def mean_absolute_percentage_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the mean of the absolute error divided by the absolute target: 0.1 is 10%. NaN if a target is 0.

    Parameters
    ----------
    predicted, true : array of shape (rows,)
    """
    return float(row_values.mean_absolute_percentage_error(predicted, true).mean())


def r2(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> float:
    """Return the coefficient of determination: 1 minus the mean squared error over the variance of the true values.

    1 is perfect, 0 as good as predicting their mean, and there is no lower bound. NaN if all true values are equal.

    Parameters
    ----------
    predicted, true : array of shape (rows,)
    """
    variance = float(row_values.squared_deviations(true).mean())
    return 1 - mean_squared_error(predicted, true) / variance if variance > 0 else np.nan
