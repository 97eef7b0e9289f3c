"""What follows a hidden layer: its dropout and its normalization, in the config's order."""

from __future__ import annotations

from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.models.normalization import normalization_layer
from dropout_lab.models.registry import dropout_layer

__all__ = ["after_layer"]


def after_layer(experiment: Experiment, name: str, *, stacked: bool = False) -> list[Any]:
    """Return the layers between a hidden layer and the next one.

    Parameters
    ----------
    experiment : Experiment
    name : str
        Of the hidden layer, or of the convolution before the pooling.
    stacked : bool
        With a leading trial axis.
    """
    dropout, model = experiment.dropout, experiment.model
    drops = name in experiment.inputs() and dropout.kind != "dropconnect"  # which is within the layer
    found: list[Any] = [dropout_layer(experiment, name, stacked=stacked)] if drops else []
    if model.normalization != "none":
        place = len(found) if model.normalization_place == "after_dropout" else 0
        found.insert(place, normalization_layer(experiment, name, stacked=stacked))
    return found
