"""The first layers of a network for sequences."""

from __future__ import annotations

from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.models.registry import dropout_layer

__all__ = ["sequence_input"]


def sequence_input(experiment: Experiment, row: tuple[int, ...]) -> list[Any]:
    """Return the layers that reshape rows, (rows, inputs) -> (rows, steps, features), and drop inputs.

    Parameters
    ----------
    experiment : Experiment
    row : tuple of int
        Shape of a row: an image is a sequence of its lines, a table's row one of its numbers.
    """
    layers: list[Any] = [keras.layers.Reshape(sequence(row), name="sequence", dtype=experiment.training.precision)]
    if experiment.dropout.where in ("visible", "all"):
        layers.append(dropout_layer(experiment, "visible"))
    return layers
