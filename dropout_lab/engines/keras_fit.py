"""The reference engine: plain Keras, one ``model.fit`` per trial.

One compiled model serves all trials of a block: between trials its weights, its optimiser's state, its dropout rate
and its random streams are set back, so that nothing is traced twice and the process does not grow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.contract import Block, Train
from dropout_lab.engines.material import Material, batch_orders, material_of, outputs_for, per_class
from dropout_lab.models import Dropout, initial_weights, layers, loss_for, optimizer
from dropout_lab.outcome import History, Outcome
from dropout_lab.plan import Trial

__all__ = ["load"]


def load(_: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks, trial after trial; see `engines.Train`."""
    material = material_of(data)

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[Outcome]]:
        net = _Net(block[0].experiment, data)
        report = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: on_epochs(1))
        for trial in block:
            yield [net.run(trial, material(trial), report)]

    return train


class _Net:
    """A compiled model with its inputs in variables, reused trial after trial."""

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        dtype = experiment.training.precision
        outputs = outputs_for(data)
        self.model = keras.Sequential(
            [keras.Input((data.features.shape[1],), dtype=dtype), *layers(experiment, outputs)]
        )
        self.logits = keras.Model(self.model.inputs, self.model.layers[-1].input)
        loss = loss_for(outputs)
        self.model.compile(
            optimizer(experiment),
            loss.whole(dtype=dtype),
            metrics=["accuracy", loss.metric(name="cross_entropy", dtype=dtype)],
        )
        self.model.optimizer.build(self.model.trainable_variables)
        self.optimizer_start = [variable.numpy() for variable in self.model.optimizer.variables]
        self.feed = _Feed(data, dtype, experiment.training.batch_size)

    def reset(self, trial: Trial) -> None:
        start = initial_weights(self.model.layers, trial.experiment.model.initializer, trial.seed)
        for variable, value in zip(self.model.trainable_variables, start, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, self.optimizer_start, strict=True):
            variable.assign(value)
        for layer in self.model.layers:
            if isinstance(layer, Dropout):
                layer.set(trial.experiment.dropout.rate, trial.seed)

    def run(self, trial: Trial, material: Material, report: Any) -> Outcome:
        started = time.perf_counter()
        self.reset(trial)
        epochs = trial.experiment.training.epochs
        steps = self.feed.set(material, batch_orders(material.split.train, trial.seed)(epochs))
        fitted = self.model.fit(
            self.feed.batches,
            epochs=epochs,
            steps_per_epoch=steps,
            validation_data=self.feed.held_out,
            shuffle=False,
            verbose=0,
            callbacks=[report],
        )
        seconds = time.perf_counter() - started
        probabilities = per_class(self.logits.predict_on_batch(material.features))
        split, labels = material.split, material.labels
        return Outcome(
            trial,
            test_rows=split.test,
            train_rows=split.train,
            test_labels=labels[split.test],
            train_labels=labels[split.train],
            test_probabilities=probabilities[split.test],
            train_probabilities=probabilities[split.train],
            history=_history(fitted.history),
            seconds=seconds,
        )


class _Feed:
    """The batches of one trial after another, read from variables: one input pipeline, traced once."""

    def __init__(self, data: Dataset, dtype: str, batch_size: int) -> None:
        self.batch_size = batch_size
        self.features = tf.Variable(np.zeros(data.features.shape, dtype))
        self.labels = tf.Variable(np.zeros((len(data.labels), 1), dtype))
        self.orders = tf.Variable(np.zeros((1, 1), np.int64), shape=(None, None))
        self.test = tf.Variable(np.zeros(1, np.int64), shape=(None,))
        self.batches = tf.data.Dataset.range(np.iinfo(np.int64).max).map(self._batch)
        self.held_out = tf.data.Dataset.range(1).map(lambda _: self._rows(self.test))

    def set(self, material: Material, orders: NDArray[np.int64]) -> int:
        """Lay out one trial's rows; return the number of batches in an epoch."""
        self.features.assign(material.features)
        self.labels.assign(material.labels[:, None])
        self.orders.assign(orders)
        self.test.assign(material.split.test)
        return -(-orders.shape[1] // self.batch_size)

    def _batch(self, index: Any) -> Any:
        steps = -(-tf.shape(self.orders, tf.int64)[1] // self.batch_size)
        first = index % steps * self.batch_size
        return self._rows(self.orders[index // steps, first : first + self.batch_size])

    def _rows(self, rows: Any) -> Any:
        return tf.gather(self.features, rows), tf.gather(self.labels, rows)


def _history(logs: dict[str, list[float]]) -> History:
    return History(
        train_loss=np.array(logs["cross_entropy"]),
        train_accuracy=np.array(logs["accuracy"]),
        loss=np.array(logs["val_cross_entropy"]),
        accuracy=np.array(logs["val_accuracy"]),
    )
