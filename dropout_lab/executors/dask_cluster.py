"""Map a function over blocks on the workers of a Dask cluster."""

from __future__ import annotations

import json
import logging
import pickle
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab.errors import ClusterError, DropoutLabError
from dropout_lab.executors.child_process import ERROR, LACKING, RESULTS
from dropout_lab.executors.dask_tasks import TaskTracker
from dropout_lab.executors.dask_worker import DIED, WorkerReply
from dropout_lab.executors.interface import Executor, Work, WorkerDied
from dropout_lab.provenance import cores

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["LOCAL", "Cluster", "TaskTiming", "connect"]

LOCAL = "local"
"""The address that stands for a temporary cluster on this machine."""

_SECONDS_TO_ANSWER = 10
_SECONDS_FOR_A_WORKER = 60
_POLL_SECONDS = 1.0
_SECONDS_TO_CLOSE = 5


@dataclass(frozen=True)
class TaskTiming:
    """Measurements of a block that came back.

    Attributes
    ----------
    worker : str
    results : sequence
    sent, received : int
        Bytes.
    seconds, worked : float
        From submission to result; on the worker.
    """

    worker: str
    results: Sequence[Any]
    sent: int
    received: int
    seconds: float
    worked: float


@contextmanager
def connect(
    address: str, workers: int | None = None, on_task: Callable[[TaskTiming], None] = lambda _: None
) -> Iterator[Cluster]:
    """Connect to a Dask cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, or the scheduler's file; or ``local``.
    workers : int or None
        How many workers a local cluster has; None: as many as there are cores.
    on_task : callable
        Called with the measurements of each block that came back.

    Raises
    ------
    ClusterError
        If `distributed` is not installed, nobody answers, or no worker joins in time.
    """
    try:
        import dask
        import distributed
    except ImportError:
        raise ClusterError(
            "--dask needs the package distributed: python -m pip install -c constraints.txt '.[dask]'"
        ) from None
    limits = {"distributed.comm.timeouts.connect": _SECONDS_TO_ANSWER}
    with (
        _quiet("asyncio", "distributed", "distributed.client", "tornado"),  # their errors are raised again as ours
        dask.config.set(limits),
        _cluster(distributed, address, workers) as target,
        _client(distributed, address, target) as client,
    ):
        try:
            client.wait_for_workers(1, timeout=_SECONDS_FOR_A_WORKER)
        except TimeoutError:
            raise ClusterError(
                f"{address}: no worker joined within {_SECONDS_FOR_A_WORKER} s: "
                f"start one, for example: dask worker {client.scheduler.address} --nthreads 1"
            ) from None
        except OSError as error:
            raise ClusterError(f"{address}: {_LOST} ({_first_line(error)})") from None
        yield Cluster(client, address, on_task)


@contextmanager
def _quiet(*libraries: str) -> Iterator[None]:
    """Silence the logs of libraries for a while."""
    loggers = [logging.getLogger(library) for library in libraries]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _cluster(distributed: Any, address: str, workers: int | None) -> Iterator[Any]:
    """Yield what a client connects to."""
    if address != LOCAL:
        yield _address(address)
        return
    with distributed.LocalCluster(
        n_workers=workers or cores(),
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any port, only for this machine
    ) as cluster:
        yield cluster


def _address(text: str) -> str:
    """Return the address in a scheduler's file, or the text itself if it is no file."""
    if not text:
        raise ClusterError("--dask: expected the address of a Dask scheduler, the file it wrote, or 'local'")
    if not Path(text).is_file():
        return text
    try:
        address = json.loads(Path(text).read_bytes())["address"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ClusterError(f"{text}: expected a file written by 'dask scheduler --scheduler-file'") from None
    return str(address)


@contextmanager
def _client(distributed: Any, address: str, target: Any) -> Iterator[Client]:
    try:
        client = distributed.Client(target, timeout=_SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"{address}: no Dask scheduler answered within {_SECONDS_TO_ANSWER} s ({_first_line(error)}): "
            "expected the address printed by 'dask scheduler', such as tcp://10.0.0.1:8786, or 'local'"
        ) from None
    try:
        yield client
    finally:
        with suppress(Exception):  # results are on disk already
            client.close(timeout=_SECONDS_TO_CLOSE)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:100] or type(error).__name__


