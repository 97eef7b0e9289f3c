"""What runs on a Dask worker: each of its threads hands blocks to a child process, one for each piece of work."""

from __future__ import annotations

import atexit
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any

from dropout_lab.executors.child_process import EXPIRED, READY
from dropout_lab.provenance import starved

__all__ = ["DIED", "WorkerReply", "kept", "work_on"]

DIED = "died"
_SECONDS_BETWEEN_LOOKS = 0.5
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
_RUNNING = frozenset({"executing", "long-running"})


@dataclass(frozen=True)
class WorkerReply:
    """What a worker says of a block.

    Attributes
    ----------
    kind : str
        ``results``, ``lacking``, ``error`` or ``died``.
    content : bytes
        The pickled results, or error; of a block that died, whether anything says that it was taken down from within.
    worker : str
        Its address.
    facts : mapping
    seconds : float
        From when the block came to the worker.
    """

    kind: str
    content: bytes
    worker: str
    facts: Mapping[str, Any]
    seconds: float


def kept(content: bytes) -> bytes:
    """Return its argument: what many tasks need is a task itself, so that it goes to a worker once."""
    return content


def work_on(work: bytes, block: bytes, serialized_data: bytes | None) -> WorkerReply:
    """Work on a block: a Dask task.

    Parameters
    ----------
    work : bytes
        Pickled: an id, and `Work.prepare` and `Work.facts`, pickled.
    block : bytes
        Pickled.
    parcel : bytes or None
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
    kind, content = _ask(pool, name, pickle.dumps((prepare, serialized_data)), block, is_wanted)
    return WorkerReply(kind, content, worker.address, _facts(facts), time.monotonic() - began)


@lru_cache(maxsize=16)
def _facts(facts: bytes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = pickle.loads(facts)()  # noqa: S301 - from our client
    return found


def _ask(pool: _Pool, name: str, preparation: bytes, block: bytes, is_wanted: Callable[[], bool]) -> tuple[str, bytes]:
    """Let a child that is prepared for this work, or a new one, work on a block."""
    before = starved()
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
            return _ask(pool, name, preparation, block, is_wanted)
        by_itself = ended.code > 0 or -ended.code in _CRASHES or starved() > before
        return DIED, b"evidence" if by_itself else b""
    except BaseException:
        child.end()
        raise
    pool.give_back(name, child)
    return answer


class _Ended(Exception):  # noqa: N818 - no fault of ours
    """The child is no more."""

    def __init__(self, code: int) -> None:
        self.code = code


class _Unwanted(Exception):  # noqa: N818 - nobody will hear of it
    """The task was cancelled, or its client is gone."""


class _Child:
    """A child process; see `executors.child`."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        path = os.pathsep.join(os.path.abspath(each) for each in sys.path)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", "-m", "dropout_lab.executors.child_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C is for who started the worker
            )
        self._line = Connection(ours.detach())

    def ask(self, message: bytes, is_wanted: Callable[[], bool]) -> tuple[str, bytes]:
        """Send a message and wait for the answer: its kind and content."""
        try:
            self._line.send_bytes(message)
            while not self._line.poll(_SECONDS_BETWEEN_LOOKS):
                if not is_wanted():
                    raise _Unwanted
            return self._line.recv_bytes().decode(), self._line.recv_bytes()
        except (EOFError, OSError):
            self._line.close()
            raise _Ended(self._process.wait()) from None

    def end(self) -> None:
        """End the process."""
        self._line.close()
        self._process.kill()
        self._process.wait()


class _Pool:
    """Children without anything to do."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._idle: list[tuple[str, _Child]] = []

    def take(self, name: str) -> _Child | None:
        """Return a child that is prepared for a piece of work, if there is one."""
        with self._lock:
            found = next((each for each in self._idle if each[0] == name), None)
            if found:
                self._idle.remove(found)
        return found[1] if found else None

    def give_back(self, name: str, child: _Child) -> None:
        """Keep a child for later; end the one that has been idle for longest if there are too many."""
        with self._lock:
            self._idle.append((name, child))
            over = self._idle.pop(0)[1] if len(self._idle) > self._most else None
        if over:
            over.end()

    def end(self) -> None:
        """End them all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, child in idle:
            child.end()


_POOLS: dict[str, _Pool] = {}
"""By the worker's address: a process may hold several."""


@atexit.register
def _end_all() -> None:
    for pool in _POOLS.values():
        pool.end()
