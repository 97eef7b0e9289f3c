"""``run`` and ``sweep``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.cli.options import Config
from dropout_lab.cli.results import print_headline, print_study
from dropout_lab.cli.run_flags import RunFlags, with_run_flags
from dropout_lab.cli.trackers import check_trackers, log_to_trackers
from dropout_lab.errors import ConfigError
from dropout_lab.runs.interrupt import INTERRUPTED, graceful_stop

if TYPE_CHECKING:
    import pandas as pd

    from dropout_lab.analysis.study import Study
    from dropout_lab.config import Experiment
    from dropout_lab.datasets import Dataset
    from dropout_lab.runs.budget import Budget
    from dropout_lab.runs.prepare import RunPlan, RunRequest

__all__ = ["run", "sweep"]

_SOME_FAILED = 1
_MANY = 20_000
"""Trials that are not trained without ``--yes``."""


@with_run_flags
def run(config: Config, *, flags: RunFlags) -> None:
    """Cross-validate one experiment. Run the same command again to resume."""
    from dropout_lab.config import load

    _run(load(config, flags.overrides()), flags)


@with_run_flags
def sweep(
    config: Config = "quickstart",
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="RATES",
            help="start:stop:step (stop included), or a list: 0,0.2,0.5. Default: the config's rates, else 0:0.9:0.1.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="settled",
            help="Add repeats until it is settled which rate to use, to rates that may be it.",
        ),
    ] = None,
    *,
    flags: RunFlags,
) -> None:
    """Cross-validate an experiment at several dropout rates. Without CONFIG: a quickstart on built-in data."""
    from dropout_lab.runs.prepare import load_sweep, until_override

    _run(load_sweep(config, [*flags.overrides(), *until_override("--until", until)], rates, "--rates"), flags)


def _run(experiment: Experiment, flags: RunFlags) -> None:
    from dropout_lab.analysis.study import read_study
    from dropout_lab.runs.prepare import check_run, plan_run, prepare, resolve
    from dropout_lab.runs.progress import progress_listener
    from dropout_lab.runs.run import run as train
    from dropout_lab.runs.split_notes import split_notes

    request = resolve(experiment, flags.run_options())
    check_trackers(flags.trackers, request.out, flags.shard)
    too_many = "" if flags.yes else _too_many(request)
    if flags.dry_run:
        data = check_run(request)
        if data is not None:
            _print_data(data, flags.quiet)
            for note in split_notes(request.experiment, data):
                typer.echo(f"warning: {note}", err=True)
        _print_plan(plan_run(request), checked=data is not None)
        if too_many:
            typer.echo(f"warning: {too_many}", err=True)
        return
    if too_many:
        raise ConfigError([too_many])
    with prepare(request) as prepared:  # here a signal still ends the process
        _print_data(prepared.data, flags.quiet)
        with graceful_stop() as stop, progress_listener(sys.stderr, flags.quiet) as listener:
            finished = train(prepared, listener, stop)
    study = read_study(request.out)
    code = _print_result(study, request, finished, flags.quiet)
    log_to_trackers(study, flags.trackers, flags.quiet)
    if code:
        raise typer.Exit(code)


def _print_result(study: Study, request: RunRequest, finished: bool, quiet: bool) -> int:
    """Print the result as it is now, and return the exit code."""
    folder, shard = request.out, request.options.shard
    failed = len(study.failed)
    if not finished:
        if not quiet and not shard:
            print_headline(study)
        again = "the same command again" + (" without --fresh" if request.options.fresh else "")
        typer.echo(f"Stopped. Finished trials are in {folder}; run {again} to resume.", err=True)
        return _SOME_FAILED if request.options.fail_fast and failed else INTERRUPTED
    rows = f"{len(study.trials)} rows in {folder / 'trials.csv'}"
    if not quiet and shard:
        typer.echo(f"{rows}: shard {shard}. Once all shards are trained: dropout-lab merge DIR... --out DIR")
    elif not quiet:
        print_study(study)
        typer.echo(f"{rows}; for a page with figures: dropout-lab report {folder}")
    if failed:
        typer.echo(_about_failures(study.trials["status"]), err=True)
    return _SOME_FAILED if failed else 0


def _print_data(data: Dataset, quiet: bool) -> None:
    """Print what the columns of the user's own table were taken for."""
    from dropout_lab.datasets.tabular.describe import own_data_lines

    for line in own_data_lines(data, quiet):
        typer.echo(line, err=True)