class Cluster:
    """A Dask cluster, connected; made by `connect`."""

    def __init__(self, client: Client, address: str, on_task: Callable[[TaskTiming], None]) -> None:
        self._on_task = on_task
        self._client = client
        self._address = address
        self._threads: dict[str, int] = {}
        self._polled = -_POLL_SECONDS

    def slots(self) -> int:
        """Return how many blocks the workers can work on at once."""
        with self._reporting_loss():
            return sum(self._client.nthreads().values())

    def block_memory(self) -> int | None:
        """Return the bytes of memory that each of these blocks may take; None if the workers have no limit."""
        with self._reporting_loss():
            workers = self._client.scheduler_info()["workers"].values()
        limits = [worker["memory_limit"] / worker["nthreads"] for worker in workers]
        return int(min(limits) / 2) if limits and min(limits) > 0 else None

    def inspect(self, work: Work) -> None:
        """Pass the facts of each worker to the work, which refuses workers that do not fit."""
        with self._reporting_loss():
            replies = self._client.run(work.facts, on_error="return")
        for worker, facts in sorted(replies.items()):
            if isinstance(facts, BaseException):
                raise ClusterError(
                    f"worker {worker}: cannot run dropout-lab ({type(facts).__name__}: {_first_line(facts)}): "
                    "install the same version there"
                )
            work.on_result(worker, facts, ())

    def executor(self, work: Work) -> Executor:
        """Return an executor for a piece of work."""
        return partial(self._execute, work)

    def _execute(
        self, work: Work, blocks: Sequence[Any], at_once: int, stop: threading.Event
    ) -> Generator[Any, None, None]:
        if not blocks or stop.is_set():
            return
        waiting = deque(blocks)
        try:
            with closing(TaskTracker(self._client, work)) as tracker:
                results: Sequence[Any] = ()
                while True:
                    with self._reporting_loss():
                        if stop.is_set():
                            tracker.cancel_waiting()
                        else:
                            self._submit(work, tracker, waiting, at_once)
                    yield from results  # now that the worker they came from has something to do
                    if not tracker.tasks and (stop.is_set() or not waiting):
                        return
                    future = tracker.next_finished(_POLL_SECONDS)
                    results = [] if future is None else list(self._results(work, tracker, waiting, future))
        except BaseException:
            stop.set()
            raise

    def _submit(self, work: Work, tracker: TaskTracker, waiting: deque[Any], at_once: int) -> None:
        """Give each worker as many blocks as it has threads."""
        self._update_workers(work)
        if not self._threads and waiting and not tracker.tasks:
            tracker.submit(waiting.popleft(), None)  # an adaptive cluster starts a worker for it
        while waiting and len(tracker.tasks) < at_once:
            busy = tracker.tasks_by_worker()
            free = {worker: threads - busy[worker] for worker, threads in self._threads.items()}
            worker = max(free, key=free.__getitem__, default=None)
            if worker is None or free[worker] < 1:
                return
            tracker.submit(waiting.popleft(), worker)

    def _update_workers(self, work: Work) -> None:
        """Ask which workers there are, if the last time was a while ago."""
        if time.monotonic() - self._polled < _POLL_SECONDS:
            return
        before, self._threads, self._polled = self._threads, self._client.nthreads(), time.monotonic()
        if before and not self._threads:
            work.on_notice("no worker is left: waiting for one to join (Ctrl-C stops)")

    def _results(
        self, work: Work, tracker: TaskTracker, waiting: deque[Any], future: Future
    ) -> Generator[Any, None, None]:
        """Yield the results of a finished task, or put its block back to be submitted again."""
        task = tracker.tasks.pop(future)
        if future.status == "cancelled" and tracker.cancelled:
            return
        reply = self._reply(future)
        if isinstance(reply, int):
            yield WorkerDied(task.block, evidence=True, times=reply)
            return
        seconds = time.monotonic() - task.submitted
        if reply.kind == LACKING:
            with self._reporting_loss():
                tracker.send_data()
            waiting.appendleft(task.block)
            return
        if reply.kind == ERROR:
            error = pickle.loads(reply.content)  # noqa: S301 - from our child at a worker, as all below
            raise ClusterError(f"worker {reply.worker}: {error}") if isinstance(error, DropoutLabError) else error
        results = pickle.loads(reply.content) if reply.kind == RESULTS else []  # noqa: S301
        work.on_result(reply.worker, reply.facts, results)
        self._on_task(TaskTiming(reply.worker, results, task.size, len(reply.content), seconds, reply.seconds))
        if reply.kind == DIED:
            yield WorkerDied(task.block, evidence=bool(reply.content))
        yield from results

    def _reply(self, future: Future) -> WorkerReply | int:
        """Return a worker's reply, or the number of workers that died of the task."""
        from distributed import KilledWorker

        with self._reporting_loss():
            error = future.exception()
            if error is None:
                reply: WorkerReply = future.result()
                future.release()
                return reply
            if isinstance(error, KilledWorker):
                return int(error.allowed_failures) + 1
            if future.status == "cancelled":
                raise error
        raise ClusterError(f"a worker could not take its task ({type(error).__name__}: {_first_line(error)})")

    @contextmanager
    def _reporting_loss(self) -> Iterator[None]:
        """Turn any error into one that says that the scheduler is lost."""
        try:
            yield
        except Exception as error:
            raise ClusterError(f"{self._address}: {_LOST} ({type(error).__name__}: {_first_line(error)})") from error


_LOST = (
    "the Dask scheduler is gone or was restarted: finished trials are kept; "
    "run the same command again once a scheduler is available"
)
