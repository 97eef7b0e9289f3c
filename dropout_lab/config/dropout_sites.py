"""The sites of a model's dropout layers, and the shapes of their inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from dropout_lab.config.model import CNN, MLP, RNN, Conv1D, Model, OwnModel, Transformer

__all__ = ["Shape", "inputs", "sequence"]

Size = int | str
"""Of an axis; the axis' name where it depends on data that are not known."""

Shape = tuple[Size, ...]
"""Without the batch."""

_SEVERAL = {"both": ("visible", "hidden"), "all": ("visible", "conv", "sequence", "dense")}
"""Values of ``dropout.where`` that stand for several sites."""


def inputs(model: Model, where: str, row: tuple[int, ...] = ()) -> dict[str, Shape]:
    """Return the shapes of the inputs of the dropout layers, in the order of the model.

    Parameters
    ----------
    model : Model
    where : str
        As in ``dropout.where``.
    row : tuple of int, optional
        The shape of a row of the data: ``(inputs,)`` or ``(height, width, channels)``.

    Returns
    -------
    dict of str to tuple
        By the name of the layer that the dropout layer follows, or ``visible``; for the state of a recurrent layer,
        which is dropped within it, by the layer's name and ``_state``; for the scores of an attention by ``_scores``.
    """
    sites = _SEVERAL.get(where, (where,))
    return {name: shape for site, name, shape in _LAYERS[model.kind](model, row) if site in sites}


def sequence(row: tuple[int, ...]) -> tuple[int, int]:
    """Return the steps and features of a row as a sequence: an image's lines; a table's numbers one by one."""
    return row[0], math.prod(row[1:])


_Layers = Iterator[tuple[str, str, Shape]]
"""What a dropout layer can follow: the site, the layer's name, the shape of its output without the batch."""


def _mlp(model: MLP, row: tuple[int, ...]) -> _Layers:
    yield "visible", "visible", (math.prod(row) if row else "inputs",)
    yield from _dense("hidden", model.hidden)


def _cnn(model: CNN, row: tuple[int, ...]) -> _Layers:
    size: Shape = row[:2] or ("height", "width")
    for number, filters in enumerate(model.filters, 1):
        size = _pooled(size, model.pool)
        yield "conv", f"conv_{number}", (*size, filters)
    yield from _dense("dense", model.dense)


def _rnn(model: RNN, row: tuple[int, ...]) -> _Layers:
    steps, features = sequence(row) if row else ("steps", "features")
    yield "visible", "visible", (steps, features)
    for number, units in enumerate(model.units, 1):
        yield "sequence", f"recurrent_{number}", (units,) if number == len(model.units) else (steps, units)
        yield "recurrent", f"recurrent_{number}_state", (units,)
    yield from _dense("dense", model.dense)


def _conv1d(model: Conv1D, row: tuple[int, ...]) -> _Layers:
    steps, features = sequence(row) if row else ("steps", "features")
    yield "visible", "visible", (steps, features)
    size: Shape = (steps,)
    for number, filters in enumerate(model.filters, 1):
        size = _pooled(size, model.pool)
        yield "sequence", f"conv_{number}", (*size, filters)
    yield from _dense("dense", model.dense)


def _transformer(model: Transformer, row: tuple[int, ...]) -> _Layers:
    steps, features = sequence(row) if row else ("steps", "features")
    yield "visible", "visible", (steps, features)
    for number in range(1, model.blocks + 1):
        yield "attention", f"attention_{number}_scores", (model.heads, steps, steps)
        yield "sequence", f"attention_{number}", (steps, model.embedding)
        yield "sequence", f"feedforward_{number}", (steps, model.embedding)
    yield from _dense("dense", model.dense)


def _own(model: OwnModel, row: tuple[int, ...]) -> _Layers:
    """Yield nothing: the network itself decides where its dropout is."""
    yield from ()


_LAYERS: dict[str, Callable[[Any, tuple[int, ...]], _Layers]] = {
    "mlp": _mlp,
    "cnn": _cnn,
    "rnn": _rnn,
    "conv1d": _conv1d,
    "transformer": _transformer,
    "own": _own,
    "saved": _own,
}


def _dense(site: str, units: tuple[int, ...]) -> _Layers:
    for number, size in enumerate(units, 1):
        yield site, f"{site}_{number}", (size,)


def _pooled(size: Shape, pool: int) -> Shape:
    return tuple(axis // pool if isinstance(axis, int) else axis for axis in size)
