"""Dropout whose rate is a variable, so that one traced program serves every rate."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.streams import stream

__all__ = ["Dropout", "mask_seed"]

_WORD = 2**30  # so that a word plus the number of steps stays within the 31 bits that Keras takes of a seed


def mask_seed(seed: int, layer: str) -> tuple[int, int]:
    """Return where a layer's stream of masks starts: the two words of a Keras seed.

    The mask of step t is drawn with the second word plus t, as ``keras.random.SeedGenerator`` does it.

    Parameters
    ----------
    seed : int
        The trial's seed.
    layer : str
        The layer's name.
    """
    return divmod(stream(seed, "mask", layer), _WORD)


class Dropout(keras.layers.Layer):
    """Inverted dropout, as ``keras.layers.Dropout`` and with its masks, but for a rate that can be set after tracing.

    In training a unit is set to 0 with probability `rate` and otherwise divided by ``1 - rate``; at evaluation the
    layer is the identity (Srivastava et al. 2014, section 10). A unit is dropped where its uniform draw is below
    the rate: with the same stream, what a low rate drops a higher one drops too. Rate 0 draws as any other rate, so
    that all rates have the same variables.

    Parameters
    ----------
    stacked : bool
        With a leading trial axis: input and output (trials, rows, units), `rate` of shape (trials, 1, 1), and
        uniform `draws` of the input's shape that are set before each step. Else input and output (rows, units),
        a scalar `rate`, and draws from the layer's own stream.
    noise_shape : tuple of int or None, optional
        Shape of the mask, None standing for the input's own size: ``(None, 1, 1, None)`` drops whole channels of
        pictures.
    """

    def __init__(
        self, *, stacked: bool = False, noise_shape: tuple[int | None, ...] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.stacked = stacked
        self.noise_shape = noise_shape

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        self.units = input_shape[-1]
        if self.stacked:
            self.rate = self.add_weight(shape=(1, 1, 1), initializer="zeros", trainable=False, name="rate")
            self.draws = self.add_weight(shape=(1, 1, self.units), initializer="zeros", trainable=False, name="draws")
        else:
            self.rate = self.add_weight(shape=(), initializer="zeros", trainable=False, name="rate", autocast=False)
            self.seed_generator = keras.random.SeedGenerator(0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape

    def set(self, rate: float, seed: int) -> None:
        """Set the rate of a single net, 0 <= rate < 1, and start its masks for the trial with that seed."""
        self.rate.assign(rate)
        self.seed_generator.state.assign(mask_seed(seed, self.name))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop units of `inputs` if `training`."""
        if not training:
            return inputs
        draws = self.draws if self.stacked else self._draw(ops.shape(inputs))
        return ops.where(draws >= self.rate, inputs * ops.cast(1 / (1 - self.rate), inputs.dtype), 0)

    def _draw(self, shape: Any) -> Any:
        """Draw in the rate's precision: bfloat16 has too few numbers between 0 and 1 to hit a rate."""
        if self.noise_shape is not None:
            shape = tuple(own if fixed is None else fixed for own, fixed in zip(shape, self.noise_shape, strict=True))
        return keras.random.uniform(shape, dtype=self.rate.dtype, seed=self.seed_generator)
