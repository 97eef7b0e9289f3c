"""What a user's network is fed with: rows as they are, or their named inputs, which it takes by their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.named_inputs import NamedInput, RowShape
from dropout_lab.models.custom.seeding import layers_of
from dropout_lab.models.embedded_inputs import named_input

__all__ = ["builder_inputs", "embeddings_of", "feed", "name_problem", "no_index", "sample_rows"]


def builder_inputs(row: tuple[int, ...]) -> tuple[int, ...] | dict[str, NamedInput]:
    """Return what a builder gets as `inputs`: the shape of a row, or its inputs by name where some are indices."""
    return {each.name: each for each in row.inputs} if isinstance(row, RowShape) else row


def feed(net: Any, row: tuple[int, ...], rows: Any, **training: bool) -> Any:
    """Call a network with rows of shape (rows, *row), or with their named inputs as it takes them."""
    if not isinstance(row, RowShape):
        return net(rows, **training)
    rows = keras.ops.convert_to_tensor(rows) if isinstance(rows, np.ndarray) else rows
    named = {each.name: named_input(rows, each, span) for each, span in row.spans()}
    names = _names(net)
    if names is None:
        return net(named, **training)
    taken: Any
    if isinstance(names, str):
        taken = named[names] if names in named else next(iter(named.values()))
    else:
        taken = {name: named[name] for name in names} if isinstance(names, dict) else [named[name] for name in names]
    return net(taken, **training)


def name_problem(net: Any, row: tuple[int, ...]) -> str:
    """Return what is wrong with the names of a network's inputs; empty if nothing is."""
    names = _names(net) if isinstance(row, RowShape) else None
    if names is None or not isinstance(row, RowShape):
        return ""
    wanted = [each.name for each in row.inputs]
    found = [names] if isinstance(names, str) else list(names)
    if sorted(found) == sorted(wanted) or len(found) == len(wanted) == 1:
        return ""
    described = ", ".join(_described(each) for each in row.inputs)
    return (
        f"the model has the inputs {', '.join(found)}: expected {described}: return keras.Model(inputs, logits) whose "
        "inputs are a dict, or are named so by keras.Input(..., name=...); leave a column out by dataset.drop"
    )


def sample_rows(row: tuple[int, ...], count: int, net: Any, dtype: str) -> NDArray[Any]:
    """Return made-up rows on which a network is tried: indices where it takes some, other numbers elsewhere."""
    random = np.random.default_rng(0)
    fewest = min((each.input_dim for each in embeddings_of(net)), default=0)
    if not isinstance(row, RowShape):
        rows = random.integers(0, min(2, fewest), (count, *row)) if fewest else random.normal(size=(count, *row))
        return np.asarray(rows).astype(dtype)
    parts = [
        random.integers(0, each.indices, (count, each.width))
        if each.indices
        else random.normal(size=(count, each.width))
        for each in row.inputs
    ]
    return np.hstack(parts).astype(dtype)


def embeddings_of(net: Any) -> list[Any]:
    """Return the embeddings of a network."""
    return [layer for layer in layers_of(net) if isinstance(layer, keras.layers.Embedding)]


def no_index(net: Any, row: tuple[int, ...], rows: NDArray[Any]) -> str:
    """Return which embedding looks up something that is no index in rows of the data; empty if none does."""
    with _looked_up() as found:
        feed(net, row, rows)
    for layer, values in found:
        wrong = values[(values != np.floor(values)) | (values < 0) | (values >= layer.input_dim)]
        if len(wrong):
            return (
                f"layer {layer.name} (Embedding) looks up {wrong[0]:g}, which is not one of its {layer.input_dim:,} "
                "indices"
            )
    return ""


@contextmanager
def _looked_up() -> Iterator[list[tuple[Any, NDArray[Any]]]]:
    """Record what all embeddings look up meanwhile, whose calls then look up 0."""
    found: list[tuple[Any, NDArray[Any]]] = []
    original = keras.layers.Embedding.call

    @wraps(original)
    def call(layer: Any, inputs: Any) -> Any:
        found.append((layer, np.asarray(inputs, np.float64).ravel()))
        return original(layer, keras.ops.zeros_like(inputs))

    keras.layers.Embedding.call = call
    try:
        yield found
    finally:
        keras.layers.Embedding.call = original


def _names(net: Any) -> Any:
    """Return the names of a functional network's inputs: a dict, a list, a single one; None for any other network."""
    if not getattr(net, "inputs", None) or not hasattr(net, "input"):
        return None
    return net.input if isinstance(net.input, dict) else keras.tree.map_structure(lambda each: each.name, net.input)


def _described(each: NamedInput) -> str:
    kind = f"whole numbers below {each.indices:,}" if each.indices else "numbers"
    return f"{each.name} (shape {each.shape}, {kind})"
