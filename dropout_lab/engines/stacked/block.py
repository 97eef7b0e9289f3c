"""Trials -> the arrays that the program takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.engines.blocks import LANES, padding_multiple
from dropout_lab.engines.fold_data import FoldData, batch_orders
from dropout_lab.engines.interface import Block
from dropout_lab.engines.monte_carlo import monte_carlo_seed
from dropout_lab.engines.stacked.program import Best, Inputs, Program
from dropout_lab.models import initial_weights, mask_seed, strengths
from dropout_lab.plan import Trial

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
        What `Program.train` starts from.
    inputs : Inputs
    sampled : Inputs
        The same, its streams of masks those of the passes with dropout on; see `monte_carlo`.
    orders : callable
        Number of epochs -> the rows' order in the next so many, int32 array of shape (groups, epochs, steps * batch).
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
    """Lay out a block's data, random streams and initial weights.

    Parameters
    ----------
    trials : tuple of Trial
        Of one shape, with the same number of batches in an epoch.
    fold_data : callable
        Gives a trial its data.
    program : Program
        A block with fewer groups than it was made for is padded with its first.
    test_rows, validation_rows : int
        Most rows that any fold of the experiment holds out, or sets aside to tell when to stop. All blocks are padded
        to it, for a sum's order of additions depends on its length.
    """
    groups = program.groups
    firsts = {(trial.repeat, trial.fold): trial for trial in reversed(trials)}
    keys = list(dict.fromkeys((trial.repeat, trial.fold) for trial in trials))
    own = {key: fold_data(firsts[key]) for key in keys}
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
    slots = [slot.numpy().repeat(len(padded), axis=0) if slot.ndim else slot.numpy() for slot in program.slots]
    folds = [own[leader.repeat, leader.fold] for leader in leaders]
    width, aside = to_lanes(test_rows), to_lanes(validation_rows)
    rows = to_lanes(len(folds[0].labels))
    offsets = np.arange(groups, dtype=np.int32)[:, None] * rows
    inputs = Inputs(
        group=np.array([keys.index((trial.repeat, trial.fold)) for trial in padded], np.int32),
        strength=np.stack(np.broadcast_arrays(*(_strength(trial, program) for trial in padded)), axis=1).astype(dtype),
        seeds=_seeds([leader.seed for leader in leaders], program),
        features=_one_below_the_other([each.features for each in folds], rows),
        labels=np.concatenate([_wide(each.learned_targets[:, None], rows) for each in folds]).astype(dtype),
        sample_weight=_sample_weight(folds, rows).astype(dtype),
        weight=np.stack([_weights(len(each.split.train), program.batch, dtype) for each in folds]),
        test=np.stack([_wide(each.split.test, width) for each in folds]).astype(np.int32) + offsets,
        test_counts=np.stack([_wide(np.ones(len(each.split.test), dtype), width) for each in folds]),
        validation=np.stack([_wide(each.split.validation, aside) for each in folds]).astype(np.int32) + offsets,
        validation_counts=np.stack([_wide(np.ones(len(each.split.validation), dtype), aside) for each in folds]),
    )
    places = inputs.weight.shape[1]  # by itself, for `orders` would keep all of the inputs
    streams = [batch_orders(each.split.train, leader.seed) for each, leader in zip(folds, leaders, strict=True)]

    def orders(epochs: int) -> NDArray[np.int32]:
        each = [_to_width(order(epochs), places) for order in streams]
        return np.stack(each) + offsets[:, :, None]

    laid_out = Inputs(*(tf.constant(value) for value in inputs))
    first = [tf.constant(value) for value in weights]
    return Stack(
        trials,
        tuple(own[trial.repeat, trial.fold] for trial in trials),
        [tf.zeros((), program.optimizer.iterations.dtype), *first, *(tf.constant(value) for value in slots)],
        Best(
            tf.fill(len(padded), tf.constant(np.inf, dtype)),
            tf.zeros(len(padded), tf.int32),
            first if program.patience else [],
        ),
        laid_out,
        laid_out._replace(seeds=tf.constant(_seeds([monte_carlo_seed(leader) for leader in leaders], program))),
        orders,
    )


def _sample_weight(folds: list[FoldData], rows: int) -> NDArray[np.float64]:
    """Return what each row of each group in turn counts; nothing where all count the same."""
    each = [_wide(fold.sample_weight, rows) for fold in folds if fold.sample_weight is not None]
    return np.concatenate(each) if each else np.zeros(0)


def _one_below_the_other(features: list[NDArray[Any]], rows: int) -> NDArray[Any]:
    """Return the inputs of each group in turn, padded with zeros to so many rows each."""
    whole = np.zeros((len(features), rows, features[0].shape[1]), features[0].dtype)
    for part, each in zip(whole, features, strict=True):
        part[: len(each)] = each
    return whole.reshape(-1, whole.shape[2])


def _seeds(roots: list[int], program: Program) -> NDArray[np.int32]:
    """Return where each group's streams of masks start, of shape (groups, drawing layers, 2)."""
    seeds = [[mask_seed(root, layer.name) for layer in program.stochastic_layers] for root in roots]
    return np.array(seeds, np.int32).reshape(len(roots), len(program.stochastic_layers), 2)


def _start(trial: Trial, program: Program) -> list[NDArray[np.floating]]:
    initializer = trial.experiment.model.initializer
    return [np.asarray(each) for each in initial_weights(program.layers, initializer, trial.seed, stacked=True)]


def _strength(trial: Trial, program: Program) -> NDArray[np.float64]:
    """Return how strong a trial's layers are that draw at random: shape (epochs or 1, drawing layers, numbers)."""
    epochs = strengths(trial.experiment, program.stochastic_layers)
    numbers = [
        [layer.numbers_of(strength) for layer, strength in zip(program.stochastic_layers, epoch, strict=True)]
        for epoch in epochs
    ]
    return np.array(numbers).reshape(len(epochs), len(program.stochastic_layers), program.numbers)


def _weights(rows: int, batch: int, dtype: str) -> NDArray[np.floating]:
    """Return one over the rows of each batch, 0 where the last is padded: shape (steps * batch,)."""
    steps = -(-rows // batch)
    sizes = np.minimum(batch, rows - np.arange(steps) * batch)
    weights = np.repeat(1 / sizes, batch).astype(dtype)
    weights[rows:] = 0
    return weights


def _to_width(order: NDArray[np.int64], width: int) -> NDArray[np.int32]:
    """Fill up the last batch of each epoch; what it is filled with has no weight."""
    return np.pad(order, ((0, 0), (0, width - order.shape[1])), mode="edge").astype(np.int32)


def to_lanes(rows: int) -> int:
    """Round a number of rows up to a multiple of `LANES`."""
    return math.ceil(rows / LANES) * LANES


def _wide(rows: NDArray[Any], width: int) -> NDArray[Any]:
    """Pad rows with zeros to that many."""
    return np.pad(rows, [(0, width - len(rows)), *[(0, 0)] * (rows.ndim - 1)])
