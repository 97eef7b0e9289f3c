"""The loss by the number of outputs, as Keras has it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
from keras import ops

__all__ = ["Loss", "loss_for"]


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


def loss_for(outputs: int, *, sigmoid: bool = False, regression: bool = False) -> Loss:
    """Return the cross-entropy for a net with that many outputs: binary for one, else categorical.

    Parameters
    ----------
    outputs : int
    sigmoid : bool
        Whether three or more outputs are sigmoids. Then everything takes logits: the loss that Keras trains them by
        is a softmax's (see `output`), the metric that of the predictions, the sigmoids divided by their sum, and
        an accuracy of sigmoids would take those that round to 1 for equal.
    regression : bool
        Whether the output is a number: then it is the squared error.
    """
    if regression:
        squared = keras.losses.mean_squared_error
        return Loss(keras.losses.MeanSquaredError, keras.metrics.MeanSquaredError, squared)
    if outputs == 1:
        binary = keras.losses.binary_crossentropy
        return Loss(keras.losses.BinaryCrossentropy, keras.metrics.BinaryCrossentropy, binary)
    whole, categorical = keras.losses.SparseCategoricalCrossentropy, keras.losses.sparse_categorical_crossentropy
    if sigmoid:
        of_probabilities = partial(keras.metrics.MeanMetricWrapper, _of_shares)
        return Loss(partial(whole, from_logits=True), of_probabilities, partial(categorical, from_logits=True))
    return Loss(whole, keras.metrics.SparseCategoricalCrossentropy, categorical)


def _of_shares(labels: Any, logits: Any) -> Any:
    """Return -ln of the true class's share of the sigmoids: (rows, 1), (rows, classes) -> (rows,)."""
    shares = ops.log_softmax(ops.log_sigmoid(logits), axis=-1)
    return -ops.take_along_axis(shares, ops.cast(labels, "int32"), axis=-1)[..., 0]
