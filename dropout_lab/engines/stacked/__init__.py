"""The fast engine: a block of trials trained as one net with a leading trial axis.

Trials that share a fold share its data, its batches and the uniform draws under its masks; nothing else is shared.
Every sum runs within one trial, in an order of additions that does not depend on the others, so that a trial gets
the same bits in any block.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, splits
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import FoldData, fold_data_of, outputs_for
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.monte_carlo import mean
from dropout_lab.engines.outcome import History, TrialResult
from dropout_lab.engines.runtime import epoch_seconds
from dropout_lab.engines.stacked.block import Stack, assemble
from dropout_lab.engines.stacked.program import PIECE, Inputs, Program, Totals
from dropout_lab.engines.target_scaling import regression_history
from dropout_lab.metrics.activations import Activations, measure

__all__ = ["load"]

_PULSES = 20
"""Calls of the program per block: how often progress moves."""


def load(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks; see `engines.Train`."""
    groups: dict[str, int] = {}
    for block in blocks:
        of = trace_key(block[0].experiment)
        groups[of] = max(groups.get(of, 0), len({(trial.repeat, trial.fold) for trial in block}))
    first = {trace_key(block[0].experiment): block for block in blocks}
    programs = {
        of: Program(block[0].experiment, data.inputs, outputs_for(data), groups[of]) for of, block in first.items()
    }
    fold_data = fold_data_of(data)
    experiment = blocks[0][0].experiment  # its evaluation is that of all points of a sweep
    rows = {of: _most_rows(block[0].experiment, data) for of, block in first.items()}

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        began = time.perf_counter()
        of = trace_key(block[0].experiment)
        program = programs[of]
        stack = assemble(block, fold_data, program, *rows[of])
        course = _trained(stack, program, on_epochs)
        logits = _logits(stack, program, course.state)
        seconds = (time.perf_counter() - began) / len(block)
        outcomes = [_outcome(stack, at, logits[at], course, seconds) for at in range(len(block))]
        if experiment.evaluation.monte_carlo:
            outcomes = _with_monte_carlo(outcomes, _passes(stack, program, course, on_epochs))
        if "activations" in experiment.evaluation.measures:
            activations = program.activations(course.state, stack.inputs)
            outcomes = _with_activations(outcomes, [each.numpy() for each in activations])
        yield outcomes

    return train


@dataclass(frozen=True)
class _Course:
    """What became of a stack in training.

    Attributes
    ----------
    state : list of array
        See `Program.train`; with early stopping the weights are those of the best epochs.
    totals : Totals
        Of all epochs.
    epochs : list of int
        How many each trial took.
    best : list
        The epoch of each, from 1, whose weights were taken; None without early stopping.
    epoch_seconds : float
    """

    state: list[Any]
    totals: Totals
    epochs: list[int]
    best: list[int | None]
    epoch_seconds: float


def _trained(stack: Stack, program: Program, on_epochs: Callable[[int], None]) -> _Course:
    """Train a stack to its last epoch, or until each of its trials has run out of patience."""
    count, epochs, patience = len(stack.trials), stack.trials[0].experiment.training.epochs, program.patience
    pulses = [len(part) for part in np.array_split(np.arange(epochs), min(_PULSES, epochs))]
    state, best, totals, ends, done = stack.state, stack.best, [], [], 0
    for pulse in pulses:
        state, best, sums = program.train(state, best, stack.inputs, tf.constant(stack.orders(pulse)))
        totals.append(Totals(*(each.numpy() for each in sums)))
        on_epochs(pulse * count)
        ends.append(time.perf_counter())
        done += pulse
        if patience and (best.epoch.numpy() + patience <= done).all():
            on_epochs((epochs - done) * count)  # those that it does not take
            break
    lasted = [count * pulse for pulse in pulses[: len(ends)]]
    whole = Totals(*(np.concatenate(part) for part in zip(*totals, strict=True)))
    if not patience:
        return _Course(state, whole, [epochs] * count, [None] * count, epoch_seconds(ends, lasted))
    at_best = [state[0], *best.weights, *state[1 + len(best.weights) :]]
    found = best.epoch.numpy().tolist()[:count]
    taken = [min(epoch + patience, done) for epoch in found]
    return _Course(at_best, whole, taken, found, epoch_seconds(ends, lasted))


