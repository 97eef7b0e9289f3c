"""What an executor is: blocks in, results out as they become known. It was made for the function that it maps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Died", "Executor"]


@dataclass(frozen=True)
class Died:
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
"""``(blocks, at_once, stop)`` -> the results of all blocks, and a `Died` for each that has none, as they become known.

At most `at_once` blocks are worked on at a time. Once `stop` is set no block is begun; what is being worked on still
comes. What the function raises is raised, and sets `stop`.
"""
