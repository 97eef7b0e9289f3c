"""Plan - finished -> blocks -> executor -> append."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from dropout_lab import datasets, engines, results
from dropout_lab.checks import check_data
from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset
from dropout_lab.errors import ResultsError
from dropout_lab.executors import execute
from dropout_lab.outcome import Outcome
from dropout_lab.plan import Trial, plan
from dropout_lab.provenance import cores, environment
from dropout_lab.stats import summarize

__all__ = ["Outlook", "Request", "Watcher", "outlook", "run"]


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
    command : str
        What the user typed, for ``run.json``.
    """

    experiment: Experiment
    out: Path
    data_folder: Path
    jobs: int | None = None
    fresh: bool = False
    command: str = ""


@dataclass(frozen=True)
class Outlook:
    """What a run will do: the whole plan, and the part of it that is not finished."""

    request: Request
    trials: tuple[Trial, ...]
    missing: tuple[Trial, ...]


class Watcher(Protocol):
    """Is told how a run goes."""

    def begin(self, outlook: Outlook) -> None:
        """Take note that training is about to begin."""

    def epochs(self, count: int) -> None:
        """Take note of epochs x trials trained; called from worker threads."""

    def finished(self, outcomes: Sequence[Outcome]) -> None:
        """Take note that these trials are on disk."""

    def notice(self, text: str) -> None:
        """Tell the user something."""


def outlook(request: Request) -> Outlook:
    """Return what a run would do, without reading data or writing anything; refuse what it would refuse."""
    if not request.fresh:
        results.check(request.out, request.experiment)
    trials = plan(request.experiment)
    known = request.out.is_dir() and not request.fresh
    finished = results.finished_trials(request.out) if known else frozenset()
    return Outlook(request, trials, tuple(trial for trial in trials if trial.id not in finished))


def run(request: Request, watcher: Watcher, stop: threading.Event) -> bool:
    """Train what is missing of an experiment and write it to its output directory.

    Parameters
    ----------
    request : Request
    watcher : Watcher
    stop : threading.Event
        Once set, the run ends as soon as what is being trained is on disk.

    Returns
    -------
    bool
        Whether the experiment is finished (though perhaps with failed trials).

    Raises
    ------
    DropoutLabError
        If the data or the output directory cannot be used. Everything is checked before anything is written.
    """
    experiment = request.experiment
    data = datasets.load(experiment.dataset.name, request.data_folder)
    check_data(experiment, data)
    if request.fresh:
        aside = results.set_aside(request.out)
        if aside:
            watcher.notice(f"the old results are now in {aside}")
    checksum = datasets.checksum(data)
    results.check(request.out, experiment, checksum)
    with results.open_store(request.out, experiment, len(data.classes), checksum) as store:
        finished = store.repair()
        trials = plan(experiment)
        missing = tuple(trial for trial in trials if trial.id not in finished)
        if len(trials) - len(missing) < len(finished):
            raise ResultsError(
                f"{request.out}: holds trials that this version of dropout-lab does not plan for its experiment: "
                "take another --out, or set these results aside with --fresh"
            )
        watcher.begin(Outlook(request, trials, missing))
        trained = _train(request, missing, data, store, watcher, stop) if missing else 0
        store.arrange([trial.id for trial in trials])
        store.write("summary.csv", summarize(results.read_trials(request.out)).to_csv(index=False))
    return trained == len(missing)


def _train(
    request: Request,
    missing: tuple[Trial, ...],
    data: Dataset,
    store: results.Store,
    watcher: Watcher,
    stop: threading.Event,
) -> int:
    """Train and write trials until all are done or `stop` is set; return how many are."""
    facts = _facts(request, data, watcher)
    store.record(facts)
    engine = engines.ENGINES[request.experiment.engine]
    jobs = request.jobs or (cores() if engine.parallel else 1)
    blocks = engine.split(missing, data, jobs)
    train = engines.load(request.experiment.engine, blocks, data)
    trained = 0
    for outcomes in execute(partial(train, on_epochs=watcher.epochs), blocks, jobs, stop):
        store.append(outcomes)
        trained += len(outcomes)
        watcher.finished(outcomes)
    facts["starts"][-1] |= {"ended": _now(), "trained": trained}
    store.record(facts)
    return trained


def _facts(request: Request, data: Dataset, watcher: Watcher) -> dict[str, Any]:
    """Return the content of ``run.json``, this start added to those before it."""
    facts = results.saved_run(request.out)
    start = {"command": request.command, "began": _now(), "ended": None, "trained": None, **environment()}
    before = facts.get("starts", [])
    changed = sorted({key for old in before for key in ("versions", "processor") if old.get(key) != start[key]})
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
            "inputs": data.features.shape[1],
            "classes": list(data.classes),
            "checksum": datasets.checksum(data),
            "source": data.source,
            "note": data.note,
        },
        "starts": [*before, start],
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
