"""Training on a cluster but for the cluster and the training: made outcomes, real files."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import writer
from builders import experiment, outcome
from program import numbers

from dropout_lab import datasets
from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.errors import ClusterError, DataError
from dropout_lab.executors import NeedsData, Work, WorkerDied
from dropout_lab.executors.dask_cluster import Cluster
from dropout_lab.plan import plan
from dropout_lab.provenance import environment
from dropout_lab.results import finished_trials
from dropout_lab.runs import remote
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import PreparedRun, RunRequest, load_data
from dropout_lab.runs.run import run

TRIALS = plan(writer.small())
FACTS = {**environment(), "threads": 1}


class Made:
    """Stands for a cluster: gives made outcomes of each block, from workers with certain facts, taking turns."""

    def __init__(
        self, *facts: dict[str, Any], deadly: Callable[[Block], bool] = lambda _: False, times: int = 1
    ) -> None:
        self.facts = facts or (FACTS,)
        self.deadly, self.times = deadly, times
        self.trained: list[Block] = []
        self.failing: set[str] = set()

    def slots(self) -> int:
        return len(self.facts)

    def block_memory(self) -> None:
        return None

    def inspect(self, work: Work) -> None:
        work.on_result("tcp://first", self.facts[0], ())

    def executor(self, work: Work) -> Callable[..., Iterator[Any]]:
        def execute(blocks: Sequence[Block], at_once: int, stop: threading.Event) -> Iterator[Any]:
            for number, block in enumerate(blocks):
                if stop.is_set():
                    return
                self.trained.append(block)
                if self.deadly(block):
                    yield WorkerDied(block, evidence=True, times=self.times)
                    continue
                made = [TrialFailure(t, "failed", "no memory") if t.id in self.failing else outcome(t) for t in block]
                work.on_result(f"tcp://{number}", self.facts[number % len(self.facts)], [made])
                yield made

        return execute


class Recorder(ProgressListener):
    def __init__(self) -> None:
        self.notices: list[str] = []
        self.trained_epochs = 0

    def epochs(self, count: int) -> None:
        self.trained_epochs += count

    def notice(self, text: str) -> None:
        self.notices.append(text)


def start(out: Path, cluster: Made, at_once: int = 1, **options: bool) -> list[str]:
    listener = Recorder()
    request = RunRequest(writer.small(), RunOptions(out=out, data_dir=Path(), **options))
    with writer.made(lambda block, on_epochs: iter(()), at_once):
        run(PreparedRun(request, load_data(request), cast(Cluster, cluster)), listener, Stop())
    return listener.notices


def test_progress_counts_the_epochs_that_each_trial_has_of_its_own(tmp_path: Path) -> None:
    swept = experiment({"sweep": {"training.epochs": [2, 30]}, "evaluation.repeats": 1})
    request, listener = RunRequest(swept, RunOptions(out=tmp_path / "out", data_dir=Path())), Recorder()
    with writer.made(lambda block, on_epochs: iter(()), 2):
        run(PreparedRun(request, load_data(request), cast(Cluster, Made())), listener, Stop())
    assert listener.trained_epochs == 3 * (2 + 30)


def marks(out: Path) -> dict[str, str]:
    return {row["trial"]: row["status"] for row in csv.DictReader((out / "trials.csv").read_text().splitlines())}


@pytest.mark.parametrize("times", [1, 4])
def test_a_block_that_takes_its_processes_down_is_halved_until_the_culprit_is_known(times: int, tmp_path: Path) -> None:
    culprit = TRIALS[5].id
    cluster = Made(deadly=lambda block: any(trial.id == culprit for trial in block), times=times)
    start(tmp_path / "out", cluster, at_once=4)
    assert marks(tmp_path / "out") == {trial.id: "killed" if trial.id == culprit else "ok" for trial in TRIALS}
    deaths = [len(block) for block in cluster.trained if cluster.deadly(block)]
    assert deaths == ([4, 4, 2, 2, 1, 1, 1] if times == 1 else [4, 2, 1])
    assert not (tmp_path / "out/.journal").exists()


def test_the_result_is_that_of_a_run_here(tmp_path: Path) -> None:
    start(tmp_path / "out", Made(), at_once=4)
    with writer.made(lambda block, on_epochs: iter([[outcome(trial) for trial in block]]), 4):
        writer.run_here(writer.small(), tmp_path / "here")
    assert numbers(tmp_path / "out") == numbers(tmp_path / "here")


def test_each_kind_of_worker_is_recorded_with_what_it_trained_and_a_mixture_is_told(tmp_path: Path) -> None:
    other = {**FACTS, "processor": "another"}
    notices = start(tmp_path / "out", Made(FACTS, other), at_once=4)
    starts = json.loads((tmp_path / "out/run.json").read_text())["starts"]
    assert [(each["processor"], each["trained"], each["workers"]) for each in starts] == [
        (FACTS["processor"], 8, 3),
        ("another", 4, 1),
    ]
    assert notices == ["the workers differ in processor: numbers may differ in the last digits (see run.json)"]


@pytest.mark.parametrize("package", ["dropout-lab", "tensorflow"])
def test_a_worker_with_another_version_is_refused_by_name_before_anything_is_written(
    package: str, tmp_path: Path
) -> None:
    other = {**FACTS, "versions": {**FACTS["versions"], package: "0.0.1"}}
    with pytest.raises(ClusterError, match=f"worker tcp://first: has {package} 0.0.1, here is .*: install the same"):
        start(tmp_path / "out", Made(other))
    assert not (tmp_path / "out").exists()


def test_failing_fast_begins_nothing_more_once_a_trial_has_failed(tmp_path: Path) -> None:
    cluster = Made()
    cluster.failing = {TRIALS[2].id}
    start(tmp_path / "out", cluster, fail_fast=True)
    assert finished_trials(tmp_path / "out") == {trial.id for trial in TRIALS[:3]}


def setup(checksum: str, **changes: Any) -> remote._WorkerSetup:
    return remote._WorkerSetup(experiment(changes), (), Path("nowhere"), checksum, False)


def test_data_that_differ_from_the_clients_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"iris in nowhere has other values than on the client \(SHA-256 .*, expected ff"
    ):
        setup("f" * 64)._data(None)


def test_data_that_are_not_there_are_asked_for_and_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_LAB_DATA", str(tmp_path))
    wanting = setup("", **{"dataset.name": "sonar"})
    with pytest.raises(NeedsData):
        wanting._data(None)
    prepared = PreparedRun(RunRequest(writer.small(), RunOptions()), writer.DATA)
    backend = remote.DaskBackend(prepared, cast(Cluster, Made()), Recorder())
    assert datasets.checksum(wanting._data(backend._serialized_data())) == datasets.checksum(writer.DATA)
