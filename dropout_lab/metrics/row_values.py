"""Row values of metrics: a number per row, whose mean is the metric and whose spread is its uncertainty.

Of a metric that is a mean over rows, they are what is averaged. Of any other, row i has the metric plus the row's
empirical influence: the derivative of the metric by the weight of row i, times the number of rows (Hampel 1974, "The
influence curve and its role in robust estimation"). The influences add up to 0. So the row values have the metric as
their mean, and their standard deviation over the root of the number of rows is the metric's standard error, that of the
infinitesimal jackknife (Efron 1982, "The jackknife, the bootstrap and other resampling plans", chapter 6).

A function here has the name and the parameters of the metric's function in `metrics.predictions`, and returns an array
of shape (rows,); of NaN where the metric is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "accuracy",
    "auc",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "calibration_gaps",
    "clipped_log_loss",
    "each_against_the_rest",
    "expected_calibration_error",
    "f1",
    "log_likelihood",
    "log_loss",
    "matthews_corrcoef",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "normalized",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "squared_deviations",
    "top_5_accuracy",
]

_SMALLEST = 1e-300
_BINS = 15

Floats = NDArray[np.float64]
Probabilities = NDArray[np.floating]
Codes = NDArray[np.integer]
Flags = NDArray[np.bool_]


def accuracy(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return 1 for each row whose most probable class is the true one, and 0 for the others."""
    return np.asarray(_right(probabilities, labels), np.float64)


