"""Map a function over blocks in threads of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["execute"]

Block = TypeVar("Block")
Result = TypeVar("Result")


def execute(
    function: Callable[[Block], Iterable[Result]],
    blocks: Sequence[Block],
    jobs: int,
    stop: threading.Event,
    on_abandon: Callable[[], None] = lambda: None,
) -> Generator[Result, None, None]:
    """Apply a function that yields results to each block, and yield the results as they come.

    Parameters
    ----------
    function : callable
        Block -> iterable of results. Called in worker threads, `jobs` blocks at a time.
    blocks : sequence
    jobs : int
        Number of threads.
    stop : threading.Event
        Once set, each worker ends after its current result, and no further block is begun.
    on_abandon : callable
        Called if no more results will be taken, while workers may still be busy: they can end early.

    Yields
    ------
    Result
        In the order in which they come.

    Raises
    ------
    Exception
        What `function` raised, after the results before it; the other workers are stopped.
    """
    done: queue.SimpleQueue[Result | _End] = queue.SimpleQueue()

    def work(block: Block) -> None:
        failure: BaseException | None = None
        try:
            for result in () if stop.is_set() else function(block):
                done.put(result)
                if stop.is_set():
                    break
        except BaseException as error:  # the loop below must not wait for this block for ever
            failure = error
        done.put(_End(failure))

    with ThreadPoolExecutor(jobs, thread_name_prefix="block") as pool:
        for block in blocks:
            pool.submit(work, block)
        try:
            left = len(blocks)
            while left:
                item = done.get()
                if not isinstance(item, _End):
                    yield item
                elif item.failure:
                    raise item.failure
                else:
                    left -= 1
        except BaseException:  # including interrupts, and a caller that takes no more results
            stop.set()
            on_abandon()  # before the threads are waited for
            raise


class _End:
    """A block is finished."""

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure
