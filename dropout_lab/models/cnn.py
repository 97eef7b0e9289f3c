"""The convolution net: convolutions with max-pooling, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer

__all__ = ["cnn"]


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
    layers: list[Any] = [keras.layers.Reshape(shape, name="picture", dtype=precision)]
    for number, filters in enumerate(model.filters, 1):
        layers.append(
            keras.layers.Conv2D(
                filters,
                model.kernel,
                padding="same",
                activation=model.activation,
                kernel_constraint=norm_constraint(limits, [0, 1, 2]),
                kernel_regularizer=weight_penalty(limits),
                name=f"conv_{number}",
                dtype=precision,
            )
        )
        if model.pool > 1:
            layers.append(keras.layers.MaxPooling2D(model.pool, name=f"pool_{number}", dtype=precision))
        if where in ("conv", "all"):
            layers.append(dropout_layer(experiment, f"conv_{number}"))
    layers.append(keras.layers.Flatten(name="flat", dtype=precision))
    layers += dense_stack(experiment, "dense", model.dense)
    return layers + output(experiment, outputs, sigmoid=model.output == "sigmoid")
