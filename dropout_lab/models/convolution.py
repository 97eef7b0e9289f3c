"""Convolutional networks for images and for sequences: convolutions with max-pooling, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN, Conv1D
from dropout_lab.models.after_layer import after_layer
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.sequence_input import sequence_input

__all__ = ["convolution"]


def convolution(experiment: Experiment, model: CNN | Conv1D, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Return the layers of a network whose convolutions run over an image, or along a sequence.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : CNN or Conv1D
    row : tuple of int
        Shape of a row; for a CNN ``(height, width, channels)``.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). Its stochastic layers and those with weights are called
        ``visible_dropout`` (sequences only), ``conv_1``, ``conv_1_dropout`` ... ``dense_1``, ``dense_1_dropout`` ...
        ``output``.
    """
    limits, precision = experiment.regularization, experiment.training.precision
    sigmoid = False
    if isinstance(model, CNN):
        sigmoid = model.output == "sigmoid"
        classes, kernel_axes = (keras.layers.Conv2D, keras.layers.MaxPooling2D), [0, 1, 2]
        layers: list[Any] = [keras.layers.Reshape(row, name="picture", dtype=precision)]
    else:
        classes, kernel_axes = (keras.layers.Conv1D, keras.layers.MaxPooling1D), [0, 1]
        layers = sequence_input(experiment, row)
    convolve, pool = classes
    for number, filters in enumerate(model.filters, 1):
        layers.append(
            convolve(
                filters,
                model.kernel,
                padding="same",
                activation=model.activation,
                kernel_constraint=norm_constraint(limits, kernel_axes),
                kernel_regularizer=weight_penalty(limits),
                name=f"conv_{number}",
                dtype=precision,
            )
        )
        if model.pool > 1:
            layers.append(pool(model.pool, name=f"pool_{number}", dtype=precision))
        layers += after_layer(experiment, f"conv_{number}")
    layers.append(keras.layers.Flatten(name="flat", dtype=precision))
    layers += dense_stack(experiment, "dense", model.dense)
    return layers + output(experiment, outputs, sigmoid=sigmoid)
