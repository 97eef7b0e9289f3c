"""Training what is missing of an experiment: pending trials -> blocks -> backend -> rows on disk."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from dropout_lab import datasets, engines, results
from dropout_lab.config import Experiment, warnings_of
from dropout_lab.engines.outcome import TrialFailure, TrialOutcome
from dropout_lab.executors import WorkerDied
from dropout_lab.plan import Trial, plan
from dropout_lab.provenance import differing
from dropout_lab.runs.blocks import KILLED, divide
from dropout_lab.runs.in_memory import kept_file
from dropout_lab.runs.interface import Backend, ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.local import LocalBackend
from dropout_lab.runs.prepare import PreparedRun, RunPlan, RunRequest, plan_run
from dropout_lab.runs.remote import DaskBackend
from dropout_lab.runs.train import has_failure
from dropout_lab.runs.training_targets import targets_to_save
from dropout_lab.stats import (
    Comparison,
    completed,
    design_of,
    has_result,
    held_out,
    metric_named,
    summarize,
    trial_matrix,
)

__all__ = ["conclude", "run"]

_LAST_DIGITS = "numbers may differ in the last digits (see run.json)"
_Starts = list[dict[str, Any]]


def run(prepared: PreparedRun, listener: ProgressListener, stop: Stop) -> bool:
    """Train what is missing of an experiment and write it to its output directory.

    Parameters
    ----------
    prepared : PreparedRun
    listener : ProgressListener
    stop : Stop
        Once set, the run ends as soon as what is being trained is on disk.

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
    request, data = prepared.request, prepared.data
    experiment, options = request.experiment, request.options
    if plan_run(request).pending:
        for note in engines.check_builder(experiment, data):
            listener.notice(note)
    backend: Backend = (
        DaskBackend(prepared, prepared.cluster, listener) if prepared.cluster else LocalBackend(prepared, listener)
    )
    file = kept_file(request) if options.fresh else request.data_file  # which is set aside with the old results
    if options.fresh and (old := results.set_aside(request.out)):
        listener.notice(f"old results renamed to {old}")
    checksum = datasets.checksum(data)
    results.check(request.out, experiment, checksum, duplicates=data.duplicates)
    with results.open_store(request.out, experiment, len(data.classes), checksum, data.groups) as store:
        if file is not None:
            store.keep(file.name, file.content)
        finished = store.repair(retry=options.retry_failed)
        if options.retry_failed:
            store.journal.forget()
        trials = request.trials()
        pending = tuple(trial for trial in trials if trial.id not in finished)
        for warning in (*warnings_of(experiment), *prepared.notes):
            listener.notice(f"warning: {warning}")
        listener.begin(RunPlan(request, trials, pending))
        left = 0
        targets = targets_to_save(experiment, data)
        if pending:
            before, began = results.saved_starts(request.out), _now()

            def record(ended: str | None, trained: int | None) -> _Starts:
                about = {"command": options.command, "began": began, "ended": ended}
                starts = [about | start for start in backend.start_records(trained)]
                learned = results.targets_as_json(targets)
                store.record(_run_info(prepared, checksum) | learned | {"starts": [*before, *starts]})
                return starts

            starts = record(None, None)
            _warn_of_differences(request, before, starts, listener)
            with store.journal.watch():
                left = _train(prepared, pending, backend, store, listener, stop)
            if len(ended := record(_now(), len(pending) - left)) > len(starts):  # other workers joined
                _warn_of_differences(request, before, ended, listener)
        elif targets.keys() - results.saved_targets(request.out).keys():  # an earlier version's result
            store.record(results.saved_run(request.out) | results.targets_as_json(targets))
        store.reorder([trial.id for trial in plan(experiment)])
        conclude(store, experiment)
        if not left:
            store.journal.forget()
    return not left


