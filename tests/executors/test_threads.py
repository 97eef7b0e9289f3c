import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.executors import execute

PATIENCE = 60
"""Seconds after which a test that waits for another thread has failed."""


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("block")]


def each(block: list[int]) -> Iterator[int]:
    yield from block


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=6), st.integers(1, 4))
def test_all_results_arrive_once_whatever_the_number_of_threads(blocks: list[list[int]], jobs: int) -> None:
    results = list(execute(each, blocks, jobs, threading.Event()))
    assert sorted(results) == sorted(result for block in blocks for result in block)


@given(st.lists(st.lists(st.integers(), max_size=4), max_size=6))
def test_one_thread_gives_results_in_the_order_of_the_blocks(blocks: list[list[int]]) -> None:
    assert list(execute(each, blocks, 1, threading.Event())) == [result for block in blocks for result in block]


def test_as_many_blocks_as_jobs_are_worked_on_at_once() -> None:
    meeting = threading.Barrier(3)

    def meet(block: int) -> Iterator[int]:
        meeting.wait(PATIENCE)
        yield block

    assert sorted(execute(meet, [1, 2, 3], 3, threading.Event())) == [1, 2, 3]


def test_no_more_blocks_than_jobs_are_worked_on_at_once() -> None:
    lock, working, most = threading.Lock(), 0, 0

    def count(block: int) -> Iterator[int]:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        yield block
        with lock:
            working -= 1

    list(execute(count, range(20), 2, threading.Event()))
    assert most <= 2


def test_results_are_passed_on_before_their_block_is_through() -> None:
    seen = threading.Event()

    def wait(block: int) -> Iterator[int]:
        yield block
        if not seen.wait(PATIENCE):
            raise TimeoutError("the first result was not passed on")
        yield block + 1

    results = execute(wait, [1], 1, threading.Event())
    assert next(results) == 1
    seen.set()
    assert list(results) == [2]


def test_a_failing_block_raises_after_the_results_known_until_then() -> None:
    def fail(block: int) -> Iterator[int]:
        yield block
        yield block + 1
        raise ArithmeticError("block failed")

    results = execute(fail, [1], 1, threading.Event())
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ArithmeticError, match="block failed"):
        next(results)


def test_a_failing_block_stops_the_others() -> None:
    stop = threading.Event()

    def work(block: str) -> Iterator[str]:
        if block == "failing":
            raise ArithmeticError("block failed")
        yield block

    with pytest.raises(ArithmeticError):
        list(execute(work, ["failing", *(str(number) for number in range(1000))], 1, stop))
    assert stop.is_set()
    assert workers() == []


def test_a_worker_ends_after_the_result_it_is_working_on_once_stopped() -> None:
    stop, begun = threading.Event(), []

    def work(block: int) -> Iterator[int]:
        begun.append(block)
        yield block
        if not stop.wait(PATIENCE):
            raise TimeoutError("nobody stopped")
        yield block + 1
        yield block + 2

    results = []
    for result in execute(work, [10, 20, 30], 1, stop):
        results.append(result)
        stop.set()
    assert results == [10, 11]
    assert begun == [10]


def test_stopped_beforehand_nothing_is_begun() -> None:
    stop, begun = threading.Event(), []

    def work(block: int) -> list[int]:
        begun.append(block)
        return [block]

    stop.set()
    assert list(execute(work, [1, 2, 3], 2, stop)) == []
    assert begun == []


def test_who_takes_no_more_results_stops_the_workers() -> None:
    stop = threading.Event()

    def endless(block: int) -> Iterator[int]:
        while True:
            yield block

    results = execute(endless, [1, 2], 2, stop)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert stop.is_set()
    assert workers() == []


def test_an_interrupt_is_heard_of_by_the_workers_before_they_are_waited_for() -> None:
    stop, abandoned, told = threading.Event(), threading.Event(), []

    def long(block: int) -> Iterator[int]:
        yield block
        told.append(abandoned.wait(PATIENCE))

    results = execute(long, [1], 1, stop, on_abandon=abandoned.set)
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    assert told in ([True], [])  # nothing if the worker saw the stop first
    assert abandoned.is_set()
    assert workers() == []


def test_without_blocks_there_are_no_results() -> None:
    assert list(execute(each, [], 2, threading.Event())) == []
