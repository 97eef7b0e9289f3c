from __future__ import annotations

import pytest
from builders import experiment, outcome

from benchmarks.cluster import COLUMNS, Clock, row_of
from dropout_lab.executors.dask_cluster import TaskTiming
from dropout_lab.plan import plan

BLOCK = [outcome(trial) for trial in plan(experiment())[:4]]  # of 0.25 s each


def task(worker: str, seconds: float, worked: float) -> TaskTiming:
    return TaskTiming(worker, [BLOCK], 100, 200, seconds, worked)


def test_the_first_block_of_a_worker_tells_what_its_start_takes_and_the_others_what_a_task_does() -> None:
    clock = Clock()
    clock.tasks = [task("a", 6.0, 5.9), task("b", 8.0, 7.9), task("a", 1.5, 1.2), task("b", 1.7, 1.4)]
    clock.writing = [0.1, 0.2, 0.3, 0.2]
    clock.began, clock.ended = 10.0, 22.0
    row = row_of(1, "sonar", 2, clock)
    assert (row.blocks, row.trials, row.whole_seconds) == (4, 16, 12.0)
    assert row.start_seconds == pytest.approx(5.9)
    assert row.overhead_seconds == pytest.approx(0.6)
    assert row.transfer_seconds == pytest.approx(0.2)
    assert (row.trained_seconds, row.writing_seconds) == pytest.approx((1.0, 0.2))
    assert COLUMNS[:3] == ("run", "case", "workers")
