"""``run`` and ``sweep``."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dropout_lab.cli.options import (
    Config,
    Dask,
    DataDir,
    DryRun,
    Engine,
    FailFast,
    Folds,
    Fresh,
    Jobs,
    MLflow,
    Out,
    Quiet,
    Repeats,
    RetryFailed,
    Seed,
    Set,
    Shard,
    TensorBoard,
    Yes,
)
from dropout_lab.cli.results import print_headline, print_study
from dropout_lab.cli.trackers import check_trackers, publish, trackers_wanted, without_secrets
from dropout_lab.errors import ConfigError
from dropout_lab.runs.interrupt import INTERRUPTED, stopping

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dropout_lab.analysis.study import Study
    from dropout_lab.config import Experiment
    from dropout_lab.datasets import Dataset
    from dropout_lab.runs.run import RunPlan, RunRequest

__all__ = ["run", "sweep"]

_SOME_FAILED = 1
_MANY = 20_000
"""Trials that are not trained without ``--yes``."""


def run(
    config: Config,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
    out: Out = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    jobs: Jobs = None,
    dask: Dask = None,
    shard: Shard = None,
    repeats: Repeats = None,
    folds: Folds = None,
    seed: Seed = None,
    dry_run: DryRun = False,
    fresh: Fresh = False,
    retry_failed: RetryFailed = False,
    fail_fast: FailFast = False,
    tensorboard: TensorBoard = False,
    mlflow: MLflow = None,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Cross-validate one experiment. The same command again goes on where it stopped."""
    experiment = _load(config, set_, engine, repeats, folds, seed, None)
    wanted = trackers_wanted(tensorboard, mlflow)
    _run(experiment, out, data_dir, jobs, dask, shard, dry_run, fresh, retry_failed, fail_fast, wanted, yes, quiet)


def sweep(
    config: Config = "quickstart",
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="RATES",
            help="start:stop:step with both ends, or a list. Default: the config's, else 0:0.9:0.1.",
        ),
    ] = None,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
    out: Out = None,
    data_dir: DataDir = None,
    engine: Engine = None,
    jobs: Jobs = None,
    dask: Dask = None,
    shard: Shard = None,
    repeats: Repeats = None,
    folds: Folds = None,
    seed: Seed = None,
    dry_run: DryRun = False,
    fresh: Fresh = False,
    retry_failed: RetryFailed = False,
    fail_fast: FailFast = False,
    tensorboard: TensorBoard = False,
    mlflow: MLflow = None,
    yes: Yes = False,
    quiet: Quiet = False,
) -> None:
    """Cross-validate an experiment at every rate. Without CONFIG: the quickstart, on data that need no download."""
    experiment = _load(config, set_, engine, repeats, folds, seed, rates)
    if not experiment.sweep:
        experiment = _load(config, set_, engine, repeats, folds, seed, "0:0.9:0.1")
    wanted = trackers_wanted(tensorboard, mlflow)
    _run(experiment, out, data_dir, jobs, dask, shard, dry_run, fresh, retry_failed, fail_fast, wanted, yes, quiet)


def _load(
    config: str,
    settings: list[str],
    engine: str | None,
    repeats: int | None,
    folds: int | None,
    seed: int | None,
    rates: str | None,
) -> Experiment:
    from dropout_lab.config import load, make_override, parse_override
    from dropout_lab.config.rates import parse_rates

    options: dict[str, tuple[str, Any]] = {
        "--engine": ("engine", engine),
        "--repeats": ("evaluation.repeats", repeats),
        "--folds": ("evaluation.folds", folds),
        "--seed": ("evaluation.seed", seed),
    }
    changes = [parse_override(text) for text in settings]
    changes += [
        make_override(flag, key.split("."), value) for flag, (key, value) in options.items() if value is not None
    ]
    if rates is not None:
        changes.append(make_override("--rates", ["sweep", "dropout.rate"], list(parse_rates(rates))))
    return load(config, changes)


def _run(
    experiment: Experiment,
    out: Path | None,
    data_dir: Path | None,
    jobs: int | None,
    dask: str | None,
    shard: str | None,
    dry_run: bool,
    fresh: bool,
    retry_failed: bool,
    fail_fast: bool,
    wanted: Mapping[str, str],
    yes: bool,
    quiet: bool,
) -> None:
    import shlex

    from dropout_lab import engines
    from dropout_lab.datasets import data_folder
    from dropout_lab.runs.run import RunRequest, default_folder, load, outlook, resolved
    from dropout_lab.runs.shard import parse_shard

    experiment, data = resolved(experiment, data_folder(data_dir))
    experiment, why = engines.choose(experiment)
    part = parse_shard(shard) if shard is not None else None
    folder = out or default_folder(experiment, part)
    check_trackers(wanted, folder, shard)
    request = RunRequest(
        experiment,
        folder,
        data_folder(data_dir),
        jobs=jobs,
        fresh=fresh,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        command=shlex.join(["dropout-lab", *without_secrets(sys.argv[1:], wanted)]),
        shard=part,
    )
    if dry_run:
        _print_outlook(outlook(request), why)
        return
    if not yes:
        _refuse_very_many(experiment, part.of if part else 1)
    data = load(request, data)  # while a signal still ends the process
    _echo_data(data, quiet)
    finished = _train(request, data, dask, quiet)
    study = _read(request.out)
    code = _tell(study, request, finished, quiet)
    publish(study, wanted, quiet)
    if code:
        raise typer.Exit(code)


