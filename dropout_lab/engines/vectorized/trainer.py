"""Train blocks in a process whose Keras runs on JAX."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import most_rows, trace_key
from dropout_lab.engines.fold_data import FoldData, fold_data_of, outputs_for
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.monte_carlo import monte_carlo_seed
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.engines.runtime import epoch_seconds
from dropout_lab.engines.trained import Totals, Trained, pulses, result_of, with_activations, with_monte_carlo
from dropout_lab.engines.vectorized.assemble import AssembledBlock, Shape, assemble
from dropout_lab.engines.vectorized.network import Network
from dropout_lab.engines.vectorized.program import TrialStates, VectorizedProgram
from dropout_lab.models import learned_rate
from dropout_lab.plan import Trial

__all__ = ["trainer"]


def trainer(blocks: Sequence[Block], data: Dataset) -> Train:
    """Return a function that trains one of these blocks; see `engines.Train`."""
    fold_data = fold_data_of(data, scaled=True)
    by_key: dict[str, list[Block]] = {}
    for block in blocks:
        by_key.setdefault(trace_key(block[0].experiment), []).append(block)
    shapes = {key: _shape(same, data) for key, same in by_key.items()}
    networks: dict[tuple[str, str], Network] = {}
    programs: dict[tuple[str, str, int], VectorizedProgram] = {}

    def program_for(trial: Trial) -> VectorizedProgram:
        key, experiment = trace_key(trial.experiment), trial.experiment
        network = next((made for (k, _), made in networks.items() if k == key and made.serves(experiment)), None)
        rate = str(experiment.dropout.strength)
        if network is None:
            network = networks[key, rate] = Network(experiment, data.row, outputs_for(data))
        name = next(name for name, made in networks.items() if made is network)
        remainder = len(fold_data(trial).epoch_rows) % experiment.training.batch_size if network.couples_rows else 0
        if (*name, remainder) not in programs:
            programs[*name, remainder] = VectorizedProgram(network, experiment, remainder)
        return programs[*name, remainder]

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        by_program: dict[VectorizedProgram, list[Trial]] = {}
        for trial in block:
            by_program.setdefault(program_for(trial), []).append(trial)
        shape = shapes[trace_key(block[0].experiment)]
        for program, trials in by_program.items():
            yield _train(program, tuple(trials), fold_data, shape, on_epochs)

    return train


def _shape(blocks: Sequence[Block], data: Dataset) -> Shape:
    """Return the shape of blocks with one trace key; of one group, XLA would make another program than of several."""
    groups = max(len({(trial.repeat, trial.fold) for trial in block}) for block in blocks)
    return Shape(max(groups, 2), *most_rows(blocks[0][0].experiment, data))


def _train(
    program: VectorizedProgram,
    trials: Block,
    fold_data: Callable[[Trial], FoldData],
    shape: Shape,
    on_epochs: Callable[[int], None],
) -> list[TrialResult]:
    started = time.perf_counter()
    block = assemble(trials, fold_data, program, shape)
    state, trained = _epochs(program, block, on_epochs)
    logits = program.predict(state, block.padded, block.inputs)
    seconds = (time.perf_counter() - started) / len(trials)
    results = [
        result_of(trial, fold, fold.predictions(logits[at]), trained, at, seconds)
        for at, (trial, fold) in enumerate(zip(trials, block.folds, strict=True))
    ]
    results = _with_learned_rates(results, program.network, state)
    evaluation = trials[0].experiment.evaluation
    if evaluation.monte_carlo:
        results = with_monte_carlo(results, _passes(program, block, state, on_epochs))
    if "activations" in evaluation.measures:
        results = with_activations(results, program.activations(state, block.padded, block.inputs))
    return results


def _with_learned_rates(results: list[TrialResult], network: Network, state: TrialStates) -> list[TrialResult]:
    """Give results the rates that concrete dropout has learned, if it is that."""
    if results[0].trial.experiment.dropout.strength_key != "initial_rate":
        return results
    positions = {id(variable): at for at, variable in enumerate(network.trained)}

    def rate(at: int, initial: float) -> float | None:
        return learned_rate(
            network.stochastic_layers, initial, lambda layer: state.weights[positions[id(layer.shift)]][at]
        )

    return [
        replace(result, learned_rate=rate(at, result.trial.experiment.dropout.strength_of("learned")))
        for at, result in enumerate(results)
    ]


def _epochs(
    program: VectorizedProgram, block: AssembledBlock, on_epochs: Callable[[int], None]
) -> tuple[TrialStates, Trained]:
    """Train a block to its last epoch, or until all of its trials have run out of patience."""
    count, epochs, patience = len(block.trials), block.trials[0].experiment.training.epochs, program.patience
    lengths = pulses(epochs)
    state, best, totals, ends, done = block.state, block.best, [], [], 0
    for pulse in lengths:
        orders = block.orders(pulse)
        orders = np.pad(orders, [(0, 0), (0, lengths[0] - pulse), (0, 0), (0, 0)])
        (state, best), sums = program.train((state, best), block.padded, block.inputs, orders, (done, pulse))
        totals.append(sums)
        on_epochs(pulse * count)
        ends.append(time.perf_counter())
        done += pulse
        if patience and (np.asarray(best.epoch) + patience <= done).all():
            on_epochs((epochs - done) * count)  # those that early stopping saved
            break
    seconds = epoch_seconds(ends, [count * pulse for pulse in lengths[: len(ends)]])
    every = Totals(*(np.concatenate(part, axis=1).T for part in zip(*totals, strict=True)))
    if not patience:
        return state, Trained(every, [epochs] * count, [None] * count, seconds)
    best_epochs = np.asarray(best.epoch).tolist()[:count]
    restored = TrialStates(best.weights, best.others, state.slots)
    return restored, Trained(every, [min(epoch + patience, done) for epoch in best_epochs], best_epochs, seconds)


def _passes(
    program: VectorizedProgram,
    block: AssembledBlock,
    state: TrialStates,
    on_epochs: Callable[[int], None],
) -> Iterator[NDArray[np.float64]]:
    """Yield the predictions of each pass with dropout on: shape (trials, test rows with padding, classes)."""
    network = program.network
    drawn = []
    for trial in block.trials:
        network.draw_from(monte_carlo_seed(trial))
        drawn.append([np.asarray(variable.value) for variable in network.others])
    drawn += drawn[:1] * (len(block.padded.group) - len(drawn))
    others = list(state.others)
    for at in network.drawn_at:
        others[at] = jnp.asarray(np.stack([values[at] for values in drawn]))
    for _ in range(block.trials[0].experiment.evaluation.monte_carlo):
        on_epochs(0)  # lets an interrupt through
        logits, others = program.sample(TrialStates(state.weights, others, state.slots), block.padded, block.inputs)
        yield np.stack([fold.predictions(values) for fold, values in zip(block.folds, logits, strict=False)])
