"""Where a net's layers that draw at random stand, and the shape of what goes into them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from dropout_lab.config.model import CNN, MLP, RNN, Conv1D, CustomModel, Model

__all__ = ["Shape", "inputs", "sequence"]

Size = int | str
"""Of an axis; the axis' name where the data decide and are not known."""

Shape = tuple[Size, ...]
"""Without the batch."""

_SEVERAL = {"both": ("visible", "hidden"), "all": ("visible", "conv", "sequence", "dense")}
"""Places that are several."""


def inputs(model: Model, where: str, row: tuple[int, ...] = ()) -> dict[str, Shape]:
    """Return the layers of a place that draw at random -> the shape of their inputs, in the order of the net.

    Parameters
    ----------
    model : Model
    where : str
        Such as ``dropout.where`` may be.
    row : tuple of int, optional
        What a row of the data is: ``(inputs,)`` or ``(height, width, channels)``.

    Returns
    -------
    dict of str to tuple
        ``visible``, or the name of the layer that the drawing one follows.
    """
    places = _SEVERAL.get(where, (where,))
    return {name: shape for place, name, shape in _LAYERS[model.kind](model, row) if place in places}


def sequence(row: tuple[int, ...]) -> tuple[int, int]:
    """Return the steps and features of a row as a sequence: a picture's lines; of a table, its numbers one by one."""
    return row[0], math.prod(row[1:])


_Layers = Iterator[tuple[str, str, Shape]]
"""What layers that draw can stand at or after: the place, the name, the shape."""


def _mlp(model: MLP, row: tuple[int, ...]) -> _Layers:
    yield "visible", "visible", (math.prod(row) if row else "inputs",)
    yield from _each("hidden", model.hidden)


def _cnn(model: CNN, row: tuple[int, ...]) -> _Layers:
    size: Shape = row[:2] or ("height", "width")
    for number, filters in enumerate(model.filters, 1):
        size = _pooled(size, model.pool)
        yield "conv", f"conv_{number}", (*size, filters)
    yield from _each("dense", model.dense)


def _rnn(model: RNN, row: tuple[int, ...]) -> _Layers:
    steps, features = sequence(row) if row else ("steps", "features")
    yield "visible", "visible", (steps, features)
    for number, units in enumerate(model.units, 1):
        yield "sequence", f"recurrent_{number}", (units,) if number == len(model.units) else (steps, units)
    yield from _each("dense", model.dense)


def _conv1d(model: Conv1D, row: tuple[int, ...]) -> _Layers:
    steps, features = sequence(row) if row else ("steps", "features")
    yield "visible", "visible", (steps, features)
    size: Shape = (steps,)
    for number, filters in enumerate(model.filters, 1):
        size = _pooled(size, model.pool)
        yield "sequence", f"conv_{number}", (*size, filters)
    yield from _each("dense", model.dense)


def _own(model: CustomModel, row: tuple[int, ...]) -> _Layers:
    """Nothing: where its dropout stands is its builder's business."""
    yield from ()


_LAYERS: dict[str, Callable[[Any, tuple[int, ...]], _Layers]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "rnn": _rnn,
    "conv1d": _conv1d,
    "own": _own,
}


def _each(place: str, units: tuple[int, ...]) -> _Layers:
    for number, each in enumerate(units, 1):
        yield place, f"{place}_{number}", (each,)


def _pooled(size: Shape, pool: int) -> Shape:
    return tuple(each // pool if isinstance(each, int) else each for each in size)