def _train(request: RunRequest, data: Dataset, dask: str | None, quiet: bool) -> bool:
    """Train what is missing, here or on a cluster; return whether all is finished."""
    from dropout_lab.runs.progress import watcher
    from dropout_lab.runs.run import connected, run

    with connected(request, dask) as cluster, stopping() as stop, watcher(sys.stderr, quiet) as watch:
        return run(request, data, watch, stop, cluster)


def _read(folder: Path) -> Study:
    from dropout_lab.analysis.study import read_study

    return read_study(folder)


def _tell(study: Study, request: RunRequest, finished: bool, quiet: bool) -> int:
    """Tell what there is now, and return the exit code."""
    folder = request.out
    bad = len(study.failed)
    if not finished:
        if not quiet and not request.shard:
            print_headline(study)
        typer.echo(f"Stopped. What finished is in {folder}; the same command goes on from there.", err=True)
        return _SOME_FAILED if request.fail_fast and bad else INTERRUPTED
    rows = f"{len(study.trials)} rows in {folder / 'trials.csv'}"
    if not quiet and request.shard:
        typer.echo(f"{rows}: shard {request.shard}. Once all are trained: dropout-lab merge DIR... --out DIR")
    elif not quiet:
        print_study(study)
        typer.echo(f"{rows}; a page with figures: dropout-lab report {folder}")
    if bad:
        typer.echo(_about_failures(study.trials["status"]), err=True)
    return _SOME_FAILED if bad else 0


def _echo_data(data: Dataset, quiet: bool) -> None:
    """Tell what the columns of the user's own table were found to be."""
    from dropout_lab.datasets.tabular.describe import summary_of

    if data.table is not None:
        for line in [f"note: {note}" for note in data.table.notes] if quiet else summary_of(data):
            typer.echo(line, err=True)


def _refuse_very_many(experiment: Experiment, shards: int) -> None:
    """Refuse to train very many trials unasked."""
    evaluation = experiment.evaluation
    count = math.prod(map(len, experiment.sweep.values())) * evaluation.repeats * evaluation.folds // shards
    if count > _MANY:
        raise ConfigError([f"these are {count:,} trials, more than {_MANY:,}: if that is meant, add --yes"])


def _about_failures(statuses: pd.Series[str]) -> str:
    counts = statuses[statuses != "ok"].value_counts(sort=False)
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    again = " --retry-failed trains failed and killed ones again." if set(counts.index) - {"diverged"} else ""
    return f"Trials without a result: {told}; the column reason of trials.csv says why.{again}"


def _print_outlook(outlook: RunPlan, why: str) -> None:
    from dropout_lab.config import warnings_of
    from dropout_lab.plan import plan
    from dropout_lab.runs.progress import span_of_epochs

    experiment = outlook.request.experiment
    done = len(outlook.trials) - len(outlook.missing)
    axes = _axes(experiment)
    counts = {name: len(values) for name, values in axes.items()}
    counts |= {"repeat": experiment.evaluation.repeats, "fold": experiment.evaluation.folds}
    grid = " x ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    shard = outlook.request.shard
    planned = plan(experiment)
    lines = {
        "experiment": experiment.name,
        "data": experiment.dataset.name,
        **{f"{name}s": ", ".join(values) for name, values in axes.items()},
        "trials": f"{len(planned)} = {grid}, {span_of_epochs(planned)} each",
        **({"shard": f"{shard}, {len(outlook.trials)} of the trials"} if shard else {}),
        "finished": f"{done}, so {len(outlook.missing)} to train",
        "engine": experiment.engine + (f" ({why})" if why else ""),
        "output": f"{outlook.request.out}/",
    }
    width = max(map(len, lines)) + 2
    for name, text in lines.items():
        typer.echo(f"{name + ':':<{width}}{text}")
    for warning in warnings_of(experiment):
        typer.echo(f"warning: {warning}", err=True)


def _axes(experiment: Experiment) -> dict[str, list[str]]:
    """Return what varies, as texts by the last part of its key."""
    from dropout_lab.results import keys_of, value_at

    points = list(experiment.points())
    found = {key: dict.fromkeys(value_at(point, key) for point in points) for key in keys_of(experiment)}
    return {
        key.rpartition(".")[2]: [each if isinstance(each, str) else f"{each:g}" for each in values]
        for key, values in found.items()
    }
