"""Convolutions and max-pooling as products and maxima of shifted windows.

XLA's own convolution takes 10 to 15 times as long on a processor as soon as it is within a compiled loop, and the
gradient of its max-pooling is slow everywhere.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from typing import Any

from jax import numpy as jnp
from keras.src import backend

__all__ = ["fast_convolutions"]


@contextmanager
def fast_convolutions() -> Iterator[list[int]]:
    """Trace Keras' convolutions and max-pooling with channels last as what they are here; others as Keras does.

    Yields
    ------
    list of int
        For each convolution that has been traced, how many numbers its windows hold, for all rows.
    """
    kept, sizes = (backend.nn.conv, backend.nn.depthwise_conv, backend.nn.max_pool), list[int]()
    replaced = (
        _convolution(kept[0], _product, sizes),
        _convolution(kept[1], _products_by_channel, sizes),
        _max_pool(kept[2]),
    )
    backend.nn.conv, backend.nn.depthwise_conv, backend.nn.max_pool = replaced
    try:
        yield sizes
    finally:
        backend.nn.conv, backend.nn.depthwise_conv, backend.nn.max_pool = kept


def _convolution(kept: Callable[..., Any], product: Callable[..., Any], sizes: list[int]) -> Callable[..., Any]:
    def convolution(
        inputs: Any,
        kernel: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
    ) -> Any:
        kernel = backend.convert_to_tensor(kernel)
        inputs = backend.convert_to_tensor(inputs, dtype=kernel.dtype)
        size = kernel.shape[:-2]
        strides, dilation = _each(strides, len(size)), _each(dilation_rate, len(size))
        last = backend.standardize_data_format(data_format) == "channels_last"
        if not last or inputs.shape[-1] != kernel.shape[-2] or 0 in _lengths(inputs, size, strides, dilation, padding):
            return kept(inputs, kernel, strides, padding, data_format, dilation_rate)
        windows = list(_windows(inputs, size, strides, dilation, padding, 0))
        sizes.append(sum(window.size for window in windows))
        return product(windows, kernel)

    return convolution


def _product(windows: list[Any], kernel: Any) -> Any:
    return jnp.concatenate(windows, axis=-1) @ kernel.reshape(-1, kernel.shape[-1])


def _products_by_channel(windows: list[Any], kernel: Any) -> Any:
    channels, multiplier = kernel.shape[-2:]
    by_offset = kernel.reshape(-1, channels, multiplier)
    outputs = sum(window[..., None] * weights for window, weights in zip(windows, by_offset, strict=True))
    return outputs.reshape(*windows[0].shape[:-1], channels * multiplier)


def _max_pool(kept: Callable[..., Any]) -> Callable[..., Any]:
    def max_pool(
        inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None
    ) -> Any:
        size = _each(pool_size, inputs.ndim - 2)
        steps, dilation = size if strides is None else _each(strides, len(size)), (1,) * len(size)
        last = backend.standardize_data_format(data_format) == "channels_last"
        if not last or 0 in _lengths(inputs, size, steps, dilation, padding):
            return kept(inputs, pool_size, strides, padding, data_format)
        return reduce(_maximum, _windows(inputs, size, steps, dilation, padding, -jnp.inf))

    return max_pool


def _maximum(first: Any, second: Any) -> Any:
    """Return the larger; the first of equal ones, which then has the gradient; NaN if either is."""
    return jnp.where((second > first) | (second != second), second, first)


def _windows(
    inputs: Any, size: Sequence[int], strides: Sequence[int], dilation: Sequence[int], padding: str, fill: float
) -> Iterator[Any]:
    """Yield, for each position in a window, the inputs there of all windows; with padding as TensorFlow's."""
    lengths = _lengths(inputs, size, strides, dilation, padding)
    pads = []
    for have, out, stride, step, width in zip(inputs.shape[1:-1], lengths, strides, dilation, size, strict=True):
        lacking = max(0, (out - 1) * stride + (width - 1) * step + 1 - have)
        pads.append((lacking // 2, lacking - lacking // 2))
    padded = jnp.pad(inputs, [(0, 0), *pads, (0, 0)], constant_values=fill) if any(map(sum, pads)) else inputs
    for position in itertools.product(*map(range, size)):
        starts = [at * step for at, step in zip(position, dilation, strict=True)]
        spans = [
            slice(start, start + (out - 1) * stride + 1, stride)
            for start, out, stride in zip(starts, lengths, strides, strict=True)
        ]
        yield padded[(slice(None), *spans)]


def _lengths(
    inputs: Any, size: Sequence[int], strides: Sequence[int], dilation: Sequence[int], padding: str
) -> list[int]:
    """Return the number of windows along each axis."""
    if padding.lower() == "same":
        return [-(-have // stride) for have, stride in zip(inputs.shape[1:-1], strides, strict=True)]
    reaches = [(width - 1) * step + 1 for width, step in zip(size, dilation, strict=True)]
    return [
        max(0, (have - reach) // stride + 1)
        for have, reach, stride in zip(inputs.shape[1:-1], reaches, strides, strict=True)
    ]


def _each(value: Any, axes: int) -> tuple[int, ...]:
    return (value,) * axes if isinstance(value, int) else tuple(value)
