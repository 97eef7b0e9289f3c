"""The loss by the number of outputs, as Keras has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

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


def loss_for(outputs: int) -> Loss:
    """Return the cross-entropy for a net with that many outputs: binary for one, else categorical."""
    if outputs == 1:
        binary = keras.losses.binary_crossentropy
        return Loss(keras.losses.BinaryCrossentropy, keras.metrics.BinaryCrossentropy, binary)
    categorical = keras.losses.sparse_categorical_crossentropy
    return Loss(keras.losses.SparseCategoricalCrossentropy, keras.metrics.SparseCategoricalCrossentropy, categorical)
