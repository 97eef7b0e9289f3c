"""What a net gives: its last layers, and the activations of those before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dense import dense

__all__ = ["hidden_activations", "output"]


def output(experiment: Experiment, outputs: int, *, sigmoid: bool = False, stacked: bool = False) -> list[Any]:
    """Return the last two layers: ``output``, which gives the logits or the number, and ``probability``.

    They compute in float32 where the rest computes in bfloat16, whose 8 bits would make ties of close logits.

    Parameters
    ----------
    experiment : Experiment
    outputs : int
        1 for two classes (a sigmoid) or a number (as it is), else the number of classes (softmax).
    sigmoid : bool
        A sigmoid for three classes or more, too. Keras' cross-entropy on TensorFlow goes back to its logits and
        takes them for those of a softmax, so that it trains exactly as one.
    stacked : bool
        With a leading trial axis.
    """
    dtype = "float64" if experiment.training.precision == "float64" else "float32"
    activation = "linear" if experiment.regression else "sigmoid" if outputs == 1 or sigmoid else "softmax"
    return [
        dense(outputs, None, stacked=stacked, name="output", dtype=dtype),
        keras.layers.Activation(activation, name="probability", dtype=dtype),
    ]


def hidden_activations(layers: Sequence[Any], values: Any) -> list[Any]:
    """Pass values through a net, dropout off; return the activations of each hidden layer.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Of the whole net: the last two are the output (see `output`), and of the others those with an activation are
        hidden.
    values : array
        The net's inputs.

    Returns
    -------
    list of array
        Of shape (..., units) or, of a convolution, (..., height, width, channels).
    """
    found = []
    for layer in layers[:-2]:
        values = layer(values, training=False)
        if hasattr(layer, "activation"):
            found.append(values)
    return found
