"""The reference engine: plain Keras, one ``model.fit`` per trial.

One compiled model serves all trials of a frame in a thread: between trials its weights, its optimiser's state, its
dropout rate and its random streams are set back, so that nothing is traced twice and the process does not grow.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import frame
from dropout_lab.engines.fold_data import FoldData, batch_orders, dtype_of, material_of, outputs_for
from dropout_lab.engines.input_pipeline import Feed
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.monte_carlo import draws_from, mean
from dropout_lab.engines.outcome import History, TrialResult
from dropout_lab.engines.target_scaling import regression_history
from dropout_lab.engines.timing import epoch_seconds
from dropout_lab.metrics.activations import Activations, measure
from dropout_lab.models import (
    CustomModelLayer,
    drawings,
    hidden,
    initial_weights,
    layers,
    loss_for,
    optimizer,
    strengths,
)
from dropout_lab.plan import Trial

__all__ = ["Net", "load"]

_LARGEST = float(np.finfo(np.float32).max)
"""What Keras takes a loss to be."""


def load(_: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks, trial after trial; see `engines.Train`."""
    material = material_of(data)
    mine = threading.local()

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        for trial in block:
            of = frame(trial.experiment)
            net = vars(mine).pop(of, None)
            if net is None or not net.serves(trial.experiment):
                vars(mine).clear()  # one at a time: plans go through a sweep frame by frame
                net = Net(trial.experiment, data)
            outcome = net.run(trial, material(trial), on_epochs)
            setattr(mine, of, net)  # not if it raised: who knows what state it is in
            yield [outcome]

    return train


