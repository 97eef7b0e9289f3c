"""The end of every net: logits, then probabilities."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dense import dense

__all__ = ["output"]


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
