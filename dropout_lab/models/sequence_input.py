"""The start of a net for sequences."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.models.registry import dropout_layer

__all__ = ["as_sequence"]


def as_sequence(experiment: Experiment, row: tuple[int, ...]) -> list[Any]:
    """Return the layers that make sequences of rows, (rows, inputs) -> (rows, steps, features), and drop of them.

    Parameters
    ----------
    experiment : Experiment
    row : tuple of int
        What a row's inputs are: a picture is a sequence of its lines, a table's row one of its numbers.
    """
    layers: list[Any] = [keras.layers.Reshape(sequence(row), name="sequence", dtype=experiment.training.precision)]
    if experiment.dropout.where in ("visible", "all"):
        layers.append(dropout_layer(experiment, "visible"))
    return layers
