"""Gaussian noise: multiplicative (Gaussian dropout) or additive."""

from __future__ import annotations

import math
from typing import Any

from keras import ops

from dropout_lab.models.dropout import StochasticLayer

__all__ = ["GaussianDropout", "GaussianNoise"]


class GaussianDropout(StochasticLayer):
    """Noise times the units, as ``keras.layers.GaussianDropout`` and with its draws.

    In training a unit is multiplied by a draw from N(1, rate / (1 - rate)), which has the mean and the variance of
    what inverted dropout of that rate multiplies it by (Srivastava et al. 2014, section 10).
    """

    numbers = ("stddev",)
    normal = True

    @staticmethod
    def numbers_of(strength: float) -> tuple[float, ...]:
        """Return the noise's standard deviation."""
        return (math.sqrt(strength / (1 - strength)),)

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Multiply by noise; see `StochasticLayer.change`."""
        (stddev,) = strength
        return inputs * ops.cast(draws * stddev + 1, inputs.dtype)


class GaussianNoise(StochasticLayer):
    """Noise added to the units, as ``keras.layers.GaussianNoise`` and with its draws: from N(0, stddev ** 2)."""

    numbers = ("stddev",)
    normal = True

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Add noise; see `StochasticLayer.change`."""
        (stddev,) = strength
        return inputs + ops.cast(draws * stddev, inputs.dtype)
