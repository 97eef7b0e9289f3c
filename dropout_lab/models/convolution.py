"""Convolutions with max-pooling, for images and for sequences, and the network for images."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN, Conv1D
from dropout_lab.models.after_layer import after_layer
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output

__all__ = ["cnn", "convolutions"]


def cnn(experiment: Experiment, model: CNN, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Return the layers of a network whose convolutions run over an image.

    Parameters
    ----------
    experiment : Experiment
    model : CNN
    row : tuple of int
        Shape of a row, ``(height, width, channels)``.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs): those of `convolutions`, then ``dense_1``, ``dense_1_dropout`` ...
        ``output``.
    """
    picture = keras.layers.Reshape(row, name="picture", dtype=experiment.training.precision)
    layers = [picture, *convolutions(experiment, model), *dense_stack(experiment, "dense", model.dense)]
    return layers + output(experiment, outputs, sigmoid=model.output == "sigmoid")


def convolutions(experiment: Experiment, model: CNN | Conv1D) -> list[Any]:
    """Return the convolutions of a network, over an image or along a sequence.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : CNN or Conv1D

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, height, width, channels) or (rows, steps, features), output (rows, units). Its stochastic layers
        and those with weights are called ``conv_1``, ``conv_1_dropout`` and so on.
    """
    limits, precision = experiment.regularization, experiment.training.precision
    if isinstance(model, CNN):
        classes, kernel_axes = (keras.layers.Conv2D, keras.layers.MaxPooling2D), [0, 1, 2]
    else:
        classes, kernel_axes = (keras.layers.Conv1D, keras.layers.MaxPooling1D), [0, 1]
    convolve, pool = classes
    layers: list[Any] = []
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
    return [*layers, keras.layers.Flatten(name="flat", dtype=precision)]
