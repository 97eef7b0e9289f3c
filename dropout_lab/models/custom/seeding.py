"""Where a net that we did not make starts from, and what it draws: a stream for each layer, by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dropout_lab.models.stochastic import mask_seed
from dropout_lab.seeds import derive_seed

__all__ = ["Seeding", "SeedingError", "layers_of", "seeding"]


class SeedingError(ValueError):
    """Why a net cannot be seeded."""


@dataclass(frozen=True)
class _Weight:
    """How a weight starts: from an initializer, with the name of its stream, or if there is none from a value."""

    variable: Any
    value: Any
    initializer: Any = None
    stream: tuple[str, ...] = ()

    def start(self, seed: int) -> None:
        value = self.value
        if self.initializer is not None:
            config = {**self.initializer.get_config(), "seed": derive_seed(seed, "weights", *self.stream)}
            drawn = type(self.initializer).from_config(config)
            value = drawn(self.variable.shape, dtype=self.variable.dtype)
        self.variable.assign(value)


@dataclass(frozen=True)
class Seeding:
    """Sets a net to where a trial starts.

    Attributes
    ----------
    weights : tuple
        How each starts.
    draws : dict
        The name of each stream that the net draws from -> its state.
    """

    weights: tuple[_Weight, ...]
    draws: dict[str, Any]

    def start(self, seed: int) -> None:
        """Set all weights to where a trial's training starts, and all draws."""
        for weight in self.weights:
            weight.start(seed)
        self.draw_from(seed)

    def draw_from(self, seed: int) -> None:
        """Start all draws anew, from a trial's seed or one derived from it."""
        for name, state in self.draws.items():
            state.assign(mask_seed(seed, name))


def seeding(net: Any, twin: Any) -> Seeding:
    """Find out how a net can be seeded.

    What two nets of the same function start with alike (biases, weights that it has loaded) they always start with. The
    rest must come from an initializer that the weight's layer keeps, and so can draw again from another seed.

    Parameters
    ----------
    net, twin : keras.Model
        Built. Made by two calls of the same function.

    Raises
    ------
    SeedingError
    """
    if [each.shape for each in net.weights] != [each.shape for each in twin.weights]:
        raise SeedingError("the function makes another net each time it is called")
    owners = _owners(net)
    weights = tuple(
        _weight(here, there, *owners[id(here)]) for here, there in zip(net.weights, twin.weights, strict=True)
    )
    return Seeding(weights, dict(_draws(net, owners)))


def layers_of(net: Any) -> list[Any]:
    """Return a net and all layers within it, each before those within it."""
    return list(net._flatten_layers())  # as Keras does it; its public `layers` leaves out those within layers


def _weight(variable: Any, twin: Any, name: str, layer: Any) -> _Weight:
    value = variable.numpy()
    if np.array_equal(value, twin.numpy(), equal_nan=value.dtype.kind == "f"):
        return _Weight(variable, value)
    kept = [each for each in vars(layer).values() if isinstance(each, keras.initializers.Initializer)]
    for each in kept:
        if isinstance(getattr(each, "seed", None), int):
            drawn = np.asarray(each(variable.shape, dtype=variable.dtype))
            if np.array_equal(drawn, value):
                return _Weight(variable, value, each, (name,) if variable.name == "kernel" else (name, variable.name))
    raise SeedingError(
        f"weight {variable.name} of layer {layer.name} ({type(layer).__name__}) starts from random numbers that cannot "
        "be seeded: have the layer keep the Keras initializer that it passes to add_weight as an attribute"
    )


def _owners(net: Any) -> dict[int, tuple[str, Any]]:
    """Return the innermost layer of each variable, by its id, after the name of the layer's streams.

    Names that Keras made up end in a number that counts what was made in this process before: they are numbered anew.
    """
    owners = {id(variable): (net.name, net) for variable in net.variables}
    counts: Counter[str] = Counter()
    for layer in layers_of(net)[1:]:
        kind = _snake(type(layer).__name__)
        made_up = re.fullmatch(rf"{kind}(_\d+)?", layer.name)
        name = kind if made_up else layer.name
        counts[name] += 1
        if made_up:
            name = f"{name}_{counts[name]}"
        elif counts[name] > 1:
            name = f"{name}/{counts[name]}"
        owners |= {id(variable): (name, layer) for variable in layer.variables}
    return owners


def _draws(net: Any, owners: dict[int, tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the state of each stream that a net draws from, after its name."""
    weights = {id(variable) for variable in net.weights}
    counts: Counter[str] = Counter()
    for variable in net.variables:
        if id(variable) not in weights:
            name, _ = owners[id(variable)]
            counts[name] += 1
            yield name if counts[name] == 1 else f"{name}/{counts[name]}", variable


def _snake(name: str) -> str:
    """Write a class's name as Keras does in the names that it makes up."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
