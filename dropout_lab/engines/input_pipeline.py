"""The input pipeline of the keras engine: the batches of one trial after another, traced once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config.training import Training
from dropout_lab.datasets import Dataset
from dropout_lab.engines.augmentation import AugmentedBatches
from dropout_lab.engines.fold_data import FoldData

__all__ = ["InputPipeline"]

_ROWS_AT_ONCE = 1000
"""Rows that are evaluated together: more images would take gigabytes."""

_PIECE = 200
"""Images whose activations are in memory at once."""


class InputPipeline:
    """Gathers batches from variables. Images stay bytes until they are in a batch, which is then augmented and scaled.

    Parameters
    ----------
    data : Dataset
    dtype : str
        Of the batches.
    training : Training
    weighted : bool
        Whether rows have weights.

    Attributes
    ----------
    batches, held_out : tf.data.Dataset
        The trial's batches of training rows, with sample weights if `weighted`, and its held-out rows, endlessly
        repeated.
    steps, held_out_steps : int
        Batches in an epoch.
    """

    def __init__(self, data: Dataset, dtype: str, training: Training, *, weighted: bool = False) -> None:
        self.batch_size = training.batch_size
        self.dtype = dtype
        self.steps = self.held_out_steps = 0
        self._images = data.features.dtype == np.uint8
        rows, inputs = len(data.labels), data.inputs
        self._features = tf.Variable(data.features if self._images else np.zeros((rows, inputs), dtype))
        self._shift = tf.Variable(np.zeros(inputs, dtype))
        self._divisor = tf.Variable(np.ones(inputs, dtype))
        self._labels = tf.Variable(data.labels[:, None].astype(dtype))
        self._augment = AugmentedBatches(training.augmentation, data.row, dtype) if training.augmentation else None
        self._sample_weight = tf.Variable(np.ones(rows, dtype)) if weighted else None
        self._orders = tf.Variable(np.zeros((1, 1), np.int64), shape=(None, None))
        self._test = tf.Variable(np.zeros(1, np.int64), shape=(None,))
        self._asked = tf.Variable(np.zeros(1, np.int64), shape=(None,))
        plain = tf.data.Options()
        plain.autotune.enabled = False
        plain.experimental_optimization.apply_default_optimizations = False
        endless = tf.data.Dataset.range(np.iinfo(np.int64).max).with_options(plain)
        self.batches = endless.map(self._batch).prefetch(2)
        self.held_out = endless.map(lambda index: self._pairs(_chunk(self._test, index)))
        self._others = endless.map(lambda index: (self._inputs(_chunk(self._asked, index)),))

    def set(self, fold: FoldData, orders: NDArray[np.int64], seed: int) -> None:
        """Load one trial's rows.

        Parameters
        ----------
        fold : FoldData
        orders : array of shape (epochs, train rows)
            In which they are trained on.
        seed : int
            The trial's.
        """
        if self._augment is not None:
            self._augment.start(seed)
        if fold.scaling is not None and self._images:
            self._shift.assign(fold.scaling.shift)
            self._divisor.assign(fold.scaling.divisor)
        else:
            self._features.assign(fold.features)
        if fold.target_scaler is not None:
            self._labels.assign(fold.learned_targets[:, None])
        if self._sample_weight is not None:
            self._sample_weight.assign(fold.sample_weight)
        self._orders.assign(orders)
        self._test.assign(fold.split.test)
        self.steps = -(-orders.shape[1] // self.batch_size)
        self.held_out_steps = _chunks(len(fold.split.test))

    def inputs_of(self, rows: NDArray[np.int64]) -> tuple[Any, int]:
        """Return the inputs of rows, endlessly repeated, and their number of steps; valid until the next call."""
        self._asked.assign(rows)
        return self._others, _chunks(len(rows))

    def pieces(self, rows: NDArray[np.int64]) -> Iterator[Any]:
        """Yield the inputs of rows: images in pieces, others all at once."""
        step = _PIECE if self._images else len(rows)
        for first in range(0, len(rows), step):
            yield self._inputs(rows[first : first + step])

    def _batch(self, index: Any) -> Any:
        steps = -(-tf.shape(self._orders, tf.int64)[1] // self.batch_size)
        first = index % steps * self.batch_size
        rows = self._orders[index // steps, first : first + self.batch_size]
        pairs = self._pairs(rows, index)
        return pairs if self._sample_weight is None else (*pairs, tf.gather(self._sample_weight, rows))

    def _pairs(self, rows: Any, step: Any = None) -> tuple[Any, Any]:
        return self._inputs(rows, step), tf.gather(self._labels, rows)

    def _inputs(self, rows: Any, step: Any = None) -> Any:
        """Return the inputs of rows; of a training step, augmented."""
        inputs = tf.gather(self._features, rows)
        if self._images:
            inputs = tf.cast(inputs, self.dtype)
        if self._augment is not None and step is not None:
            inputs = self._augment(inputs, step)
        return (inputs - self._shift) / self._divisor if self._images else inputs


def _chunks(rows: int) -> int:
    return -(-rows // _ROWS_AT_ONCE)


def _chunk(rows: Any, index: Any) -> Any:
    """Return a chunk of row numbers, which are repeated endlessly."""
    first = index % -(-tf.shape(rows, tf.int64)[0] // _ROWS_AT_ONCE) * _ROWS_AT_ONCE
    return rows[first : first + _ROWS_AT_ONCE]
