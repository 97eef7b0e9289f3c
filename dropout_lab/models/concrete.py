"""Concrete dropout: the rate is learned along with the weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
from keras import ops

from dropout_lab.models.dropout import StochasticLayer

__all__ = ["ConcreteDropout", "learned_rate", "tie_to_weights"]

_TEMPERATURE = 0.1
_SMALLEST = 1e-7
"""Of a draw, and of one minus it, whose logarithms are taken."""


class ConcreteDropout(StochasticLayer):
    """Dropout whose rate is a weight, for the inputs of a dense layer.

    In training a unit with the uniform draw u is multiplied by ``(1 - z) / (1 - rate)``, where z is
    ``sigmoid((logit(rate) - logit(u)) / temperature)``: nearly 1 where u is below the rate, else nearly 0, and smooth
    in the rate. The loss gains ``weight_regularizer * sum(weights ** 2) / (1 - rate)`` of the weights that the units
    feed, and ``dropout_regularizer * units * (rate * log(rate) + (1 - rate) * log(1 - rate))`` (Gal, Hron and Kendall
    2017, "Concrete dropout", with the temperature of their program, 0.1). Their program drops where u is above one
    minus the rate; as it is here, `BernoulliDropout` with the same draws is the limit for a temperature of 0.

    The rate is ``sigmoid(start + shift)``: `start`, its one number, belongs to the rate that training starts from, and
    `shift` is the weight, 0 at first.

    Parameters
    ----------
    regularizers : tuple of float
        The factor of the weights, and of the rate's negative entropy.
    **kwargs
        As for `StochasticLayer`, without a trial axis.
    """

    numbers = ("start",)

    def __init__(self, *, regularizers: tuple[float, float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.regularizers = regularizers
        self._kernel_of: Callable[[], Any] = lambda: None

    @staticmethod
    def numbers_of(strength: float) -> tuple[float, ...]:
        """Return the logit of the rate that training starts from."""
        return (math.log(strength) - math.log1p(-strength),)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        super().build(input_shape)
        self.inputs = input_shape[-1] or 0
        self.shift = self.add_weight(
            shape=(), initializer="zeros", name="shift", regularizer=self._penalty, autocast=False
        )

    def tie(self, dense: Any) -> None:
        """Let the penalty be that of the weights of the dense layer that follows."""
        self._kernel_of = lambda: dense.kernel  # not an attribute of the layer, which Keras would take as a part of it

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Drop units; see `StochasticLayer.change`."""
        (start,) = strength
        draws = ops.clip(draws, _SMALLEST, 1 - _SMALLEST)
        logit = start + ops.convert_to_tensor(self.shift)
        kept = ops.sigmoid((ops.log(draws) - ops.log(1 - draws) - logit) / _TEMPERATURE)
        return inputs * ops.cast(kept * (1 + ops.exp(logit)), inputs.dtype)  # 1 / (1 - rate) is 1 + exp(logit)

    def _penalty(self, shift: Any) -> Any:
        """Return what the loss gains."""
        of_weights, of_entropy = self.regularizers
        logit = ops.convert_to_tensor(self.strength[0]) + shift
        rate, log_rate, log_kept = ops.sigmoid(logit), ops.log_sigmoid(logit), ops.log_sigmoid(-logit)
        kernel = ops.cast(ops.convert_to_tensor(self._kernel_of()), logit.dtype)
        weights = ops.sum(ops.square(kernel)) * (1 + ops.exp(logit))
        return of_weights * weights + of_entropy * self.inputs * (rate * log_rate + (1 - rate) * log_kept)


def tie_to_weights(layers: Sequence[Any]) -> None:
    """Tie each concrete dropout layer of a network to the dense layer that its units feed."""
    for at, layer in enumerate(layers):
        if isinstance(layer, ConcreteDropout):
            layer.tie(next(after for after in layers[at + 1 :] if isinstance(after, keras.layers.Dense)))


def learned_rate(layers: Iterable[Any], initial: float, shift_of: Callable[[Any], Any]) -> float | None:
    """Return the rate that concrete dropout has learned, averaged over its layers; None if there are none.

    Parameters
    ----------
    layers : iterable of StochasticLayer
    initial : float
        The rate that training started from.
    shift_of : callable
        Layer -> the value of its weight.
    """
    (start,) = ConcreteDropout.numbers_of(initial)
    logits = [start + float(shift_of(layer)) for layer in layers if isinstance(layer, ConcreteDropout)]
    rates = [1 / (1 + math.exp(-max(min(logit, 500), -500))) for logit in logits]
    return sum(rates) / len(rates) if rates else None
