"""The layer of each kind of dropout; the kinds themselves are in `dropout_lab.config.dropout_kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.dropout import Dropout
from dropout_lab.models.alpha import AlphaDropout
from dropout_lab.models.concrete import ConcreteDropout
from dropout_lab.models.dropblock import DropBlock
from dropout_lab.models.dropconnect import WeightDropped
from dropout_lab.models.dropout import BernoulliDropout, StochasticLayer
from dropout_lab.models.gaussian import GaussianDropout, GaussianNoise
from dropout_lab.models.stochastic_depth import StochasticDepth

__all__ = ["LAYERS", "dropout_layer", "layer_class", "stochastic_layers", "strengths"]

LAYERS: dict[str, type[StochasticLayer]] = {
    "dropout": BernoulliDropout,
    "spatial_dropout": BernoulliDropout,
    "gaussian_dropout": GaussianDropout,
    "gaussian_noise": GaussianNoise,
    "alpha_dropout": AlphaDropout,
    "dropconnect": BernoulliDropout,  # within a dense layer, on its weights
    "dropblock": DropBlock,
    "concrete_dropout": ConcreteDropout,
    "stochastic_depth": StochasticDepth,
}


def layer_class(dropout: Dropout) -> Callable[..., StochasticLayer]:
    """Return the class of a config's dropout layers, with what the config sets of it."""
    kind = LAYERS[dropout.kind]
    if kind is ConcreteDropout:
        return partial(kind, regularizers=dropout.regularizers)
    return partial(kind, block_size=dropout.block) if kind is DropBlock else kind


def dropout_layer(experiment: Experiment, name: str, **kwargs: Any) -> StochasticLayer:
    """Return the experiment's dropout layer at the inputs, or after a layer.

    Parameters
    ----------
    experiment : Experiment
        Its dropout is not ``none``.
    name : str
        The layer that it follows, or ``visible``; with ``_dropout`` it names the layer and so its random stream.
    **kwargs
        As for `StochasticLayer`.
    """
    kind, shape = layer_class(experiment.dropout), _noise_shape(experiment, name)
    if LAYERS[experiment.dropout.kind] is DropBlock and len(experiment.inputs()[name]) == 1:
        kind = BernoulliDropout  # where there are no pixels or steps
    return kind(name=f"{name}_dropout", dtype=experiment.training.precision, noise_shape=shape, **kwargs)


def stochastic_layers(layers: Iterable[Any]) -> list[StochasticLayer]:
    """Return the layers that draw random numbers, in the order of the network."""
    found: list[StochasticLayer] = []
    for layer in layers:
        if isinstance(layer, WeightDropped):
            found.append(layer.connections)
        elif isinstance(layer, StochasticLayer):
            found.append(layer)
        else:  # only a custom model has more than one
            found += getattr(layer, "stochastic_layers", [])
    return found


def strengths(experiment: Experiment, stochastic_layers: Sequence[StochasticLayer]) -> list[list[float]]:
    """Return the rate (or stddev) of each stochastic layer in each epoch.

    Parameters
    ----------
    experiment : Experiment
    stochastic_layers : sequence of StochasticLayer

    Returns
    -------
    list of list of float
        One list per epoch, with a number per layer; a single list if all epochs are the same.
    """
    dropout = experiment.dropout
    base = [dropout.strength_of(layer.name) * layer.share for layer in stochastic_layers]
    return [[strength * factor for strength in base] for factor in dropout.factors(experiment.training.epochs)]


def _noise_shape(experiment: Experiment, name: str) -> tuple[int | None, ...] | None:
    """Return the shape of a layer's draws: the config's, if the layer's input has as many axes."""
    dropout = experiment.dropout
    axes = 1 + len(experiment.inputs()[name])
    if dropout.kind == "spatial_dropout" and axes > 2:
        return (None, *[1] * (axes - 2), None)
    return dropout.noise_shape if dropout.noise_shape is not None and len(dropout.noise_shape) == axes else None
