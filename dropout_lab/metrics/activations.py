"""Sparsity, size and correlation of the activations of a trained network's hidden units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Activations", "measure_activations"]

_NEARLY_ZERO = 1e-3
"""Fraction of a layer's largest activation up to which an activation is nearly zero."""

_BLOCK_SIZE = 2**20
"""Activations that are converted to double precision at a time."""

Batch = Sequence[NDArray[np.floating]]
"""The activations of some rows: an array of shape (rows, ..., units) for each hidden layer."""


@dataclass(frozen=True)
class Activations:
    """Statistics over all hidden layers.

    Attributes
    ----------
    sparsity : float
        Fraction of the activations of all layers together that are nearly zero: at most 1/1000 of the layer's largest
        in absolute value. It is the l0 norm with a threshold (Hurley and Rickard 2009, "Comparing measures of
        sparsity"), here relative, so that it does not depend on a layer's scale; with relu it is close to the fraction
        of zeros that Glorot et al. 2011 ("Deep sparse rectifier neural networks") report.
    mean : float
        Mean absolute activation over all layers together (compared in Srivastava et al. 2014, section 7.2).
    coadaptation : float
        Mean absolute Pearson correlation over the pairs of units of a layer, then over the layers; NaN if no layer has
        a pair. Constant units are left out. Cogswell et al. 2016 ("Reducing overfitting in deep networks by
        decorrelating representations") use the covariance, which depends on the scale. For n rows of independent units
        it is about 0.8 / sqrt(n), so only values from the same rows are comparable.
    """

    sparsity: float
    mean: float
    coadaptation: float


def measure_activations(batches: Callable[[], Iterable[Batch]]) -> Activations:
    """Compute the statistics batch by batch, so that the activations of all rows need not fit in memory.

    Parameters
    ----------
    batches : callable
        Returns the activations of all rows; called twice. If an array has more axes than rows and units, as after a
        convolution, a unit is a channel, and each position in each row is one value of it.
    """
    layers: list[_Layer] = []
    with np.errstate(all="ignore"):  # training may have diverged
        for batch in batches():
            layers = layers or [_Layer(values.shape[-1]) for values in batch]
            for layer, values in zip(layers, batch, strict=True):
                for block in _blocks(values):
                    layer.add_sums(block)
        for batch in batches():
            for layer, values in zip(layers, batch, strict=True):
                for block in _blocks(values):
                    layer.add_products(block)
        correlations = [value for value in (layer.correlation() for layer in layers) if value is not None]
    total = sum(layer.count * len(layer.sum) for layer in layers)
    return Activations(
        sparsity=sum(layer.near_zero for layer in layers) / total,
        mean=sum(layer.absolute for layer in layers) / total,
        coadaptation=sum(correlations) / len(correlations) if correlations else np.nan,
    )


def _blocks(values: NDArray[np.floating]) -> Iterator[NDArray[np.float64]]:
    """Yield the values, of shape (..., units), in blocks of shape (some, units)."""
    units = values.shape[-1]
    flat, step = values.reshape(-1, units), max(1, _BLOCK_SIZE // units)
    for first in range(0, len(flat), step):
        yield flat[first : first + step].astype(np.float64)


class _Layer:
    """Sums over the values of one layer's units: for means and extremes first, then for what depends on those."""

    def __init__(self, units: int) -> None:
        self.count = self.near_zero = 0
        self.absolute = 0.0
        self.sum = np.zeros(units)
        self.low, self.high = np.full(units, np.inf), np.full(units, -np.inf)
        self.products = np.zeros((units, units))

    def add_sums(self, values: NDArray[np.float64]) -> None:
        self.count += len(values)
        self.absolute += float(np.abs(values).sum())
        self.sum += values.sum(axis=0)
        self.low = np.minimum(self.low, values.min(axis=0))
        self.high = np.maximum(self.high, values.max(axis=0))

    def add_products(self, values: NDArray[np.float64]) -> None:
        largest = max(-self.low.min(), self.high.max())
        self.near_zero += int((np.abs(values) <= _NEARLY_ZERO * largest).sum())
        centered = values - self.sum / self.count
        self.products += centered.T @ centered

    def correlation(self) -> float | None:
        """Return the mean absolute correlation over the pairs of units that vary; None if there is no pair."""
        spread = np.sqrt(self.products.diagonal())
        vary = (self.high > self.low) & (spread > 0)
        if vary.sum() < 2:
            return None
        matrix = self.products[np.ix_(vary, vary)] / spread[vary] / spread[vary, None]
        return float(np.minimum(np.abs(np.triu(matrix, 1)), 1).sum() * 2 / (len(matrix) * (len(matrix) - 1)))
