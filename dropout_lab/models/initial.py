"""Initial weights: a stream per layer, independent of which other layers the net has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from dropout_lab.streams import stream

__all__ = ["INITIALIZERS", "initial_weights"]

INITIALIZERS: dict[str, Callable[[int], Any]] = {
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "he_uniform": lambda seed: keras.initializers.HeUniform(seed=seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "lecun_normal": lambda seed: keras.initializers.LecunNormal(seed=seed),
    "normal": lambda seed: keras.initializers.RandomNormal(stddev=0.05, seed=seed),
}


def initial_weights(layers: Sequence[Any], initializer: str, seed: int, *, stacked: bool = False) -> list[Any]:
    """Return the weights one net starts from: kernels by `initializer`, biases 0.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Built; their names say which stream each draws from.
    initializer : str
        One of `INITIALIZERS`.
    seed : int
        The trial's seed.
    stacked : bool
        Whether the layers have a leading trial axis; the weights returned, of one net, have none.

    Returns
    -------
    list of array
        One per trainable weight, in the layers' order.
    """
    weights = []
    for layer in layers:
        for weight in layer.trainable_weights:
            shape = weight.shape[1:] if stacked else weight.shape
            if weight.name == "kernel":
                start = INITIALIZERS[initializer](stream(seed, "weights", layer.name))
                weights.append(start(shape, dtype=weight.dtype))
            else:
                weights.append(keras.ops.zeros(shape, weight.dtype))
    return weights
