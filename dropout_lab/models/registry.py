"""The layer of each kind of dropout; the kinds themselves are in `dropout_lab.config.dropout_kinds`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.models.alpha import AlphaDropout
from dropout_lab.models.dropconnect import WeightDropped
from dropout_lab.models.dropout import BernoulliDropout, StochasticLayer
from dropout_lab.models.gaussian import GaussianDropout, GaussianNoise

__all__ = ["LAYERS", "dropout_layer", "stochastic_layers", "strengths"]

LAYERS: dict[str, type[StochasticLayer]] = {
    "dropout": BernoulliDropout,
    "spatial_dropout": BernoulliDropout,
    "gaussian_dropout": GaussianDropout,
    "gaussian_noise": GaussianNoise,
    "alpha_dropout": AlphaDropout,
    "dropconnect": BernoulliDropout,  # within a dense layer, on its weights
}


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
    kind, shape = LAYERS[experiment.dropout.kind], _noise_shape(experiment, name)
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
    base = [dropout.strength_of(layer.name) for layer in stochastic_layers]
    return [[strength * factor for strength in base] for factor in dropout.factors(experiment.training.epochs)]


def _noise_shape(experiment: Experiment, name: str) -> tuple[int | None, ...] | None:
    """Return the shape of a layer's draws: the config's, if the layer's input has as many axes."""
    dropout = experiment.dropout
    axes = 1 + len(experiment.inputs()[name])
    if dropout.kind == "spatial_dropout" and axes > 2:
        return (None, *[1] * (axes - 2), None)
    return dropout.noise_shape if dropout.noise_shape is not None and len(dropout.noise_shape) == axes else None
