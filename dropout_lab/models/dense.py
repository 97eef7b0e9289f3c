"""The dense layer, for one net or for a stack of them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.models.sums import add_bias, sum_rows

__all__ = ["Dense", "MaxNorm", "dense"]


class Dense(keras.layers.EinsumDense):
    """A dense layer with a leading trial axis: each trial has its own kernel and bias.

    Input (trials, rows, inputs), output (trials, rows, units). It differs from Keras' layer in one thing: the
    gradient of the bias is added up in an order that does not depend on the number of trials.
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__("kri,kio->kro", output_shape=(None, units), bias_axes="ko", **kwargs)

    def call(self, inputs: Any) -> Any:
        """Return ``activation(inputs @ kernel + bias)``, trial by trial."""
        return self.activation(add_bias(ops.matmul(inputs, self.kernel), self.bias))


class MaxNorm(keras.constraints.MaxNorm):
    """Keras' limit on the norm of the weights into each unit, for kernels of shape (trials, inputs, units)."""

    def __call__(self, w: Any) -> Any:
        """Return the kernels, scaled down where a column's norm is above the limit."""
        norms = ops.sqrt(sum_rows(ops.square(w)))
        return w * (ops.clip(norms, 0, self.max_value) / (keras.config.epsilon() + norms))


def dense(units: int, *, max_norm: float | None = None, stacked: bool, **kwargs: Any) -> Any:
    """Return Keras' dense layer, or its twin with a leading trial axis if `stacked`.

    Parameters
    ----------
    units : int
    max_norm : float or None
        Largest norm of the weights into a unit.
    stacked : bool
    **kwargs
        As for ``keras.layers.Dense``.
    """
    layer, limit = (Dense, MaxNorm) if stacked else (keras.layers.Dense, keras.constraints.MaxNorm)
    return layer(units, kernel_constraint=limit(max_norm) if max_norm else None, **kwargs)
