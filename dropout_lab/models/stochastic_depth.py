"""Stochastic depth: dropout of whole residual branches."""

from __future__ import annotations

from typing import Any

from dropout_lab.models.dropout import BernoulliDropout

__all__ = ["StochasticDepth"]


class StochasticDepth(BernoulliDropout):
    """Drops all of a row: on a residual branch, ``rows + layer(branch(rows))``, it leaves the row as it was.

    In training a row is set to 0 with probability `rate` and otherwise divided by ``1 - rate``, as dropout with one
    draw for each row does. Huang et al. (2016, "Deep networks with stochastic depth") drop a branch for all rows of a
    batch and multiply by ``1 - rate`` at evaluation instead; a draw for each row is what is known as drop path.

    Raises
    ------
    ValueError
        For a noise shape.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.noise_shape is not None:
            raise ValueError("stochastic_depth has no noise_shape: its draws are one for each row")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        self.noise_shape = (None, *[1] * (len(input_shape) - 1))
        super().build(input_shape)
