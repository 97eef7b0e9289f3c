"""Dense layers one after another, with what draws at random in or after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras

from dropout_lab.config import Experiment
from dropout_lab.models.dense import Dense, dense
from dropout_lab.models.dropconnect import DropConnect, StackedDropConnect
from dropout_lab.models.registry import dropout_layer

__all__ = ["dense_stack"]


def dense_stack(experiment: Experiment, place: str, units: Iterable[int], *, stacked: bool = False) -> list[Any]:
    """Return a net's dense layers but for its output.

    Parameters
    ----------
    experiment : Experiment
    place : str
        ``hidden`` or ``dense``: what the layers are called, followed by their number.
    units : iterable of int
        Of each layer.
    stacked : bool
        With a leading trial axis.
    """
    drops = experiment.inputs()
    on_weights = experiment.dropout.kind == "dropconnect"
    twins = (DropConnect, StackedDropConnect) if on_weights else (keras.layers.Dense, Dense)
    activation = experiment.model.activation
    layers: list[Any] = []
    for number, each in enumerate(units, 1):
        name = f"{place}_{number}"
        layers.append(dense(each, experiment, stacked=stacked, twins=twins, activation=activation, name=name))
        if name in drops and not on_weights:
            layers.append(dropout_layer(experiment, name, stacked=stacked))
    return layers
