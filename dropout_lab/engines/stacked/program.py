"""The compiled program that trains a stack of networks, with Keras' own layers, losses and optimizers.

Keras' variables are only names: inside a ``keras.StatelessScope`` each stands for a tensor, which has the leading
trial axis and is passed from step to step. The program is a pure function of its arguments, so one trace serves every
block, in several threads at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from dropout_lab.config import Experiment
from dropout_lab.engines.trained import Totals
from dropout_lab.models import (
    StackedBatchNormalization,
    hidden_activations,
    layers,
    loss_for,
    moving_averages,
    optimizer,
    stochastic_layers,
)
from dropout_lab.provenance import LANES

__all__ = ["PIECE", "Best", "Inputs", "Program"]

PIECE = 4096
"""Rows that all trials evaluate at once: a multiple of `LANES`, and at most `_UNSPLIT`."""

_UNSPLIT = 4096
"""Numbers that TensorFlow sums in one go (8192 in float32); longer sums it splits at aligned addresses."""


class Inputs(NamedTuple):
    """The data of a block of K trials from G (repeat, fold) groups; see `block.assemble`.

    Attributes
    ----------
    group : int32 of shape (K,)
        The group of each trial.
    strength : shape (E, K, stochastic layers, numbers)
        The rates of a trial's stochastic layers in each epoch; the last entry serves all later epochs.
    seeds : int32 of shape (G, stochastic layers, 2)
        Seeds of each group's masks.
    features, labels : shapes (G * rows, inputs) and (G * rows, 1)
        All rows of the data set, scaled for each group in turn.
    sample_weight : shape (G * rows,), or (0,)
        Each row's weight in the loss, if classes are weighted.
    weight : shape (G, steps * batch)
        Each position's weight in the loss of its batch: one over the rows of the batch, 0 for padding.
    test : int32 of shape (G, test rows)
        Held-out rows, as positions in `features`.
    test_counts : shape (G, test rows)
        1, or 0 for padding of groups with fewer rows.
    validation, validation_counts : shape (G, validation rows)
        The same for the validation rows of early stopping.
    min_delta : shape (G,)
        By how much a sum over the validation rows must improve.
    """

    group: Any
    strength: Any
    seeds: Any
    features: Any
    labels: Any
    sample_weight: Any
    weight: Any
    test: Any
    test_counts: Any
    validation: Any
    validation_counts: Any
    min_delta: Any


class Best(NamedTuple):
    """The best epoch of each trial so far, for early stopping.

    Attributes
    ----------
    score : shape (K,)
        The lowest sum over the validation rows so far: of the losses, or of the hits, negated.
    epoch : int32 of shape (K,)
        Its number, from 1; 1 if no score was finite.
    weights : list of array
        Weights and moving averages after that epoch, with K as their first axis.
    """

    score: Any
    epoch: Any
    weights: list[Any]


class Program:
    """The training of one architecture, for any number of trials.

    Parameters
    ----------
    experiment : Experiment
    inputs : int
        Features of a row.
    outputs : int
        1 for two classes, else the number of classes.
    groups : int
        (repeat, fold) groups of a block.
    """

    def __init__(self, experiment: Experiment, inputs: int, outputs: int, groups: int) -> None:
        self.batch = experiment.training.batch_size
        self.outputs = outputs
        self.groups = groups
        self.layers = layers(experiment, (), outputs, stacked=True)
        shape: tuple[int | None, ...] = (1, None, inputs)
        for layer in self.layers:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        self.stochastic_layers = stochastic_layers(self.layers)
        self.numbers = len(self.stochastic_layers[0].numbers) if self.stochastic_layers else 0
        self.weighted = experiment.training.class_weight is not None
        self.regression = experiment.regression
        early = experiment.training.early_stopping
        self.patience = early.patience if early else 0
        self.monitors_hits = experiment.monitor == "accuracy"
        self.loss = loss_for(outputs, regression=self.regression).per_row
        self.weights = [variable for layer in self.layers for variable in layer.trainable_weights]
        self.optimizer = optimizer(experiment, stacked=True)
        self.optimizer.build(self.weights)
        steps, *self.slots = self.optimizer.variables
        self.averages = moving_averages(self.layers)
        self.state = [steps, *self.weights, *self.averages, *self.slots]
        state, block, orders = self._signature(experiment.training.precision, inputs, groups)
        kept = state[1 : 1 + len(self.weights) + len(self.averages)] if self.patience else []
        best = Best(tf.TensorSpec((None,), block.weight.dtype), tf.TensorSpec((None,), tf.int32), kept)
        self.train = tf.function(self._train, input_signature=(state, best, block, orders), autograph=False)
        first = tf.TensorSpec((), tf.int32)
        self.predict = tf.function(self._predict, input_signature=(state, block, first), autograph=False)
        number = tf.TensorSpec((), self.optimizer.iterations.dtype)
        self.sample = tf.function(self._sample, input_signature=(state, block, number), autograph=False)
        self.activations = tf.function(self._activations, input_signature=(state, block), autograph=False)

    def _signature(self, dtype: str, inputs: int, groups: int) -> tuple[list[Any], Inputs, Any]:
        """Return the argument specs, with open axes where blocks differ, so that one trace serves them all."""
        spec = tf.TensorSpec
        shapes = [(None, *variable.shape[1:]) if variable.ndim else () for variable in self.state]
        return (
            [spec(shape, variable.dtype) for shape, variable in zip(shapes, self.state, strict=True)],
            Inputs(
                group=spec((None,), tf.int32),
                strength=spec((None, None, len(self.stochastic_layers), self.numbers), dtype),
                seeds=spec((groups, len(self.stochastic_layers), 2), tf.int32),
                features=spec((None, inputs), dtype),
                labels=spec((None, 1), dtype),
                sample_weight=spec((None,), dtype),
                weight=spec((groups, None), dtype),
                test=spec((groups, None), tf.int32),
                test_counts=spec((groups, None), dtype),
                validation=spec((groups, None), tf.int32),
                validation_counts=spec((groups, None), dtype),
                min_delta=spec((groups,), dtype),
            ),
            spec((groups, None, None), tf.int32),
        )

    def _train(self, state: list[Any], best: Best, inputs: Inputs, orders: Any) -> tuple[list[Any], Best, Totals]:
        """Train some epochs.

        Parameters
        ----------
        state : list of array
            Values of `self.state`: the number of steps so far, the weights, moving averages, the optimizer's other
            variables. K is the first axis of all but scalars, which are the same for all trials.
        best : Best
            Unchanged without early stopping.
        inputs : Inputs
        orders : int32 of shape (G, epochs, steps * batch)
            The order of the training rows, as positions in ``inputs.features``.

        Returns
        -------
        state : list of array
        best : Best
        totals : Totals
        """
        epochs = tf.shape(orders)[1]
        steps = tf.shape(orders)[2] // self.batch
        shapes = [tf.TensorShape(value.shape) for value in state]

        def epoch(number: Any, state: list[Any], best: Best, sums: list[Any]) -> tuple[Any, list[Any], Best, list[Any]]:
            epochs_done = tf.cast(state[0], tf.int32) // steps
            strength = inputs.strength[tf.minimum(epochs_done, tf.shape(inputs.strength)[0] - 1)]

            def step(index: Any, state: list[Any], loss: Any, hits: Any) -> tuple[Any, list[Any], Any, Any]:
                batch = slice(index * self.batch, (index + 1) * self.batch)
                rows = tf.gather(orders[:, number, batch], inputs.group)
                weight = tf.gather(inputs.weight[:, batch], inputs.group)
                state, batch_loss, batch_hits = self._step(state, inputs, strength, rows, weight)
                return index + 1, state, loss + batch_loss, hits + batch_hits

            zero = tf.zeros_like(inputs.group, inputs.weight.dtype)
            _, state, *trained = tf.while_loop(
                lambda index, *_: index < steps,
                step,
                (0, state, zero, zero),
                (tf.TensorShape(()), shapes, zero.shape, zero.shape),
                parallel_iterations=1,
            )
            totals = [*trained, *self.evaluate(state, inputs, inputs.test, inputs.test_counts), zero, zero]
            if self.patience:
                loss, hits = self.evaluate(state, inputs, inputs.validation, inputs.validation_counts)
                totals[-2:] = loss, hits
                score = tf.where(tf.math.is_finite(loss), -hits, loss) if self.monitors_hits else loss
                best = self._better(best, score, tf.gather(inputs.min_delta, inputs.group), epochs_done + 1, state)
            sums = [array.write(number, total) for array, total in zip(sums, totals, strict=True)]
            return number + 1, state, best, sums

        sums = [tf.TensorArray(inputs.weight.dtype, size=epochs) for _ in Totals._fields]
        start = (0, list(state), best, sums)
        _, state, best, sums = tf.while_loop(lambda number, *_: number < epochs, epoch, start, parallel_iterations=1)
        return state, best, Totals(*(array.stack() for array in sums))

    def _better(self, best: Best, score: Any, min_delta: Any, epoch: Any, state: list[Any]) -> Best:
        """Keep the better weights of trials that have not run out of patience, as Keras' EarlyStopping does."""
        better = ((score + min_delta < best.score) & (epoch <= best.epoch + self.patience)) | (epoch == 1)
        weights = [
            tf.where(tf.reshape(better, (-1, *[1] * (len(new.shape) - 1))), new, old)
            for new, old in zip(state[1:], best.weights, strict=False)
        ]
        return Best(tf.where(better, score, best.score), tf.where(better, epoch, best.epoch), weights)

    def _step(
        self, state: list[Any], inputs: Inputs, strength: Any, rows: Any, weight: Any
    ) -> tuple[list[Any], Any, Any]:
        """Take one step of every trial, rows and weights of shape (K, batch); return sums of loss and hits (K,)."""
        features, labels = tf.gather(inputs.features, rows), tf.gather(inputs.labels, rows)
        counts = tf.cast(weight > 0, weight.dtype)
        row_weight = weight * tf.gather(inputs.sample_weight, rows) if self.weighted else weight
        draws = self.draws(state[0], inputs, self.batch)
        shares = [
            (layer.shares, weight[:, None]) for layer in self.layers if isinstance(layer, StackedBatchNormalization)
        ]
        with _scope([*zip(self.state, state, strict=True), *self._drawn(strength, draws), *shares]) as scope:
            weights = state[1 : 1 + len(self.weights)]
            with tf.GradientTape() as tape:
                tape.watch(weights)
                outputs = self._forward(features, self.layers, training=True)
                losses = self.loss(labels, outputs)
                penalties = [penalty for layer in self.layers for penalty in layer.losses]
                objective = tf.add_n([tf.reduce_sum(losses * row_weight), *penalties])
            self.optimizer.apply(tape.gradient(objective, weights), self.weights)
            state = [scope.get_current_value(variable) for variable in self.state]
        hits = self._hits(labels, outputs) * counts
        return state, _per_trial(losses * counts, self.batch), _per_trial(hits, self.batch)

    def _drawn(self, strength: Any, draws: list[Any]) -> Iterator[tuple[Any, Any]]:
        """Pair the variables of the stochastic layers with their values."""
        for position, (layer, draw) in enumerate(zip(self.stochastic_layers, draws, strict=True)):
            yield layer.draws, draw
            for number, variable in enumerate(layer.strength):
                yield variable, strength[:, position, number, None, None]

    def draws(self, step: Any, inputs: Inputs, rows: Any) -> list[Any]:
        """Draw an array of shape (K, rows, units) for each stochastic layer.

        A group's draws are those of Keras' own layer with that group's seed.
        """
        seeds = tf.unstack(inputs.seeds + tf.cast(tf.stack([0, step]), tf.int32), axis=1)
        draws = []
        for layer, of_layer in zip(self.stochastic_layers, seeds, strict=True):
            by_group = [layer.draw_for(seed, rows, inputs.strength.dtype) for seed in tf.unstack(of_layer)]
            draws.append(tf.gather(tf.stack(by_group), inputs.group))
        return draws

    def evaluate(self, state: list[Any], inputs: Inputs, rows: Any, counts: Any) -> tuple[Any, Any]:
        """Return the sums of loss and hits, each of shape (K,), over rows of shape (G, rows), dropout off."""
        every_row, every_count = tf.gather(rows, inputs.group), tf.gather(counts, inputs.group)

        def piece(first: Any, loss: Any, hits: Any) -> tuple[Any, Any, Any]:
            rows, counts = (values[:, first : first + PIECE] for values in (every_row, every_count))
            labels = tf.gather(inputs.labels, rows)
            with _scope(zip(self.state, state, strict=True)):
                outputs = self._forward(tf.gather(inputs.features, rows), self.layers, training=False)
                losses = self.loss(labels, outputs)
            loss += _per_trial(losses * counts)
            return first + PIECE, loss, hits + _per_trial(self._hits(labels, outputs) * counts)

        zero = tf.zeros_like(inputs.group, inputs.weight.dtype)
        width = tf.shape(every_row)[1]
        _, loss, hits = tf.while_loop(lambda first, *_: first < width, piece, (0, zero, zero), parallel_iterations=1)
        return loss, hits

    def _predict(self, state: list[Any], inputs: Inputs, first: Any) -> Any:
        """Return the logits, of shape (K, rows, outputs), for `PIECE` rows of the data set from `first` on."""
        groups = tf.shape(inputs.seeds)[0]
        features = tf.reshape(inputs.features, (groups, -1, inputs.features.shape[-1]))[:, first : first + PIECE]
        with _scope(zip(self.state, state, strict=True)):
            return self._forward(tf.gather(features, inputs.group), self.layers[:-1], training=False)

    def _sample(self, state: list[Any], inputs: Inputs, number: Any) -> Any:
        """Return the logits, of shape (K, test rows, outputs), of one pass over the held-out rows with dropout on.

        The rates are those of the last epoch in `inputs`. The number of the pass selects its draws from the streams
        that start at ``inputs.seeds``.
        """
        rows = tf.gather(inputs.test, inputs.group)
        draws = self.draws(number, inputs, tf.shape(rows)[1])
        with _scope([*zip(self.state, state, strict=True), *self._drawn(inputs.strength[-1], draws)]):
            return self._forward(tf.gather(inputs.features, rows), self.layers[:-1], training=True, learning=False)

    def _activations(self, state: list[Any], inputs: Inputs) -> list[Any]:
        """Return each hidden layer's activations, of shape (K, test rows, units), on the held-out rows, dropout off."""
        features = tf.gather(inputs.features, tf.gather(inputs.test, inputs.group))
        with _scope(zip(self.state, state, strict=True)):
            return hidden_activations(self.layers, features)

    def _forward(self, values: Any, layers: Sequence[Any], *, training: bool, learning: bool = True) -> Any:
        """Return what the layers make of values; with dropout if `training`, by moving averages unless `learning`."""
        for layer in layers:
            values = layer(values, training=training and (learning or not isinstance(layer, StackedBatchNormalization)))
        return values

    def _hits(self, labels: Any, outputs: Any) -> Any:
        """Return 1 where the most probable class is the true one, else 0: shape (K, rows); 0 for regression."""
        if self.regression:
            return tf.zeros_like(outputs[..., 0])
        if self.outputs == 1:
            predicted = tf.cast(outputs > 0.5, labels.dtype)[..., 0]
        else:
            predicted = tf.cast(tf.argmax(outputs, axis=-1), labels.dtype)
        return tf.cast(tf.equal(predicted, labels[..., 0]), outputs.dtype)


def _scope(pairs: Iterable[tuple[Any, Any]]) -> keras.StatelessScope:
    """Return a scope in which Keras' variables stand for these tensors, for any length of the trial axis."""
    scope = keras.StatelessScope()
    for pair in pairs:
        scope.add_update(pair)
    return scope


def _per_trial(values: Any, length: int = _UNSPLIT) -> Any:
    """Sum over the innermost axis, in an order of additions that does not depend on the other trials.

    If the axis is longer than `_UNSPLIT`, `length` must be given: it is then padded so that each trial's start is
    aligned.
    """
    if length > _UNSPLIT:
        values = tf.pad(values, [(0, 0), (0, -length % LANES)])
    return tf.reduce_sum(values, axis=-1)
