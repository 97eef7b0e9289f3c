"""The loss by the number of outputs, as Keras has it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
from keras import ops

__all__ = ["Loss", "loss_for"]

_SMALLEST = 1e-37  # a sigmoid in float32 may round to 0


@dataclass(frozen=True)
class Loss:
    """Keras' names for one loss.

    Attributes
    ----------
    whole : type
        Of the loss averaged over a batch.
    metric : type
        Of the metric that averages it over an epoch.
    per_row : callable
        ``(labels, outputs)``, of shapes (..., rows, 1) and (..., rows, outputs), to the loss of each row in nats,
        of shape (..., rows). Made from a sigmoid's or softmax's output it goes back to the logits, for accuracy.
    """

    whole: Any
    metric: Any
    per_row: Any


def loss_for(outputs: int, *, sigmoid: bool = False) -> Loss:
    """Return the cross-entropy for a net with that many outputs: binary for one, else categorical.

    Parameters
    ----------
    outputs : int
    sigmoid : bool
        Whether three or more outputs are sigmoids. The loss they are trained by is Keras' (see `output`); the
        metric is that of the predictions, the outputs divided by their sum.
    """
    if outputs == 1:
        binary = keras.losses.binary_crossentropy
        return Loss(keras.losses.BinaryCrossentropy, keras.metrics.BinaryCrossentropy, binary)
    categorical = keras.losses.sparse_categorical_crossentropy
    metric = keras.metrics.SparseCategoricalCrossentropy
    if sigmoid:
        metric = partial(keras.metrics.MeanMetricWrapper, _of_shares)
    return Loss(keras.losses.SparseCategoricalCrossentropy, metric, categorical)


def _of_shares(labels: Any, outputs: Any) -> Any:
    """Return -ln of the true class's share of the outputs: (rows, 1), (rows, outputs) -> (rows,)."""
    true = ops.take_along_axis(outputs, ops.cast(labels, "int32"), axis=-1)[..., 0]
    return ops.log(ops.sum(outputs, axis=-1) + _SMALLEST) - ops.log(true + _SMALLEST)
