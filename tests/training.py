"""Training a few small trials with an engine. Import where TensorFlow has been started: below tests/engines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import builders
import keras
import pytest

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import trace_key
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.interface import Block, Train
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial, plan

ON_TENSORFLOW = sorted(name for name, engine in engines.ENGINES.items() if not engine.elsewhere)
"""Engines that draw TensorFlow's random numbers, and so can equal plain Keras on TensorFlow."""

EVERY_ENGINE = [
    *ON_TENSORFLOW,
    *(pytest.param(name, marks=pytest.mark.slow) for name in sorted(engines.ENGINES.keys() - set(ON_TENSORFLOW))),
]


def trials(changes: dict[str, object], rates: Sequence[float] = ()) -> tuple[Trial, ...]:
    """Return the trials of a small experiment, at several rates if they are given."""
    sweep = {"sweep": {"dropout.rate": tuple(rates)}} if rates else {}
    return plan(builders.experiment({**changes, **sweep}))


def trials_of(kind: str, changes: dict[str, object], strengths: Sequence[float]) -> tuple[Trial, ...]:
    """Return the trials of a small experiment with a kind of dropout, at several rates or what it has instead."""
    if kind != "gaussian_noise":
        return trials({**changes, "dropout.kind": kind}, strengths)
    noisy = {**changes, "dropout.kind": kind}
    return tuple(trial for each in strengths for trial in trials({**noisy, "dropout.stddev": each}))


_LOADED: dict[tuple[object, ...], tuple[Dataset, Train]] = {}
"""What engines have loaded, and for which data: a net is traced once for all tests that train it."""


def train(
    name: str,
    some: Sequence[Trial],
    data: Dataset,
    jobs: int = 1,
    *,
    on_epochs: Callable[[int], None] = lambda _: None,
    anew: bool = False,
) -> list[TrialResult]:
    """Train trials with an engine, started in their precision; return the outcomes in the order of the trials.

    Parameters
    ----------
    anew : bool
        Whether the engine is loaded for these trials alone, not what another test may have trained with already.
    """
    return _trained(name, some, engines.ENGINES[name].split(some, data, jobs), data, on_epochs, anew)


def train_alone(name: str, some: Sequence[Trial], data: Dataset) -> list[TrialResult]:
    """Train each trial in a block of its own."""
    return _trained(name, some, [(trial,) for trial in some], data, lambda _: None, anew=False)


def _trained(
    name: str,
    some: Sequence[Trial],
    blocks: Sequence[Block],
    data: Dataset,
    on_epochs: Callable[[int], None],
    anew: bool,
) -> list[TrialResult]:
    keras.config.set_floatx(dtype_of(some[0].experiment))
    engines.start(name, some[0].experiment)
    if anew:
        work = engines.load(name, blocks, data)
        parts = (part for block in blocks for part in work(block, on_epochs))
    else:
        parts = (part for block in blocks for part in _loaded(name, block, data)(block, on_epochs))
    done = {outcome.trial.id: outcome for part in parts for outcome in part}
    return [done[trial.id] for trial in some]


def _loaded(name: str, block: Block, data: Dataset) -> Train:
    """Return an engine's function for one block: the same one for all that differ in nothing that is traced."""
    groups = len({(trial.repeat, trial.fold) for trial in block})
    key = name, id(data), groups, trace_key(block[0].experiment)
    if key not in _LOADED:
        _LOADED[key] = data, engines.load(name, [block], data)
    return _LOADED[key][1]


def forget() -> None:
    """Let go of what is loaded: the more programs are alive, the longer TensorFlow takes to start any."""
    _LOADED.clear()


MEASURED = {"evaluation.monte_carlo": 5, "evaluation.measures": ["activations", "time"]}
"""Everything that is measured only if asked for."""


def bits(outcome: TrialResult) -> str:
    """Return a digest of all numbers of an outcome but its times."""
    history = outcome.history
    arrays = (
        *(outcome.test_rows, outcome.test_probabilities, outcome.train_probabilities),
        *(history.train_loss, history.train_accuracy, history.loss, history.accuracy),
    )
    asked_for = () if outcome.monte_carlo is None else (outcome.monte_carlo,)
    numbers = b"".join(array.tobytes() for array in (*arrays, *asked_for))
    return hashlib.sha256(numbers + repr(outcome.activations).encode()).hexdigest()
