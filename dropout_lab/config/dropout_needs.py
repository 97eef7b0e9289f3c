"""Which kinds and places of dropout go with which models."""

from __future__ import annotations

from dropout_lab.config.dropout import Dropout
from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.config.dropout_sites import inputs
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.model import CNN, MLP, RNN, Model, OwnModel

__all__ = ["dropout_problem"]

_SPATIAL = "a model of kind cnn, rnn, conv1d or transformer"
_WITHIN = {"recurrent": "recurrent", "attention": "attention"}
"""Places of dropout within layers -> the layers."""


def dropout_problem(dropout: Dropout, model: Model) -> str:
    """Return why a model cannot have this dropout; empty if it can."""
    sites = model.sites
    if isinstance(dropout.rate, LayerRates) and not isinstance(model, MLP | CNN):
        return (
            f"dropout.rate: a model of kind {model.kind} has one rate for all its layers, "
            f"got {dropout.rate}: set dropout.rate to a number and say where"
        )
    if dropout.where not in ("none", *sites):
        return (
            f"dropout.where: {dropout.where} does not exist in a model of kind {model.kind}: "
            f"expected one of none, {', '.join(sites)}"
        )
    spatial = [site for site in sites if any(len(shape) > 1 for shape in inputs(model, site).values())]
    kind, own = KINDS[dropout.kind], isinstance(model, OwnModel)
    if kind.spatial and not own and dropout.where not in spatial:
        needs = f"dropout.where {' or '.join(spatial)}" if spatial else _SPATIAL
        drops = "the channels" if kind.drops == "channels" else kind.drops
        return f"dropout.kind: {dropout.kind} drops {drops} of images and sequences: it needs {needs}"
    if kind.drops == "branches" and not own:
        return (
            f"dropout.kind: {dropout.kind} drops residual branches, and no built-in network has one: build a "
            "network of your own (model.builder), and call dropout() on the branch there"
        )
    if dropout.kind == "dropconnect" and dropout.where not in ("hidden", "dense"):
        needs = "hidden" if "hidden" in sites else "dense"
        return f"dropout.kind: dropconnect drops weights of dense layers: it needs dropout.where {needs}"
    if kind.drops == "dense inputs":
        if own:
            return (
                f"dropout.kind: {dropout.kind} needs the weights that follow it, which only built-in networks "
                "tell: choose another dropout.kind"
            )
        if dropout.where != "dense" and not isinstance(model, MLP):
            return f"dropout.kind: {dropout.kind} drops inputs of dense layers: it needs dropout.where dense"
    if dropout.where in _WITHIN and not own:
        within = _WITHIN[dropout.where]
        if dropout.kind != "dropout":
            others = ", ".join(site for site in sites if site != dropout.where)
            return (
                f"dropout.kind: {dropout.kind} does not exist within {within} layers: set it to dropout, or "
                f"dropout.where to another of {others}"
            )
        if dropout.noise_shape is not None and isinstance(model, RNN):
            return (
                "dropout.noise_shape: it does not exist within recurrent layers, whose masks are the same at all "
                "steps anyway: leave it out"
            )
    before = model.normalization != "none" and model.normalization_place == "before_dropout"
    if dropout.kind == "dropconnect" and before:
        return (
            "model.normalization_place: before_dropout does not exist with dropconnect, which drops weights within "
            "a layer: set it to after_dropout"
        )
    return ""
