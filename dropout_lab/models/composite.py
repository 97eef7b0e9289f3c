"""Layers made of layers, which a saved model has one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import keras

from dropout_lab.models.dropout import StochasticLayer
from dropout_lab.models.registry import stochastic_layers

__all__ = ["Composite", "Convert", "flattened", "unchanged"]

Convert: TypeAlias = Callable[[Any], Any]
"""A layer -> the one that is called in its place."""


def unchanged(layer: Any) -> Any:
    """Return the layer."""
    return layer


class Composite(keras.layers.Layer):
    """A layer that calls other layers and Keras' operations, and has no weights besides theirs.

    Attributes
    ----------
    inner : list of keras.layers.Layer
        The other layers, in the order in which they are called.
    """

    inner: list[Any]

    def apply(self, inputs: Any, convert: Convert, mask: Any = None) -> Any:
        """Return the output, with each inner layer replaced by what `convert` returns for it.

        Parameters
        ----------
        inputs : tensor
            A value, or symbolic.
        convert : callable
        mask : tensor of shape (rows, steps), optional
            Which steps of a sequence are not padding.
        """
        raise NotImplementedError

    @property
    def stochastic_layers(self) -> list[StochasticLayer]:
        """Those of its inner layers."""
        return stochastic_layers(self.inner)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Build the inner layers."""
        self.apply(keras.KerasTensor(input_shape, self.variable_dtype), unchanged)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the output."""
        return tuple(self.apply(keras.KerasTensor(input_shape, self.variable_dtype), unchanged).shape)

    def call(self, inputs: Any) -> Any:
        """Call the inner layers; Keras tells them whether this is training."""
        return self.apply(inputs, unchanged)


def flattened(layers: Iterable[Any]) -> Iterator[Any]:
    """Yield layers, and those within a `Composite` in its place."""
    for layer in layers:
        if isinstance(layer, Composite):
            yield from flattened(layer.inner)
        else:
            yield layer
