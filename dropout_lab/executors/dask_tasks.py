"""The tasks that are under way on a Dask cluster."""

from __future__ import annotations

import pickle
import queue
import time
import uuid
import warnings
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dropout_lab.executors.dask_worker import kept, work_on
from dropout_lab.executors.interface import Work

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["TaskTracker"]

_SECONDS_TO_BE_KNOWN = 2
"""After which the scheduler has surely heard of a task."""


class TaskTracker:
    """The tasks that are under way.

    Attributes
    ----------
    blocks : dict
        A task's future -> its block, the bytes sent, and when.
    places : dict
        A task's future -> the worker it was meant for.
    at : Counter
        How many there are at each worker.
    called_back : bool
        Whether a stop was asked for.
    """

    def __init__(self, client: Client, work: Work) -> None:
        import cloudpickle

        self.blocks: dict[Future, tuple[Any, int, float]] = {}
        self.places: dict[Future, str | None] = {}
        self.at: Counter[str | None] = Counter()
        self.called_back = False
        self._client = client
        self._make_parcel = work.serialized_data
        self._parcel: Future | None = None
        self._landed: queue.SimpleQueue[Future] = queue.SimpleQueue()
        parts = (uuid.uuid4().hex, cloudpickle.dumps(work.prepare), cloudpickle.dumps(work.facts))
        self._work = self._keep(pickle.dumps(parts))

    def submit(self, block: Any, worker: str | None) -> None:
        """Begin a block at a worker; elsewhere, should that die."""
        content = pickle.dumps(block)
        options = {"workers": [worker], "allow_other_workers": True} if worker else {}
        future = self._client.submit(
            work_on, self._work, content, self._parcel, key=f"block-{uuid.uuid4().hex}", pure=False, **options
        )
        self.blocks[future] = block, len(content), time.monotonic()
        self.places[future] = worker
        self.at[worker] += 1
        future.add_done_callback(self._landed.put)

    def landed(self, patience: float) -> Future | None:
        """Return a task that is through; None if none is for so many seconds."""
        try:
            return self._landed.get(timeout=patience)
        except queue.Empty:
            return None

    def remove(self, future: Future) -> tuple[Any, int, float]:
        """Forget a task that is through; return its block, the bytes sent, and when."""
        self.at[self.places.pop(future)] -= 1
        return self.blocks.pop(future)

    def ship(self) -> None:
        """Send the parcel along from now on."""
        if self._parcel is None:
            self._parcel = self._keep(self._make_parcel())

    def call_back(self) -> None:
        """Cancel what no worker has begun."""
        self.called_back = True
        begun = {key for keys in self._client.processing().values() for key in keys}
        known = time.monotonic() - _SECONDS_TO_BE_KNOWN
        idle = [future for future, (_, _, at) in self.blocks.items() if future.key not in begun and at < known]
        if idle:
            self._client.cancel(idle)

    def close(self) -> None:
        """Cancel all."""
        futures = [*self.blocks, self._work, *([self._parcel] if self._parcel else [])]
        with suppress(Exception):  # the scheduler may be gone
            self._client.cancel(futures)

    def _keep(self, content: bytes) -> Future:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the size
            return self._client.submit(kept, content, key=f"kept-{uuid.uuid4().hex}", pure=False)
