"""Assemble the arrays of a block of trials for the stacked program."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.engines.blocks import padding_multiple
from dropout_lab.engines.fold_data import FoldData, batch_orders, least_improvement
from dropout_lab.engines.interface import Block
from dropout_lab.engines.monte_carlo import monte_carlo_seed
from dropout_lab.engines.stacked.program import Best, Inputs, Program
from dropout_lab.models import initial_weights, mask_seed, strengths
from dropout_lab.plan import Trial
from dropout_lab.provenance import LANES

__all__ = ["Stack", "assemble"]


@dataclass(frozen=True)
class Stack:
    """A block, ready to train.

    Attributes
    ----------
    trials : tuple of Trial
        Without the padding.
    folds : tuple of FoldData
        One per trial.
    state : list of array
    best : Best
        The start of `Program.train`.
    inputs : Inputs
    sampled : Inputs
        The same with the seeds of the Monte-Carlo passes; see `monte_carlo`.
    orders : callable
        Number of epochs -> the order of the rows in the next epochs, int32 of shape (groups, epochs, steps * batch).
    """

    trials: tuple[Trial, ...]
    folds: tuple[FoldData, ...]
    state: list[Any]
    best: Best
    inputs: Inputs
    sampled: Inputs
    orders: Callable[[int], NDArray[np.int32]]


def assemble(
    trials: Block, fold_data: Callable[[Trial], FoldData], program: Program, test_rows: int, validation_rows: int = 0
) -> Stack:
    """Assemble a block's data, random streams and initial weights.

    Parameters
    ----------
    trials : tuple of Trial
        With one trace key and the same number of batches per epoch.
    fold_data : callable
        Trial -> its data.
    program : Program
        A block with fewer groups than the program has is padded with copies of its first group.
    test_rows, validation_rows : int
        The most held-out and validation rows of any fold of the experiment. All blocks are padded to them, because a
        sum's order of additions depends on its length.
    """
    groups = program.groups
    firsts = {(trial.repeat, trial.fold): trial for trial in reversed(trials)}
    keys = list(dict.fromkeys((trial.repeat, trial.fold) for trial in trials))
    by_group = {key: fold_data(firsts[key]) for key in keys}
    leaders = [firsts[key] for key in keys]
    leaders += leaders[:1] * (groups - len(leaders))
    padded = [*trials, *trials[:1] * (-len(trials) % padding_multiple(trials[0].experiment, program.outputs))]
    dtype = trials[0].experiment.training.precision
    starts = {key: _start(firsts[key], program) for key in keys}
    weights = [np.stack([starts[trial.repeat, trial.fold][i] for trial in padded]) for i in range(len(program.weights))]
    weights = [
        value.reshape(len(padded), *variable.shape[1:])
        for value, variable in zip(weights, program.weights, strict=True)
    ]
    weights += [average.numpy().repeat(len(padded), axis=0) for average in program.averages]
    slots = [slot.numpy().repeat(len(padded), axis=0) if slot.ndim else slot.numpy() for slot in program.slots]
    folds = [by_group[leader.repeat, leader.fold] for leader in leaders]
    most_test, most_validation = round_up(test_rows), round_up(validation_rows)
    rows = round_up(len(folds[0].labels))
    offsets = np.arange(groups, dtype=np.int32)[:, None] * rows
    inputs = Inputs(
        group=np.array([keys.index((trial.repeat, trial.fold)) for trial in padded], np.int32),
        strength=np.stack(np.broadcast_arrays(*(_strength(trial, program) for trial in padded)), axis=1).astype(dtype),
        seeds=_seeds([leader.seed for leader in leaders], program),
        features=_concatenated([fold.features for fold in folds], rows),
        labels=np.concatenate([_padded(fold.learned_targets[:, None], rows) for fold in folds]).astype(dtype),
        sample_weight=_sample_weight(folds, rows).astype(dtype),
        weight=np.stack([_batch_weights(len(fold.epoch_rows), program.batch, dtype) for fold in folds]),
        test=np.stack([_padded(fold.split.test, most_test) for fold in folds]).astype(np.int32) + offsets,
        test_counts=np.stack([_padded(np.ones(len(fold.split.test), dtype), most_test) for fold in folds]),
        validation=np.stack([_padded(fold.split.validation, most_validation) for fold in folds]).astype(np.int32)
        + offsets,
        validation_counts=np.stack(
            [_padded(np.ones(len(fold.split.validation), dtype), most_validation) for fold in folds]
        ),
        min_delta=np.array([least_improvement(trials[0].experiment, fold) for fold in folds], dtype),
    )
    length = inputs.weight.shape[1]  # a local, so that `orders` does not keep all inputs alive
    streams = [batch_orders(fold.epoch_rows, leader.seed) for fold, leader in zip(folds, leaders, strict=True)]

    def orders(epochs: int) -> NDArray[np.int32]:
        return np.stack([_full_batches(order(epochs), length) for order in streams]) + offsets[:, :, None]

    constants = Inputs(*(tf.constant(value) for value in inputs))
    initial = [tf.constant(value) for value in weights]
    return Stack(
        trials,
        tuple(by_group[trial.repeat, trial.fold] for trial in trials),
        [tf.zeros((), program.optimizer.iterations.dtype), *initial, *(tf.constant(value) for value in slots)],
        Best(
            tf.fill(len(padded), tf.constant(np.inf, dtype)),
            tf.zeros(len(padded), tf.int32),
            initial if program.patience else [],
        ),
        constants,
        constants._replace(seeds=tf.constant(_seeds([monte_carlo_seed(leader) for leader in leaders], program))),
        orders,
    )


def _sample_weight(folds: list[FoldData], rows: int) -> NDArray[np.float64]:
    """Return the sample weights of each group in turn; empty if all rows have the same."""
    padded = [_padded(fold.sample_weight, rows) for fold in folds if fold.sample_weight is not None]
    return np.concatenate(padded) if padded else np.zeros(0)


def _concatenated(features: list[NDArray[Any]], rows: int) -> NDArray[Any]:
    """Return the inputs of each group in turn, padded with zeros to so many rows each, in one array."""
    result = np.zeros((len(features), rows, features[0].shape[1]), features[0].dtype)
    for group, values in zip(result, features, strict=True):
        group[: len(values)] = values
    return result.reshape(-1, result.shape[2])


def _seeds(roots: list[int], program: Program) -> NDArray[np.int32]:
    """Return the seeds of each group's masks, of shape (groups, stochastic layers, 2)."""
    seeds = [[mask_seed(root, layer.name) for layer in program.stochastic_layers] for root in roots]
    return np.array(seeds, np.int32).reshape(len(roots), len(program.stochastic_layers), 2)


