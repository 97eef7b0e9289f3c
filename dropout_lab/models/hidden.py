"""What the hidden layers of a net give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["hidden"]


def hidden(layers: Sequence[Any], values: Any) -> list[Any]:
    """Pass values through a net, dropout off; return the activations of each hidden layer.

    Parameters
    ----------
    layers : sequence of keras.layers.Layer
        Of the whole net: the last two are the output (see `output`), and of the others those with an activation are
        hidden.
    values : array
        The net's inputs.

    Returns
    -------
    list of array
        Of shape (..., units) or, of a convolution, (..., height, width, channels).
    """
    found = []
    for layer in layers[:-2]:
        values = layer(values, training=False)
        if hasattr(layer, "activation"):
            found.append(values)
    return found
