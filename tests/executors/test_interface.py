"""What holds for every executor."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import cloudpickle
import pytest

from dropout_lab.executors import Executor, Work, execute
from dropout_lab.executors.dask_cluster import LOCAL, Cluster, connect

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the functions below are sent to other processes

Function = Callable[[list[int]], Iterable[int]]
BLOCKS = [[1, 2], [3], [], [4, 5, 6], [7]]


def each(block: list[int]) -> Iterator[int]:
    yield from block


def note(folder: str, block: list[int]) -> Iterator[int]:
    """Leave a file for as long as a block is worked on, another for good."""
    mark = Path(folder, f"now-{block[0]}")
    mark.touch()
    Path(folder, f"begun-{block[0]}").touch()
    time.sleep(0.2)
    yield len(list(Path(folder).glob("now-*")))
    mark.unlink()


def fail(block: list[int]) -> Iterator[int]:
    if 0 in block:
        raise ArithmeticError("block failed")
    yield from block


def on(cluster: Cluster) -> Callable[[Function], Executor]:
    def make(function: Function) -> Executor:
        work = Work(lambda serialized_data: function, lambda: b"", dict, lambda worker, facts, results: None, print)
        return cluster.executor(work)

    return make


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connect(LOCAL, 2) as found:
        yield found


@pytest.fixture(params=["threads", "dask"])
def making(request: pytest.FixtureRequest) -> Callable[[Function], Executor]:
    """Return what makes an executor for a function."""
    if request.param == "threads":
        return lambda function: partial(execute, function)
    return on(request.getfixturevalue("cluster"))


Making = Callable[[Function], Executor]


@pytest.mark.parametrize("at_once", [1, 2])
def test_all_results_arrive_once_those_of_a_block_in_their_order(making: Making, at_once: int) -> None:
    results = list(making(each)(BLOCKS, at_once, threading.Event()))
    assert sorted(results) == [1, 2, 3, 4, 5, 6, 7]
    assert [result for result in results if result in (4, 5, 6)] == [4, 5, 6]


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_blocks_than_allowed_are_worked_on_at_once(making: Making, at_once: int, tmp_path: Path) -> None:
    counts = making(partial(note, str(tmp_path)))([[1], [2], [3], [4]], at_once, threading.Event())
    assert max(counts) <= at_once


def test_without_blocks_there_are_no_results(making: Making) -> None:
    assert list(making(each)([], 2, threading.Event())) == []


def test_stopped_beforehand_nothing_is_begun(making: Making, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert list(making(partial(note, str(tmp_path)))([[1], [2]], 2, stop)) == []
    assert list(tmp_path.iterdir()) == []


def test_once_stopped_what_is_worked_on_comes_and_nothing_more_is_begun(making: Making, tmp_path: Path) -> None:
    stop, results = threading.Event(), []
    for result in making(partial(note, str(tmp_path)))([[number] for number in range(9)], 2, stop):
        results.append(result)
        stop.set()
    assert len(results) == len(list(tmp_path.glob("begun-*"))) <= 4


def test_what_a_block_raises_is_raised_and_stops_the_others(making: Making) -> None:
    stop = threading.Event()
    with pytest.raises(ArithmeticError, match="block failed"):
        list(making(fail)([[1], [0], *([number] for number in range(2, 99))], 1, stop))
    assert stop.is_set()


def test_who_takes_no_more_results_stops_the_others(making: Making) -> None:
    stop = threading.Event()
    results = making(each)([[number] for number in range(99)], 2, stop)
    next(results)
    results.close()
    assert stop.is_set()
