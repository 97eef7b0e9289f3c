"""What is done to rows before a net sees them, of Keras' own layers and operations: what stands in front of it."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets import Encoding, Scaling
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.column_types import LARGEST
from dropout_lab.errors import ModelError

__all__ = ["NUMBERS", "ROWS", "TEXTS", "front"]

ROWS, NUMBERS, TEXTS = "rows", "numbers", "texts"
"""Names of a saved model's inputs."""


def front(preprocessing: Scaling | Encoding, row: tuple[int, ...]) -> tuple[Any, Any]:
    """Return a model's inputs, and what goes into the net: all in float64, as `preprocessing` itself computes it.

    Rows of an array are one input, ``rows``. Those of a table are ``numbers`` of shape (rows, number columns), not a
    number where one is missing, and ``texts`` of shape (rows, categories), empty where one is missing: whichever of
    them there are, and both by their names.

    Keras' layers for scaling are not taken: `Normalization` rounds to float32 and takes smaller standard deviations for
    1e-7, and what `Rescaling` does depends on the image format that a user has set.

    Parameters
    ----------
    preprocessing : Scaling or Encoding
    row : tuple of int
        The shape of an array's row.

    Raises
    ------
    ModelError
        If a text cannot be saved.
    """
    if isinstance(preprocessing, Encoding):
        return _of_table(preprocessing)
    rows = keras.Input(row, name=ROWS, dtype="float64")
    flat = keras.layers.Reshape((math.prod(row),), name="as_numbers", dtype="float64")(rows) if len(row) > 1 else rows
    return rows, _scaled(flat, preprocessing)


def _scaled(numbers: Any, scaling: Scaling) -> Any:
    return keras.ops.divide(keras.ops.subtract(numbers, scaling.shift), scaling.divisor)


def _of_table(encoding: Encoding) -> tuple[Any, Any]:
    given, parts = {}, []
    missing, scaling = encoding.numbers()
    if len(missing):
        given[NUMBERS] = numbers = keras.Input((len(missing),), name=NUMBERS, dtype="float64")
        if not np.isnan(missing).all():
            numbers = keras.ops.where(keras.ops.isnan(numbers), missing, numbers)
        parts.append(keras.ops.clip(_scaled(numbers, scaling), -LARGEST, LARGEST))
    categories = [column for column in encoding.table.columns if column.kind == "category"]
    if categories:
        given[TEXTS] = texts = keras.Input((len(categories),), name=TEXTS, dtype="string")
        for at, (column, inputs) in enumerate(zip(categories, encoding.texts(), strict=True)):
            _check_words(column.name, column.words)
            parts.append(_looked_up(texts[:, at], column.words, inputs, at))
    joined = keras.layers.Concatenate(name="inputs", dtype="float64")(parts) if len(parts) > 1 else parts[0]
    return given if len(given) > 1 else next(iter(given.values())), joined


def _looked_up(texts: Any, words: tuple[str, ...], inputs: NDArray[np.floating], at: int) -> Any:
    """Return what texts of shape (rows,) become."""
    unknown = "[unknown]"  # is never looked up, but must be none of the words
    while unknown in words:
        unknown = f"[{unknown}]"
    codes = keras.layers.StringLookup(vocabulary=words, mask_token="", oov_token=unknown, name=f"words_{at}")(texts)
    table = keras.layers.Embedding(*inputs.shape, trainable=False, name=f"inputs_of_{at}", dtype="float32")
    given = table(codes)
    table.set_weights([inputs])
    return given


def _check_words(name: str, words: tuple[str, ...]) -> None:
    for word in words:
        if word.endswith("\0"):  # which NumPy, and so Keras, does not tell from the text without it
            raise ModelError(
                f"{printable(name)}: the text {printable(word)} ends in a zero byte and cannot be saved: mend it"
            )
