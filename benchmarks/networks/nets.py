"""The networks, each a function as Dropout Lab takes it: ``(inputs, outputs, dropout)`` -> a Keras model of logits.

The Keras scripts call the same functions, with ``keras.layers.Dropout`` at one rate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

Dropout = Callable[[], Any]

TOKENS = 200
"""Words in the vocabulary of `bidirectional` and `transformer`."""

LEVELS = 30
"""Levels of each of the first three columns of `embeddings`."""


def normalized(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build dense layers with batch normalization."""
    rows = hidden = keras.Input(inputs)
    for units in (60, 30):
        hidden = layers.BatchNormalization()(layers.Dense(units, "relu")(hidden))
        hidden = dropout()(hidden)
    return keras.Model(rows, layers.Dense(outputs)(hidden))


def embeddings(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build a network for a table: three columns of categories, each embedded, beside numbers."""
    rows = keras.Input(inputs)
    parts = [layers.Embedding(LEVELS, 6)(rows[:, column]) for column in range(3)]
    hidden = layers.concatenate([*parts, rows[:, 3:]])
    for units in (60, 30):
        hidden = dropout()(layers.Dense(units, "relu")(hidden))
    return keras.Model(rows, layers.Dense(outputs)(hidden))


def lstm(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build a recurrent network."""
    rows = keras.Input(inputs)
    return keras.Model(rows, layers.Dense(outputs)(dropout()(layers.LSTM(32)(rows))))


def gru(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build a recurrent network of gated units."""
    rows = keras.Input(inputs)
    return keras.Model(rows, layers.Dense(outputs)(dropout()(layers.GRU(32)(rows))))


def bidirectional(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build a recurrent network that reads embedded words in both directions."""
    rows = keras.Input(inputs)
    words = layers.Embedding(TOKENS, 16)(rows)
    return keras.Model(rows, layers.Dense(outputs)(dropout()(layers.Bidirectional(layers.LSTM(16))(words))))


def convolution(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build convolutions along a sequence."""
    rows = hidden = keras.Input(inputs)
    for filters in (32, 64):
        hidden = layers.MaxPooling1D(2)(layers.Conv1D(filters, 3, padding="same", activation="relu")(hidden))
    return keras.Model(rows, layers.Dense(outputs)(dropout()(layers.GlobalMaxPooling1D()(hidden))))


def transformer(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build one block of a transformer's encoder over embedded words."""
    rows = keras.Input(inputs)
    words = layers.Embedding(TOKENS, 16)(rows)
    seen = layers.LayerNormalization()(words + dropout()(layers.MultiHeadAttention(2, 8)(words, words)))
    fed = layers.Dense(16)(layers.Dense(32, "relu")(seen))
    block = layers.LayerNormalization()(seen + dropout()(fed))
    return keras.Model(rows, layers.Dense(outputs)(layers.GlobalAveragePooling1D()(block)))


def branches(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build two branches of dense layers, joined."""
    rows = keras.Input(inputs)
    wide = dropout()(layers.Dense(60, "relu")(rows))
    deep = dropout()(layers.Dense(16, "tanh")(layers.Dense(32, "relu")(rows)))
    return keras.Model(rows, layers.Dense(outputs)(layers.concatenate([wide, deep])))


def pictures(inputs: tuple[int, ...], outputs: int, dropout: Dropout) -> keras.Model:
    """Build a small convolutional network."""
    rows = hidden = keras.Input(inputs)
    for filters in (8, 16):
        hidden = layers.MaxPooling2D(2)(layers.Conv2D(filters, 3, padding="same", activation="relu")(hidden))
    hidden = dropout()(layers.Dense(32, "relu")(layers.Flatten()(hidden)))
    return keras.Model(rows, layers.Dense(outputs)(hidden))
