"""Executors map a function over blocks and yield the results as they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Executor", "NeedsData", "Work", "WorkerDied"]


@dataclass(frozen=True)
class WorkerDied:
    """A block without results because the process working on it died; only from executors in other processes.

    Attributes
    ----------
    block : object
    evidence : bool
        Whether there is evidence that the block crashed the process.
    times : int
        How many processes died of it.
    """

    block: Any
    evidence: bool
    times: int = 1


Executor = Callable[[Sequence[Any], int, threading.Event], Generator[Any, None, None]]
"""``(blocks, at_once, stop)`` -> the results of all blocks, and a `WorkerDied` for each that has none, as they come.

At most `at_once` blocks are worked on at a time. Once `stop` is set, no further block is begun; those being worked on
are finished. What the function raises is raised, and sets `stop`.
"""


class NeedsData(Exception):  # noqa: N818 - a request, not an error
    """Another process cannot prepare itself without data that only the main process has."""


@dataclass(frozen=True)
class Work:
    """A function over blocks, for other processes.

    Attributes
    ----------
    prepare : callable
        ``prepare(serialized_data)`` -> the function: a block to an iterable of results. Called with None, once in each
        process; if it raises `NeedsData`, again with the data. Sent to the processes, as `facts` is.
    serialized_data : callable
        Returns the data in bytes. Called in the main process, at most once; sent to each machine once.
    facts : callable
        Returns what the main process should know about a machine: plain data.
    on_result : callable
        ``on_result(name, facts, results)``: called in the main process with the results of each block, and without
        results for a new machine; raises an error to refuse the machine.
    on_notice : callable
        Called in the main process with a message for the user.
    """

    prepare: Callable[[bytes | None], Callable[[Any], Iterable[Any]]]
    serialized_data: Callable[[], bytes]
    facts: Callable[[], Mapping[str, Any]]
    on_result: Callable[[str, Mapping[str, Any], Sequence[Any]], None]
    on_notice: Callable[[str], None]