def conclude(store: results.Store, experiment: Experiment) -> None:
    """Write ``summary.csv``."""
    trials, keys = plan(experiment), results.keys_of(experiment)
    table = results.with_sweep_columns(completed(results.read_trials(store.folder), trials), trials, experiment)
    columns = tuple(results.column_of(key, experiment) for key in keys)
    comparison = Comparison(design_of(experiment), metric_named(held_out(experiment)[0]), columns=columns)
    done = table[has_result(table)]
    predictions = None if done.empty else results.read_predictions(store.folder, done)
    summary = summarize(trial_matrix(table, comparison, predictions, results.saved_targets(store.folder)))
    store.write("summary.csv", summary.to_csv(index=False))


def _train(
    prepared: PreparedRun,
    pending: Sequence[Trial],
    backend: Backend,
    store: results.Store,
    listener: ProgressListener,
    stop: Stop,
) -> int:
    """Train and write trials until all are done or `stop` is set; return how many are left."""
    engine = engines.ENGINES[prepared.request.experiment.engine]
    left = {trial.id: trial for trial in pending}

    def keep(outcomes: Sequence[TrialOutcome]) -> None:
        store.append(outcomes)
        for outcome in outcomes:
            del left[outcome.trial.id]
        listener.finished(outcomes)
        _notify_of_failures(outcomes, listener)
        if prepared.request.options.fail_fast and has_failure(outcomes):
            stop.event.set()

    def split(trials: Sequence[Trial], count: int) -> Sequence[engines.Block]:
        return engine.split(trials, prepared.data, count, backend.block_memory)

    died = True
    while died:
        work = divide(tuple(left.values()), store.journal.deaths(), split, backend.slots)
        if work.given_up:
            keep([TrialFailure(trial, "killed", KILLED) for trial in work.given_up])
        blocks = [*work.blocks, *work.quarantined]
        if not blocks or stop.event.is_set():
            break
        executor = backend.executor(blocks, store.journal)
        stop.add_callback(store.journal.stop)
        died = False
        for part, at_once in ((work.blocks, backend.max_concurrent), (work.quarantined, 1)):
            with closing(executor(part, at_once, stop.event)) as items:
                for item in items:
                    if isinstance(item, WorkerDied):
                        store.journal.record_deaths([trial.id for trial in item.block], item.evidence, item.times)
                        died = True
                    else:
                        keep(item)
    return len(left)


def _notify_of_failures(outcomes: Sequence[TrialOutcome], listener: ProgressListener) -> None:
    """Show which trials failed, and why the first of them did."""
    failures = [outcome for outcome in outcomes if isinstance(outcome, TrialFailure)]
    if failures:
        trial, dropout = failures[0].trial, failures[0].trial.experiment.dropout
        where = f"{dropout.strength_key} {dropout.strength:g}, repeat {trial.repeat}, fold {trial.fold}"
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        listener.notice(f"trial {trial.id} ({where}) {failures[0].status}: {failures[0].reason}{more}")


def _run_info(prepared: PreparedRun, checksum: str) -> dict[str, Any]:
    """Return the content of ``run.json`` but for the starts."""
    data = prepared.data
    return {
        "experiment": prepared.request.experiment.name,
        "data": {
            "name": data.name,
            "rows": len(data.labels),
            "inputs": data.inputs,
            "classes": list(data.classes),
            "checksum": checksum,
            "source": data.source,
            "note": data.note,
            **(data.roles.as_dict() if data.roles else {}),
            **(data.table.as_dict() if data.table else {}),
            **({"notes": list(data.notes)} if data.roles else {}),
            **({"duplicates": data.duplicates.as_dict()} if data.duplicates else {}),
        },
        **({"splits": list(prepared.notes)} if prepared.notes else {}),
    }


def _warn_of_differences(request: RunRequest, before: _Starts, now: _Starts, listener: ProgressListener) -> None:
    """Show whether anything that the last digits depend on has changed, or differs between workers."""
    if changed := differing(before, now):
        listener.notice(
            f"earlier trials in {request.out} were trained with different {' and '.join(changed)}: {_LAST_DIGITS}"
        )
    if mixture := differing(now, now):
        listener.notice(f"the workers differ in {' and '.join(mixture)}: {_LAST_DIGITS}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
