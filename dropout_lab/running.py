"""Plan - finished -> blocks -> executor -> append."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from dropout_lab import datasets, engines, results
from dropout_lab.checks import check_data
from dropout_lab.config import Experiment, warnings_of
from dropout_lab.datasets import Dataset
from dropout_lab.executors import execute
from dropout_lab.interrupt import Stop
from dropout_lab.outcome import Failure, Result
from dropout_lab.plan import Trial, plan
from dropout_lab.provenance import cores, environment
from dropout_lab.stats import completed, design_of, summarize
from dropout_lab.workload import KILLED, divide

__all__ = ["Outlook", "Request", "Watcher", "load", "outlook", "run"]

_Attempt = Callable[..., Iterator[Sequence[Result]]]


@dataclass(frozen=True)
class Request:
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
    """

    experiment: Experiment
    out: Path
    data_folder: Path
    jobs: int | None = None
    fresh: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    command: str = ""


@dataclass(frozen=True)
class Outlook:
    """What a run will do: the whole plan, and the part of it that is not finished."""

    request: Request
    trials: tuple[Trial, ...]
    missing: tuple[Trial, ...]


class Watcher(Protocol):
    """Is told how a run goes. Must not raise: what it tells is no trial's fault."""

    def begin(self, outlook: Outlook) -> None:
        """Take note that training is about to begin."""

    def epochs(self, count: int) -> None:
        """Take note of epochs x trials trained; called from worker threads."""

    def finished(self, outcomes: Sequence[Result]) -> None:
        """Take note that these trials are on disk."""

    def notice(self, text: str) -> None:
        """Tell the user something."""


def outlook(request: Request) -> Outlook:
    """Return what a run would do, without reading data or writing anything; refuse what it would refuse."""
    results.check(request.out, request.experiment, fresh=request.fresh)
    trials = plan(request.experiment)
    known = request.out.is_dir() and not request.fresh
    finished = results.finished_trials(request.out, retry=request.retry_failed) if known else frozenset()
    return Outlook(request, trials, tuple(trial for trial in trials if trial.id not in finished))


def load(request: Request) -> Dataset:
    """Load the data of an experiment, downloading them if need be.

    Raises
    ------
    DropoutLabError
        If the output directory or the data cannot be used.
    """
    results.check(request.out, request.experiment, fresh=request.fresh)  # before a long download
    data = datasets.described(request.experiment.dataset, request.data_folder)
    for point in request.experiment.points():
        check_data(point, data)
    return data


def run(request: Request, data: Dataset, watcher: Watcher, stop: Stop) -> bool:
    """Train what is missing of an experiment and write it to its output directory.

    Parameters
    ----------
    request : Request
    data : Dataset
        As `load` gives it.
    watcher : Watcher
    stop : Stop
        Once set, the run ends as soon as what is being trained is on disk.

    Returns
    -------
    bool
        Whether the experiment is finished (though perhaps with failed trials).

    Raises
    ------
    DropoutLabError
        If the output directory cannot be used. Everything is checked before anything is written.
    """
    experiment = request.experiment
    if outlook(request).missing:
        engines.check_builder(experiment, data)
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
        trials = plan(experiment)
        missing = tuple(trial for trial in trials if trial.id not in finished)
        for warning in warnings_of(experiment):
            watcher.notice(f"warning: {warning}")
        watcher.begin(Outlook(request, trials, missing))
        left = 0
        if missing:
            facts = _facts(request, data, checksum, watcher)
            store.record(facts)
            with store.journal.watch():
                left = _train(request, missing, data, store, watcher, stop)
            facts["starts"][-1] |= {"ended": _now(), "trained": len(missing) - left}
            store.record(facts)
        store.arrange([trial.id for trial in trials])
        keys = results.keys_of(experiment)
        found = results.located(completed(results.read_trials(request.out), trials), trials, experiment)
        summary = summarize(found, design_of(experiment), by=[results.column_of(key, experiment) for key in keys])
        store.write("summary.csv", summary.to_csv(index=False))
        if not left:
            store.journal.forget()
    return not left


