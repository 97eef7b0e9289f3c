"""The reference engine: plain Keras, one ``model.fit`` per trial.

In each thread one compiled model serves all trials with the same trace key: between trials its weights, optimizer
state, dropout rate and random streams are reset, so that nothing is traced twice and the process does not grow.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.early_stopping import monitor_of
from dropout_lab.engines.fold_data import (
    FoldData,
    batch_orders,
    dtype_of,
    fold_data_of,
    outputs_for,
)
from dropout_lab.engines.input_pipeline import InputPipeline
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.monte_carlo import mean, monte_carlo_seed
from dropout_lab.engines.outcome import History, TrialResult
from dropout_lab.engines.runtime import epoch_seconds
from dropout_lab.engines.target_scaling import regression_history
from dropout_lab.metrics.activations import Activations, measure_activations
from dropout_lab.models import (
    CustomModelLayer,
    hidden_activations,
    initial_weights,
    layers,
    learned_rate,
    loss_for,
    moving_averages,
    optimizer,
    stochastic_layers,
    strengths,
    with_moving_averages,
)
from dropout_lab.plan import Trial

__all__ = ["Net", "load"]


def load(_: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks, trial after trial; see `engines.Train`."""
    fold_data = fold_data_of(data)
    nets = threading.local()

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        for trial in block:
            key = trace_key(trial.experiment)
            net = vars(nets).pop(key, None)
            if net is None or not net.serves(trial.experiment):
                vars(nets).clear()  # keep one only: blocks come key by key
                net = Net(trial.experiment, data)
            outcome = net.run(trial, fold_data(trial), on_epochs)
            setattr(nets, key, net)  # not if it raised, which leaves its state undefined
            yield [outcome]

    return train


