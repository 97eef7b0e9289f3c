"""What the hidden units of a trained net do on given rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Activations", "measure"]

_NEARLY = 1e-3
"""Share of a layer's largest activation below which one is nearly zero."""

_BLOCK = 2**20
"""Activations of which copies in double precision are made at a time."""

Piece = Sequence[NDArray[np.floating]]
"""The activations of some rows, an array of shape (rows, ..., units) for each hidden layer."""


@dataclass(frozen=True)
class Activations:
    """Measures over all hidden layers.

    Attributes
    ----------
    sparsity : float
        Share of the activations, of all layers together, that are nearly zero: at most 1/1000 of the layer's largest
        in size. It is the l0 norm with a threshold (Hurley and Rickard 2009, "Comparing measures of sparsity"), here
        relative, so that it does not depend on a layer's scale; with relu they are hardly more than the zeros that
        Glorot et al. 2011 ("Deep sparse rectifier neural networks") count.
    mean : float
        Mean of |activation| over all layers together (Srivastava et al. 2014, section 7.2, compare it).
    coadaptation : float
        Mean of |Pearson's correlation| over the pairs of units of a layer, then over the layers; missing if no layer
        has a pair. Units that never vary are left out. Cogswell et al. 2016 ("Reducing overfitting in deep networks
        by decorrelating representations") take the covariance for it, which depends on the scale. Of n rows chance
        alone makes it about 0.8 / sqrt(n), so that only values from the same rows can be compared.
    """

    sparsity: float
    mean: float
    coadaptation: float


def measure(pieces: Callable[[], Iterable[Piece]]) -> Activations:
    """Measure activations, piece by piece, so that those of all rows need not fit the memory.

    Parameters
    ----------
    pieces : callable
        Gives the activations of all rows; called twice. Where an array has more axes than rows and units, as behind
        a convolution, a unit is a channel, and each position in each row one value of it.
    """
    layers: list[_Layer] = []
    with np.errstate(all="ignore"):  # of a training that diverged
        for piece in pieces():
            layers = layers or [_Layer(values.shape[-1]) for values in piece]
            for layer, values in zip(layers, piece, strict=True):
                for block in _blocks(values):
                    layer.see(block)
        for piece in pieces():
            for layer, values in zip(layers, piece, strict=True):
                for block in _blocks(values):
                    layer.see_again(block)
        found = [each for each in (layer.correlation() for layer in layers) if each is not None]
    total = sum(layer.count * len(layer.sum) for layer in layers)
    return Activations(
        sparsity=sum(layer.near_zero for layer in layers) / total,
        mean=sum(layer.size for layer in layers) / total,
        coadaptation=sum(found) / len(found) if found else np.nan,
    )


def _blocks(values: NDArray[np.floating]) -> Iterator[NDArray[np.float64]]:
    """Yield the values, of shape (..., units), in blocks of shape (some, units)."""
    units = values.shape[-1]
    flat, step = values.reshape(-1, units), max(1, _BLOCK // units)
    for first in range(0, len(flat), step):
        yield flat[first : first + step].astype(np.float64)


class _Layer:
    """Sums over the values of one layer's units: means and extremes first, then what depends on them."""

    def __init__(self, units: int) -> None:
        self.count = self.near_zero = 0
        self.size = 0.0
        self.sum = np.zeros(units)
        self.low, self.high = np.full(units, np.inf), np.full(units, -np.inf)
        self.products = np.zeros((units, units))

    def see(self, values: NDArray[np.float64]) -> None:
        self.count += len(values)
        self.size += float(np.abs(values).sum())
        self.sum += values.sum(axis=0)
        self.low = np.minimum(self.low, values.min(axis=0))
        self.high = np.maximum(self.high, values.max(axis=0))

    def see_again(self, values: NDArray[np.float64]) -> None:
        largest = max(-self.low.min(), self.high.max())
        self.near_zero += int((np.abs(values) <= _NEARLY * largest).sum())
        centred = values - self.sum / self.count
        self.products += centred.T @ centred

    def correlation(self) -> float | None:
        """Return the mean of |correlation| over the pairs of units that vary."""
        spread = np.sqrt(self.products.diagonal())
        vary = (self.high > self.low) & (spread > 0)
        if vary.sum() < 2:
            return None
        among = self.products[np.ix_(vary, vary)] / spread[vary] / spread[vary, None]
        return float(np.minimum(np.abs(np.triu(among, 1)), 1).sum() * 2 / (len(among) * (len(among) - 1)))
