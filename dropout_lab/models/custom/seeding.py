"""Seed a network that a user built: initial weights and random numbers, a stream per layer by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dropout_lab.models.dropout import mask_seed
from dropout_lab.models.initializers import keras_seed
from dropout_lab.seeds import derive_seed

__all__ = ["Seeding", "SeedingError", "layers_of", "seeding"]


class SeedingError(ValueError):
    """A network that cannot be seeded; the message says why."""


@dataclass(frozen=True)
class _Weight:
    """How a weight is initialized: by an initializer with its own stream, or, without one, to a constant value."""

    variable: Any
    value: Any
    initializer: Any = None
    stream: tuple[str, ...] = ()

    def start(self, seed: int) -> None:
        value = self.value
        if self.initializer is not None:
            config = {**self.initializer.get_config(), "seed": keras_seed(derive_seed(seed, "weights", *self.stream))}
            drawn = type(self.initializer).from_config(config)
            value = drawn(self.variable.shape, dtype=self.variable.dtype)
        self.variable.assign(value)


@dataclass(frozen=True)
class Seeding:
    """Sets a network to the start of a trial.

    Attributes
    ----------
    weights : tuple
        How each is initialized.
    draws : dict
        The name of each random stream in the network -> its state.
    """

    weights: tuple[_Weight, ...]
    draws: dict[str, Any]

    def start(self, seed: int) -> None:
        """Initialize all weights and random streams for a trial."""
        for weight in self.weights:
            weight.start(seed)
        self.draw_from(seed)

    def draw_from(self, seed: int) -> None:
        """Restart all random streams, from a trial's seed or one derived from it."""
        for name, state in self.draws.items():
            state.assign(mask_seed(seed, name))


def seeding(net: Any, twin: Any, initializers: Mapping[int, Any]) -> Seeding:
    """Find out how a network can be seeded.

    Weights that are equal in two networks from the same function (biases, loaded weights) are constants. The others
    must come from one of Keras' initializers, which can draw from another seed.

    Parameters
    ----------
    net, twin : keras.Model
        Built, by two calls of the same function.
    initializers : mapping
        Of the variables of `net`, by their ids; see `recorded_initializers`.

    Raises
    ------
    SeedingError
    """
    if [weight.shape for weight in net.weights] != [weight.shape for weight in twin.weights]:
        raise SeedingError("the function builds a different network each time it is called")
    owners = _owners(net)
    weights = tuple(
        _weight(weight, other, owners[id(weight)], initializers.get(id(weight)))
        for weight, other in zip(net.weights, twin.weights, strict=True)
    )
    return Seeding(weights, dict(_draws(net, owners)))


def layers_of(net: Any) -> list[Any]:
    """Return a network and all layers nested in it, each before its own inner layers."""
    return list(net._flatten_layers())  # as Keras does it; its public `layers` leaves out those within layers


def _weight(variable: Any, twin: Any, owner: tuple[str, Any], initializer: Any) -> _Weight:
    name, layer = owner
    value = variable.numpy()
    if np.array_equal(value, twin.numpy(), equal_nan=value.dtype.kind == "f"):
        return _Weight(variable, value)
    if isinstance(initializer, keras.initializers.Initializer) and _draws_again(initializer, variable, value):
        return _Weight(variable, value, initializer, (name,) if variable.name == "kernel" else (name, variable.name))
    raise SeedingError(
        f"weight {variable.name} of layer {layer.name} ({type(layer).__name__}) starts from random numbers that cannot "
        "be seeded: pass one of Keras' initializers to add_weight"
    )


def _draws_again(initializer: Any, variable: Any, value: Any) -> bool:
    """Return whether a weight is what its initializer draws: the function may have set it to something else since."""
    if not isinstance(getattr(initializer, "seed", None), int):
        return False
    return np.array_equal(np.asarray(initializer(variable.shape, dtype=variable.dtype)), value)


def _owners(net: Any) -> dict[int, tuple[str, Any]]:
    """Return the name of the stream and the innermost layer of each variable, by the variable's id.

    Names that Keras generates end in a number that depends on what this process made before: they are renumbered.
    """
    owners = {id(variable): (net.name, net) for variable in net.variables}
    counts: Counter[str] = Counter()
    for layer in layers_of(net)[1:]:
        kind = _snake(type(layer).__name__)
        generated = re.fullmatch(rf"{kind}(_\d+)?", layer.name)
        name = kind if generated else layer.name
        counts[name] += 1
        if generated:
            name = f"{name}_{counts[name]}"
        elif counts[name] > 1:
            name = f"{name}/{counts[name]}"
        owners |= {id(variable): (name, layer) for variable in layer.variables}
    return owners


def _draws(net: Any, owners: dict[int, tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the state of each random stream in a network."""
    weights = {id(variable) for variable in net.weights}
    counts: Counter[str] = Counter()
    for variable in net.variables:
        if id(variable) not in weights:
            name, _ = owners[id(variable)]
            counts[name] += 1
            yield name if counts[name] == 1 else f"{name}/{counts[name]}", variable


def _snake(name: str) -> str:
    """Write a class's name as Keras does in the names that it generates."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", name)).lower()
