"""Batch and layer normalization: Keras' own layers for one network, and the same for a stack of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from dropout_lab.config import Experiment
from dropout_lab.models.composite import flattened
from dropout_lab.models.deterministic_sums import add_bias, scale

__all__ = [
    "StackedBatchNormalization",
    "StackedLayerNormalization",
    "moving_averages",
    "normalization_layer",
    "with_moving_averages",
]

_MOMENTUM, _EPSILON = 0.99, 1e-3
"""Keras' defaults."""


class _Stacked(keras.layers.Layer):
    """A normalization with a leading trial axis: (trials, rows, units), each trial with its own scale and shift."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        self.shape = (1, 1, input_shape[-1])
        self.gamma = self.add_weight(shape=self.shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=self.shape, initializer="zeros", name="beta")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape


class StackedLayerNormalization(_Stacked):
    """``keras.layers.LayerNormalization`` for a stack: each row is normalized over its units."""

    def call(self, inputs: Any) -> Any:
        """Return the normalized rows, scaled and shifted."""
        centered = inputs - ops.mean(inputs, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
        normalized = centered * ops.rsqrt(variance + _EPSILON)
        return add_bias(scale(normalized, ops.convert_to_tensor(self.gamma)), ops.convert_to_tensor(self.beta))


class StackedBatchNormalization(_Stacked):
    """``keras.layers.BatchNormalization`` for a stack: each unit is normalized over the rows of a trial's batch.

    Attributes
    ----------
    shares : keras.Variable
        Set before each step, of shape (trials, 1, rows): one over the rows of the batch, 0 for padding.
    averages : list of keras.Variable
        The moving mean and variance, by which rows are normalized at evaluation.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        super().build(input_shape)
        self.shares = self.add_weight(shape=(1, 1, 1), initializer="ones", trainable=False, name="shares")
        self.averages = [
            self.add_weight(shape=self.shape, initializer=start, trainable=False, name=name)
            for name, start in (("moving_mean", "zeros"), ("moving_variance", "ones"))
        ]

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Normalize by the batch's mean and variance if `training`, else by the moving averages."""
        mean, variance = map(ops.convert_to_tensor, self.averages)
        if training:
            shares = ops.convert_to_tensor(self.shares)
            mean = ops.matmul(shares, inputs)
            centered = add_bias(inputs, -mean)
            variance = ops.matmul(shares, ops.square(centered))
            for average, value in zip(self.averages, (mean, variance), strict=True):
                average.assign(average * _MOMENTUM + value * (1 - _MOMENTUM))
        else:
            centered = add_bias(inputs, -mean)
        factor = self.gamma * ops.rsqrt(variance + _EPSILON)
        return add_bias(scale(centered, factor), ops.convert_to_tensor(self.beta))


_LAYERS = {
    "batch": (keras.layers.BatchNormalization, StackedBatchNormalization),
    "layer": (keras.layers.LayerNormalization, StackedLayerNormalization),
}


def normalization_layer(experiment: Experiment, name: str, *, stacked: bool = False) -> Any:
    """Return the experiment's normalization after a layer.

    Parameters
    ----------
    experiment : Experiment
        Its normalization is not ``none``.
    name : str
        The layer that it follows; with ``_normalization`` it names the layer.
    stacked : bool
        With a leading trial axis.
    """
    kind = _LAYERS[experiment.model.normalization][stacked]
    return kind(name=f"{name}_normalization", dtype=experiment.training.precision)


def moving_averages(layers: Iterable[Any]) -> list[Any]:
    """Return the variables that training changes without gradients: batch normalization's moving averages."""
    found: list[Any] = []
    for layer in flattened(layers):
        if isinstance(layer, StackedBatchNormalization):
            found += layer.averages
        elif isinstance(layer, keras.layers.BatchNormalization):
            found += [layer.moving_mean, layer.moving_variance]
    return found


@contextmanager
def with_moving_averages(layers: Iterable[Any]) -> Iterator[None]:
    """Let batch normalization use its moving averages, and leave them alone, where a call says that it trains.

    For a pass with dropout on through a trained network. Keras' layer does so while it is not trainable; a program that
    is traced meanwhile keeps it.
    """
    normalizing = [layer for layer in flattened(layers) if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in normalizing:
        layer.trainable = False
    try:
        yield
    finally:
        for layer in normalizing:
            layer.trainable = True
