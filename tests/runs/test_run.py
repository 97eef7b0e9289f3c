"""What a run does but for the training: made outcomes, real files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import writer
from builders import outcome

from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import plan
from dropout_lab.results import finished_trials
from dropout_lab.runs.interrupt import Stop

TRIALS = plan(writer.small())


def start(out: Path, train: Callable[..., Iterator[list[TrialResult]]], at_once: int, **options: bool) -> bool:
    with writer.made(train, at_once):
        return writer.run_here(writer.small(), out, **options)


@pytest.mark.parametrize("at_once", [1, 4])
def test_failing_fast_trains_nothing_more_once_a_trial_has_failed(tmp_path: Path, at_once: int) -> None:
    trained = []

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        if TRIALS[2] in block:
            raise MemoryError
        trained.extend(block)
        yield [outcome(trial) for trial in block]

    assert not start(tmp_path / "out", train, at_once, fail_fast=True)
    assert trained == list(TRIALS[:2])
    assert finished_trials(tmp_path / "out") == {trial.id for trial in TRIALS[:3]}


def test_what_was_trained_when_a_stop_was_asked_for_is_written(tmp_path: Path) -> None:
    stop, trained = Stop(), []

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        for trial in block:
            trained.append(trial.id)
            if len(trained) == 2:
                stop.event.set()
            yield [outcome(trial)]

    with writer.made(train, 4):
        assert not writer.run_here(writer.small(), tmp_path / "out", stop)
    assert len(trained) == 2
    assert finished_trials(tmp_path / "out") == set(trained)
