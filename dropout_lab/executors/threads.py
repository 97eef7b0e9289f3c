"""Map a function over blocks in threads of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["execute"]

Block = TypeVar("Block")
TrialOutcome = TypeVar("TrialOutcome")


def execute(
    function: Callable[[Block], Iterable[TrialOutcome]],
    blocks: Sequence[Block],
    jobs: int,
    stop: threading.Event,
    on_abandon: Callable[[], None] = lambda: None,
) -> Generator[TrialOutcome, None, None]:
    """Apply a function that yields results to each block; pass the results on as they come.

    Parameters
    ----------
    function : callable
        Block -> iterable of results. Called in worker threads, `jobs` blocks at a time.
    blocks : sequence
    jobs : int
        Number of threads.
    stop : threading.Event
        Once set, a worker ends after the result it is working on, and no new block is begun.
    on_abandon : callable
        Called if no more results will be taken, while workers may be at work: what they do is for nothing.

    Yields
    ------
    TrialOutcome
        In the order in which they become known.

    Raises
    ------
    Exception
        What `function` raised, after the results known until then; the other workers are stopped.
    """
    done: queue.SimpleQueue[TrialOutcome | _End] = queue.SimpleQueue()

    def work(block: Block) -> None:
        failure: BaseException | None = None
        try:
            for result in () if stop.is_set() else function(block):
                done.put(result)
                if stop.is_set():
                    break
        except BaseException as error:  # whatever ends a block must end the wait for it
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
        except BaseException:  # an interrupt, too, or that no more is taken
            stop.set()
            on_abandon()  # before the threads are waited for
            raise


class _End:
    """A block is through."""

    def __init__(self, failure: BaseException | None) -> None:
        self.failure = failure
