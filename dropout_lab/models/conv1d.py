"""The convolution net for sequences: convolutions with max-pooling, then dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.model import Conv1D
from dropout_lab.models.dense import norm_constraint, weight_penalty
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer
from dropout_lab.models.sequence_input import as_sequence

__all__ = ["conv1d"]


def conv1d(experiment: Experiment, model: Conv1D, row: tuple[int, ...], outputs: int) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : Conv1D
    row : tuple of int
        What a row's inputs are.
    outputs : int
        1 for two classes, else the number of classes.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). The layers that draw at random are called ``visible_dropout``,
        ``conv_1``, ``conv_1_dropout`` ... ``dense_1``, ``dense_1_dropout`` ... ``output``.
    """
    limits, precision = experiment.regularization, experiment.training.precision
    layers = as_sequence(experiment, row)
    for number, filters in enumerate(model.filters, 1):
        layers.append(
            keras.layers.Conv1D(
                filters,
                model.kernel,
                padding="same",
                activation=model.activation,
                kernel_constraint=norm_constraint(limits, [0, 1]),
                kernel_regularizer=weight_penalty(limits),
                name=f"conv_{number}",
                dtype=precision,
            )
        )
        if model.pool > 1:
            layers.append(keras.layers.MaxPooling1D(model.pool, name=f"pool_{number}", dtype=precision))
        if experiment.dropout.where in ("sequence", "all"):
            layers.append(dropout_layer(experiment, f"conv_{number}"))
    layers.append(keras.layers.Flatten(name="flat", dtype=precision))
    return layers + dense_stack(experiment, "dense", model.dense) + output(experiment, outputs)
