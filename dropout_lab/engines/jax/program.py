"""The compiled program of a training: Keras' training step within loops over batches and epochs, compiled by JAX.

Keras' stateless calls make a training step a function of its variables, whatever the layers do. Import only in a
process whose Keras runs on JAX.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.jax.convolutions import fast_convolutions
from dropout_lab.engines.jax.network import Network
from dropout_lab.models import hidden_activations, optimizer, with_moving_averages

__all__ = ["PIECE", "Epochs", "Rows", "State", "TrainingProgram"]

PIECE = 128
"""Rows that are evaluated at once."""


class State(NamedTuple):
    """What training changes, each a list of arrays in Keras' order: weights, other variables, the optimizer's slots."""

    weights: list[Any]
    others: list[Any]
    slots: list[Any]


class Rows(NamedTuple):
    """The data of a trial.

    Attributes
    ----------
    features, labels : shapes (rows, inputs) and (rows, 1)
    sample_weight : shape (rows,)
        Of each row in the loss.
    test : int32 of shape (pieces, PIECE)
        The held-out rows, padded.
    test_counts : the same shape
        1, or 0 for padding.
    """

    features: Any
    labels: Any
    sample_weight: Any
    test: Any
    test_counts: Any


class Epochs(NamedTuple):
    """Some epochs to train.

    Attributes
    ----------
    batches : int32 of shape (most epochs, most steps, batch)
        Training rows in their order, padded.
    weight : shape (most steps, batch)
        Of each position in the loss of its batch: one over the rows of the batch, 0 for padding.
    last : int32 of shape (most epochs, rows) or None
        The last batch, if it is of a shape of its own.
    strength : shape (most epochs, stochastic layers, numbers)
        The rates of the stochastic layers.
    count, steps : int
        How many epochs, and how many of `batches` in each.
    """

    batches: Any
    weight: Any
    last: Any
    strength: Any
    count: Any
    steps: Any


class TrainingProgram:
    """The training of one architecture.

    Parameters
    ----------
    network : Network
    experiment : Experiment

    Attributes
    ----------
    slots : list of array
        The optimizer's variables at the start of a trial.
    """

    def __init__(self, network: Network, experiment: Experiment) -> None:
        self.network = network
        self.regression = experiment.regression
        self.optimizer = optimizer(experiment)
        self.optimizer.build(network.trained)
        self.slots = [np.asarray(variable.value) for variable in self.optimizer.variables]
        self.dtype = dtype_of(experiment)
        self._train = jax.jit(self._epochs)
        self._logits = jax.jit(self._evaluated)
        self._sample = jax.jit(self._sampled)
        self._activations = jax.jit(self._activated)

    def train(self, state: State, rows: Rows, epochs: Epochs) -> tuple[State, NDArray[np.floating]]:
        """Train some epochs.

        Returns
        -------
        State
        array of shape (4, epochs)
            The sums, over the rows that each epoch went through, of loss and hits; and, after it, over the held-out
            rows.
        """
        with fast_convolutions():
            state, sums = self._train(state, rows, epochs)
        return state, np.asarray(sums)[:, : epochs.count]

    def logits(self, state: State, features: Any, rows: NDArray[np.int64]) -> NDArray[np.floating]:
        """Return the logits of rows, dropout off: shape (rows, outputs)."""
        with fast_convolutions():
            return _joined((self._logits(state, features, piece) for piece in _pieces(rows)), len(rows))

    def sample(self, state: State, features: Any, rows: NDArray[np.int64]) -> tuple[NDArray[np.floating], list[Any]]:
        """Return the logits of rows with dropout on, and the other variables for the next such pass."""
        others, logits = state.others, []
        with fast_convolutions():
            for piece in _pieces(rows):
                values, others = self._sample(state._replace(others=others), features, piece)
                logits.append(values)
        return _joined(iter(logits), len(rows)), others

    def activations(self, state: State, features: Any, rows: NDArray[np.int64]) -> Iterator[list[NDArray[np.floating]]]:
        """Yield each hidden layer's activations of some of the rows, dropout off: shape (rows, units)."""
        for start, piece in zip(range(0, len(rows), PIECE), _pieces(rows), strict=True):
            with fast_convolutions():
                layers = self._activations(state, features, piece)
            yield [np.asarray(layer)[: len(rows) - start] for layer in layers]

    def numbers_in_windows(self, state: State, features: Any) -> int:
        """Return how many numbers the windows of all convolutions hold, per row."""
        with fast_convolutions() as sizes:
            jax.eval_shape(self._evaluated, state, features, np.zeros(1, np.int32))
        return sum(sizes)

    def _epochs(self, state: State, rows: Rows, epochs: Epochs) -> tuple[State, Any]:
        def epoch(number: Any, carried: tuple[State, Any]) -> tuple[State, Any]:
            state, sums = carried
            state = self._with_strength(state, epochs.strength[number])
            state, *trained = self._steps(state, rows, epochs, number)
            held_out = self._held_out(state, rows)
            return state, sums.at[:, number].set(jnp.stack([*trained, *held_out]))

        sums = jnp.zeros((4, epochs.batches.shape[0]), self.dtype)
        return jax.lax.fori_loop(0, epochs.count, epoch, (state, sums))

    def _steps(self, state: State, rows: Rows, epochs: Epochs, number: Any) -> tuple[State, Any, Any]:
        batches, zero = epochs.batches[number], jnp.zeros((), self.dtype)

        def step(at: Any, carried: tuple[State, Any, Any]) -> tuple[State, Any, Any]:
            return self._step(rows, carried, batches[at], epochs.weight[at])

        carried = jax.lax.fori_loop(0, epochs.steps, step, (state, zero, zero))
        if epochs.last is None:
            return carried
        last = epochs.last[number]
        return self._step(rows, carried, last, jnp.full(last.shape, 1 / len(last), self.dtype))

    def _step(self, rows: Rows, carried: tuple[State, Any, Any], batch: Any, weight: Any) -> tuple[State, Any, Any]:
        state, loss, hits = carried
        features, labels = rows.features[batch], rows.labels[batch]
        row_weight = weight * rows.sample_weight[batch]

        def objective(weights: list[Any]) -> tuple[Any, tuple[Any, ...]]:
            logits, others, penalties = self.network.logits.stateless_call(
                weights, state.others, features, training=True, return_losses=True
            )
            losses = self.network.losses(labels, logits)
            return sum([(losses * row_weight).sum(), *penalties]), (logits, others, losses)

        gradient, (logits, others, losses) = jax.grad(objective, has_aux=True)(state.weights)
        weights, slots = self.optimizer.stateless_apply(state.slots, gradient, state.weights)
        counts = (weight > 0).astype(weight.dtype)
        sums = [(losses * counts).sum(), (self._hits(labels, logits) * counts).sum()]
        return State(weights, others, slots), loss + sums[0].astype(loss.dtype), hits + sums[1]

    def _with_strength(self, state: State, strength: Any) -> State:
        """Set the rates of the stochastic layers; `strength` is of shape (stochastic layers, numbers)."""
        others = list(state.others)
        for layer, positions in enumerate(self.network.strength_at):
            for number, position in enumerate(positions):
                others[position] = strength[layer, number].astype(others[position].dtype)
        return state._replace(others=others)

    def _held_out(self, state: State, rows: Rows) -> tuple[Any, Any]:
        """Return the sums of loss and hits over the held-out rows, dropout off."""

        def piece(sums: tuple[Any, Any], piece: tuple[Any, Any]) -> tuple[tuple[Any, Any], None]:
            at, counts = piece
            labels, logits = rows.labels[at], self._evaluated(state, rows.features, at)
            losses = self.network.losses(labels, logits) * counts
            return (sums[0] + losses.sum(), sums[1] + (self._hits(labels, logits) * counts).sum()), None

        zero = jnp.zeros((), self.dtype)
        return jax.lax.scan(piece, (zero, zero), (rows.test, rows.test_counts))[0]

    def _evaluated(self, state: State, features: Any, rows: Any) -> Any:
        logits, _ = self.network.logits.stateless_call(state.weights, state.others, features[rows], training=False)
        return logits

    def _sampled(self, state: State, features: Any, rows: Any) -> tuple[Any, list[Any]]:
        scope = self._scope(state)
        with with_moving_averages(self.network.logits._flatten_layers()), scope:
            logits = self.network.logits(features[rows], training=True)
        return logits, [scope.get_current_value(variable) for variable in self.network.others]

    def _activated(self, state: State, features: Any, rows: Any) -> list[Any]:
        with self._scope(state):
            return hidden_activations(self.network.layers, features[rows])

    def _scope(self, state: State) -> keras.StatelessScope:
        """Return a scope in which the network's variables stand for these values."""
        variables = [*self.network.trained, *self.network.others]
        return keras.StatelessScope(list(zip(variables, [*state.weights, *state.others], strict=True)))

    def _hits(self, labels: Any, logits: Any) -> Any:
        """Return 1 where the most probable class is the true one, else 0: shape (rows,); 0 for regression."""
        if self.regression:
            return jnp.zeros_like(logits[:, 0])
        predicted = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1)
        return (predicted == labels[:, 0]).astype(logits.dtype)


def _pieces(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int32]]:
    """Yield row numbers in pieces of `PIECE`, the last one padded."""
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE].astype(np.int32)
        yield np.pad(piece, (0, PIECE - len(piece)), mode="edge")


def _joined(pieces: Iterator[Any], rows: int) -> NDArray[np.floating]:
    return np.concatenate([np.asarray(piece) for piece in pieces])[:rows]
