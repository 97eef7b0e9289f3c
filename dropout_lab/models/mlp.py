"""The multilayer perceptron: a chain of dense layers."""

from __future__ import annotations

from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.model import MLP
from dropout_lab.models.dense_stack import dense_stack
from dropout_lab.models.output import output
from dropout_lab.models.registry import dropout_layer

__all__ = ["mlp"]


def mlp(experiment: Experiment, model: MLP, outputs: int, *, stacked: bool) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
        Its dropout, regularization and precision are used.
    model : MLP
    outputs : int
        1 for two classes (sigmoid), else the number of classes (softmax).
    stacked : bool
        With a leading trial axis.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs), each with the trial axis before it if `stacked`. The layers
        that draw at random are called ``visible_dropout``, ``hidden_1``, ``hidden_1_dropout`` ... ``output``.
    """
    layers: list[Any] = []
    if experiment.dropout.where in ("visible", "both"):
        layers.append(dropout_layer(experiment, "visible", stacked=stacked))
    layers += dense_stack(experiment, "hidden", experiment.hidden, stacked=stacked)
    return layers + output(experiment, outputs, stacked=stacked)