def _logits(stack: Stack, program: Program, state: list[Any]) -> NDArray[np.floating]:
    """Return the logits of all rows, dropout off: shape (trials with padding, rows with padding, outputs)."""
    rows = len(stack.inputs.features) // program.groups
    return np.concatenate(
        [program.predict(state, stack.inputs, tf.constant(first)).numpy() for first in range(0, rows, PIECE)], axis=1
    )


def _most_rows(experiment: Experiment, data: Dataset) -> tuple[int, int]:
    """Return how many rows a fold may hold out, and set aside to tell when to stop, however many repeats there are."""
    share = experiment.training.validation_share
    if data.groups is not None:
        return len(data.labels), len(data.labels) if share else 0
    every_split = splits(data, experiment.evaluation, experiment.dataset.train_rows, 0, share)
    # stratified folds have the same sizes in every repeat
    return max(len(split.test) for split in every_split), max(len(split.validation) for split in every_split)


def _outcome(stack: Stack, position: int, logits: NDArray[np.floating], course: _Course, seconds: float) -> TrialResult:
    fold = stack.folds[position]
    train, test = fold.split.train, fold.split.test
    said, epochs = fold.predictions(logits), course.epochs[position]
    return TrialResult(
        stack.trials[position],
        test_rows=test,
        train_rows=train,
        test_labels=fold.labels[test],
        train_labels=fold.labels[train],
        test_probabilities=said[test],
        train_probabilities=said[train],
        history=_history(fold, Totals(*(each[:epochs, position] for each in course.totals))),
        seconds=seconds,
        epoch_seconds=course.epoch_seconds,
        best_epoch=course.best[position],
    )


def _history(fold: FoldData, totals: Totals) -> History:
    """Return the course of one trial from its sums, each of shape (epochs,)."""
    train, test, aside = (len(each) for each in (fold.split.train, fold.split.test, fold.split.validation))
    validation = totals.validation_loss / aside if aside else None
    if fold.unit is not None:
        return regression_history(fold.unit, totals.train_loss / train, totals.loss / test, *fold.targets, validation)
    return History(
        train_loss=totals.train_loss / train,
        train_accuracy=totals.train_hits / train,
        loss=totals.loss / test,
        accuracy=totals.hits / test,
        validation_loss=validation,
    )


def _passes(
    stack: Stack, program: Program, course: _Course, on_epochs: Callable[[int], None]
) -> Iterator[NDArray[np.float64]]:
    """Yield the probabilities of each pass with dropout on: shape (trials, test rows with padding, classes)."""
    inputs, dtype = _as_kept(stack.sampled, course), course.state[0].dtype
    for number in range(stack.trials[0].experiment.evaluation.monte_carlo):
        on_epochs(0)  # a chance to be stopped
        logits = program.sample(course.state, inputs, tf.constant(number, dtype)).numpy()
        yield np.stack([each.predictions(said) for each, said in zip(stack.folds, logits, strict=False)])


def _as_kept(inputs: Inputs, course: _Course) -> Inputs:
    """Return the inputs with dropout as strong as it was in the epochs whose weights were taken."""
    strength = inputs.strength.numpy()
    kept = [len(strength) if epoch is None else min(epoch, len(strength)) for epoch in course.best]
    padded = kept + kept[:1] * (strength.shape[1] - len(kept))
    return inputs._replace(strength=tf.constant(strength[np.array(padded) - 1, np.arange(len(padded))][None]))


def _with_monte_carlo(outcomes: list[TrialResult], passes: Iterator[NDArray[np.float64]]) -> list[TrialResult]:
    probabilities = zip(outcomes, mean(passes), strict=True)
    return [replace(outcome, monte_carlo=rows[: len(outcome.test_rows)]) for outcome, rows in probabilities]


def _with_activations(outcomes: list[TrialResult], layers: list[NDArray[np.floating]]) -> list[TrialResult]:
    """Measure the activations of layers, each of shape (trials with padding, test rows with padding, units)."""

    def measured(position: int, rows: int) -> Activations:
        return measure(lambda: [[layer[position, :rows] for layer in layers]])

    return [
        replace(outcome, activations=measured(position, len(outcome.test_rows)))
        for position, outcome in enumerate(outcomes)
    ]
