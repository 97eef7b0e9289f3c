"""Plan - finished -> blocks -> executor -> append."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from dropout_lab import datasets, engines, results
from dropout_lab.config import Experiment, warnings_of
from dropout_lab.config.dataset import UserDataset
from dropout_lab.datasets import Dataset
from dropout_lab.engines.outcome import TrialFailure, TrialOutcome
from dropout_lab.errors import ConfigError
from dropout_lab.executors import WorkerDied
from dropout_lab.executors.dask_cluster import Cluster, connect
from dropout_lab.plan import Trial, plan
from dropout_lab.provenance import differing
from dropout_lab.runs.blocks import KILLED, divide
from dropout_lab.runs.check_data import check_data
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.local import LocalBackend
from dropout_lab.runs.remote import DaskBackend
from dropout_lab.runs.shard import Shard
from dropout_lab.stats import completed, design_of, held_out, summarize

__all__ = [
    "ProgressListener",
    "RunPlan",
    "RunRequest",
    "conclude",
    "connected",
    "default_folder",
    "load",
    "outlook",
    "resolved",
    "run",
]

_Tell = Callable[[Sequence[TrialOutcome]], None]
_LAST_DIGITS = "numbers may differ in the last digits (see run.json)"
_Starts = list[dict[str, Any]]


@dataclass(frozen=True)
class RunRequest:
    """What to run, and where.

    Attributes
    ----------
    experiment : Experiment
        With its engine resolved.
    out : Path
        Output directory.
    data_folder : Path
        Where data are looked for and downloaded to.
    jobs : int or None
        Blocks trained at once; None leaves it to the engine.
    fresh : bool
        Set old results in `out` aside first.
    retry_failed : bool
        Train failed and killed trials again.
    fail_fast : bool
        Stop at the first trial that fails.
    command : str
        What the user typed, for ``run.json``.
    shard : Shard or None
        The part of the plan to train; None for all of it.
    """

    experiment: Experiment
    out: Path
    data_folder: Path
    jobs: int | None = None
    fresh: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    command: str = ""
    shard: Shard | None = None

    def trials(self) -> tuple[Trial, ...]:
        """Return the trials to train, in the order of the plan."""
        every = plan(self.experiment)
        return self.shard.part(every) if self.shard else every


@dataclass(frozen=True)
class RunPlan:
    """What a run will do: its trials, and those of them that are not finished."""

    request: RunRequest
    trials: tuple[Trial, ...]
    missing: tuple[Trial, ...]


class ProgressListener(Protocol):
    """Is told how a run goes. Must not raise: what it tells is no trial's fault."""

    def begin(self, outlook: RunPlan) -> None:
        """Take note that training is about to begin."""

    def epochs(self, count: int) -> None:
        """Take note of epochs x trials trained; called from worker threads."""

    def finished(self, outcomes: Sequence[TrialOutcome]) -> None:
        """Take note that these trials are on disk."""

    def notice(self, text: str) -> None:
        """Tell the user something."""


def default_folder(experiment: Experiment, shard: Shard | None = None) -> Path:
    """Return where results go if nothing else is said."""
    name = experiment.name + ("-sweep" if experiment.sweep else "")
    return Path("results", f"{name}-shard-{shard.number}-of-{shard.of}" if shard else name)


def outlook(request: RunRequest) -> RunPlan:
    """Return what a run would do, without reading data or writing anything; refuse what it would refuse."""
    results.check(request.out, request.experiment, fresh=request.fresh)
    trials = request.trials()
    known = request.out.is_dir() and not request.fresh
    finished = results.finished_trials(request.out, retry=request.retry_failed) if known else frozenset()
    return RunPlan(request, trials, tuple(trial for trial in trials if trial.id not in finished))


