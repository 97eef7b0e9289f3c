"""Training what is missing of an experiment: pending trials -> blocks -> backend -> rows on disk."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from dropout_lab import datasets, engines, results
from dropout_lab.config import Experiment, warnings_of
from dropout_lab.engines.outcome import TrialFailure, TrialOutcome
from dropout_lab.executors import WorkerDied
from dropout_lab.plan import Trial, plan
from dropout_lab.runs.blocks import KILLED, divide
from dropout_lab.runs.clock import Clock
from dropout_lab.runs.in_memory import kept_file
from dropout_lab.runs.interface import Backend, ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.local import LocalBackend
from dropout_lab.runs.prepare import PreparedRun, plan_run, planned
from dropout_lab.runs.remote import DaskBackend
from dropout_lab.runs.run_record import RunRecord
from dropout_lab.runs.stages import about, next_stage
from dropout_lab.runs.train import has_failure
from dropout_lab.stats import (
    Comparison,
    completed,
    design_of,
    has_result,
    held_out,
    judged_trials,
    metric_named,
    schedule_of,
    summarize,
    trial_matrix,
)

__all__ = ["conclude", "run"]


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
        for warning in (*warnings_of(experiment), *prepared.notes):
            listener.notice(f"warning: {warning}")
        record = RunRecord(prepared, checksum, store, listener)
        left = _train_stages(_Training(prepared, backend, store, listener, stop), finished, record)
        store.reorder([trial.id for trial in plan(experiment)])
        conclude(store, experiment)
        if not left:
            store.journal.forget()
    return not left


@dataclass(frozen=True)
class _Training:
    """What trials are trained with, and whom that is told."""

    prepared: PreparedRun
    backend: Backend
    store: results.Store
    listener: ProgressListener
    stop: Stop


def _train_stages(training: _Training, finished: frozenset[str], record: RunRecord) -> int:
    """Train stage by stage until nothing is left, or a budget or a stop ends it; return how many trials a stop left."""
    request, store, listener = training.prepared.request, training.store, training.listener
    trained = 0
    with Clock(request, training.stop) as clock:
        while True:
            stage = clock.allowed(next_stage(request, store.folder, finished), trained)
            if trained:
                record.write(training.backend, stage.race, trained)
                if text := about(stage):
                    listener.notice(text)
            if not trained or stage.pending:
                listener.begin(planned(request, stage, finished))
            if not stage.pending:
                break
            if not trained:
                record.write(training.backend, stage.race, None)
            with store.journal.watch():
                left = _train(training, stage.pending)
            trained += len(stage.pending) - left
            finished |= results.finished_trials(store.folder)
            if left:
                record.write(training.backend, stage.race, trained, ended=True)
                return 0 if clock.is_over else left
    if stage.end:
        listener.notice(stage.end)
    if trained:
        record.write(training.backend, stage.race, trained, ended=True)
    else:
        record.complete(stage.race)
    return 0


def conclude(store: results.Store, experiment: Experiment) -> None:
    """Write ``summary.csv``; of a race, of the trials that its last look has judged."""
    keys, table = results.keys_of(experiment), results.read_trials(store.folder)
    looks = len(schedule_of(experiment))
    judged, trials = experiment, plan(experiment)
    if experiment.until:
        judged, trials = judged_trials(experiment, results.saved_race(store.folder, experiment))
        table = table[table["trial"].isin([trial.id for trial in trials])]
    table = results.with_sweep_columns(completed(table, trials), trials, experiment)
    columns = tuple(results.column_of(key, experiment) for key in keys)
    metric = metric_named(held_out(experiment)[0])
    comparison = Comparison(design_of(judged), metric, columns=columns, looks=looks)
    done = table[has_result(table)]
    predictions = None if done.empty else results.read_predictions(store.folder, done)
    summary = summarize(trial_matrix(table, comparison, predictions, results.saved_targets(store.folder)))
    store.write("summary.csv", summary.to_csv(index=False))


def _train(training: _Training, pending: Sequence[Trial]) -> int:
    """Train and write trials until all are done or `stop` is set; return how many are left."""
    prepared, backend, store, listener = training.prepared, training.backend, training.store, training.listener
    engine, stop = engines.ENGINES[prepared.request.experiment.engine], training.stop
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
