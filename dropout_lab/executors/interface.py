"""What an executor is: blocks in, results out as they become known. It was made for the function that it maps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Executor", "NeedsData", "Work", "WorkerDied"]


@dataclass(frozen=True)
class WorkerDied:
    """A block without results, for the process that worked on it ended; only an executor in other processes says so.

    Attributes
    ----------
    block : object
    evidence : bool
        Whether anything says that the process was taken down from within.
    times : int
        How many processes ended on it.
    """

    block: Any
    evidence: bool
    times: int = 1


Executor = Callable[[Sequence[Any], int, threading.Event], Generator[Any, None, None]]
"""``(blocks, at_once, stop)`` -> the results of all blocks, and a `WorkerDied` for each that has none, as they come.

At most `at_once` blocks are worked on at a time. Once `stop` is set no block is begun; what is being worked on still
comes. What the function raises is raised, and sets `stop`.
"""


class NeedsData(Exception):  # noqa: N818 - it asks for something
    """A process elsewhere cannot prepare itself without what only the first one has."""


@dataclass(frozen=True)
class Work:
    """A function over blocks, for processes elsewhere.

    Attributes
    ----------
    prepare : callable
        ``prepare(serialized_data)`` -> the function: a block to an iterable of results. Called with None, once in each
        process that works; if it raises `NeedsData`, again with the data. Sent to them, as `facts` is.
    serialized_data : callable
        Makes the data's bytes. Called here, at most once, and they go to each machine once.
    facts : callable
        Returns what is to be known of a machine: plain data.
    on_result : callable
        ``on_result(name, facts, results)``: called here with the results of each block, and with none when a machine
        is first heard of; raises what is wrong with it.
    on_notice : callable
        Called here with a message for the user.
    """

    prepare: Callable[[bytes | None], Callable[[Any], Iterable[Any]]]
    serialized_data: Callable[[], bytes]
    facts: Callable[[], Mapping[str, Any]]
    on_result: Callable[[str, Mapping[str, Any], Sequence[Any]], None]
    on_notice: Callable[[str], None]
