"""What runs on a Dask worker: each thread passes blocks to a child process, one for each piece of work."""

from __future__ import annotations

import atexit
import pickle
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dropout_lab.executors.child import EXPIRED
from dropout_lab.executors.child_process import READY
from dropout_lab.executors.spawn import spawn
from dropout_lab.provenance import oom_kills

__all__ = ["DIED", "WorkerReply", "identity", "work_on"]

DIED = "died"
_POLL_SECONDS = 0.5
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
_RUNNING = frozenset({"executing", "long-running"})


@dataclass(frozen=True)
class WorkerReply:
    """A worker's reply to a block.

    Attributes
    ----------
    kind : str
        ``results``, ``lacking``, ``error`` or ``died``.
    content : bytes
        The pickled results or error; if the child died, not empty if there is evidence that the block crashed it.
    worker : str
        The worker's address.
    facts : mapping
    seconds : float
        Time on the worker.
    """

    kind: str
    content: bytes
    worker: str
    facts: Mapping[str, Any]
    seconds: float


def identity(content: bytes) -> bytes:
    """Return its argument: as a task, what many tasks need goes to each worker only once."""
    return content


def work_on(work: bytes, block: bytes, serialized_data: bytes | None) -> WorkerReply:
    """Work on a block; runs as a Dask task.

    Parameters
    ----------
    work : bytes
        Pickled: an id, and `Work.prepare` and `Work.facts`, pickled.
    block : bytes
        Pickled.
    serialized_data : bytes or None
    """
    from distributed import get_worker

    began = time.monotonic()
    worker = get_worker()
    key = worker.get_current_task()
    name, prepare, facts = pickle.loads(work)  # noqa: S301 - from our client, as the task itself

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in _RUNNING

    pool = _POOLS.setdefault(worker.address, _Pool(worker.state.nthreads))
    kind, content = _delegate(pool, name, pickle.dumps((prepare, serialized_data)), block, is_wanted)
    return WorkerReply(kind, content, worker.address, _facts(facts), time.monotonic() - began)


@lru_cache(maxsize=16)
def _facts(facts: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = pickle.loads(facts)()  # noqa: S301 - from our client
    return found


def _delegate(
    pool: _Pool, name: str, preparation: bytes, block: bytes, is_wanted: Callable[[], bool]
) -> tuple[str, bytes]:
    """Let a child work on a block: an idle one that is prepared for this work, or a new one."""
    before = oom_kills()
    child = pool.take(name)
    is_new = child is None
    child = child or _Child()
    try:
        if is_new:
            kind, content = child.ask(preparation, is_wanted)
            if kind != READY:
                child.end()
                return kind, content
        answer = child.ask(block, is_wanted)
    except _Ended as ended:
        if ended.code == EXPIRED:
            return _delegate(pool, name, preparation, block, is_wanted)
        crashed = ended.code > 0 or -ended.code in _CRASHES or oom_kills() > before
        return DIED, b"evidence" if crashed else b""
    except BaseException:
        child.end()
        raise
    pool.give_back(name, child)
    return answer


class _Ended(Exception):  # noqa: N818 - not an error
    """The child process has ended."""

    def __init__(self, code: int) -> None:
        self.code = code


class _Unwanted(Exception):  # noqa: N818 - not an error
    """The task was cancelled, or its client is gone."""


class _Child:
    """A child process; see `executors.child_process`."""

    def __init__(self) -> None:
        self._spawned = spawn("dropout_lab.executors.child_process")

    def ask(self, message: bytes, is_wanted: Callable[[], bool]) -> tuple[str, bytes]:
        """Send a message and wait for the kind and content of the reply."""
        connection = self._spawned.connection
        try:
            connection.send_bytes(message)
            while not connection.poll(_POLL_SECONDS):
                if not is_wanted():
                    raise _Unwanted
            return connection.recv_bytes().decode(), connection.recv_bytes()
        except (EOFError, OSError):
            connection.close()
            raise _Ended(self._spawned.process.wait()) from None

    def end(self) -> None:
        """End the process."""
        self._spawned.end()


class _Pool:
    """Idle children."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._idle: list[tuple[str, _Child]] = []

    def take(self, name: str) -> _Child | None:
        """Remove and return a child that is prepared for a piece of work; None if there is none."""
        with self._lock:
            found = next((entry for entry in self._idle if entry[0] == name), None)
            if found:
                self._idle.remove(found)
        return found[1] if found else None

    def give_back(self, name: str, child: _Child) -> None:
        """Keep a child for later; if there are too many, end the one that has been idle longest."""
        with self._lock:
            self._idle.append((name, child))
            surplus = self._idle.pop(0)[1] if len(self._idle) > self._capacity else None
        if surplus:
            surplus.end()

    def end(self) -> None:
        """End them all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, child in idle:
            child.end()


_POOLS: dict[str, _Pool] = {}
"""Worker address -> its idle children: a process may run several workers."""


@atexit.register
def _end_all() -> None:
    for pool in _POOLS.values():
        pool.end()
