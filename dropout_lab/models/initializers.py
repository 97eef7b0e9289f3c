"""Initial weights: a stream per layer, independent of which other layers the net has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from dropout_lab.seeds import derive_seed

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

    What a recurrent layer makes of its last step starts as Keras has it: orthogonal, and an LSTM's forget gates with
    a bias of 1.

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
            weights.append(_start(layer, weight.name, initializer, seed)(shape, dtype=weight.dtype))
    return weights


def _start(layer: Any, weight: str, initializer: str, seed: int) -> Callable[..., Any]:
    if weight == "kernel":
        return INITIALIZERS[initializer](derive_seed(seed, "weights", layer.name))
    if weight == "recurrent_kernel":
        return keras.initializers.Orthogonal(seed=derive_seed(seed, "weights", layer.name, weight))
    return _forget_late if isinstance(layer, keras.layers.LSTM) else keras.ops.zeros


def _forget_late(shape: tuple[int, ...], dtype: str) -> Any:
    """Return an LSTM's bias, of the gates in Keras' order: input, forget, cell, output."""
    return keras.ops.repeat(keras.ops.array([0, 1, 0, 0], dtype), shape[0] // 4)
