"""Sums whose order of additions does not depend on the size of the stack.

TensorFlow's reductions over a middle axis add in an order that depends on the array's other axes; a matrix product
with ones does not, so that a trial gets the same bits in any block.
"""

from __future__ import annotations

from typing import Any

from keras import ops

__all__ = ["add_bias", "scale", "sum_rows"]


def sum_rows(values: Any) -> Any:
    """Sum over the last axis but one: shape (trials, n, m) -> (trials, 1, m)."""
    trials, rows, _ = ops.shape(values)
    return ops.matmul(ops.ones((trials, 1, rows), values.dtype), values)


@ops.custom_gradient
def add_bias(values: Any, bias: Any) -> Any:
    """Add a bias of shape (trials, 1, m) to values of shape (trials, n, m); its gradient is summed by `sum_rows`."""
    return values + bias, lambda upstream: (upstream, sum_rows(upstream))


@ops.custom_gradient
def scale(values: Any, factor: Any) -> Any:
    """Multiply values of shape (trials, n, m) by a factor of shape (trials, 1, m); its gradient is summed likewise."""
    return values * factor, lambda upstream: (upstream * factor, sum_rows(upstream * values))
