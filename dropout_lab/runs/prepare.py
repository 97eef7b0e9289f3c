"""Everything a run needs before it trains: the experiment resolved, its trials, its data, its cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dropout_lab import datasets, engines, results
from dropout_lab.config import Document, Experiment, load, make_override
from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.rates import parse_rates
from dropout_lab.datasets import DataFile, Dataset, folds_found
from dropout_lab.errors import ConfigError, RateError, ResultsError
from dropout_lab.executors.dask_cluster import Cluster, connect
from dropout_lab.plan import Trial, plan
from dropout_lab.runs.check_data import check_data
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.split_notes import split_notes
from dropout_lab.runs.stages import Stage, check_stages, next_stage

__all__ = [
    "PreparedRun",
    "RunPlan",
    "RunRequest",
    "check_run",
    "load_data",
    "load_sweep",
    "plan_run",
    "planned",
    "prepare",
    "resolve",
    "resolve_task",
    "until_override",
]

_DEFAULT_RATES = "0:0.9:0.1"


@dataclass(frozen=True)
class RunRequest:
    """An experiment and how to run it; made by `resolve`.

    Attributes
    ----------
    experiment : Experiment
        With its task, scaling, folds and engine resolved.
    options : RunOptions
    engine_reason : str
        Why the engine is not the fastest one; empty if it is.
    data : Dataset or None
        If they had to be read to resolve the experiment.
    data_file : DataFile or None
        Data in memory, as the file that is to keep them in the output directory.
    """

    experiment: Experiment
    options: RunOptions
    engine_reason: str = ""
    data: Dataset | None = None
    data_file: DataFile | None = None

    @property
    def out(self) -> Path:
        """Output directory; by default ``results/NAME``, with ``-sweep`` for a sweep."""
        if self.options.out is not None:
            return self.options.out
        name = self.experiment.name + ("-sweep" if self.experiment.sweep else "")
        shard = self.options.shard
        return Path("results", f"{name}-shard-{shard.number}-of-{shard.count}" if shard else name)

    @property
    def data_dir(self) -> Path:
        """Where data are looked for and downloaded to."""
        return datasets.data_folder(self.options.data_dir)

    def trials(self) -> tuple[Trial, ...]:
        """Return the trials to train, in the order of the plan."""
        trials = plan(self.experiment)
        return self.options.shard.part(trials) if self.options.shard else trials


@dataclass(frozen=True)
class RunPlan:
    """What a run will do.

    Attributes
    ----------
    request : RunRequest
    trials : tuple of Trial
        All trials of the request; in a race, those up to the next look.
    pending : tuple of Trial
        Those that are trained next.
    finished : int
        How many are finished.
    title : str
        What the next ones are for, if they are not all that are left of the plan.
    end : str
        Why none is trained though the plan has more, if so.
    """

    request: RunRequest
    trials: tuple[Trial, ...]
    pending: tuple[Trial, ...]
    finished: int = 0
    title: str = ""
    end: str = ""


@dataclass(frozen=True)
class PreparedRun:
    """A run that can start; made by `prepare`.

    Attributes
    ----------
    request : RunRequest
    data : Dataset
        Checked against the experiment.
    notes : tuple of str
        What must be known of the splits; see `split_notes`.
    cluster : Cluster or None
        Where to train; None: in this process.
    """

    request: RunRequest
    data: Dataset
    cluster: Cluster | None = None
    notes: tuple[str, ...] = ()


def load_sweep(
    config: str | Path | Mapping[str, Any],
    overrides: Sequence[Document],
    rates: str | Iterable[float] | None,
    source: str = "rates",
) -> Experiment:
    """Load an experiment that sweeps the dropout rate.

    Parameters
    ----------
    config, overrides
        As for `config.load`.
    rates : str, iterable of float or None
        None: those of the config's sweep, else ``0:0.9:0.1``.
    source : str
        Where the rates come from, for error messages.

    Raises
    ------
    ConfigError, RateError
        If the config or the rates are not valid.
    """
    if rates is None:
        experiment = load(config, overrides)
        if experiment.sweep:
            return experiment
    rates = _DEFAULT_RATES if rates is None else rates
    try:
        values = list(parse_rates(rates)) if isinstance(rates, str) else [float(rate) for rate in rates]
    except (TypeError, ValueError) as error:
        raise RateError(f"{source}: {error}") from None
    return load(config, [*overrides, make_override(source, ["sweep", "dropout.rate"], values)])


def until_override(source: str, until: str | None) -> list[Document]:
    """Return what is changed in a config for a sweep that ends early; nothing for None."""
    return [] if until is None else [make_override(source, ["until", "name"], until)]


def resolve(experiment: Experiment, options: RunOptions, data: Dataset | None = None) -> RunRequest:
    """Find out an experiment's task, scaling, folds and engine.

    Parameters
    ----------
    experiment : Experiment
    options : RunOptions
    data : Dataset, optional
        If they are in memory already.

    Raises
    ------
    DropoutLabError
        If the data had to be read and cannot be used, or no engine can train the experiment.
    """
    folder = datasets.data_folder(options.data_dir)
    experiment, data = resolve_task(experiment, folder, data)

    def loaded() -> Dataset:
        nonlocal data
        data = data or datasets.load_dataset(experiment.dataset, folder)
        return data

    if experiment.engine == "auto" and not options.fresh:
        experiment = _as_begun(experiment, RunRequest(experiment, options).out)
    experiment, reason = engines.choose(experiment, lambda: datasets.under_evaluation(loaded(), experiment.evaluation))
    request = RunRequest(experiment, options, reason, data)
    check_stages(request)
    return request


def _as_begun(experiment: Experiment, out: Path) -> Experiment:
    """Set the engine that the results in a directory were begun with, if they are of this experiment otherwise.

    On another machine, or by another version of this program, ``auto`` may choose another one.
    """
    try:
        begun = results.saved_experiment(out)
    except ResultsError:  # none, or none that can be gone on with, which is told later
        return experiment
    same = experiment.model_copy(update={"engine": begun.engine})
    return experiment if results.differences(begun, same) else same


def resolve_task(
    experiment: Experiment, folder: Path, data: Dataset | None = None
) -> tuple[Experiment, Dataset | None]:
    """Return an experiment whose task, scaling and folds are known, and its data if they had to be read for that.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
        Where data are looked for and downloaded to.
    data : Dataset, optional
        If they are in memory already.

    Raises
    ------
    DataError
        If the data had to be read and cannot be used.
    ConfigError
        If the experiment does not fit the task.
    """
    needs_task = isinstance(experiment.dataset, UserDataset) and not experiment.dataset.task
    needs_scale = experiment.preprocessing.scale == "auto"
    if not needs_task and not needs_scale and experiment.evaluation.folds:
        return experiment, data
    data = data or datasets.load_dataset(experiment.dataset, folder)
    settings = experiment.model_dump()
    if needs_task:
        settings["dataset"]["task"] = data.task
    if needs_scale:
        settings["preprocessing"]["scale"] = datasets.scale_for(data)
    if not experiment.evaluation.folds:
        found = datasets.under_evaluation(data, experiment.evaluation)
        settings["evaluation"]["folds"] = folds_found(found, experiment.evaluation)
    try:
        return Experiment.model_validate(settings), data
    except ValidationError as error:
        raise ConfigError([detail["msg"].removeprefix("Value error, ") for detail in error.errors()]) from None


def plan_run(request: RunRequest) -> RunPlan:
    """Return what a run would do, without reading data or writing anything.

    Raises
    ------
    ResultsError
        If the output directory cannot be used.
    """
    options = request.options
    results.check(request.out, request.experiment, fresh=options.fresh)
    resumes = request.out.is_dir() and not options.fresh
    finished = results.finished_trials(request.out, retry=options.retry_failed) if resumes else frozenset()
    return planned(request, next_stage(request, request.out, finished), finished)


def planned(request: RunRequest, stage: Stage, finished: Collection[str]) -> RunPlan:
    """Return what a run will do next."""
    done = sum(trial.id in finished for trial in stage.trials)
    return RunPlan(request, stage.trials, stage.pending, done, stage.title, stage.end)


def load_data(request: RunRequest) -> Dataset:
    """Load the data of an experiment, downloading them if need be, and check that they fit it.

    Raises
    ------
    DropoutLabError
        If the output directory or the data cannot be used.
    """
    results.check(request.out, request.experiment, fresh=request.options.fresh)  # before a long download
    data = request.data or datasets.load_dataset(request.experiment.dataset, request.data_dir)
    data = datasets.under_evaluation(data, request.experiment.evaluation)
    for point in request.experiment.points():
        check_data(point, data)
    return data


def check_run(request: RunRequest) -> Dataset | None:
    """Check all that a run checks before it trains, without writing or downloading anything.

    Returns
    -------
    Dataset or None
        None if the data are not here, so that nothing could be checked that depends on them.

    Raises
    ------
    DropoutLabError
        If the output directory, the data or the model cannot be used.
    """
    experiment, fresh = request.experiment, request.options.fresh
    pending = plan_run(request).pending
    if request.data is None and not datasets.is_local(experiment.dataset, request.data_dir):
        return None
    data = load_data(request)
    if pending:
        engines.check_builder(experiment, data)
    results.check(request.out, experiment, None if fresh else datasets.checksum(data), fresh=fresh)
    return data


@contextmanager
def prepare(request: RunRequest) -> Iterator[PreparedRun]:
    """Load the data of a run and connect to its cluster, if it has one and anything is left to train.

    Raises
    ------
    DropoutLabError
        As `load_data` and `executors.dask_cluster.connect`.
    """
    data, dask = load_data(request), request.options.dask
    notes = split_notes(request.experiment, data)
    if dask is None or not plan_run(request).pending:
        yield PreparedRun(request, data, notes=notes)
        return
    with connect(dask, request.options.jobs) as cluster:
        yield PreparedRun(request, data, cluster, notes)
