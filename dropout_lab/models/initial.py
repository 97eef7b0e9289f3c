"""Initial weights: a stream per layer, independent of which other layers the net has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from dropout_lab.streams import stream

__all__ = ["INITIALIZERS", "set_initial_weights"]

INITIALIZERS: dict[str, Callable[[int], Any]] = {
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "he_uniform": lambda seed: keras.initializers.HeUniform(seed=seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "lecun_normal": lambda seed: keras.initializers.LecunNormal(seed=seed),
    "normal": lambda seed: keras.initializers.RandomNormal(stddev=0.05, seed=seed),
}


def set_initial_weights(model: keras.Model, initializer: str, seed: int) -> None:
    """Give every layer of `model` the weights it starts from: kernels by `initializer`, biases 0.

    Parameters
    ----------
    model : keras.Model
        Its layers' names say which stream each draws from.
    initializer : str
        One of `INITIALIZERS`.
    seed : int
        The trial's seed.
    """
    for layer in model.layers:
        for weight in layer.trainable_weights:
            if weight.name == "kernel":
                start = INITIALIZERS[initializer](stream(seed, "weights", layer.name))
                weight.assign(start(weight.shape, dtype=weight.dtype))
            else:
                weight.assign(keras.ops.zeros(weight.shape, weight.dtype))