def _too_many(request: RunRequest) -> str:
    """Say that very many trials need ``--yes``; they are counted, not planned, for planning takes memory."""
    experiment, evaluation = request.experiment, request.experiment.evaluation
    shards = request.options.shard.count if request.options.shard else 1
    count = experiment.count_points() * evaluation.repeats * evaluation.folds // shards
    if count <= _MANY:
        return ""
    return f"this would train {count:,} trials, more than {_MANY:,}: add --yes if that is intended"


def _about_failures(statuses: pd.Series[str]) -> str:
    counts = statuses[statuses != "ok"].value_counts(sort=False)
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    again = " --retry-failed retrains failed and killed trials." if set(counts.index) - {"diverged"} else ""
    return f"Trials without a result: {listed}; see the column reason in trials.csv.{again}"


def _print_plan(run_plan: RunPlan, *, checked: bool) -> None:
    from dropout_lab.config import warnings_of
    from dropout_lab.plan import plan
    from dropout_lab.runs.progress import span_of_epochs

    request, experiment = run_plan.request, run_plan.request.experiment
    axes = _axes(experiment)
    counts = {name: len(values) for name, values in axes.items()}
    if experiment.random_search:
        counts = {"random point": experiment.count_points()}
    counts |= {"repeat": experiment.evaluation.repeats, "fold": experiment.evaluation.folds}
    grid = " x ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    shard = request.options.shard
    planned = plan(experiment)
    lines = {
        "experiment": experiment.name,
        "data": experiment.dataset.name
        + ("" if checked else f", not checked: the run downloads it to {request.data_dir}"),
        **{f"{name}s": ", ".join(values) for name, values in axes.items()},
        **({"looks": _looks(experiment)} if experiment.until else {}),
        "trials": f"{'at most ' if experiment.until else ''}{len(planned)} = {grid}, {span_of_epochs(planned)} each"
        + (", as many as a fixed design of the same certainty" if experiment.until else ""),
        **({"budget": _budget(request.options.budget)} if request.options.budget else {}),
        **({"shard": f"{shard}, {len(run_plan.trials)} of the trials"} if shard else {}),
        "finished": f"{run_plan.finished}, {_next(run_plan)}",
        "engine": experiment.engine + (f" ({request.engine_reason})" if request.engine_reason else ""),
        "output": f"{request.out}/",
    }
    width = max(map(len, lines)) + 2
    for name, text in lines.items():
        typer.echo(f"{name + ':':<{width}}{text}")
    for warning in warnings_of(experiment):
        typer.echo(f"warning: {warning}", err=True)


def _looks(experiment: Experiment) -> str:
    """Say when the trials of a race are judged."""
    from dropout_lab.stats import schedule_of

    *first, last = map(str, schedule_of(experiment))
    share = 5 / (len(first) + 1)
    return f"after {', '.join(first)} and {last} repeats, each at {share:.3g}% of the 5% that they share"


def _budget(budget: Budget) -> str:
    if budget.trainings is None:
        return f"{budget.text}, from the start of the command"
    return f"{budget.trainings:,} trainings, those of earlier starts among them"


def _next(run_plan: RunPlan) -> str:
    """Say what a run would train next."""
    if run_plan.end:
        return f"none to train: {run_plan.end}"
    return f"{len(run_plan.pending)} to train" + (f" for {run_plan.title}" if run_plan.title else "")


def _axes(experiment: Experiment) -> dict[str, list[str]]:
    """Return the values of each setting that is swept, or the interval, as texts by the last part of its key."""
    from dropout_lab.config import text_of
    from dropout_lab.results import keys_of, value_at

    if experiment.random_search:
        swept = {key: experiment.sweep[key] for key in experiment.axes}
        return {
            key.rpartition(".")[2]: list(map(text_of, axis)) if isinstance(axis, tuple) else [str(axis)]
            for key, axis in swept.items()
        }
    points = list(experiment.points())
    axes = {key: dict.fromkeys(value_at(point, key) for point in points) for key in keys_of(experiment)}
    return {
        key.rpartition(".")[2]: [value if isinstance(value, str) else f"{value:g}" for value in values]
        for key, values in axes.items()
    }
