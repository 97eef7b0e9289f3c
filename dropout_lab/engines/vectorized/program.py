"""The compiled program that trains many networks at once: one training step of Keras, vectorized over trials by JAX.

Keras' stateless calls make a training step a function of its variables; `jax.vmap` gives each of them a leading trial
axis, whatever the layers do. Import only in a process whose Keras runs on JAX.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import keras
import numpy as np
from jax import numpy as jnp

from dropout_lab.config import Experiment
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.trained import Totals
from dropout_lab.engines.vectorized.network import Network
from dropout_lab.models import hidden_activations, optimizer, with_moving_averages

__all__ = ["PIECE", "BestEpochs", "BlockInputs", "BlockTrials", "TrialStates", "VectorizedProgram"]

PIECE = 256
"""Rows that a trial evaluates at once; the number of rows is padded to a multiple, or of `LANES` if there are fewer."""


class TrialStates(NamedTuple):
    """What training changes, each a list of arrays in Keras' order, with a leading trial axis."""

    weights: list[Any]
    others: list[Any]
    slots: list[Any]


class BestEpochs(NamedTuple):
    """The best epoch of each trial so far, for early stopping.

    Attributes
    ----------
    score : shape (K,)
        The lowest so far: the sum of the losses over the validation rows, or minus that of the hits.
    epoch : int32 of shape (K,)
        Its number, from 1; 1 if no loss was finite.
    weights, others : list of array
        After that epoch, with K as their first axis.
    """

    score: Any
    epoch: Any
    weights: list[Any]
    others: list[Any]


class BlockTrials(NamedTuple):
    """What differs between the K trials of a block.

    Attributes
    ----------
    group : int32 of shape (K,)
        The (repeat, fold) group of each.
    strength : shape (K, E, stochastic layers, numbers)
        The rates of a trial's stochastic layers in each epoch; the last entry serves all later epochs.
    """

    group: Any
    strength: Any


class BlockInputs(NamedTuple):
    """The data of the G groups of a block.

    Attributes
    ----------
    features, labels : shapes (G, rows, inputs) and (G, rows, 1)
    sample_weight : shape (G, rows)
        Of each row in the loss.
    weight : shape (G, steps, batch)
        Of each position in the loss of its batch: one over the rows of the batch, 0 for padding.
    test, validation : int32 of shapes (G, test rows) and (G, validation rows)
        Row numbers, padded; see `PIECE`.
    test_counts, validation_counts : the same shapes
        1, or 0 for padding.
    min_delta : shape (G,)
        By how much early stopping's score must improve.
    """

    features: Any
    labels: Any
    sample_weight: Any
    weight: Any
    test: Any
    test_counts: Any
    validation: Any
    validation_counts: Any
    min_delta: Any


