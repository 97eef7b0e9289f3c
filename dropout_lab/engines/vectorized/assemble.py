"""Assemble the arrays of a block of trials for the vectorized program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from dropout_lab.engines.blocks import TRIALS_AT_ONCE
from dropout_lab.engines.fold_data import FoldData, batch_orders, least_improvement
from dropout_lab.engines.interface import Block
from dropout_lab.engines.vectorized.network import Network
from dropout_lab.engines.vectorized.program import (
    PIECE,
    BestEpochs,
    BlockInputs,
    BlockTrials,
    TrialStates,
    VectorizedProgram,
)
from dropout_lab.models import strengths
from dropout_lab.plan import Trial
from dropout_lab.provenance import LANES

__all__ = ["AssembledBlock", "Shape", "assemble"]


@dataclass(frozen=True)
class Shape:
    """What the arrays of all blocks of an experiment are padded to.

    Attributes
    ----------
    groups : int
        (repeat, fold) groups.
    test_rows, validation_rows : int
        The most held-out and validation rows of any fold.
    """

    groups: int
    test_rows: int
    validation_rows: int


@dataclass(frozen=True)
class AssembledBlock:
    """A block, ready to train.

    Attributes
    ----------
    trials : tuple of Trial
        Without the padding.
    folds : tuple of FoldData
        One per trial.
    state : TrialStates
    best : BestEpochs
        Both at the start of training.
    padded : BlockTrials
    inputs : BlockInputs
    orders : callable
        Number of epochs -> the order of the rows in the next epochs, int32 of shape (groups, epochs, steps, batch).
    """

    trials: tuple[Trial, ...]
    folds: tuple[FoldData, ...]
    state: TrialStates
    best: BestEpochs
    padded: BlockTrials
    inputs: BlockInputs
    orders: Callable[[int], NDArray[np.int32]]


def assemble(
    trials: Block, fold_data: Callable[[Trial], FoldData], program: VectorizedProgram, shape: Shape
) -> AssembledBlock:
    """Assemble a block's data, batches and initial variables.

    Parameters
    ----------
    trials : tuple of Trial
        At most `TRIALS_AT_ONCE`, from at most ``shape.groups`` groups, with the same number of batches per epoch.
    fold_data : callable
        Trial -> its data.
    program : VectorizedProgram
    shape : Shape
    """
    experiment, dtype = trials[0].experiment, program.dtype
    firsts = {(trial.repeat, trial.fold): trial for trial in reversed(trials)}
    keys = list(dict.fromkeys((trial.repeat, trial.fold) for trial in trials))
    folds = {key: fold_data(firsts[key]) for key in keys}
    padded_keys = keys + keys[:1] * (shape.groups - len(keys))
    padded = [*trials, *trials[:1] * (TRIALS_AT_ONCE - len(trials))]
    group = [keys.index((trial.repeat, trial.fold)) for trial in padded]
    starts = [program.network.start(firsts[key].seed) for key in keys]
    weights, others = (
        [np.stack(each)[group] for each in zip(*part, strict=True)] for part in zip(*starts, strict=True)
    )
    slots = [np.broadcast_to(slot, (len(padded), *slot.shape)) for slot in program.slots]
    every_fold = [folds[key] for key in padded_keys]
    most = _round_up(shape.test_rows), _round_up(shape.validation_rows)
    batch = experiment.training.batch_size
    inputs = BlockInputs(
        features=np.stack([fold.features for fold in every_fold]),
        labels=np.stack([fold.learned_targets[:, None] for fold in every_fold]).astype(dtype),
        sample_weight=np.stack([_sample_weight(fold) for fold in every_fold]).astype(dtype),
        weight=np.stack([_batch_weights(len(fold.epoch_rows), batch) for fold in every_fold]).astype(dtype),
        test=np.stack([_padded(fold.split.test, most[0]) for fold in every_fold]).astype(np.int32),
        test_counts=np.stack([_counts(fold.split.test, most[0]) for fold in every_fold]).astype(dtype),
        validation=np.stack([_padded(fold.split.validation, most[1]) for fold in every_fold]).astype(np.int32),
        validation_counts=np.stack([_counts(fold.split.validation, most[1]) for fold in every_fold]).astype(dtype),
        min_delta=np.array([least_improvement(experiment, fold) for fold in every_fold], dtype),
    )
    streams = [batch_orders(folds[key].epoch_rows, firsts[key].seed) for key in padded_keys]
    steps = inputs.weight.shape[1]

    def orders(epochs: int) -> NDArray[np.int32]:
        return np.stack([_batches(order(epochs), steps, batch) for order in streams]).astype(np.int32)

    state = jax.tree.map(jnp.array, TrialStates(weights, others, slots))
    early = bool(program.patience)
    best = BestEpochs(
        np.full(len(padded), np.inf, dtype),
        np.ones(len(padded), np.int32),
        *(jax.tree.map(jnp.array, part if early else []) for part in (weights, others)),
    )
    strength = np.stack(np.broadcast_arrays(*(_strength(trial, program.network) for trial in padded)))
    return AssembledBlock(
        trials,
        tuple(folds[trial.repeat, trial.fold] for trial in trials),
        state,
        best,
        BlockTrials(np.array(group, np.int32), strength.astype(dtype)),
        jax.tree.map(jnp.asarray, inputs),
        orders,
    )


def _round_up(rows: int) -> int:
    """Return to how many rows that many are padded for evaluation."""
    return -(-rows // PIECE) * PIECE if rows > PIECE else -(-rows // LANES) * LANES


def _strength(trial: Trial, network: Network) -> NDArray[np.float64]:
    """Return the numbers of the stochastic layers in each epoch, of shape (epochs or 1, layers, numbers)."""
    layers = network.stochastic_layers
    epochs = strengths(trial.experiment, layers)
    return np.array(
        [[layer.numbers_of(strength) for layer, strength in zip(layers, epoch, strict=True)] for epoch in epochs]
    ).reshape(len(epochs), len(layers), -1 if layers else 0)


def _sample_weight(fold: FoldData) -> NDArray[np.float64]:
    return np.ones(len(fold.labels)) if fold.sample_weight is None else fold.sample_weight


def _batch_weights(rows: int, batch: int) -> NDArray[np.float64]:
    """Return one over the rows of its batch for each position of an epoch, 0 for padding: shape (steps, batch)."""
    counts = _counts(np.empty(rows), -(-rows // batch) * batch).reshape(-1, batch)
    return counts / counts.sum(axis=1, keepdims=True)


def _batches(orders: NDArray[np.int64], steps: int, batch: int) -> NDArray[np.int64]:
    """Return orders of shape (epochs, rows) as batches of shape (epochs, steps, batch), the last one padded."""
    padded = np.pad(orders, [(0, 0), (0, steps * batch - orders.shape[1])], mode="edge")
    return padded.reshape(len(orders), steps, batch)


def _padded(rows: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    return np.pad(rows, (0, length - len(rows)), mode="edge" if len(rows) else "constant")


def _counts(rows: NDArray[Any], length: int) -> NDArray[np.float64]:
    return (np.arange(length) < len(rows)).astype(np.float64)
