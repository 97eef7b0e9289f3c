"""Dropout with Bernoulli masks, of units or of whole channels."""

from __future__ import annotations

from typing import Any

from keras import ops

from dropout_lab.models.stochastic import StochasticLayer

__all__ = ["BernoulliDropout"]


class BernoulliDropout(StochasticLayer):
    """Inverted dropout, as ``keras.layers.Dropout`` and with its masks, but for a rate that can be set after tracing.

    In training a unit is set to 0 with probability `rate` and otherwise divided by ``1 - rate`` (Srivastava et al.
    2014, section 10). A unit is dropped where its uniform draw is below the rate: with the same stream, what a low
    rate drops a higher one drops too.
    """

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Drop units; see `StochasticLayer.change`."""
        (rate,) = strength
        return ops.where(draws >= rate, inputs * ops.cast(1 / (1 - rate), inputs.dtype), 0)
