"""The multilayer perceptron: a chain of dense layers."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dense import dense
from dropout_lab.models.dropout import Dropout

__all__ = ["mlp"]


def mlp(experiment: Experiment, outputs: int, *, stacked: bool) -> list[Any]:
    """Describe the net as Keras layers.

    Parameters
    ----------
    experiment : Experiment
        Its model, dropout, regularization and precision are used.
    outputs : int
        1 for two classes (sigmoid), else the number of classes (softmax).
    stacked : bool
        With a leading trial axis.

    Returns
    -------
    list of keras.layers.Layer
        Input (rows, inputs), output (rows, outputs), each with the trial axis before it if `stacked`. The layers
        are called ``visible_dropout``, ``hidden_1``, ``hidden_1_dropout`` ... ``output``: their names choose their
        random streams. The last one, ``probability``, turns logits into probabilities.
    """
    model, where = experiment.model, experiment.dropout.where
    limits, dtype = experiment.regularization, experiment.training.precision
    layers: list[Any] = []
    if where in ("visible", "both"):
        layers.append(Dropout(stacked=stacked, name="visible_dropout", dtype=dtype))
    for number, units in enumerate(model.hidden, 1):
        decay = keras.regularizers.L1L2(limits.l1, limits.l2) if limits.l1 or limits.l2 else None
        layers.append(
            dense(
                units,
                stacked=stacked,
                max_norm=limits.max_norm,
                kernel_regularizer=decay,
                activation=model.activation,
                name=f"hidden_{number}",
                dtype=dtype,
            )
        )
        if where in ("hidden", "both"):
            layers.append(Dropout(stacked=stacked, name=f"hidden_{number}_dropout", dtype=dtype))
    layers.append(dense(outputs, stacked=stacked, name="output", dtype=dtype))
    layers.append(keras.layers.Activation("sigmoid" if outputs == 1 else "softmax", name="probability", dtype=dtype))
    return layers
