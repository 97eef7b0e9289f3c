"""What a net gives: its last layers, and the activations of those before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.composite import Composite
from dropout_lab.models.dense import dense

__all__ = ["hidden_activations", "output"]


def output(experiment: Experiment, outputs: int, *, sigmoid: bool = False, stacked: bool = False) -> list[Any]:
    """Return the last two layers: ``output``, which gives the logits or the number, and ``probability``.

    They compute in float32 even where the others compute in bfloat16, whose 8 bits would make close logits tie.

    Parameters
    ----------
    experiment : Experiment
    outputs : int
        1 for two classes (sigmoid) or regression (linear), else the number of classes (softmax).
    sigmoid : bool
        Sigmoids for three or more classes, too. Keras' cross-entropy on TensorFlow recovers their logits and treats
        them as those of a softmax, so that training is exactly the same.
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
    """Return the activations of each hidden layer, dropout off.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Of the whole network: the last two are the output (see `output`); of the others, those with an activation are
        hidden layers.
    values : array
        The network's inputs.

    Returns
    -------
    list of array
        Of shape (..., units) or, after a convolution, (..., height, width, channels).
    """
    found: list[Any] = []

    def recorded(layer: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            output = layer(*args, **kwargs)
            if hasattr(layer, "activation"):
                found.append(output)
            return output

        return call

    for layer in layers[:-2]:
        if isinstance(layer, Composite):
            values = layer.apply(values, recorded)
            continue
        values = layer(values, training=False)
        if hasattr(layer, "activation"):
            found.append(values)
    return found
