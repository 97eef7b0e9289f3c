"""A stack of dense layers with what follows them, and the multilayer perceptron that is nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.after_layer import after_layer
from dropout_lab.models.dense import Dense, dense
from dropout_lab.models.dropconnect import DropConnect, StackedDropConnect
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer

__all__ = ["dense_stack", "mlp"]


def mlp(experiment: Experiment, outputs: int, *, stacked: bool) -> list[Any]:
    """Return the layers of a multilayer perceptron.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    outputs : int
        1 for two classes (sigmoid), else the number of classes (softmax).
    stacked : bool
        With a leading trial axis.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs), each with the trial axis before it if `stacked`. Its stochastic
        layers and those with weights are called ``visible_dropout``, ``hidden_1``, ``hidden_1_dropout`` ...
        ``output``.
    """
    layers: list[Any] = []
    if experiment.dropout.where in ("visible", "both"):
        layers.append(dropout_layer(experiment, "visible", stacked=stacked))
    layers += dense_stack(experiment, "hidden", experiment.hidden, stacked=stacked)
    return layers + output(experiment, outputs, stacked=stacked)


def dense_stack(experiment: Experiment, prefix: str, sizes: Iterable[int], *, stacked: bool = False) -> list[Any]:
    """Return a network's dense layers except its output, each with its dropout and its normalization.

    Parameters
    ----------
    experiment : Experiment
    prefix : str
        ``hidden`` or ``dense``: the layers' name, before their number.
    sizes : iterable of int
        Units of each layer.
    stacked : bool
        With a leading trial axis.
    """
    on_weights = experiment.dropout.kind == "dropconnect"
    classes = (DropConnect, StackedDropConnect) if on_weights else (keras.layers.Dense, Dense)
    activation = experiment.model.activation
    layers: list[Any] = []
    for number, units in enumerate(sizes, 1):
        name = f"{prefix}_{number}"
        layers.append(dense(units, experiment, stacked=stacked, classes=classes, activation=activation, name=name))
        layers += after_layer(experiment, name, stacked=stacked)
    return layers