class VectorizedProgram:
    """The training of one architecture.

    Parameters
    ----------
    network : Network
    experiment : Experiment
    remainder : int
        Rows of each epoch's last batch if it is a batch of its own shape; 0: all batches are full or padded.
    """

    def __init__(self, network: Network, experiment: Experiment, remainder: int) -> None:
        self.network, self.remainder = network, remainder
        self.regression = experiment.regression
        early = experiment.training.early_stopping
        self.patience = early.patience if early else 0
        self.monitors_hits = experiment.monitor == "accuracy"
        self.optimizer = optimizer(experiment)
        self.optimizer.build(network.trained)
        self.slots = [np.asarray(variable.value) for variable in self.optimizer.variables]
        self.dtype = dtype_of(experiment)
        self._train = jax.jit(jax.vmap(self._epochs, in_axes=(0, 0, None, None, None)), donate_argnums=0)
        self._predict = jax.jit(jax.vmap(self._logits, in_axes=(0, 0, None, None)))
        self._sample = jax.jit(jax.vmap(self._sampled, in_axes=(0, 0, None)))
        self._activations = jax.jit(jax.vmap(self._activated, in_axes=(0, 0, None)))

    def train(
        self,
        progress: tuple[TrialStates, BestEpochs],
        trials: BlockTrials,
        inputs: BlockInputs,
        orders: Any,
        span: tuple[int, int],
    ) -> tuple[tuple[TrialStates, BestEpochs], Totals]:
        """Train some epochs.

        Parameters
        ----------
        progress : tuple of TrialStates and BestEpochs
            So far; used up.
        trials : BlockTrials
        inputs : BlockInputs
        orders : int32 of shape (G, most epochs, steps, batch)
            The order of the training rows in the next epochs.
        span : tuple of int
            Epochs done, and how many to train now: at most as many as `orders` has.
        """
        progress, totals = self._train(progress, trials, inputs, orders, jnp.array(span, jnp.int32))
        return progress, Totals(*(np.asarray(total)[:, : span[1]] for total in totals))

    def predict(self, state: TrialStates, trials: BlockTrials, inputs: BlockInputs) -> Any:
        """Return the logits of all rows, dropout off: shape (K, rows, outputs)."""
        rows = inputs.features.shape[1]
        starts = range(0, rows, PIECE)
        pieces = [np.asarray(self._predict(state, trials, inputs.features, jnp.int32(start))) for start in starts]
        return np.concatenate(pieces, axis=1)

    def sample(self, state: TrialStates, trials: BlockTrials, inputs: BlockInputs) -> tuple[Any, list[Any]]:
        """Return the logits of the held-out rows with dropout on, and the other variables for the next such pass."""
        logits, others = self._sample(state, trials, inputs)
        return np.asarray(logits), others

    def activations(self, state: TrialStates, trials: BlockTrials, inputs: BlockInputs) -> list[Any]:
        """Return each hidden layer's activations of the held-out rows, dropout off: shape (K, test rows, units)."""
        return [np.asarray(layer) for layer in self._activations(state, trials, inputs)]

    # From here on, everything is about one trial: the trial axis is `vmap`'s.

    def _epochs(
        self, progress: tuple[TrialStates, BestEpochs], trial: BlockTrials, inputs: BlockInputs, orders: Any, span: Any
    ) -> tuple[tuple[TrialStates, BestEpochs], Totals]:
        first, epochs = span

        def epoch(number: Any, carried: tuple[TrialStates, BestEpochs, Any]) -> tuple[TrialStates, BestEpochs, Any]:
            state, best, totals = carried
            last = trial.strength.shape[0] - 1
            state = self._with_strength(state, trial.strength[jnp.minimum(first + number, last)])
            state, trained = self._steps(state, trial.group, inputs, orders[trial.group, number])
            held_out = self._evaluate(state, trial.group, inputs, inputs.test, inputs.test_counts)
            validation = (jnp.zeros_like(trained[0]),) * 2
            if self.patience:
                validation = self._evaluate(state, trial.group, inputs, inputs.validation, inputs.validation_counts)
                best = self._better(best, validation, inputs.min_delta[trial.group], first + number + 1, state)
            sums = jnp.stack([*trained, *held_out, *validation])
            return state, best, totals.at[:, number].set(sums)

        totals = jnp.zeros((len(Totals._fields), orders.shape[1]), inputs.weight.dtype)
        state, best, totals = jax.lax.fori_loop(0, epochs, epoch, (*progress, totals))
        return (state, best), Totals(*totals)

    def _steps(
        self, state: TrialStates, group: Any, inputs: BlockInputs, order: Any
    ) -> tuple[TrialStates, tuple[Any, Any]]:
        """Take the steps of an epoch; `order` is of shape (steps, batch)."""
        step = partial(self._step, group, inputs)
        weight, zero = inputs.weight[group], jnp.zeros((), inputs.weight.dtype)
        full = order.shape[0] - bool(self.remainder)
        carried = (state, zero, zero)
        carried = jax.lax.fori_loop(0, full, lambda at, carried: step(carried, order[at], weight[at]), carried)
        if self.remainder:
            carried = step(carried, order[full, : self.remainder], weight[full, : self.remainder])
        state, loss, hits = carried
        return state, (loss, hits)

    def _step(
        self, group: Any, inputs: BlockInputs, carried: tuple[TrialStates, Any, Any], rows: Any, weight: Any
    ) -> tuple[TrialStates, Any, Any]:
        state, loss, hits = carried
        features, labels = inputs.features[group, rows], inputs.labels[group, rows]
        row_weight = weight * inputs.sample_weight[group, rows]

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
        return TrialStates(weights, others, slots), loss + sums[0].astype(loss.dtype), hits + sums[1]

    def _with_strength(self, state: TrialStates, strength: Any) -> TrialStates:
        """Set the rates of the stochastic layers; `strength` is of shape (stochastic layers, numbers)."""
        others = list(state.others)
        for layer, positions in enumerate(self.network.strength_at):
            for number, position in enumerate(positions):
                others[position] = strength[layer, number].astype(others[position].dtype)
        return state._replace(others=others)

    def _evaluate(self, state: TrialStates, group: Any, inputs: BlockInputs, rows: Any, counts: Any) -> tuple[Any, Any]:
        """Return the sums of loss and hits over rows of shape (G, rows), dropout off."""

        def piece(sums: tuple[Any, Any], piece: tuple[Any, Any]) -> tuple[tuple[Any, Any], None]:
            rows, counts = piece
            labels = inputs.labels[group, rows]
            logits, _ = self._forward(state, inputs.features[group, rows], training=False)
            losses = self.network.losses(labels, logits) * counts
            return (sums[0] + losses.sum(), sums[1] + (self._hits(labels, logits) * counts).sum()), None

        zero = jnp.zeros((), inputs.weight.dtype)
        pieces = rows[group].reshape(-1, _piece(rows)), counts[group].reshape(-1, _piece(rows))
        sums, _ = jax.lax.scan(piece, (zero, zero), pieces)
        return sums

    def _better(
        self, best: BestEpochs, validation: tuple[Any, Any], min_delta: Any, epoch: Any, state: TrialStates
    ) -> BestEpochs:
        """Keep the better weights of a trial that has not run out of patience, as Keras' EarlyStopping does."""
        loss, hits = validation
        score = jnp.where(jnp.isfinite(loss), -hits, loss) if self.monitors_hits else loss
        better = ((score + min_delta < best.score) & (epoch <= best.epoch + self.patience)) | (epoch == 1)
        new = BestEpochs(score, epoch, state.weights, state.others)
        return jax.tree.map(lambda new, old: jnp.where(better, new, old), new, best)

    def _forward(self, state: TrialStates, features: Any, *, training: bool) -> tuple[Any, list[Any]]:
        return self.network.logits.stateless_call(state.weights, state.others, features, training=training)

    def _logits(self, state: TrialStates, trial: BlockTrials, features: Any, first: Any) -> Any:
        rows = jnp.minimum(first + jnp.arange(PIECE), features.shape[1] - 1)
        logits, _ = self._forward(state, features[trial.group, rows], training=False)
        return logits

    def _sampled(self, state: TrialStates, trial: BlockTrials, inputs: BlockInputs) -> tuple[Any, list[Any]]:
        def piece(others: list[Any], rows: Any) -> tuple[list[Any], Any]:
            scope = self._scope(state._replace(others=others))
            with with_moving_averages(self.network.logits._flatten_layers()), scope:
                logits = self.network.logits(inputs.features[trial.group, rows], training=True)
            return [scope.get_current_value(variable) for variable in self.network.others], logits

        rows = inputs.test[trial.group].reshape(-1, _piece(inputs.test))
        others, logits = jax.lax.scan(piece, state.others, rows)
        return logits.reshape(-1, logits.shape[-1]), others

    def _activated(self, state: TrialStates, trial: BlockTrials, inputs: BlockInputs) -> list[Any]:
        def piece(_: None, rows: Any) -> tuple[None, list[Any]]:
            with self._scope(state):
                return None, hidden_activations(self.network.layers, inputs.features[trial.group, rows])

        _, layers = jax.lax.scan(piece, None, inputs.test[trial.group].reshape(-1, _piece(inputs.test)))
        return [layer.reshape(-1, *layer.shape[2:]) for layer in layers]

    def _scope(self, state: TrialStates) -> keras.StatelessScope:
        """Return a scope in which the network's variables stand for these values."""
        variables = [*self.network.trained, *self.network.others]
        return keras.StatelessScope(list(zip(variables, [*state.weights, *state.others], strict=True)))

    def _hits(self, labels: Any, logits: Any) -> Any:
        """Return 1 where the most probable class is the true one, else 0: shape (rows,); 0 for regression."""
        if self.regression:
            return jnp.zeros_like(logits[:, 0])
        predicted = logits[:, 0] > 0 if logits.shape[1] == 1 else logits.argmax(axis=1)
        return (predicted == labels[:, 0]).astype(logits.dtype)


def _piece(rows: Any) -> int:
    """Return how many of the rows are evaluated at once."""
    return min(PIECE, max(rows.shape[1], 1))
