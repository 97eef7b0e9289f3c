"""Populations to draw data sets from, with fresh rows to measure the truth on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dropout_lab import datasets

__all__ = ["FRESH_ROWS", "POPULATIONS", "Population", "Sample"]

FRESH_ROWS = 10_000
"""Rows of a population, beside a data set, on which its networks are measured."""

Array = NDArray[np.float64]
Codes = NDArray[np.int64]
Rows = tuple[Array, Codes]


@dataclass(frozen=True)
class Sample:
    """A data set and fresh rows of the same population.

    Attributes
    ----------
    features : array of shape (rows + fresh rows, inputs)
        The data set comes first.
    labels : array of shape (rows + fresh rows,), int64
    """

    features: Array
    labels: Codes


@dataclass(frozen=True)
class Population:
    """Where rows come from.

    Attributes
    ----------
    classes : int
    draw : callable
        ``(rng, rows, data folder)`` -> so many independent rows, or as many as there are.
    """

    classes: int
    draw: Callable[[np.random.Generator, int, Path], Rows]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes."""
        return tuple(map(str, range(self.classes)))

    def sample(self, rng: np.random.Generator, rows: int, folder: Path, fewest: int) -> Sample:
        """Draw a data set, again until each class has `fewest` rows, as folds need."""
        while True:
            features, labels = self.draw(rng, rows + FRESH_ROWS, folder)
            if np.bincount(labels[:rows], minlength=self.classes).min() >= fewest:
                return Sample(features, labels)


def _linear(distance: float, share: float = 0.5, inputs: int = 20) -> Callable[[np.random.Generator, int, Path], Rows]:
    """Two Gaussian classes, so many standard deviations apart; `share` of the rows are of the second."""

    def draw(rng: np.random.Generator, count: int, _: Path) -> Rows:
        labels = (rng.random(count) < share).astype(np.int64)
        return rng.normal(size=(count, inputs)) + distance * labels[:, None] / np.sqrt(inputs), labels

    return draw


def _interaction(rng: np.random.Generator, count: int, _: Path) -> Rows:
    features = rng.normal(size=(count, 20))
    score = features[:, 0] * features[:, 1] + features[:, 2] + 0.7 * rng.normal(size=count)
    return features, (score > 0).astype(np.int64)


def _clusters(rng: np.random.Generator, count: int, _: Path) -> Rows:
    """Four classes of three Gaussian clusters each."""
    centers = np.random.default_rng(4).normal(size=(12, 10)) * 1.3
    cluster = rng.integers(12, size=count)
    return centers[cluster] + rng.normal(size=(count, 10)), (cluster % 4).astype(np.int64)


def _noise(rng: np.random.Generator, count: int, _: Path) -> Rows:
    return rng.normal(size=(count, 20)), rng.integers(2, size=count)


@lru_cache
def _sonar_moments(folder: Path) -> tuple[float, list[tuple[Array, Array]]]:
    """Return the share of the second class of Sonar, and the mean and a root of the covariance of each class."""
    data = datasets.load_builtin("sonar", folder)
    scaled = (data.features - data.features.mean(axis=0)) / data.features.std(axis=0)
    moments = []
    for code in range(2):
        rows = scaled[data.labels == code]
        covariance = 0.8 * np.cov(rows, rowvar=False) + 0.2 * np.eye(rows.shape[1])
        moments.append((rows.mean(axis=0), np.linalg.cholesky(covariance)))
    return float(data.labels.mean()), moments


def _like_sonar(rng: np.random.Generator, count: int, folder: Path) -> Rows:
    """Gaussian classes with the means and (shrunk) covariances of Sonar's."""
    share, moments = _sonar_moments(folder)
    labels = (rng.random(count) < share).astype(np.int64)
    features = rng.normal(size=(count, len(moments[0][0])))
    for code, (mean, root) in enumerate(moments):
        features[labels == code] = mean + features[labels == code] @ root.T
    return features, labels


@lru_cache
def _reduced_cifar10(folder: Path) -> Rows:
    """Return all pictures of CIFAR-10 as their first 60 principal components, after halving the resolution twice."""
    from sklearn.decomposition import PCA

    data = datasets.load_builtin("cifar10", folder)
    pictures = data.features.reshape(-1, 8, 4, 8, 4, 3).mean(axis=(2, 4), dtype=np.float32)
    reduced = PCA(60, svd_solver="full", whiten=True).fit_transform(pictures.reshape(len(pictures), -1))
    return reduced.astype(np.float64), data.labels


def _cifar10(*classes: int) -> Callable[[np.random.Generator, int, Path], Rows]:
    def draw(rng: np.random.Generator, count: int, folder: Path) -> Rows:
        features, labels = _reduced_cifar10(folder)
        rows = np.flatnonzero(np.isin(labels, classes))
        rows = rng.choice(rows, min(count, len(rows)), replace=False)
        return features[rows], np.searchsorted(classes, labels[rows]).astype(np.int64)

    return draw


def _digits(classes: int) -> Callable[[np.random.Generator, int, Path], Rows]:
    def draw(rng: np.random.Generator, count: int, folder: Path) -> Rows:
        data = datasets.load_builtin("digits", folder)
        rows = np.flatnonzero(data.labels < classes)
        rows = rows[rng.permutation(len(rows))[:count]]
        return data.features[rows], data.labels[rows]

    return draw


POPULATIONS = {
    "linear": Population(2, _linear(2.5)),  # two Gaussian classes, far apart
    "near_chance": Population(2, _linear(0.6)),  # two Gaussian classes, close together
    "interaction": Population(2, _interaction),  # two classes, one factor times another
    "unbalanced": Population(2, _linear(2.0, share=1 / 6)),  # one row in six of the second class
    "clusters": Population(4, _clusters),  # four classes of three clusters each
    "noise": Population(2, _noise),  # labels that nothing predicts
    "like_sonar": Population(2, _like_sonar),  # Gaussian classes with Sonar's moments
    "cifar10_two": Population(2, _cifar10(4, 7)),  # CIFAR-10, deer and horses, 60 numbers a picture
    "cifar10_ten": Population(10, _cifar10(*range(10))),  # CIFAR-10, all classes, 60 numbers a picture
    "digits": Population(10, _digits(10)),  # scikit-learn's digits
    "cifar10_five": Population(5, _cifar10(*range(5))),  # CIFAR-10, the first five classes, 60 numbers a picture
    "digits_five": Population(5, _digits(5)),  # scikit-learn's digits from 0 to 4
}
