"""An experiment's dropout in a few words."""

from __future__ import annotations

from dropout_lab.config import Experiment
from dropout_lab.config.model import OwnModel

__all__ = ["describe_dropout"]

_WHERE = {
    "visible": "on the inputs",
    "hidden": "after hidden layers",
    "both": "on the inputs and after hidden layers",
    "dense": "after dense layers",
    "conv": "after convolutions",
    "all": "after convolutions and dense layers",
}
_WHERE_IN: dict[str, dict[str, str]] = {
    "rnn": {
        "sequence": "after recurrent layers",
        "recurrent": "on the states of recurrent layers",
        "all": "on the inputs and after recurrent and dense layers",
    },
    "transformer": {
        "attention": "on attention scores",
        "sequence": "after attention and feed-forward layers",
        "all": "on the inputs and after attention, feed-forward and dense layers",
    },
    "conv1d": {"sequence": "after convolutions", "all": "on the inputs and after convolutions and dense layers"},
}


def describe_dropout(experiment: Experiment) -> str:
    """Say what is dropped, and where, and the normalization: ``gaussian noise on the inputs, batch normalization``."""
    normalization, place = experiment.model.normalization, experiment.model.normalization_place
    if normalization == "none":
        return _dropout(experiment)
    together = any(layer != "visible" and not layer.endswith("_state") for layer in experiment.inputs())
    order = f" {place.removesuffix('_dropout')} it" if together else ""
    return f"{_dropout(experiment)}, {normalization} normalization{order}"


def _dropout(experiment: Experiment) -> str:
    kind, where = experiment.dropout.kind.replace("_", " "), experiment.dropout.where
    if "none" in (kind, where):
        return "no dropout"
    if kind == "dropconnect":
        return f"dropconnect on the weights of {where} layers"
    if isinstance(experiment.model, OwnModel):
        return f"{kind} in the network of {experiment.model.source}"
    return f"{kind} {(_WHERE | _WHERE_IN.get(experiment.model.kind, {}))[where]}"
