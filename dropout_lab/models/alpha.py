"""Alpha dropout, which keeps mean and variance under the activation selu."""

from __future__ import annotations

from typing import Any

from keras import ops

from dropout_lab.models.dropout import StochasticLayer

__all__ = ["AlphaDropout"]

_LOWEST = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
"""The limit of selu for very negative inputs."""


class AlphaDropout(StochasticLayer):
    """Alpha dropout, as ``keras.layers.AlphaDropout`` and with its masks.

    In training a unit is set to selu's lowest value, s, with probability `rate`, and all units then go through
    ``scale * unit + shift``, with ``scale = ((1 - rate) * (1 + rate * s ** 2)) ** -0.5`` and
    ``shift = -scale * rate * s``: units of mean 0 and variance 1 keep both (Klambauer et al. 2017, "Self-normalizing
    neural networks"). Masks are those of `BernoulliDropout`.
    """

    numbers = ("rate", "scale", "shift")

    @staticmethod
    def numbers_of(strength: float) -> tuple[float, ...]:
        """Return the rate, the scale and the shift."""
        scale = ((1 - strength) * (1 + strength * _LOWEST**2)) ** -0.5
        return strength, scale, -scale * _LOWEST * strength

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Drop units to the lowest value, then scale and shift all; see `StochasticLayer.change`."""
        rate, *affine = strength
        scale, shift = (ops.cast(number, inputs.dtype) for number in affine)
        return scale * ops.where(draws >= rate, inputs, ops.cast(_LOWEST, inputs.dtype)) + shift
