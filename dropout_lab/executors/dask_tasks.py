"""The unfinished tasks on a Dask cluster."""

from __future__ import annotations

import pickle
import queue
import time
import uuid
import warnings
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dropout_lab.executors.dask_worker import identity, work_on
from dropout_lab.executors.interface import Work

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["SubmittedBlock", "TaskTracker"]

_SECONDS_TO_BE_KNOWN = 2
"""After which the scheduler has surely received a task."""


@dataclass(frozen=True)
class SubmittedBlock:
    """A block that was submitted as a task.

    Attributes
    ----------
    block : object
    worker : str or None
        The worker it was meant for.
    size : int
        Bytes sent.
    submitted : float
        When, in seconds of the monotonic clock.
    """

    block: Any
    worker: str | None
    size: int
    submitted: float


class TaskTracker:
    """Submits the blocks of a piece of work as tasks, and tracks those that are unfinished.

    Attributes
    ----------
    tasks : dict
        Future -> `SubmittedBlock`.
    cancelled : bool
        Whether tasks that no worker has begun were cancelled.
    """

    def __init__(self, client: Client, work: Work) -> None:
        import cloudpickle

        self.tasks: dict[Future, SubmittedBlock] = {}
        self.cancelled = False
        self._client = client
        self._serialize_data = work.serialized_data
        self._data: Future | None = None
        self._finished: queue.SimpleQueue[Future] = queue.SimpleQueue()
        parts = (uuid.uuid4().hex, cloudpickle.dumps(work.prepare), cloudpickle.dumps(work.facts))
        self._work = self._store(pickle.dumps(parts))

    def submit(self, block: Any, worker: str | None) -> None:
        """Submit a block to a worker; if that dies, it goes to another one."""
        content = pickle.dumps(block)
        options = {"workers": [worker], "allow_other_workers": True} if worker else {}
        future = self._client.submit(
            work_on, self._work, content, self._data, key=f"block-{uuid.uuid4().hex}", pure=False, **options
        )
        self.tasks[future] = SubmittedBlock(block, worker, len(content), time.monotonic())
        future.add_done_callback(self._finished.put)

    def tasks_by_worker(self) -> Counter[str | None]:
        """Return how many tasks each worker has."""
        return Counter(task.worker for task in self.tasks.values())

    def next_finished(self, timeout: float) -> Future | None:
        """Return a finished task; None if there is none within so many seconds."""
        try:
            return self._finished.get(timeout=timeout)
        except queue.Empty:
            return None

    def send_data(self) -> None:
        """Send the data along with tasks from now on."""
        if self._data is None:
            self._data = self._store(self._serialize_data())

    def cancel_waiting(self) -> None:
        """Cancel the tasks that no worker has begun."""
        self.cancelled = True
        begun = {key for keys in self._client.processing().values() for key in keys}
        known = time.monotonic() - _SECONDS_TO_BE_KNOWN
        waiting = [future for future, task in self.tasks.items() if future.key not in begun and task.submitted < known]
        if waiting:
            self._client.cancel(waiting)

    def close(self) -> None:
        """Cancel all tasks."""
        futures = [*self.tasks, self._work, *([self._data] if self._data else [])]
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(futures)

    def _store(self, content: bytes) -> Future:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about its size
            return self._client.submit(identity, content, key=f"stored-{uuid.uuid4().hex}", pure=False)