def _start(trial: Trial, program: Program) -> list[NDArray[np.floating]]:
    initializer = trial.experiment.model.initializer
    return [np.asarray(weight) for weight in initial_weights(program.layers, initializer, trial.seed, stacked=True)]


def _strength(trial: Trial, program: Program) -> NDArray[np.float64]:
    """Return the rates of a trial's stochastic layers: shape (epochs or 1, stochastic layers, numbers)."""
    epochs = strengths(trial.experiment, program.stochastic_layers)
    numbers = [
        [layer.numbers_of(strength) for layer, strength in zip(program.stochastic_layers, epoch, strict=True)]
        for epoch in epochs
    ]
    return np.array(numbers).reshape(len(epochs), len(program.stochastic_layers), program.numbers)


def _batch_weights(rows: int, batch: int, dtype: str) -> NDArray[np.floating]:
    """Return for each row one over the size of its batch, 0 for padding: shape (steps * batch,)."""
    steps = -(-rows // batch)
    sizes = np.minimum(batch, rows - np.arange(steps) * batch)
    weights = np.repeat(1 / sizes, batch).astype(dtype)
    weights[rows:] = 0
    return weights


def _full_batches(order: NDArray[np.int64], length: int) -> NDArray[np.int32]:
    """Fill up the last batch of each epoch with rows that get no weight."""
    return np.pad(order, ((0, 0), (0, length - order.shape[1])), mode="edge").astype(np.int32)


def round_up(rows: int) -> int:
    """Round a number of rows up to a multiple of `LANES`."""
    return math.ceil(rows / LANES) * LANES


def _padded(rows: NDArray[Any], length: int) -> NDArray[Any]:
    """Pad rows with zeros to that length."""
    return np.pad(rows, [(0, length - len(rows)), *[(0, 0)] * (rows.ndim - 1)])