class Net:
    """A compiled model with its inputs in variables, reused trial after trial.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset

    Attributes
    ----------
    logits : keras.Model
        Scaled rows to logits.
    sigmoid : bool
        As of `material.per_class`.
    feed : Feed
        What it is trained on.
    """

    def __init__(self, experiment: Experiment, data: Dataset) -> None:
        dtype, outputs = dtype_of(experiment), outputs_for(data)
        self.sigmoid = isinstance(experiment.model, CNN) and experiment.model.output == "sigmoid"
        whole = keras.Sequential([keras.Input((data.inputs,), dtype=dtype), *layers(experiment, data.row, outputs)])
        self.own = next((layer for layer in whole.layers if isinstance(layer, CustomModelLayer)), None)
        self.logits = keras.Model(whole.inputs, whole.layers[-1].input)
        self.model = self.logits if self.sigmoid else whole
        loss = loss_for(outputs, sigmoid=self.sigmoid, regression=experiment.regression)
        accuracy = [] if experiment.regression else ["accuracy"]
        self.model.compile(
            optimizer(experiment),
            loss.whole(dtype=dtype),
            metrics=[*accuracy, loss.metric(name="cross_entropy", dtype=dtype)],
            jit_compile="auto" if tf.config.list_physical_devices("GPU") else False,  # XLA is slower on a processor
        )
        self.drawings = drawings(self.model.layers)
        self.model.optimizer.build(self.model.trainable_variables)
        self.optimizer_start = [variable.numpy() for variable in self.model.optimizer.variables]
        weighted = experiment.training.class_weight is not None
        self.feed = Feed(data, dtype, experiment.training.batch_size, weighted=weighted)
        inputs = [tf.TensorSpec((None, data.inputs), dtype)]
        self.sample = tf.function(lambda rows: self.logits(rows, training=True), inputs, autograph=False)
        self.give = tf.function(self.logits, autograph=False)
        self.hidden = tf.function(lambda rows: hidden(whole.layers, rows), inputs, autograph=False)

    def serves(self, experiment: Experiment) -> bool:
        """Tell whether it can train an experiment of its own frame, however strong the dropout is."""
        return self.own is None or self.own.serves(experiment)

    def reset(self, trial: Trial) -> None:
        """Set everything to where a trial starts."""
        if self.own is not None:
            self.own.seeding.start(trial.seed)
        else:
            start = initial_weights(self.model.layers, trial.experiment.model.initializer, trial.seed)
            for variable, value in zip(self.model.trainable_variables, start, strict=True):
                variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, self.optimizer_start, strict=True):
            variable.assign(value)
        self.draw_from(trial.seed)

    def draw_from(self, seed: int) -> None:
        """Start all draws anew."""
        if self.own is not None:
            self.own.seeding.draw_from(seed)
        for layer in self.drawings if self.own is None else ():
            layer.start(seed)

    def run(self, trial: Trial, material: FoldData, on_epochs: Callable[[int], None]) -> TrialResult:
        """Train one trial; see `engines.Train`."""
        started = time.perf_counter()
        ends: list[float] = []

        def on_epoch_end(epoch: int, logs: Any) -> None:
            on_epochs(1)
            ends.append(time.perf_counter())

        self.reset(trial)
        epochs = trial.experiment.training.epochs
        self.feed.set(material, batch_orders(material.split.train, trial.seed)(epochs))
        stopping = self._stopping(trial, material)
        fitted = self.model.fit(
            self.feed.batches,
            epochs=epochs,
            steps_per_epoch=self.feed.steps,
            validation_data=self.feed.held_out,
            validation_steps=self.feed.held_out_steps,
            shuffle=False,
            verbose=0,
            callbacks=[
                self._dropout(trial),
                *stopping,
                keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end),
            ],
        )
        seconds = time.perf_counter() - started
        on_epochs(epochs - len(ends))  # those that it did not take
        split, labels, evaluation = material.split, material.labels, trial.experiment.evaluation
        return TrialResult(
            trial,
            test_rows=split.test,
            train_rows=split.train,
            test_labels=labels[split.test],
            train_labels=labels[split.train],
            test_probabilities=self._predict(material, split.test),
            train_probabilities=self._predict(material, split.train),
            history=_history(fitted.history, material),
            seconds=seconds,
            epoch_seconds=epoch_seconds(ends, [1] * len(ends)),
            monte_carlo=self._monte_carlo(trial, material, on_epochs) if evaluation.monte_carlo else None,
            activations=self._activations(split.test) if "activations" in evaluation.measures else None,
            best_epoch=stopping[-1].best_epoch + 1 if stopping else None,
        )

    def _dropout(self, trial: Trial) -> Any:
        """Make dropout as strong as it is in the first epoch; return what does so at the start of each other."""
        epochs = strengths(trial.experiment, self.drawings)

        def strengthen(epoch: int, logs: Any = None) -> None:
            for layer, strength in zip(self.drawings, epochs[epoch], strict=True):
                layer.set(strength)

        strengthen(0)
        return keras.callbacks.LambdaCallback(on_epoch_begin=strengthen if len(epochs) > 1 else None)

    def _stopping(self, trial: Trial, material: FoldData) -> list[Any]:
        """Return what ends training early, if anything does; at its end the best epoch's weights are taken."""
        early = trial.experiment.training.early_stopping
        if early is None:
            return []
        rows = material.split.validation

        def measure_loss(epoch: int, logs: dict[str, float]) -> None:
            outputs = np.concatenate([self.give(piece).numpy() for piece in self.feed.pieces(rows)])
            loss = material.loss(outputs, rows, sigmoid=self.sigmoid)
            logs["validation_loss"] = loss if loss < _LARGEST else math.inf if loss >= _LARGEST else math.nan

        return [
            keras.callbacks.LambdaCallback(on_epoch_end=measure_loss),
            keras.callbacks.EarlyStopping(
                "validation_loss", patience=early.patience, mode="min", restore_best_weights=True
            ),
        ]

    def _predict(self, material: FoldData, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probabilities of rows, dropout off: shape (rows, classes); or the numbers, of shape (rows, 1)."""
        inputs, steps = self.feed.of(rows)
        return material.told(self.logits.predict(inputs, steps=steps, verbose=0), sigmoid=self.sigmoid)

    def _monte_carlo(self, trial: Trial, material: FoldData, on_epochs: Callable[[int], None]) -> NDArray[np.float64]:
        """Return the mean prediction for the held-out rows over the passes with dropout on; see `_predict`."""
        self.draw_from(draws_from(trial))

        def passes(inputs: Any) -> Iterator[NDArray[np.float64]]:
            for _ in range(trial.experiment.evaluation.monte_carlo):
                on_epochs(0)  # a chance to be stopped
                yield material.told(self.sample(inputs).numpy(), sigmoid=self.sigmoid)

        return np.concatenate([mean(passes(inputs)) for inputs in self.feed.pieces(material.split.test)])

    def _activations(self, rows: NDArray[np.int64]) -> Activations:
        """Measure the hidden layers' activations on rows, dropout off."""
        return measure(lambda: ([each.numpy() for each in self.hidden(piece)] for piece in self.feed.pieces(rows)))


def _history(logs: dict[str, list[float]], material: FoldData) -> History:
    validation = np.array(logs["validation_loss"]) if "validation_loss" in logs else None
    if material.unit is not None:
        train, test = (np.array(logs[name]) for name in ("cross_entropy", "val_cross_entropy"))
        return regression_history(material.unit, train, test, *material.targets, validation)
    return History(
        train_loss=np.array(logs["cross_entropy"]),
        train_accuracy=np.array(logs["accuracy"]),
        loss=np.array(logs["val_cross_entropy"]),
        accuracy=np.array(logs["val_accuracy"]),
        validation_loss=validation,
    )
