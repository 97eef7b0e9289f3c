"""Training blocks on the workers of a Dask cluster."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from dropout_lab import datasets, engines
from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.datasets import Dataset
from dropout_lab.engines.outcome import TrialOutcome
from dropout_lab.errors import ClusterError, DataError
from dropout_lab.executors import Executor, NeedsData, Work, WorkerDied
from dropout_lab.executors.dask_cluster import Cluster
from dropout_lab.provenance import environment
from dropout_lab.results import Journal
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.prepare import PreparedRun
from dropout_lab.runs.train import TrainBlock, has_failure, load_engine, training_environment

__all__ = ["DaskBackend"]

_MUST_AGREE = ("dropout-lab", "tensorflow")
_UNLIMITED = 1 << 20
_BLOCK_MEMORY = 1 << 30
"""Bytes for a block on workers without a memory limit."""


class DaskBackend:
    """Trains on the workers of a cluster; see `Backend`.

    Parameters
    ----------
    prepared : PreparedRun
    cluster : Cluster
    listener : ProgressListener
        Hears of the epochs of a block when it comes back.

    Raises
    ------
    ClusterError
        If a worker cannot run this version of the program.
    """

    def __init__(self, prepared: PreparedRun, cluster: Cluster, listener: ProgressListener) -> None:
        self._request = prepared.request
        self._data = prepared.data
        self._cluster = cluster
        self._listener = listener
        self._checksum = datasets.checksum(prepared.data)
        self._versions = environment()["versions"]
        self._groups: list[_WorkerGroup] = []
        cluster.inspect(self._work((), Event()))
        jobs = self._request.options.jobs
        self.slots = jobs or cluster.slots()
        self.max_concurrent = jobs or _UNLIMITED  # workers may yet join
        self.block_memory = cluster.block_memory() or _BLOCK_MEMORY

    def start_records(self, trained: int | None) -> list[dict[str, Any]]:
        """Return the environment of each group of workers, how many they are and what they trained."""
        return [
            {"trained": None if trained is None else group.trained, **group.facts, "workers": len(group.workers)}
            for group in self._groups
        ]

    def executor(self, blocks: Sequence[engines.Block], journal: Journal) -> Executor:
        """Return what trains these blocks; the journal is not used, as a worker's death does not end this process."""
        return partial(self._execute, tuple(blocks))

    def _execute(
        self, known: tuple[engines.Block, ...], blocks: Sequence[engines.Block], at_once: int, stop: Event
    ) -> Generator[Sequence[TrialOutcome] | WorkerDied, None, None]:
        for item in self._cluster.executor(self._work(known, stop))(blocks, at_once, stop):
            if not isinstance(item, WorkerDied):
                self._listener.epochs(sum(outcome.trial.experiment.training.epochs for outcome in item))
            yield item

    def _work(self, blocks: tuple[engines.Block, ...], stop: Event) -> Work:
        request = self._request
        setup = _WorkerSetup(
            request.experiment, blocks, request.data_dir.resolve(), self._checksum, request.options.fail_fast
        )
        return Work(
            prepare=setup,
            serialized_data=self._serialized_data,
            facts=partial(training_environment, request.experiment),
            on_result=partial(self._on_result, stop),
            on_notice=self._listener.notice,
        )

    def _serialized_data(self) -> bytes:
        return zlib.compress(pickle.dumps(self._data), 1)

    def _on_result(
        self, stop: Event, worker: str, facts: Mapping[str, Any], results: Sequence[Sequence[TrialOutcome]]
    ) -> None:
        for package in _MUST_AGREE:
            if facts["versions"].get(package) != self._versions[package]:
                raise ClusterError(
                    f"worker {worker}: has {package} {facts['versions'].get(package)}, "
                    f"here is {self._versions[package]}: install the same version in both places"
                )
        group = next((group for group in self._groups if group.facts == facts), None)
        if group is None:
            group = _WorkerGroup(facts)
            self._groups.append(group)
        group.workers.add(worker)
        group.trained += sum(map(len, results))
        if self._request.options.fail_fast and any(map(has_failure, results)):
            stop.set()  # before the next block is begun


@dataclass
class _WorkerGroup:
    """Workers with the same versions, processor and number of threads."""

    facts: Mapping[str, Any]
    workers: set[str] = field(default_factory=set)
    trained: int = 0


@dataclass(frozen=True)
class _WorkerSetup:
    """Prepares a process on a worker to train; see `Work.prepare`."""

    experiment: Experiment
    blocks: tuple[engines.Block, ...]
    data_folder: Path
    checksum: str
    fail_fast: bool

    def __call__(self, serialized_data: bytes | None) -> Callable[[engines.Block], Iterator[Sequence[TrialOutcome]]]:
        data = self._data(serialized_data)
        return partial(_train, load_engine(self.experiment, self.blocks, data), self.fail_fast)

    def _data(self, serialized_data: bytes | None) -> Dataset:
        description = self.experiment.dataset
        if serialized_data is not None:
            data: Dataset = pickle.loads(zlib.decompress(serialized_data))  # noqa: S301 - from our client
            return data
        if not isinstance(description, BuiltinDataset):
            raise NeedsData  # the user's own file
        name = description.name
        candidates = (self.data_folder, datasets.data_folder(None))
        folder = next((folder for folder in candidates if datasets.is_available(name, folder)), None)
        if folder is None:
            raise NeedsData
        data = datasets.load_builtin(name, folder)
        checksum = datasets.checksum(data)
        if checksum != self.checksum:
            raise DataError(
                f"{name} in {folder} has other values than on the client "
                f"(SHA-256 {checksum[:12]}..., expected {self.checksum[:12]}...): copy the client's files there, or "
                "remove these"
            )
        return data


def _train(train: TrainBlock, fail_fast: bool, block: engines.Block) -> Iterator[Sequence[TrialOutcome]]:
    for outcomes in train(block, lambda _: None):
        yield outcomes
        if fail_fast and has_failure(outcomes):
            return
