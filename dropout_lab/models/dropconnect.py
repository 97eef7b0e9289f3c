"""DropConnect: dense layers that drop weights instead of units."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.models.dense import Dense
from dropout_lab.models.deterministic_sums import add_bias
from dropout_lab.models.dropout import BernoulliDropout

__all__ = ["DropConnect", "StackedDropConnect", "WeightDropped"]


class WeightDropped:
    """Mixin for a dense layer's class that applies `BernoulliDropout` to its kernel: DropConnect.

    In training each weight is set to 0 with probability `rate` and otherwise divided by ``1 - rate``, which keeps the
    expectation of a unit's input; at evaluation it is an ordinary dense layer. It follows Wan et al. 2013
    ("Regularization of neural networks using DropConnect") with three differences: one mask per batch, not per row;
    biases are never dropped; and evaluation uses the mean weights, where they sample from a normal approximation of a
    unit's input.

    Attributes
    ----------
    connections : BernoulliDropout
        Its input is the kernel; named after the layer, with the suffix ``_dropconnect``.
    """

    stacked = False

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)  # type: ignore[call-arg]  # the dense layer's
        name, dtype = f"{kwargs['name']}_dropconnect", kwargs.get("dtype")
        self.connections = BernoulliDropout(stacked=self.stacked, name=name, dtype=dtype)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        super().build(input_shape)  # type: ignore[misc]  # the dense layer's
        self.connections.build(self.kernel.shape)  # type: ignore[attr-defined]  # the dense layer's

    def dropped(self, training: bool) -> Any:
        """Return the kernel, with weights dropped if `training`."""
        return self.connections(ops.convert_to_tensor(self.kernel), training=training)  # type: ignore[attr-defined]


class DropConnect(WeightDropped, keras.layers.Dense):
    """``keras.layers.Dense`` with dropout on its weights."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return ``activation(inputs @ kernel + bias)``."""
        return self.activation(ops.matmul(inputs, self.dropped(training)) + self.bias)


class StackedDropConnect(WeightDropped, Dense):
    """The same with a leading trial axis: each trial has its own weights and its own mask on them."""

    stacked = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return ``activation(inputs @ kernel + bias)``, trial by trial."""
        return self.activation(add_bias(ops.matmul(inputs, self.dropped(training)), self.bias))
