"""Training a few small trials with an engine. Import where TensorFlow has been started: below tests/engines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import builders
import keras

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import dtype_of
from dropout_lab.engines.interface import Block
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial, plan


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


def train(name: str, some: Sequence[Trial], data: Dataset, jobs: int = 1) -> list[TrialResult]:
    """Train trials with an engine, started in their precision; return the outcomes in the order of the trials."""
    return _trained(name, some, engines.ENGINES[name].split(some, data, jobs), data)


def train_alone(name: str, some: Sequence[Trial], data: Dataset) -> list[TrialResult]:
    """Train each trial in a block of its own, all with what one engine has loaded."""
    return _trained(name, some, [(trial,) for trial in some], data)


def _trained(name: str, some: Sequence[Trial], blocks: Sequence[Block], data: Dataset) -> list[TrialResult]:
    keras.config.set_floatx(dtype_of(some[0].experiment))
    engines.start(name, some[0].experiment)
    work = engines.load(name, blocks, data)
    done = {outcome.trial.id: outcome for block in blocks for part in work(block, lambda _: None) for outcome in part}
    return [done[trial.id] for trial in some]


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