def resolved(experiment: Experiment, folder: Path) -> tuple[Experiment, Dataset | None]:
    """Return an experiment whose task is known, and its data if they had to be read for that.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
        Where data are looked for and downloaded to.

    Raises
    ------
    DataError
        If the data had to be read and cannot be used.
    ConfigError
        If the experiment does not fit the task.
    """
    if not isinstance(experiment.dataset, UserDataset) or experiment.dataset.task:
        return experiment, None
    data = datasets.described(experiment.dataset, folder)
    said = experiment.model_dump()
    said["dataset"]["task"] = data.task
    try:
        return Experiment.model_validate(said), data
    except ValidationError as error:
        raise ConfigError([each["msg"].removeprefix("Value error, ") for each in error.errors()]) from None


def load(request: RunRequest, data: Dataset | None = None) -> Dataset:
    """Load the data of an experiment, downloading them if need be; check whether they fit it.

    Parameters
    ----------
    request : RunRequest
    data : Dataset or None
        If they are loaded already.

    Raises
    ------
    DropoutLabError
        If the output directory or the data cannot be used.
    """
    results.check(request.out, request.experiment, fresh=request.fresh)  # before a long download
    data = data or datasets.described(request.experiment.dataset, request.data_folder)
    for point in request.experiment.points():
        check_data(point, data)
    return data


def connected(request: RunRequest, dask: str | None) -> AbstractContextManager[Cluster | None]:
    """Connect to the cluster where a run trains; None: it trains here, or what is finished needs no cluster.

    Parameters
    ----------
    request : RunRequest
    dask : str or None
        Address of a scheduler, its file, or ``local``.

    Raises
    ------
    ClusterError
        As `executors.cluster.connect`.
    """
    if dask is None or not outlook(request).missing:
        return nullcontext()
    return connect(dask, request.jobs)


def run(
    request: RunRequest, data: Dataset, watcher: ProgressListener, stop: Stop, cluster: Cluster | None = None
) -> bool:
    """Train what is missing of an experiment and write it to its output directory.

    Parameters
    ----------
    request : RunRequest
    data : Dataset
        As `load` gives it.
    watcher : ProgressListener
    stop : Stop
        Once set, the run ends as soon as what is being trained is on disk.
    cluster : Cluster or None
        Where to train; None: in this process.

    Returns
    -------
    bool
        Whether the experiment is finished (though perhaps with failed trials).

    Raises
    ------
    DropoutLabError
        If the output directory or the cluster cannot be used, which is checked before anything is written; or if the
        cluster is lost.
    """
    experiment = request.experiment
    if outlook(request).missing:
        engines.check_builder(experiment, data)
    site: LocalBackend | DaskBackend | None = None
    if cluster is not None:
        cluster.tell = watcher.notice
        where = cluster, experiment, data, request.data_folder
        site = DaskBackend(*where, request.jobs, request.fail_fast, watcher.epochs)
    if request.fresh:
        aside = results.set_aside(request.out)
        if aside:
            watcher.notice(f"the old results are now in {aside}")
    checksum = datasets.checksum(data)
    results.check(request.out, experiment, checksum)
    with results.open_store(request.out, experiment, len(data.classes), checksum) as store:
        finished = store.repair(retry=request.retry_failed)
        if request.retry_failed:
            store.journal.forget()
        trials = request.trials()
        missing = tuple(trial for trial in trials if trial.id not in finished)
        for warning in warnings_of(experiment):
            watcher.notice(f"warning: {warning}")
        watcher.begin(RunPlan(request, trials, missing))
        left = 0
        site = site or LocalBackend(experiment, data, request.jobs, request.fail_fast, store.journal, watcher.epochs)
        if missing:
            before, began = results.saved_starts(request.out), _now()

            def record(ended: str | None, trained: int | None) -> _Starts:
                about = {"command": request.command, "began": began, "ended": ended}
                starts = [about | start for start in site.starts(trained)]
                store.record(_facts(request, data, checksum) | {"starts": [*before, *starts]})
                return starts

            starts = record(None, None)
            _tell_of_differences(request, before, starts, watcher)
            with store.journal.watch():
                left = _train(request, missing, data, site, store, partial(_tell, request, watcher, stop), stop)
            if len(ended := record(_now(), len(missing) - left)) > len(starts):  # other workers joined
                _tell_of_differences(request, before, ended, watcher)
        store.reorder([trial.id for trial in plan(experiment)])
        conclude(store, experiment)
        if not left:
            store.journal.forget()
    return not left


