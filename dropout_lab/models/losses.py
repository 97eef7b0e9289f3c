"""Keras' loss and metric for a number of outputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
from keras import ops

__all__ = ["Loss", "loss_for", "loss_of_logits", "losses_of_logits"]


@dataclass(frozen=True)
class Loss:
    """One loss, in Keras' three forms.

    Attributes
    ----------
    batch : type
        The loss, averaged over a batch.
    metric : type
        The metric, averaged over an epoch.
    per_row : callable
        ``(labels, outputs)``, of shapes (..., rows, 1) and (..., rows, outputs), to the loss of each row in nats,
        of shape (..., rows). Given the output of a sigmoid or softmax it recovers the logits, for accuracy.
    """

    batch: Any
    metric: Any
    per_row: Any


def loss_for(outputs: int, *, sigmoid: bool = False, regression: bool = False) -> Loss:
    """Return the cross-entropy for a number of outputs: binary for one, else categorical.

    Parameters
    ----------
    outputs : int
    sigmoid : bool
        Whether three or more outputs are sigmoids. Loss and metric then take logits: Keras trains them with a
        softmax's loss (see `output`), the metric is that of the predictions (the sigmoids divided by their sum), and
        an accuracy of the sigmoids themselves would see ties where several round to 1.
    regression : bool
        Whether the loss is the squared error.
    """
    if regression:
        squared = keras.losses.mean_squared_error
        return Loss(keras.losses.MeanSquaredError, keras.metrics.MeanSquaredError, squared)
    if outputs == 1:
        binary = keras.losses.binary_crossentropy
        return Loss(keras.losses.BinaryCrossentropy, keras.metrics.BinaryCrossentropy, binary)
    batch, per_row = keras.losses.SparseCategoricalCrossentropy, keras.losses.sparse_categorical_crossentropy
    if sigmoid:
        metric = partial(keras.metrics.MeanMetricWrapper, _normalized_sigmoid_loss)
        return Loss(partial(batch, from_logits=True), metric, partial(per_row, from_logits=True))
    return Loss(batch, keras.metrics.SparseCategoricalCrossentropy, per_row)


def loss_of_logits(outputs: int, *, regression: bool = False) -> Any:
    """Return Keras' loss of logits, averaged over a batch; see `losses_of_logits`."""
    if regression:
        return keras.losses.MeanSquaredError()
    if outputs == 1:
        return keras.losses.BinaryCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def losses_of_logits(outputs: int, *, regression: bool = False) -> Callable[[Any, Any], Any]:
    """Return the loss of each row from a network's logits.

    Only Keras' TensorFlow backend recovers the logits from probabilities; on others these would be rounded.

    Parameters
    ----------
    outputs, regression
        As for `loss_for`.

    Returns
    -------
    callable
        ``(labels, logits)``, of shapes (rows, 1) and (rows, outputs), to the loss of each row, of shape (rows,).
    """
    if regression:
        return keras.losses.mean_squared_error
    binary, categorical = keras.losses.binary_crossentropy, keras.losses.sparse_categorical_crossentropy
    return partial(binary if outputs == 1 else categorical, from_logits=True)


def _normalized_sigmoid_loss(labels: Any, logits: Any) -> Any:
    """Return -ln of the true class's sigmoid over the sum of all: (rows, 1), (rows, classes) -> (rows,)."""
    log_probabilities = ops.log_softmax(ops.log_sigmoid(logits), axis=-1)
    return -ops.take_along_axis(log_probabilities, ops.cast(labels, "int32"), axis=-1)[..., 0]
