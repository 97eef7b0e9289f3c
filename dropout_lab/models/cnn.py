"""The convolution net: convolutions with max-pooling, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN
from dropout_lab.models.dense import decay, dense, limit
from dropout_lab.models.kinds import drawing
from dropout_lab.models.output import output

__all__ = ["cnn"]

_OVER_CHANNELS = (None, 1, 1, None)
"""A mask that is one number per row and channel."""


def cnn(experiment: Experiment, model: CNN, shape: tuple[int, ...], outputs: int) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : CNN
    shape : tuple of int
        Height, width and channels of a picture.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, height * width * channels), output (rows, outputs). The layers that draw at random are called
        ``conv_1``, ``conv_1_dropout`` ... ``dense_1``, ``dense_1_dropout`` ... ``output``.
    """
    where, precision = experiment.dropout.where, experiment.training.precision
    limits = experiment.regularization
    after_conv = _OVER_CHANNELS if experiment.dropout.kind == "spatial_dropout" else None
    layers: list[Any] = [keras.layers.Reshape(shape, name="picture", dtype=precision)]
    for number, filters in enumerate(model.filters, 1):
        layers.append(
            keras.layers.Conv2D(
                filters,
                model.kernel,
                padding="same",
                activation=model.activation,
                kernel_constraint=limit(limits, [0, 1, 2]),
                kernel_regularizer=decay(limits),
                name=f"conv_{number}",
                dtype=precision,
            )
        )
        if model.pool > 1:
            layers.append(keras.layers.MaxPooling2D(model.pool, name=f"pool_{number}", dtype=precision))
        if where in ("conv", "all"):
            layers.append(drawing(experiment, f"conv_{number}", noise_shape=after_conv))
    layers.append(keras.layers.Flatten(name="flat", dtype=precision))
    for number, units in enumerate(model.dense, 1):
        layers.append(dense(units, experiment, name=f"dense_{number}", activation=model.activation))
        if where in ("dense", "all"):
            layers.append(drawing(experiment, f"dense_{number}"))
    return layers + output(experiment, outputs, sigmoid=model.output == "sigmoid")
