"""The multilayer perceptron: a chain of dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dropout import Dropout

__all__ = ["mlp"]


def mlp(experiment: Experiment, outputs: int) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
        Its model, dropout, regularization and precision are used.
    outputs : int
        1 for two classes (sigmoid), else the number of classes (softmax).

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs). The layers are called ``visible_dropout``, ``hidden_1``,
        ``hidden_1_dropout`` ... ``output``: their names choose their random streams.
    """
    model, where = experiment.model, experiment.dropout.where
    limits, dtype = experiment.regularization, experiment.training.precision
    layers: list[Any] = []
    if where in ("visible", "both"):
        layers.append(Dropout(name="visible_dropout", dtype=dtype))
    for number, units in enumerate(model.hidden, 1):
        dense = keras.layers.Dense(
            units,
            activation=model.activation,
            kernel_constraint=keras.constraints.MaxNorm(limits.max_norm) if limits.max_norm else None,
            kernel_regularizer=keras.regularizers.L1L2(limits.l1, limits.l2) if limits.l1 or limits.l2 else None,
            name=f"hidden_{number}",
            dtype=dtype,
        )
        layers.append(dense)
        if where in ("hidden", "both"):
            layers.append(Dropout(name=f"hidden_{number}_dropout", dtype=dtype))
    activation = "sigmoid" if outputs == 1 else "softmax"
    layers.append(keras.layers.Dense(outputs, activation=activation, name="output", dtype=dtype))
    return layers
