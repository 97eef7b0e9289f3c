"""Scaling and encoding as Keras layers and operations, to precede a network in a saved model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets import Encoding, Scaling
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE
from dropout_lab.errors import ModelError

__all__ = ["NUMBERS", "ROWS", "TEXTS", "preprocessing_layers"]

ROWS, NUMBERS, TEXTS = "rows", "numbers", "texts"
"""Names of a saved model's inputs."""


def preprocessing_layers(preprocessing: Scaling | Encoding, row: tuple[int, ...]) -> tuple[Any, Any]:
    """Return the inputs of a model and the preprocessed tensor, both in float64, as `preprocessing` computes them.

    Arrays have one input, ``rows``. Tables have ``numbers`` of shape (rows, numeric columns), NaN where missing, and
    ``texts`` of shape (rows, categorical columns and columns of text), empty where missing: either of them alone, or
    both by name. Of windows both have an axis of steps after that of rows.

    Keras' own scaling layers do not serve: `Normalization` rounds to float32 and raises small standard deviations to
    1e-7, and `Rescaling` depends on the image format that the user has set.

    Parameters
    ----------
    preprocessing : Scaling or Encoding
    row : tuple of int
        Shape of one row of an array; of a table its inputs, after the steps of a window.

    Raises
    ------
    ModelError
        If a text cannot be saved.
    """
    if isinstance(preprocessing, Encoding):
        inputs, encoded = _encode_table(preprocessing, row[:-1])
        if len(row) > 1:
            encoded = keras.layers.Reshape((math.prod(row),), name="as_numbers", dtype="float64")(encoded)
        return inputs, encoded
    rows = keras.Input(row, name=ROWS, dtype="float64")
    flat = keras.layers.Reshape((math.prod(row),), name="as_numbers", dtype="float64")(rows) if len(row) > 1 else rows
    return rows, _scale(flat, preprocessing)


def _scale(numbers: Any, scaling: Scaling) -> Any:
    return keras.ops.divide(keras.ops.subtract(numbers, scaling.shift), scaling.divisor)


def _encode_table(encoding: Encoding, steps: tuple[int, ...]) -> tuple[Any, Any]:
    inputs, parts = {}, []
    fill_values, scaling = encoding.numbers()
    if len(fill_values):
        inputs[NUMBERS] = numbers = keras.Input((*steps, len(fill_values)), name=NUMBERS, dtype="float64")
        if not np.isnan(fill_values).all():
            numbers = keras.ops.where(keras.ops.isnan(numbers), fill_values, numbers)
        parts.append(keras.ops.clip(_scale(numbers, scaling), -MAX_MAGNITUDE, MAX_MAGNITUDE))
    categories, sequences = (
        [column for column in encoding.table.columns if column.kind == kind] for kind in ("category", "text")
    )
    if categories or sequences:
        inputs[TEXTS] = texts = keras.Input((*steps, len(categories) + len(sequences)), name=TEXTS, dtype="string")
        for index, (column, vectors) in enumerate(zip(categories, encoding.texts(), strict=True)):
            _check_saveable(column.name, column.categories)
            parts.append(_look_up(texts[..., index], column.categories, vectors, index))
        for index, (column, words) in enumerate(zip(sequences, encoding.vocabularies(), strict=True), len(categories)):
            _check_saveable(column.name, [word.decode() for word in words])
            parts.append(_split(texts[..., index], words, column.inputs, index))
    joined = keras.layers.Concatenate(name="inputs", dtype="float64")(parts) if len(parts) > 1 else parts[0]
    return inputs if len(inputs) > 1 else next(iter(inputs.values())), joined


def _look_up(texts: Any, vocabulary: tuple[str, ...], vectors: NDArray[np.floating], index: int) -> Any:
    """Map texts of any shape to their input vectors."""
    unknown = "[unknown]"  # Keras wants a token that is not in the vocabulary
    while unknown in vocabulary:
        unknown = f"[{unknown}]"
    lookup = keras.layers.StringLookup(vocabulary=vocabulary, mask_token="", oov_token=unknown, name=f"words_{index}")
    embedding = keras.layers.Embedding(*vectors.shape, trainable=False, name=f"inputs_of_{index}", dtype="float32")
    encoded = embedding(lookup(texts))
    embedding.set_weights([vectors])
    return encoded


def _split(texts: Any, words: Sequence[bytes], length: int, index: int) -> Any:
    """Map texts of shape (rows,) to the indices of their words, of shape (rows, length)."""
    vocabulary = [word.decode() for word in words] or [" "]  # Keras wants a word, and no word is a blank
    vectorization = keras.layers.TextVectorization(
        vocabulary=vocabulary, output_sequence_length=length, name=f"words_{index}"
    )
    return keras.ops.cast(vectorization(texts), "float64")


def _check_saveable(name: str, vocabulary: Sequence[str]) -> None:
    for word in vocabulary:
        if word.endswith("\0"):  # NumPy, and so Keras, drops a final zero byte
            raise ModelError(
                f"{printable(name)}: the text {printable(word)} ends in a zero byte and cannot be saved: "
                "remove the zero byte"
            )
