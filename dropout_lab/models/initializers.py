"""Initial weights: a random stream per layer, independent of the network's other layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras

from dropout_lab.models.composite import flattened
from dropout_lab.seeds import derive_seed

__all__ = ["INITIALIZERS", "initial_weights", "keras_seed"]

INITIALIZERS: dict[str, Callable[[int], Any]] = {
    "glorot_uniform": lambda seed: keras.initializers.GlorotUniform(seed=seed),
    "glorot_normal": lambda seed: keras.initializers.GlorotNormal(seed=seed),
    "he_uniform": lambda seed: keras.initializers.HeUniform(seed=seed),
    "he_normal": lambda seed: keras.initializers.HeNormal(seed=seed),
    "lecun_normal": lambda seed: keras.initializers.LecunNormal(seed=seed),
    "normal": lambda seed: keras.initializers.RandomNormal(stddev=0.05, seed=seed),
}


def initial_weights(layers: Sequence[Any], initializer: str, seed: int, *, stacked: bool = False) -> list[Any]:
    """Return the initial weights of one network: kernels by `initializer`, biases 0, scales of a normalization 1.

    Recurrent kernels start as in Keras: orthogonal, with a bias of 1 for an LSTM's forget gates. So do embeddings:
    uniform between -0.05 and 0.05, but for the vectors of padding, of a missing category, and of what is unknown, which
    are 0 and stay so where no training row has them.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Built; each draws from the stream of its name.
    initializer : str
        One of `INITIALIZERS`.
    seed : int
        The trial's seed.
    stacked : bool
        Whether the layers have a leading trial axis; the weights returned are of one network and have none.

    Returns
    -------
    list of array
        One per trainable weight, in the layers' order.
    """
    weights = []
    for layer in flattened(layers):
        for weight in layer.trainable_weights:
            shape = weight.shape[1:] if stacked else weight.shape
            weights.append(_start(layer, weight, initializer, seed)(shape, dtype=weight.dtype))
    return weights


def keras_seed(seed: int) -> int:
    """Return a seed as Keras' backend takes it: all of it, or its lowest 32 bits."""
    return seed % 2**32 if keras.config.backend() == "jax" else seed


def _start(layer: Any, weight: Any, initializer: str, seed: int) -> Callable[..., Any]:
    name = weight.name
    if name == "kernel":
        part = weight.path.split("/")[-2:-1] if isinstance(layer, keras.layers.MultiHeadAttention) else ()
        return INITIALIZERS[initializer](keras_seed(derive_seed(seed, "weights", layer.name, *part)))
    if name == "recurrent_kernel":
        return keras.initializers.Orthogonal(seed=keras_seed(derive_seed(seed, "weights", layer.name, name)))
    if name == "embeddings":
        return partial(_vectors, keras_seed(derive_seed(seed, "weights", layer.name)), getattr(layer, "reserved", 0))
    if name == "gamma":
        return keras.ops.ones
    return _lstm_bias if isinstance(getattr(layer, "cell", None), keras.layers.LSTMCell) else keras.ops.zeros


def _vectors(seed: int, reserved: int, shape: tuple[int, ...], dtype: str) -> Any:
    """Return the initial vectors of an embedding, the first ones 0."""
    vectors = keras.initializers.RandomUniform(seed=seed)(shape, dtype=dtype)
    return keras.ops.where(keras.ops.arange(shape[0])[:, None] < reserved, 0, vectors)


def _lstm_bias(shape: tuple[int, ...], dtype: str) -> Any:
    """Return an LSTM's initial bias; Keras' order of gates is input, forget, cell, output."""
    return keras.ops.repeat(keras.ops.array([0, 1, 0, 0], dtype), shape[0] // 4)