def conclude(store: results.Store, experiment: Experiment) -> None:
    """Write ``summary.csv``."""
    trials, keys = plan(experiment), results.keys_of(experiment)
    found = results.with_sweep_columns(completed(results.read_trials(store.folder), trials), trials, experiment)
    by = [results.column_of(key, experiment) for key in keys]
    summary = summarize(found, design_of(experiment), metric=held_out(experiment)[0], by=by)
    store.write("summary.csv", summary.to_csv(index=False))


def _train(
    request: RunRequest,
    missing: tuple[Trial, ...],
    data: Dataset,
    site: LocalBackend | DaskBackend,
    store: results.Store,
    tell: _Tell,
    stop: Stop,
) -> int:
    """Train and write trials until all are done or `stop` is set; return how many are left."""
    engine = engines.ENGINES[request.experiment.engine]
    left = {trial.id: trial for trial in missing}

    def keep(outcomes: Sequence[TrialOutcome]) -> None:
        store.append(outcomes)
        tell(outcomes)
        for outcome in outcomes:
            del left[outcome.trial.id]

    def split(trials: Sequence[Trial], at_once: int) -> Sequence[engines.Block]:
        return engine.split(trials, data, at_once, site.room)

    died = True
    while died:
        work = divide(tuple(left.values()), store.journal.deaths(), split, site.slots)
        if work.given_up:
            keep([TrialFailure(trial, "killed", KILLED) for trial in work.given_up])
        blocks = [*work.blocks, *work.quarantined]
        if not blocks or stop.event.is_set():
            break
        site.start()
        try:
            executor = site.executor(blocks)
        except Exception as error:  # a net too large to be built, say
            keep([TrialFailure(trial, "failed", engines.describe(error)) for block in blocks for trial in block])
            break
        stop.calls(store.journal.stop)
        died = False
        for part, at_once in ((work.blocks, site.at_once), (work.quarantined, 1)):
            with closing(executor(part, at_once, stop.event)) as done:
                for item in done:
                    if isinstance(item, WorkerDied):
                        store.journal.record_deaths([trial.id for trial in item.block], item.evidence, item.times)
                        died = True
                    else:
                        keep(item)
    return len(left)


def _tell(request: RunRequest, watcher: ProgressListener, stop: Stop, outcomes: Sequence[TrialOutcome]) -> None:
    """Tell of what is on disk, and of what failed."""
    watcher.finished(outcomes)
    failures = [outcome for outcome in outcomes if isinstance(outcome, TrialFailure)]
    if failures:
        first, *others = failures
        dropout = first.trial.experiment.dropout
        place = f"{dropout.strength_key} {dropout.strength:g}, repeat {first.trial.repeat}, fold {first.trial.fold}"
        more = f" (and {len(others)} more)" if others else ""
        watcher.notice(f"trial {first.trial.id} ({place}) {first.status}: {first.reason}{more}")
    if request.fail_fast and any(outcome.status != "ok" for outcome in outcomes):
        stop.event.set()


def _facts(request: RunRequest, data: Dataset, checksum: str) -> dict[str, Any]:
    """Return the content of ``run.json`` but for the starts."""
    return {
        "experiment": request.experiment.name,
        "data": {
            "name": data.name,
            "rows": len(data.labels),
            "inputs": data.inputs,
            "classes": list(data.classes),
            "checksum": checksum,
            "source": data.source,
            "note": data.note,
            **(data.table.facts() if data.table else {}),
        },
    }


def _tell_of_differences(request: RunRequest, before: _Starts, now: _Starts, watcher: ProgressListener) -> None:
    """Tell whether what numbers depend on in their last digits has changed."""
    changed = differing(before, now)
    if changed:
        watcher.notice(
            f"earlier trials in {request.out} were trained with other {' and another '.join(changed)}: {_LAST_DIGITS}"
        )
    if mixture := differing(now, now):
        watcher.notice(f"the workers have different {' and '.join(mixture)}: {_LAST_DIGITS}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