def _train(
    request: Request,
    missing: tuple[Trial, ...],
    data: Dataset,
    store: results.Store,
    watcher: Watcher,
    stop: Stop,
) -> int:
    """Train and write trials until all are done or `stop` is set; return how many are left."""
    engine = engines.ENGINES[request.experiment.engine]
    jobs = request.jobs or (cores() if engine.parallel else 1)
    work = divide(missing, store.journal.deaths(), lambda trials, at_once: engine.split(trials, data, at_once), jobs)
    if work.given_up:
        _keep(store, [Failure(trial, "killed", KILLED) for trial in work.given_up], request, watcher, stop)
    left = len(missing) - len(work.given_up)
    blocks = [*work.blocks, *work.suspects]
    if not blocks or stop.event.is_set():
        return left
    engines.start(request.experiment.engine, request.experiment)
    try:
        train = engines.load(request.experiment.engine, blocks, data)
    except Exception as error:  # a net too large to be built, say
        failures = [Failure(trial, "failed", engines.describe(error)) for block in blocks for trial in block]
        _keep(store, failures, request, watcher, stop)
        return left - len(failures)
    stop.calls(store.journal.stop)
    abandoned = threading.Event()
    attempt: _Attempt = partial(engines.attempt, train=train)
    if request.fail_fast:
        attempt = partial(_until_one_fails, attempt, stop.event)
    function = partial(_in_the_journal, store.journal, attempt, watcher, abandoned)
    for part, at_once in ((work.blocks, jobs), (work.suspects, 1)):
        with closing(execute(function, part, at_once, stop.event)) as done:
            try:
                for outcomes in done:
                    _keep(store, outcomes, request, watcher, stop)
                    left -= len(outcomes)
            except BaseException:
                abandoned.set()  # before the threads are waited for
                raise
    return left


def _until_one_fails(
    attempt: _Attempt, stop: threading.Event, block: engines.Block, on_epochs: Callable[[int], None]
) -> Iterator[Sequence[Result]]:
    """Train a block; ask for a stop before the next part of it, or another block, is begun."""
    for outcomes in attempt(block, on_epochs=on_epochs):
        if any(outcome.status != "ok" for outcome in outcomes):
            stop.set()
        yield outcomes


def _in_the_journal(
    journal: results.Journal,
    attempt: _Attempt,
    watcher: Watcher,
    abandoned: threading.Event,
    block: engines.Block,
) -> Iterator[Sequence[Result]]:
    """Train a block, noted in the journal for as long as it is trained: it has ended before its last rows are written.

    A process that dies while it writes was not taken down by what it trains.
    """

    def on_epochs(count: int) -> None:
        if abandoned.is_set():
            raise _Abandoned
        watcher.epochs(count)

    left = [trial.id for trial in block]
    journal.begin(left)
    try:
        for outcomes in attempt(block, on_epochs=on_epochs):
            journal.end(left)
            done = {outcome.trial.id for outcome in outcomes}
            left = [trial for trial in left if trial not in done]
            if left:
                journal.begin(left)
            yield outcomes
    finally:
        journal.end(left)  # however it ended: the process is alive


class _Abandoned(BaseException):
    """Ends what a thread is training, for nothing will be written any more."""


def _keep(store: results.Store, outcomes: Sequence[Result], request: Request, watcher: Watcher, stop: Stop) -> None:
    """Write what came out; tell of what failed."""
    store.append(outcomes)
    watcher.finished(outcomes)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if failures:
        first, *others = failures
        dropout = first.trial.experiment.dropout
        place = f"{dropout.strength_key} {dropout.strength:g}, repeat {first.trial.repeat}, fold {first.trial.fold}"
        more = f" (and {len(others)} more)" if others else ""
        watcher.notice(f"trial {first.trial.id} ({place}) {first.status}: {first.reason}{more}")
    if request.fail_fast and any(outcome.status != "ok" for outcome in outcomes):
        stop.event.set()


def _facts(request: Request, data: Dataset, checksum: str, watcher: Watcher) -> dict[str, Any]:
    """Return the content of ``run.json``, this start added to those before it."""
    before = results.saved_starts(request.out)
    threads = engines.ENGINES[request.experiment.engine].threads(request.experiment)
    start = {"command": request.command, "began": _now(), "ended": None, "trained": None, **environment()}
    start["threads"] = threads
    depends = ("versions", "processor", "threads")
    changed = sorted({key for old in before for key in depends if key in old and old[key] != start[key]})
    if changed:
        watcher.notice(
            f"earlier trials in {request.out} were trained with other {' and another '.join(changed)}: "
            "numbers may differ in the last digits (see run.json)"
        )
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
        "starts": [*before, start],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