def top_5_accuracy(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return 1 for each row whose true class is among the five most probable; among equal ones the last comes first."""
    true = probabilities[np.arange(len(labels)), labels][:, np.newaxis]
    later = np.arange(probabilities.shape[1]) > labels[:, np.newaxis]
    before = (probabilities > true) | ((probabilities == true) & later)
    return np.asarray(before.sum(axis=1) < 5, np.float64)


def log_loss(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return each row's -ln of the true class's probability, clipped at 1e-300."""
    return -log_likelihood(probabilities, labels)


def log_likelihood(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the logarithm of the probability, clipped at 1e-300, of each row's true class; of shape (rows,)."""
    true = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return np.asarray(np.log(np.maximum(true, _SMALLEST)))


def clipped_log_loss(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return each row's -ln of the true class's probability, clipped at the resolution of float64."""
    true = normalized(probabilities)[np.arange(len(labels)), labels]
    smallest = np.finfo(np.float64).eps
    return np.asarray(-np.log(np.clip(true, smallest, 1 - smallest)))


def brier(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return each row's squared difference: of the second of two classes, or the sum over more."""
    shares = normalized(probabilities)
    classes = shares.shape[1]
    if classes == 2:
        return np.asarray((shares[:, 1] - labels) ** 2)
    return np.asarray(((shares - (labels[:, np.newaxis] == np.arange(classes))) ** 2).sum(axis=1))


def expected_calibration_error(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return each row's share in the distance of confidence from accuracy in its bin.

    It is the row's gap, with the sign of the sum of the gaps in its bin. Where that sum is near 0, the error has a
    kink, and its standard error is too large.
    """
    gaps, bins = calibration_gaps(probabilities, labels)
    return np.asarray(np.sign(np.bincount(bins, gaps))[bins] * gaps)


def calibration_gaps(probabilities: Probabilities, labels: Codes) -> tuple[Floats, NDArray[np.int64]]:
    """Return how far each row is above its confidence, and the bin of its confidence; both of shape (rows,).

    A row that is predicted right is at 1, and one predicted wrong at 0. The bins are (0, 1/15], (1/15, 2/15] and so on.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    bins = np.searchsorted(np.arange(1, _BINS) / _BINS, confidence)
    return np.asarray(_right(probabilities, labels) - confidence), bins


def balanced_accuracy(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the mean recall over the classes that have a row."""
    present, codes = np.unique(labels, return_inverse=True)
    return _mean_ratio(_right(probabilities, labels), [codes], len(present))


def recall(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the mean recall over all classes; 0 for a class without rows."""
    return _mean_ratio(_right(probabilities, labels), [labels], probabilities.shape[1])


def precision(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the mean precision over all classes; 0 for a class that is not predicted."""
    return _mean_ratio(_right(probabilities, labels), [probabilities.argmax(axis=1)], probabilities.shape[1])


def f1(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the mean F1 over all classes; 0 for a class without rows and predictions."""
    return _mean_ratio(_right(probabilities, labels), [probabilities.argmax(axis=1), labels], probabilities.shape[1])


def matthews_corrcoef(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the correlation of the predicted classes with the true ones.

    It is a function of the share of rows that are right and of each class's shares of the predictions and of the rows;
    a row's influence is its derivative by them, times the row's deviations from them (the delta method). If all rows
    are predicted as one class, where the metric is 0 by definition, so are the row values.
    """
    predicted, right = probabilities.argmax(axis=1), _right(probabilities, labels)
    rows, classes = probabilities.shape
    said, true = (np.bincount(codes, minlength=classes) / rows for codes in (predicted, labels))
    said_variance, true_variance = 1 - said @ said, 1 - true @ true
    if true_variance == 0:
        return np.full(rows, np.nan)
    if said_variance == 0:
        return np.zeros(rows)
    scale, chance = np.sqrt(said_variance * true_variance), said @ true
    covariance = right.mean() - chance
    of_covariance = (right - right.mean()) - (true[predicted] - chance) - (said[labels] - chance)
    of_variances = (said[predicted] - said @ said) / said_variance + (true[labels] - true @ true) / true_variance
    return np.asarray((covariance * (1 + of_variances) + of_covariance) / scale)


def auc(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the area under the ROC curve; for more than two classes, their mean over the classes.

    The spread is that of DeLong, DeLong and Clarke-Pearson (1988, "Comparing the areas under two or more correlated
    receiver operating characteristic curves: a nonparametric approach").
    """
    return _mean_against_the_rest(_area_under_roc, probabilities, labels)


def average_precision(probabilities: Probabilities, labels: Codes) -> Floats:
    """Return the row values of the average precision; for more than two classes, their mean over the classes."""
    return _mean_against_the_rest(_stepwise_precision, probabilities, labels)


def mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> Floats:
    """Return each row's squared error, in the target's unit squared."""
    return np.asarray((predicted.astype(np.float64) - true) ** 2)


def mean_absolute_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> Floats:
    """Return each row's absolute error, in the target's unit."""
    return np.asarray(np.abs(predicted.astype(np.float64) - true))


def mean_absolute_percentage_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> Floats:
    """Return each row's absolute error divided by the absolute target; NaN for all if a target is 0."""
    if (true == 0).any():  # scikit-learn divides by 2.2e-16 there
        return np.full(len(true), np.nan)
    return np.asarray(np.abs((predicted.astype(np.float64) - true) / true))


def root_mean_squared_error(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> Floats:
    """Return the row values of the root of the mean squared error, in the target's unit; 0 for all if it is 0."""
    squares = mean_squared_error(predicted, true)
    root = np.sqrt(squares.mean())
    return np.asarray((squares / root + root) / 2) if root > 0 else squares


def r2(predicted: NDArray[np.floating], true: NDArray[np.floating]) -> Floats:
    """Return the row values of 1 minus the mean squared error over the variance; NaN if all targets are equal."""
    squares, deviations = mean_squared_error(predicted, true), squared_deviations(true)
    variance = deviations.mean()
    if variance == 0:
        return np.full(len(true), np.nan)
    return np.asarray(1 - squares / variance + squares.mean() / variance * (deviations / variance - 1))


def squared_deviations(true: NDArray[np.floating]) -> Floats:
    """Return each row's squared distance from the mean; 0 if all are equal, even where their mean is rounded."""
    return np.asarray((true - true.mean()) ** 2 if np.ptp(true) > 0 else np.zeros(len(true)))


def normalized(probabilities: Probabilities) -> Floats:
    """Return probabilities in double precision, divided by their sum over the classes."""
    wide = probabilities.astype(np.float64)
    return np.asarray(wide / wide.sum(axis=1, keepdims=True))


def each_against_the_rest(probabilities: Probabilities, labels: Codes) -> list[tuple[Floats, Flags]]:
    """Return of the second of two classes, or of each of more: its probability of shape (rows,), and which rows it has.

    The list is empty if a class has no row.
    """
    classes = probabilities.shape[1]
    if len(np.unique(labels)) < classes:
        return []
    shares = normalized(probabilities)
    return [(shares[:, code], labels == code) for code in ((1,) if classes == 2 else range(classes))]


def _right(probabilities: Probabilities, labels: Codes) -> Flags:
    return np.asarray(probabilities.argmax(axis=1) == labels)


def _mean_ratio(right: Flags, memberships: Sequence[Codes], classes: int) -> Floats:
    """Return the row values of the mean over the classes of right memberships over memberships.

    Parameters
    ----------
    right : array of shape (rows,)
        Whether a row counts in the numerator of its classes.
    memberships : sequence of arrays of shape (rows,)
        The codes of the classes in whose denominator a row counts, once for each array.
    classes : int
        The ratio of a class without memberships counts as 0.
    """
    sizes = np.sum([np.bincount(codes, minlength=classes) for codes in memberships], axis=0)
    hits = np.sum([np.bincount(codes, right, classes) for codes in memberships], axis=0)
    ratios = hits / np.maximum(sizes, 1)
    influences = np.sum([(right - ratios[codes]) / sizes[codes] for codes in memberships], axis=0)
    return np.asarray(ratios.mean() + influences * (len(right) / classes))


def _mean_against_the_rest(
    function: Callable[[Floats, Flags], Floats], probabilities: Probabilities, labels: Codes
) -> Floats:
    """Return the row values of the second of two classes, or the mean over more; NaN if a class has no row."""
    values = [function(*scored) for scored in each_against_the_rest(probabilities, labels)]
    return np.asarray(np.mean(values, axis=0)) if values else np.full(len(labels), np.nan)


def _area_under_roc(scores: Floats, positive: Flags) -> Floats:
    """Return the row values of the area under the ROC curve.

    A row's placement is the share of the rows of the other kind that it is on the right side of, where equal scores
    count half. The area is the mean placement of either kind.
    """
    level, positives, negatives = _by_level(scores, positive)
    below = (np.cumsum(negatives) - negatives / 2) / negatives.sum()
    above = 1 - (np.cumsum(positives) - positives / 2) / positives.sum()
    placement = np.where(positive, below[level], above[level])
    area = placement[positive].mean()
    return np.asarray(area + (placement - area) / np.where(positive, positive.mean(), 1 - positive.mean()))


def _stepwise_precision(scores: Floats, positive: Flags) -> Floats:
    """Return the row values of the average precision: the mean over the positive rows of the precision at their score.

    A positive row has influence by the precision at its own score, and each row by what it does to the precision at
    every score up to its own.
    """
    level, positives, negatives = _by_level(scores, positive)
    found, selected = (counts[::-1].cumsum()[::-1] for counts in (positives, positives + negatives))
    precisions = found / selected
    average = positives @ precisions / positives.sum()
    gain, loss = (np.cumsum(part * positives / selected) for part in (np.ones(len(found)), precisions))
    influences = positive * (precisions[level] - average + gain[level]) - loss[level]
    return np.asarray(average + influences / positive.mean())


def _by_level(scores: Floats, positive: Flags) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return which of the distinct scores, from the lowest, each row has, and how many positives and negatives each."""
    distinct, level = np.unique(scores, return_inverse=True)
    positives, negatives = (np.bincount(level[rows], minlength=len(distinct)) for rows in (positive, ~positive))
    return level, positives, negatives
