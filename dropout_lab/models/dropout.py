"""Dropout whose rate and random stream are variables, so that one traced program serves every trial."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from dropout_lab.streams import stream

__all__ = ["Dropout"]

_WORD = 2**31


class Dropout(keras.layers.Layer):
    """Inverted dropout, as ``keras.layers.Dropout`` and with its masks, but for a rate that can be set after tracing.

    In training a unit is set to 0 with probability `rate` and otherwise divided by ``1 - rate``; at evaluation the
    layer is the identity (Srivastava et al. 2014, section 10). A unit is dropped where its uniform draw is below
    the rate: with the same stream, what a low rate drops a higher one drops too. Rate 0 draws as any other rate, so
    that all rates have the same variables.

    Input and output: array of shape (batch, ...).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(0)
        self.rate = self.add_weight(shape=(), initializer="zeros", trainable=False, name="rate")

    def set(self, rate: float, seed: int) -> None:
        """Set the rate, 0 <= rate < 1, and start the stream of masks at `seed` (see `streams.stream`)."""
        self.rate.assign(rate)
        self.seed_generator.state.assign(divmod(stream(seed, "mask", self.name), _WORD))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Drop units of `inputs` if `training`."""
        if not training:
            return inputs
        draws = keras.random.uniform(ops.shape(inputs), dtype=inputs.dtype, seed=self.seed_generator)
        return ops.where(draws >= self.rate, inputs * (1 / (1 - self.rate)), 0)
