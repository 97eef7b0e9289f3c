"""The first layer of a network whose rows have indices: it makes them vectors, beside the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from dropout_lab.datasets.named_inputs import NamedInput, RowShape
from dropout_lab.datasets.tabular.words import RESERVED
from dropout_lab.models.composite import Composite, Convert

__all__ = ["EmbeddedInputs", "masked_mean", "named_input"]

_MASKED = (keras.layers.RNN, keras.layers.BatchNormalization)
"""Layers whose result depends on which steps are padding; Keras' convolutions are not among them."""


def named_input(rows: Any, each: NamedInput, span: slice) -> Any:
    """Return one of the named inputs of rows of shape (rows, inputs): numbers as they are, indices as whole numbers."""
    values = rows[:, span.start] if each.shape == () else rows[:, span]
    return ops.cast(values, "int32") if each.indices else values


class IndexEmbedding(keras.layers.Embedding):
    """Keras' embedding, of indices of which the first ones are reserved; see `initial_weights`."""

    reserved = RESERVED


class EmbeddedInputs(Composite):
    """Rows with indices, (rows, inputs) -> numbers, (rows, units).

    The numbers come first, then the vector of each category, then the texts: each as the mean of the vectors of its
    words, 0 if it has none; or all texts, one after the other, as what an encoder returns for their words' vectors.

    Parameters
    ----------
    row : RowShape
    words : int
        Size of the vector of a word.
    dtype : str
        The precision that the layers compute in.
    encoder : sequence of layers
        From the vectors of words, (rows, steps, words), to (rows, units); none for the mean.
    """

    def __init__(self, row: RowShape, words: int, dtype: str, encoder: Sequence[Any] = ()) -> None:
        super().__init__(name="inputs", dtype=dtype, autocast=False)  # bfloat16 has too few numbers for indices
        self._spans = row.spans  # not the row itself: Keras takes attributes apart
        embeddings = [
            IndexEmbedding(each.indices, words if each.is_text else each.size, name=f"embedding_{number}", dtype=dtype)
            for number, each in enumerate([each for each in row.inputs if each.indices], 1)
        ]
        self.inner = [*embeddings, *encoder]  # first: Keras lists weights in this order
        self.embeddings, self.encoder = embeddings, list(encoder)
        self.masked = not any(isinstance(layer, keras.layers.Conv1D) for layer in encoder)

    def apply(self, inputs: Any, convert: Convert, mask: Any = None) -> Any:
        """Return numbers and vectors, side by side."""
        parts: list[Any] = []
        sequences: list[tuple[Any, Any]] = []
        embeddings = iter(self.embeddings)
        for each, span in self._spans():
            values = named_input(inputs, each, span)
            if not each.indices:
                parts.append(ops.cast(values, self.compute_dtype))
                continue
            vectors = convert(next(embeddings))(values)
            if each.is_text:
                sequences.append((vectors, ops.not_equal(values, 0)))
            else:
                parts.append(vectors)
        if self.encoder:
            parts.append(self._encoded(sequences, convert))
        else:
            parts += [masked_mean(*sequence) for sequence in sequences]
        return ops.concatenate(parts, axis=-1) if len(parts) > 1 else parts[0]

    def _encoded(self, sequences: Sequence[tuple[Any, Any]], convert: Convert) -> Any:
        vectors, mask = (
            ops.concatenate(parts, axis=1) if len(parts) > 1 else parts[0] for parts in zip(*sequences, strict=True)
        )
        for layer in self.encoder:
            if isinstance(layer, Composite):
                vectors = layer.apply(vectors, convert, mask)
            elif self.masked and isinstance(layer, _MASKED) and len(vectors.shape) > 2:
                vectors = convert(layer)(vectors, mask=mask)
            else:
                vectors = convert(layer)(vectors)
        return vectors


def masked_mean(vectors: Any, mask: Any) -> Any:
    """Return the mean over the steps that count, of shape (rows, units); 0 where none does.

    Keras' GlobalAveragePooling1D divides by zero there.
    """
    counts = ops.expand_dims(ops.cast(mask, vectors.dtype), -1)
    return ops.divide(ops.sum(ops.multiply(vectors, counts), axis=1), ops.maximum(ops.sum(counts, axis=1), 1))
