"""Train trials in a process whose Keras runs on JAX, each by one compiled program that all of them share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import NDArray

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import most_rows, trace_key
from dropout_lab.engines.early_stopping import monitor_of
from dropout_lab.engines.fold_data import FoldData, batch_orders, fold_data_of, outputs_for
from dropout_lab.engines.interface import Block
from dropout_lab.engines.jax.network import Network
from dropout_lab.engines.jax.program import PIECE, Epochs, Rows, State, TrainingProgram
from dropout_lab.engines.monte_carlo import mean, monte_carlo_seed
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.engines.runtime import epoch_seconds
from dropout_lab.engines.trained import history_of, pulses
from dropout_lab.metrics.activations import measure_activations
from dropout_lab.models import learned_rate, strengths
from dropout_lab.plan import Trial

__all__ = ["Shape", "Trainer", "epochs_of", "rows_of", "spans_of", "start_of"]


@dataclass(frozen=True)
class Shape:
    """What the arrays of all trials are padded to, so that one program serves them.

    Attributes
    ----------
    steps : int
        Batches per epoch.
    test_rows : int
    """

    steps: int
    test_rows: int


class Trainer:
    """Trains trials on some data.

    Parameters
    ----------
    data : Dataset

    Attributes
    ----------
    data : Dataset
    fold_data : callable
        Trial -> its data.
    """

    def __init__(self, data: Dataset) -> None:
        self.data = data
        self.fold_data = fold_data_of(data, scaled=True)
        self._programs: dict[str, tuple[TrainingProgram, Shape]] = {}

    def program_for(self, experiment: Experiment) -> tuple[TrainingProgram, Shape]:
        """Return the program of an experiment, which all of its trials share that differ in the dropout rate only."""
        key, data = trace_key(experiment), self.data
        if key not in self._programs or not self._programs[key][0].network.serves(experiment):
            self._programs.clear()  # keep one only: blocks come key by key
            steps = -(-len(data.labels) // experiment.training.batch_size)
            shape = Shape(steps, most_rows(experiment, data)[0])
            self._programs[key] = TrainingProgram(Network(experiment, data.row, outputs_for(data)), experiment), shape
        return self._programs[key]

    def train(self, block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        """Train a block, trial after trial; see `engines.Train`."""
        for trial in block:
            program, shape = self.program_for(trial.experiment)
            yield [train_trial(program, trial, self.fold_data(trial), shape, len(self.data.classes), on_epochs)]


def spans_of(experiment: Experiment) -> list[int]:
    """Return how many epochs each call of the program trains, the most first."""
    epochs = experiment.training.epochs
    return [1] * epochs if experiment.training.early_stopping else pulses(epochs)


def train_trial(
    program: TrainingProgram,
    trial: Trial,
    fold: FoldData,
    shape: Shape,
    classes: int,
    on_epochs: Callable[[int], None],
) -> TrialResult:
    """Train one trial; see `engines.Train`."""
    started = time.perf_counter()
    experiment, split, evaluation = trial.experiment, fold.split, trial.experiment.evaluation
    monitor, rows = monitor_of(trial, fold, classes), rows_of(fold, shape, program.dtype)
    epochs = epochs_of(program.network, trial, fold, shape)
    state, sums, ends, done = start_of(program, trial), [], [], 0
    watched: list[tuple[float, float | None]] = []
    best, best_epoch, best_state, waited = -np.inf if monitor and monitor.higher else np.inf, 1, state, 0
    lengths = spans_of(experiment)
    for length in lengths:
        state, part = program.train(state, rows, epochs(length, lengths[0]))
        sums.append(part)
        on_epochs(length)
        ends.append(time.perf_counter())
        done += length
        if monitor is None:
            continue
        watched.append(monitor.measure(program.logits(state, rows.features, monitor.rows)))
        value = next(value for value in reversed(watched[-1]) if value is not None)
        if done == 1 or monitor.is_better(value, best):
            best_epoch, best_state = done, state
        waited += 1
        if monitor.is_better(value, best):
            best, waited = value, 0
        if waited >= monitor.patience and done > 1:
            on_epochs(experiment.training.epochs - done)  # those that early stopping saved
            break
    state = best_state if monitor else state
    outputs = program.logits(state, rows.features, np.concatenate([split.test, split.train]))
    predictions = fold.predictions(outputs)
    seconds = time.perf_counter() - started
    return TrialResult(
        trial,
        test_rows=split.test,
        train_rows=split.train,
        test_labels=fold.labels[split.test],
        train_labels=fold.labels[split.train],
        test_probabilities=predictions[: len(split.test)],
        train_probabilities=predictions[len(split.test) :],
        history=history_of(fold, [*np.concatenate(sums, axis=1)], *_columns(watched)),
        seconds=seconds,
        epoch_seconds=epoch_seconds(ends, lengths[: len(ends)]),
        monte_carlo=mean(_passes(program, trial, fold, state, rows, on_epochs)) if evaluation.monte_carlo else None,
        activations=measure_activations(lambda: program.activations(state, rows.features, split.test))
        if "activations" in evaluation.measures
        else None,
        best_epoch=best_epoch if monitor else None,
        learned_rate=_learned_rate(program.network, trial, state),
    )


def _learned_rate(network: Network, trial: Trial, state: State) -> float | None:
    """Return the rate that concrete dropout has learned, if it is that."""
    dropout = trial.experiment.dropout
    if dropout.strength_key != "initial_rate":
        return None
    positions = {id(variable): at for at, variable in enumerate(network.trained)}
    return learned_rate(
        network.stochastic_layers,
        dropout.strength_of("learned"),
        lambda layer: np.asarray(state.weights[positions[id(layer.shift)]]),
    )


def start_of(program: TrainingProgram, trial: Trial) -> State:
    """Return all variables at the start of a trial."""
    weights, others = program.network.start(trial.seed)
    return State(weights, others, program.slots)


def rows_of(fold: FoldData, shape: Shape, dtype: str) -> Rows:
    """Return the data of a trial."""
    held_out = fold.split.test
    padded = max(1, -(-shape.test_rows // PIECE)) * PIECE
    weight = np.ones(len(fold.labels)) if fold.sample_weight is None else fold.sample_weight
    return Rows(
        jax.device_put(fold.features),
        fold.learned_targets[:, None].astype(dtype),
        weight.astype(dtype),
        np.pad(held_out, (0, padded - len(held_out))).astype(np.int32).reshape(-1, PIECE),
        (np.arange(padded) < len(held_out)).astype(dtype).reshape(-1, PIECE),
    )


def epochs_of(network: Network, trial: Trial, fold: FoldData, shape: Shape) -> Callable[[int, int], Epochs]:
    """Return a function that returns the next epochs of a trial, given how many, and to how many they are padded."""
    batch, dtype = trial.experiment.training.batch_size, fold.features.dtype
    count, order = len(fold.epoch_rows), batch_orders(fold.epoch_rows, trial.seed)
    apart = count % batch if network.couples_rows else 0  # rows of a last batch that cannot be padded
    rates = np.array([network.numbers_of(epoch) for epoch in strengths(trial.experiment, network.stochastic_layers)])
    steps, first = -(-(count - apart) // batch), 0
    counts = np.minimum(batch, count - apart - batch * np.arange(steps))
    weight = np.zeros((max(shape.steps, steps), batch), dtype)
    for step, rows in enumerate(counts):
        weight[step, :rows] = 1 / rows

    def epochs(length: int, padded: int) -> Epochs:
        nonlocal first
        rows = np.zeros((padded, count), np.int32)
        rows[:length] = order(length)
        batches = np.zeros((padded, weight.size), np.int32)
        batches[:, : count - apart] = rows[:, : count - apart]
        numbers = np.minimum(np.arange(first, first + padded), len(rates) - 1)
        first += length
        return Epochs(
            batches.reshape(padded, *weight.shape),
            weight,
            rows[:, count - apart :] if apart else None,
            rates[numbers].astype(dtype),
            np.int32(length),
            np.int32(steps),
        )

    return epochs


def _passes(
    program: TrainingProgram,
    trial: Trial,
    fold: FoldData,
    state: State,
    rows: Rows,
    on_epochs: Callable[[int], None],
) -> Iterator[NDArray[np.float64]]:
    """Yield the predictions of each pass with dropout on: shape (test rows, classes)."""
    others = list(state.others)
    for at, value in program.network.draws_of(monte_carlo_seed(trial)):
        others[at] = value
    for _ in range(trial.experiment.evaluation.monte_carlo):
        on_epochs(0)  # lets an interrupt through
        logits, others = program.sample(state._replace(others=others), rows.features, fold.split.test)
        yield fold.predictions(logits)


def _columns(
    watched: list[tuple[float, float | None]],
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return losses and metrics as arrays; None for what was not measured."""
    if not watched:
        return None, None
    losses, values = zip(*watched, strict=True)
    return np.array(losses), None if values[0] is None else np.array(values)
