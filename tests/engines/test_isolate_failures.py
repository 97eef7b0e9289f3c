from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from builders import experiment, outcome
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.engines import Block, describe, isolate_failures
from dropout_lab.engines.outcome import TrialFailure, TrialResult
from dropout_lab.errors import DataError
from dropout_lab.plan import plan

TRIALS = plan(experiment({"sweep": {"dropout.rate": [0, 0.5]}}))


def nothing(_: int) -> None:
    pass


def raising(culprits: set[str], error: Exception) -> Callable[..., Iterator[list[TrialResult]]]:
    """Return what trains a block all at once, and raises if a culprit is in it."""

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        if culprits & {trial.id for trial in block}:
            raise error
        yield [outcome(trial) for trial in block]

    return train


@given(st.sets(st.sampled_from([trial.id for trial in TRIALS])))
def test_a_trial_that_raises_costs_no_other(culprits: set[str]) -> None:
    results = [
        each for part in isolate_failures(TRIALS, raising(culprits, ValueError("=1+1\n2")), nothing) for each in part
    ]
    assert sorted(each.trial.id for each in results) == sorted(trial.id for trial in TRIALS)
    failures = [each for each in results if isinstance(each, TrialFailure)]
    assert {each.trial.id for each in failures} == culprits
    assert all((each.status, each.reason) == ("failed", "ValueError: =1+1 2") for each in failures)


def test_what_was_yielded_before_an_error_is_not_trained_again() -> None:
    trained: list[str] = []

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        for trial in block:
            if trial.id == TRIALS[2].id:
                raise MemoryError
            trained.append(trial.id)
            yield [outcome(trial)]

    results = [each for part in isolate_failures(TRIALS, train, nothing) for each in part]
    assert sorted(trained) == sorted(trial.id for trial in TRIALS if trial.id != TRIALS[2].id)
    assert [each.reason for each in results if isinstance(each, TrialFailure)] == ["MemoryError"]


def test_an_error_about_the_experiment_ends_the_attempt() -> None:
    with pytest.raises(DataError, match="wrong rows"):
        list(isolate_failures(TRIALS, raising({TRIALS[0].id}, DataError("wrong rows")), nothing))


def test_a_description_is_one_line_without_tensorflows_marks() -> None:
    error = RuntimeError(
        "{{function_node __wrapped__AddV2_device_/job:localhost}} OOM when allocating\n tensor on "
        "/job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu [Op:AddV2] name: "
    )
    assert describe(error) == "RuntimeError: OOM when allocating tensor by allocator mklcpu"
