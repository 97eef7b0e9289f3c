"""DropBlock: dropout of blocks of neighbouring pixels, or steps."""

from __future__ import annotations

import math
from typing import Any

from keras import ops

from dropout_lab.models.dropout import StochasticLayer

__all__ = ["DropBlock"]


class DropBlock(StochasticLayer):
    """Drops blocks of neighbouring pixels of an image, or steps of a sequence, in each channel by itself.

    In training each block that lies within the input is dropped if its uniform draw is below ``gamma``, which is chosen
    so that a share of `rate` were dropped if blocks did not overlap: for each axis of a size, ``gamma`` is `rate` times
    ``size / (block * (size - block + 1))``. What is kept is divided by the share of the row that is kept (Ghiasi et al.
    2018, "DropBlock: a regularization method for convolutional networks", algorithm 1; the authors' program divides by
    the share of the whole batch, which would make a row depend on the others). A block is no larger than the input.

    Parameters
    ----------
    block_size : int
        Height and width of a block, or its steps.
    **kwargs
        As for `StochasticLayer`, without a trial axis and a noise shape.

    Raises
    ------
    ValueError
        If the input has no pixels or steps, or an unknown number of them, or for a noise shape.
    """

    def __init__(self, *, block_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if self.noise_shape is not None:
            raise ValueError("dropblock has no noise_shape: its draws are one for each block")
        self.block_size = block_size

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the variables."""
        sizes = [size for size in input_shape[1:-1] if size is not None]
        if not 1 <= len(sizes) == len(input_shape) - 2 <= 2:
            raise ValueError(
                f"dropblock drops blocks of pixels or steps: expected an input (rows, steps, channels) or (rows, "
                f"height, width, channels) of a known size, got {tuple(input_shape)}"
            )
        self.blocks = [min(self.block_size, size) for size in sizes]
        self.starts = [size - block + 1 for size, block in zip(sizes, self.blocks, strict=True)]
        self.gamma_of_1 = math.prod(sizes) / math.prod(self.blocks) / math.prod(self.starts)
        self.size = math.prod(sizes) * (input_shape[-1] or 1)
        super().build(input_shape)

    def change(self, inputs: Any, draws: Any, *strength: Any) -> Any:
        """Drop blocks; see `StochasticLayer.change`."""
        (rate,) = strength
        dropped = ops.cast(draws < rate * self.gamma_of_1, draws.dtype)
        margins = [(block - 1, block - 1) for block in self.blocks]
        dropped = ops.pad(dropped, [(0, 0), *margins, (0, 0)])
        kept = 1 - ops.max_pool(dropped, self.blocks, strides=1, data_format="channels_last")
        count = ops.sum(kept, axis=tuple(range(1, len(self.blocks) + 2)), keepdims=True)
        return inputs * ops.cast(kept * (self.size / ops.maximum(count, 1)), inputs.dtype)

    def _shaped(self, shape: Any) -> Any:
        return (shape[0], *self.starts, shape[-1])
