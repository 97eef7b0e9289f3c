"""The multilayer perceptron: a chain of dense layers."""

from __future__ import annotations

from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.model import MLP
from dropout_lab.models.dense import dense
from dropout_lab.models.dropout import Dropout
from dropout_lab.models.output import output

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
    where, precision = experiment.dropout.where, experiment.training.precision
    layers: list[Any] = []
    if where in ("visible", "both"):
        layers.append(Dropout(stacked=stacked, name="visible_dropout", dtype=precision))
    for number, units in enumerate(model.hidden, 1):
        layers.append(dense(units, experiment, stacked=stacked, activation=model.activation, name=f"hidden_{number}"))
        if where in ("hidden", "both"):
            layers.append(Dropout(stacked=stacked, name=f"hidden_{number}_dropout", dtype=precision))
    return layers + output(experiment, outputs, stacked=stacked)