class Net:
    """A compiled model with its inputs in variables, reused trial after trial.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset
    weighted : bool
        Whether rows are weighted though the experiment weights no classes.

    Attributes
    ----------
    classes : int
        0 for regression.
    logits : keras.Model
        From preprocessed rows to logits.
    sigmoid : bool
        As in `fold_data.per_class`.
    pipeline : InputPipeline
        Its input.
    """

    def __init__(self, experiment: Experiment, data: Dataset, *, weighted: bool = False) -> None:
        dtype, outputs = dtype_of(experiment), outputs_for(data)
        self.classes = len(data.classes)
        self.sigmoid = isinstance(experiment.model, CNN) and experiment.model.output == "sigmoid"
        network = keras.Sequential([keras.Input((data.inputs,), dtype=dtype), *layers(experiment, data.row, outputs)])
        self.custom = next((layer for layer in network.layers if isinstance(layer, CustomModelLayer)), None)
        self.logits = keras.Model(network.inputs, network.layers[-1].input)
        self.model = self.logits if self.sigmoid else network
        loss = loss_for(outputs, sigmoid=self.sigmoid, regression=experiment.regression)
        accuracy = [] if experiment.regression else ["accuracy"]
        self.model.compile(
            optimizer(experiment),
            loss.batch(dtype=dtype),
            metrics=[*accuracy, loss.metric(name="cross_entropy", dtype=dtype)],
            jit_compile="auto" if tf.config.list_physical_devices("GPU") else False,  # XLA is slower on a processor
        )
        self.stochastic_layers = stochastic_layers(self.model.layers)
        self.model.optimizer.build(self.model.trainable_variables)
        self.optimizer_start = [variable.numpy() for variable in self.model.optimizer.variables]
        self.averages = [(variable, variable.numpy()) for variable in moving_averages(self.model.layers)]
        weighted = weighted or experiment.training.class_weight is not None
        self.pipeline = InputPipeline(data, dtype, experiment.training, weighted=weighted)
        inputs = [tf.TensorSpec((None, data.inputs), dtype)]
        self.sample = tf.function(self._pass_with_dropout, inputs, autograph=False)
        self.give = tf.function(self.logits, autograph=False)
        self.activations = tf.function(lambda rows: hidden_activations(network.layers, rows), inputs, autograph=False)

    def serves(self, experiment: Experiment) -> bool:
        """Return whether it can train an experiment with the same trace key, whatever its dropout rate."""
        return self.custom is None or self.custom.serves(experiment)

    def reset(self, trial: Trial) -> None:
        """Reset everything to the start of a trial."""
        if self.custom is not None:
            self.custom.seeding.start(trial.seed)
        else:
            start = initial_weights(self.model.layers, trial.experiment.model.initializer, trial.seed)
            for variable, value in zip(self.model.trainable_variables, start, strict=True):
                variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, self.optimizer_start, strict=True):
            variable.assign(value)
        for variable, value in self.averages:
            variable.assign(value)
        self.draw_from(trial.seed)

    def draw_from(self, seed: int) -> None:
        """Restart all random streams."""
        if self.custom is not None:
            self.custom.seeding.draw_from(seed)
        for layer in self.stochastic_layers if self.custom is None else ():
            layer.start(seed)

    def run(self, trial: Trial, fold: FoldData, on_epochs: Callable[[int], None]) -> TrialResult:
        """Train one trial; see `engines.Train`."""
        started = time.perf_counter()
        ends: list[float] = []

        def on_epoch_end(epoch: int, logs: Any) -> None:
            on_epochs(1)
            ends.append(time.perf_counter())

        self.reset(trial)
        epochs = trial.experiment.training.epochs
        self.pipeline.set(fold, batch_orders(fold.epoch_rows, trial.seed)(epochs), trial.seed)
        stopping = self._stopping(trial, fold)
        fitted = self.model.fit(
            self.pipeline.batches,
            epochs=epochs,
            steps_per_epoch=self.pipeline.steps,
            validation_data=self.pipeline.held_out,
            validation_steps=self.pipeline.held_out_steps,
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
        split, labels, evaluation = fold.split, fold.labels, trial.experiment.evaluation
        return TrialResult(
            trial,
            test_rows=split.test,
            train_rows=split.train,
            test_labels=labels[split.test],
            train_labels=labels[split.train],
            test_probabilities=self._predict(fold, split.test),
            train_probabilities=self._predict(fold, split.train),
            history=_history(fitted.history, fold),
            seconds=seconds,
            epoch_seconds=epoch_seconds(ends, [1] * len(ends)),
            monte_carlo=self._monte_carlo(trial, fold, on_epochs) if evaluation.monte_carlo else None,
            activations=self._activations(split.test) if "activations" in evaluation.measures else None,
            best_epoch=stopping[-1].best_epoch + 1 if stopping else None,
            learned_rate=self._learned_rate(trial),
        )

    def _learned_rate(self, trial: Trial) -> float | None:
        dropout = trial.experiment.dropout
        if dropout.strength_key != "initial_rate":
            return None
        return learned_rate(self.stochastic_layers, dropout.strength_of("learned"), lambda layer: layer.shift.numpy())

    def _dropout(self, trial: Trial) -> Any:
        """Set the dropout rates of the first epoch; return a callback that sets those of the others."""
        epochs = strengths(trial.experiment, self.stochastic_layers)

        def set_rates(epoch: int, logs: Any = None) -> None:
            for layer, strength in zip(self.stochastic_layers, epochs[epoch], strict=True):
                layer.set(strength)

        set_rates(0)
        return keras.callbacks.LambdaCallback(on_epoch_begin=set_rates if len(epochs) > 1 else None)

    def _stopping(self, trial: Trial, fold: FoldData) -> list[Any]:
        """Return the callbacks of early stopping, if the experiment has it; they restore the best epoch's weights."""
        monitor = monitor_of(trial, fold, self.classes, sigmoid=self.sigmoid)
        if monitor is None:
            return []

        def measure(epoch: int, logs: dict[str, float]) -> None:
            outputs = np.concatenate([self.give(piece).numpy() for piece in self.pipeline.pieces(monitor.rows)])
            logs["validation_loss"], value = monitor.measure(outputs)
            if value is not None:
                logs["monitored"] = value

        return [
            keras.callbacks.LambdaCallback(on_epoch_end=measure),
            keras.callbacks.EarlyStopping(
                "monitored" if monitor.metric else "validation_loss",
                min_delta=monitor.min_delta,
                patience=monitor.patience,
                mode="max" if monitor.higher else "min",
                restore_best_weights=True,
            ),
        ]

    def _predict(self, fold: FoldData, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Predict rows, dropout off: probabilities of shape (rows, classes), or targets of shape (rows, 1)."""
        inputs, steps = self.pipeline.inputs_of(rows)
        return fold.predictions(self.logits.predict(inputs, steps=steps, verbose=0), sigmoid=self.sigmoid)

    def _pass_with_dropout(self, rows: Any) -> Any:
        """Return the logits of rows with dropout on, and all else as at evaluation."""
        with with_moving_averages(self.logits.layers):
            return self.logits(rows, training=True)

    def _monte_carlo(self, trial: Trial, fold: FoldData, on_epochs: Callable[[int], None]) -> NDArray[np.float64]:
        """Return the mean prediction for the held-out rows over passes with dropout on; see `_predict`."""
        self.draw_from(monte_carlo_seed(trial))

        def passes(inputs: Any) -> Iterator[NDArray[np.float64]]:
            for _ in range(trial.experiment.evaluation.monte_carlo):
                on_epochs(0)  # lets an interrupt through
                yield fold.predictions(self.sample(inputs).numpy(), sigmoid=self.sigmoid)

        return np.concatenate([mean(passes(inputs)) for inputs in self.pipeline.pieces(fold.split.test)])

    def _activations(self, rows: NDArray[np.int64]) -> Activations:
        """Measure the hidden layers' activations on rows, dropout off."""
        return measure_activations(
            lambda: ([layer.numpy() for layer in self.activations(piece)] for piece in self.pipeline.pieces(rows))
        )


def _history(logs: dict[str, list[float]], fold: FoldData) -> History:
    validation, monitored = (np.array(logs[key]) if key in logs else None for key in ("validation_loss", "monitored"))
    if fold.target_scaler is not None:
        train, test = (np.array(logs[name]) for name in ("cross_entropy", "val_cross_entropy"))
        history = regression_history(fold.target_scaler, train, test, *fold.targets, validation)
        return replace(history, monitored=monitored)
    return History(
        train_loss=np.array(logs["cross_entropy"]),
        train_accuracy=np.array(logs["accuracy"]),
        loss=np.array(logs["val_cross_entropy"]),
        accuracy=np.array(logs["val_accuracy"]),
        validation_loss=validation,
        monitored=monitored,
    )
