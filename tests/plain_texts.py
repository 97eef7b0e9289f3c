"""Networks of columns with embeddings and of texts, written by hand with Keras' functional interface and its masks.

The masks are passed explicitly: on their way through a functional model some get lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from dropout_lab.config.model import RNN, Conv1D, Transformer
from dropout_lab.datasets.named_inputs import RowShape
from dropout_lab.models import mask_seed
from dropout_lab.plan import Trial

layers = keras.layers

Follow = Callable[[str, tuple[int, ...]], list[Any]]
"""A layer's name and the shape of its output -> the dropout and normalization that follow it."""


def embedded(trial: Trial, row: RowShape, rows: Any, follow: Follow) -> Any:
    """Return what goes into the first dense layer: numbers, vectors of categories, and the encoding of the texts."""
    model, dtype = trial.experiment.model, trial.experiment.training.precision
    parts, texts, masks, start, number = [], [], [], 0, 0
    for each in row.inputs:
        values = rows[:, start : start + each.width] if each.shape else rows[:, start]
        start += each.width
        if not each.indices:
            parts.append(values)
            continue
        number += 1
        values = keras.ops.cast(values, "int32")
        size = model.embedding if each.is_text else each.size
        embedding = layers.Embedding(each.indices, size, name=f"embedding_{number}", dtype=dtype)
        vectors = embedding(values)
        if each.is_text:
            texts.append(vectors)
            masks.append(keras.ops.not_equal(values, 0))
        else:
            parts.append(vectors)
    if model.kind == "mlp":
        parts += [
            layers.GlobalAveragePooling1D(dtype=dtype)(text, mask=mask) for text, mask in zip(texts, masks, strict=True)
        ]
    else:
        sequence = layers.Concatenate(axis=1, dtype=dtype)(texts) if len(texts) > 1 else texts[0]
        for layer in follow("visible", sequence.shape):
            sequence = layer(sequence)
        mask = keras.ops.concatenate(masks, axis=1)
        parts.append(_read(trial, sequence, mask, follow))
    return layers.Concatenate(dtype=dtype)(parts) if len(parts) > 1 else parts[0]


def _read(trial: Trial, sequence: Any, mask: Any, follow: Follow) -> Any:
    model, dtype = trial.experiment.model, trial.experiment.training.precision
    if isinstance(model, RNN):
        for number, units in enumerate(model.units, 1):
            more = number < len(model.units)
            name = f"recurrent_{number}"
            kind = {"lstm": layers.LSTM, "gru": layers.GRU, "simple": layers.SimpleRNN}[model.cell]
            dropout = trial.experiment.dropout
            rate = dropout.rate if dropout.where == "recurrent" else 0.0
            recurrent = kind(units, recurrent_dropout=rate, return_sequences=more, name=name, dtype=dtype)
            sequence = recurrent(sequence, mask=mask)
            for layer in follow(name, sequence.shape):
                masked = more and isinstance(layer, layers.BatchNormalization)
                sequence = layer(sequence, mask=mask) if masked else layer(sequence)
        return sequence
    if isinstance(model, Conv1D):
        for number, filters in enumerate(model.filters, 1):
            name = f"conv_{number}"
            conv = layers.Conv1D(
                filters, model.kernel, padding="same", activation=model.activation, name=name, dtype=dtype
            )
            sequence = layers.MaxPooling1D(model.pool, dtype=dtype)(conv(sequence))
            for layer in follow(name, sequence.shape):
                sequence = layer(sequence)
        return layers.Flatten(dtype=dtype)(sequence)
    assert isinstance(model, Transformer)
    sequence = Positions(sequence.shape[1], sequence.shape[2], name="positions", dtype=dtype)(sequence)
    rate = trial.experiment.dropout.rate if trial.experiment.dropout.where == "attention" else 0.0
    for number in range(1, model.blocks + 1):
        attention = layers.MultiHeadAttention(
            model.heads, model.embedding // model.heads, dropout=rate, seed=1, name=f"attention_{number}", dtype=dtype
        )
        found = attention(sequence, sequence, query_mask=mask, value_mask=mask)
        if rate:
            seed = mask_seed(trial.seed, f"attention_{number}_scores_dropout")
            attention._dropout_layer.seed_generator.state.assign(seed)  # its public interface has no access
        sequence = _normalized(sequence, found, f"attention_{number}", follow, dtype)
        inner = layers.Dense(model.feedforward, model.activation, name=f"feedforward_{number}_inner", dtype=dtype)
        found = layers.Dense(model.embedding, name=f"feedforward_{number}", dtype=dtype)(inner(sequence))
        sequence = _normalized(sequence, found, f"feedforward_{number}", follow, dtype)
    return layers.GlobalAveragePooling1D(dtype=dtype)(sequence, mask=mask)


def _normalized(sequence: Any, found: Any, name: str, follow: Follow, dtype: str) -> Any:
    for layer in follow(name, found.shape):
        found = layer(found)
    return layers.LayerNormalization(epsilon=1e-6, dtype=dtype)(layers.Add(dtype=dtype)([sequence, found]))


class Positions(keras.layers.Layer):
    """Adds a vector for each step."""

    def __init__(self, steps: int, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.embeddings = self.add_weight(shape=(steps, units), initializer="zeros", name="embeddings")

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def call(self, inputs: Any) -> Any:
        return inputs + self.embeddings
