"""Keras' layers that change pictures at random, with draws that follow from the trial's seed and the step alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from dropout_lab.config.augmentation import Augmentation
from dropout_lab.models import mask_seed
from dropout_lab.seeds import derive_seed

__all__ = ["LAYERS", "AugmentedBatches"]

LAYERS: dict[str, tuple[int, Callable[..., Any]]] = {
    "flip": (1, keras.layers.RandomFlip),
    "rotation": (1, keras.layers.RandomRotation),
    "translation": (2, lambda factor, **settings: keras.layers.RandomTranslation(factor, factor, **settings)),
    "zoom": (1, keras.layers.RandomZoom),
    "contrast": (1, keras.layers.RandomContrast),
}
"""A key of `Augmentation` -> how often its layer draws in a call, and the layer; in the order of their application."""


class AugmentedBatches:
    """Changes the pictures of training batches.

    The draws of step t are those of Keras' layers in their call t, each with the state that `start` derives for it. As
    nothing is remembered between calls, batches can be made ahead, and every rate has the same.

    Parameters
    ----------
    augmentation : Augmentation
    row : tuple of int
        (height, width, channels) of a picture.
    dtype : str
        Of the batches.
    """

    def __init__(self, augmentation: Augmentation, row: tuple[int, ...], dtype: str) -> None:
        self._row = row
        factors = augmentation.factors
        settings = {"seed": 0, "data_format": "channels_last", "dtype": dtype}  # of a seed that is not used
        self._layers = [
            (_StepSeeds(draws), layer(factors[key], name=key, **settings))
            for key, (draws, layer) in LAYERS.items()
            if key in factors
        ]

    def start(self, seed: int) -> None:
        """Restart all draws from a trial's seed, which all rates of a fold share."""
        for seeds, layer in self._layers:
            seeds.state.assign(mask_seed(derive_seed(seed, "augmentation"), layer.name))

    def __call__(self, inputs: Any, step: Any) -> Any:
        """Change a batch of shape (rows, inputs) at a step, an integer tensor that counts from 0."""
        pictures = tf.reshape(inputs, (-1, *self._row))
        for seeds, layer in self._layers:
            seeds.go_to(step)
            transformation = layer.get_random_transformation(pictures, training=True, seed=seeds)
            pictures = layer.transform_images(pictures, transformation, training=True)
        return tf.reshape(pictures, tf.shape(inputs))


class _StepSeeds(keras.random.SeedGenerator):
    """Gives the seeds of one step, whose number is known when a batch is made, without changing its state."""

    def __init__(self, draws: int) -> None:
        super().__init__(0)
        self._draws = draws
        self._step: Any = 0
        self._drawn = 0

    def go_to(self, step: Any) -> None:
        self._step, self._drawn = step, 0

    def next(self, ordered: bool = True) -> Any:
        first, second = tf.unstack(tf.cast(self.state.value, tf.int64))
        number = tf.cast(self._step, tf.int64) * self._draws + self._drawn
        self._drawn += 1
        return tf.stack([first, second + number])
