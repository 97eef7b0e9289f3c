"""Training blocks in other processes: what is sent to them, what they do, and what is kept of them."""

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
from dropout_lab.engines.outcome import TrialFailure, TrialOutcome
from dropout_lab.errors import ClusterError, DataError, DropoutLabError
from dropout_lab.executors import Executor, NeedsData, Work, WorkerDied
from dropout_lab.executors.dask_cluster import Cluster
from dropout_lab.provenance import environment

__all__ = ["DaskBackend"]

_MUST_AGREE = ("dropout-lab", "tensorflow")
_UNLIMITED = 1 << 20
_ROOM = 1 << 30
"""Bytes for a block at workers that have no limit."""


@dataclass
class DaskBackend:
    """A cluster that trains blocks.

    Attributes
    ----------
    cluster : Cluster
    experiment : Experiment
        With its engine resolved.
    data : Dataset
    data_folder : Path
        Where workers look for the data, too, before they ask for ours.
    jobs : int or None
        Blocks trained at once at most, and cut for; None: as many as the workers have threads.
    fail_fast : bool
        Train no more of a block once a trial of it has failed.
    on_epochs : callable
        Called with the number of epochs x trials of a block that came back.
    """

    cluster: Cluster
    experiment: Experiment
    data: Dataset
    data_folder: Path
    jobs: int | None
    fail_fast: bool
    on_epochs: Callable[[int], None]
    _kinds: list[_Kind] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self._checksum = datasets.checksum(self.data)
        self._versions = environment()["versions"]
        self.cluster.inspect(self._work(()))
        self.slots = self.jobs or self.cluster.slots()
        self.room = self.cluster.room() or _ROOM

    @property
    def at_once(self) -> int:
        """How many blocks are trained at once at most: workers may yet join."""
        return self.jobs or _UNLIMITED

    def starts(self, trained: int | None) -> list[dict[str, Any]]:
        """Return what numbers depend on, for ``run.json``: for each kind of worker, how many, and what they trained."""
        return [
            {"trained": None if trained is None else kind.trained, **kind.facts, "workers": len(kind.workers)}
            for kind in self._kinds
        ]

    def start(self) -> None:
        """Nothing is started here."""

    def executor(self, blocks: Sequence[engines.Block]) -> Executor:
        """Return what trains these blocks."""
        return partial(self._execute, self.cluster.executor(self._work(tuple(blocks))))

    def _execute(
        self, executor: Executor, blocks: Sequence[engines.Block], at_once: int, stop: Event
    ) -> Generator[Sequence[TrialOutcome] | WorkerDied, None, None]:
        epochs, self._stop = self.experiment.training.epochs, stop
        for item in executor(blocks, at_once, stop):
            if not isinstance(item, WorkerDied):
                self.on_epochs(epochs * len(item))
            yield item

    def _work(self, blocks: tuple[engines.Block, ...]) -> Work:
        recipe = _Recipe(self.experiment, blocks, self.data_folder.resolve(), self._checksum, self.fail_fast)
        return Work(recipe, self._parcel, partial(_facts, self.experiment), self._admit)

    def _parcel(self) -> bytes:
        return zlib.compress(pickle.dumps(self.data), 1)

    def _admit(self, worker: str, facts: Mapping[str, Any], results: Sequence[Sequence[TrialOutcome]]) -> None:
        for package in _MUST_AGREE:
            if facts["versions"].get(package) != self._versions[package]:
                raise ClusterError(
                    f"worker {worker}: has {package} {facts['versions'].get(package)}, "
                    f"here is {self._versions[package]}: install the same version in both places"
                )
        kind = next((each for each in self._kinds if each.facts == facts), None)
        if kind is None:
            kind = _Kind(facts)
            self._kinds.append(kind)
        kind.workers.add(worker)
        kind.trained += sum(map(len, results))
        if self.fail_fast and any(outcome.status != "ok" for outcomes in results for outcome in outcomes):
            self._stop.set()  # before the next block is begun


@dataclass
class _Kind:
    """Workers that are alike in what numbers depend on."""

    facts: Mapping[str, Any]
    workers: set[str] = field(default_factory=set)
    trained: int = 0


def _facts(experiment: Experiment) -> dict[str, Any]:
    """Return what numbers depend on, here."""
    return {**environment(), "threads": engines.ENGINES[experiment.engine].threads(experiment)}


@dataclass(frozen=True)
class _Recipe:
    """How a process elsewhere gets ready to train: given to it as `Work.prepare`."""

    experiment: Experiment
    blocks: tuple[engines.Block, ...]
    data_folder: Path
    checksum: str
    fail_fast: bool

    def __call__(self, serialized_data: bytes | None) -> Callable[[engines.Block], Iterator[Sequence[TrialOutcome]]]:
        data = self._data(serialized_data)
        engines.start(self.experiment.engine, self.experiment)
        try:
            train = engines.load(self.experiment.engine, self.blocks, data)
        except DropoutLabError:
            raise
        except Exception as error:  # a net too large to be built, say
            return partial(_fail, engines.describe(error))
        return partial(_train, train, self.fail_fast)

    def _data(self, serialized_data: bytes | None) -> Dataset:
        description = self.experiment.dataset
        if serialized_data is not None:
            data: Dataset = pickle.loads(zlib.decompress(serialized_data))  # noqa: S301 - from our client
            return data
        if not isinstance(description, BuiltinDataset):
            raise NeedsData  # the user's own file
        name = description.name
        folders = [folder for folder in (self.data_folder, datasets.data_folder(None)) if _has(name, folder)]
        if not folders:
            raise NeedsData
        data = datasets.DATASETS[name](folders[0])
        found = datasets.checksum(data)
        if found != self.checksum:
            raise DataError(
                f"{name} in {folders[0]} has other values than the client's "
                f"(SHA-256 {found[:12]}..., expected {self.checksum[:12]}...): put the same files there, or none"
            )
        return data


def _has(name: str, folder: Path) -> bool:
    """Tell whether a data set can be loaded without a download."""
    return name not in datasets.FILES or bool(datasets.local_files(name, folder))


def _fail(why: str, block: engines.Block) -> Iterator[Sequence[TrialOutcome]]:
    yield [TrialFailure(trial, "failed", why) for trial in block]


def _train(train: engines.Train, fail_fast: bool, block: engines.Block) -> Iterator[Sequence[TrialOutcome]]:
    for outcomes in engines.isolate_failures(block, train, lambda _: None):
        yield outcomes
        if fail_fast and any(outcome.status != "ok" for outcome in outcomes):
            return
