"""How large the convolutions of a network are, on which it depends whether JAX or TensorFlow is faster."""

from __future__ import annotations

import math

from dropout_lab.config.dropout_sites import sequence
from dropout_lab.config.model import CNN, Conv1D

__all__ = ["numbers_in_windows", "reason_slow"]

_MOST_FAST = 40_000
"""Numbers in the windows of all convolutions, per row.

In two threads, with batches of 32 rows and two layers of convolutions with max-pooling, the engine ``jax`` trained 6.3
times as fast as ``keras`` with 5,200 of them (8 x 8 points, 32 and 64 filters), 2.5 times with 21,000, 1.07 times with
46,000 (32 x 32 x 3, 8 and 16 filters), 0.81 times with 64,000 and 0.47 times with 101,000.
"""


def numbers_in_windows(model: CNN | Conv1D, row: tuple[int, ...]) -> int:
    """Return how many numbers the windows of all convolutions of a built-in network hold, per row.

    Parameters
    ----------
    model : CNN or Conv1D
    row : tuple of int
        Shape of a row.
    """
    *size, channels = row if isinstance(model, CNN) else sequence(row)
    total = 0
    for filters in model.filters:
        total += math.prod(size) * model.kernel ** len(size) * channels
        size, channels = [length // model.pool for length in size], filters
    return total


def reason_slow(numbers: int) -> str:
    """Return why JAX would be slow on a processor with so many numbers in windows; empty if it would not."""
    if numbers <= _MOST_FAST:
        return ""
    return f"its convolutions are large ({numbers:,} numbers in the windows of a row), which TensorFlow computes faster"
