"""Experiments from Python: read, run and swept. Slow modules are imported only when they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab.api.results import Results
from dropout_lab.config import Document, Experiment, make_override, split_key
from dropout_lab.config import load as load_config
from dropout_lab.errors import ConfigError
from dropout_lab.runs.budget import parse_budget
from dropout_lab.runs.options import RunOptions

if TYPE_CHECKING:
    from dropout_lab.runs.prepare import RunRequest

__all__ = ["load", "read", "run", "sweep"]

Config = str | os.PathLike[str] | Mapping[str, Any] | Experiment
Data = Any
"""A pandas DataFrame, or a NumPy array, rows first."""

Rates = str | Iterable[float]


def load(config: Config, **overrides: Any) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    config : str, Path, mapping or Experiment
        A file, the name of a bundled config (``"sonar/hidden"``), or the content of a file as a mapping.
    **overrides
        Settings to override, by their dotted key with two underscores for each dot: ``training__epochs=50``.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        If it is not valid; names every problem and where it is.

    Examples
    --------
    >>> import dropout_lab as dl
    >>> dl.load("sonar/hidden", training__epochs=50).training.epochs
    50
    """
    return load_config(_source(config), _overrides(overrides))


def run(  # noqa: PLR0913 - a public entry: keyword arguments are its interface
    config: Config | Data,
    *,
    target: Any = None,
    group: Any = None,
    out: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    dask: str | None = None,
    budget: int | str | None = None,
    quiet: bool = False,
    **overrides: Any,
) -> Results:
    """Cross-validate an experiment: ``dropout-lab run``. Make the same call again to resume.

    An interrupt (Ctrl-C, the notebook's stop button) keeps the trials that are finished.

    Parameters
    ----------
    config : str, Path, mapping, Experiment, pandas.DataFrame or array
        As for `load`; or the data themselves, which are kept in the output directory: ``data.npz`` for arrays of
        numbers, else ``data.parquet``. An array has the shape (rows, inputs), (rows, steps, features) or (rows,
        height, width, channels). Network and training are then those that ``dropout-lab init`` proposes, or, with
        ``extends="my.yaml"``, those of a config.
    target : str, or array of shape (rows,), optional
        With data: the column to predict, or its values, matched with the rows by position; one-hot, too, with an array.
    group : str, or array of shape (rows,), optional
        With data: rows of equal value are held out together.
    out : path, optional
        Output directory; by default ``results/NAME``, for a sweep ``results/NAME-sweep``. With data, NAME is ``data``
        unless ``name="..."`` sets it.
    data_dir : path, optional
        Data directory, also for downloads; by default ``$DROPOUT_LAB_DATA``, else ``./data``.
    jobs : int, optional
        Blocks of trials to train in parallel. Does not change results.
    fresh : bool
        Rename old results in the output directory and start over.
    retry_failed : bool
        Retrain trials that failed or were killed.
    fail_fast : bool
        Stop at the first trial that fails.
    dask : str, optional
        Train on the workers of a Dask cluster: the address of its scheduler, the scheduler's file, or ``"local"``.
    budget : int or str, optional
        The number of trainings that the result may have, or a time after which none is begun, ``"30m"``.
    quiet : bool
        Print only warnings, and notes on the data.
    **overrides
        As for `load`; with data, for example ``dataset__drop=["id"]`` or ``dataset__task="regression"``.

    Returns
    -------
    Results

    Raises
    ------
    DropoutLabError
        If the config, the data or the output directory cannot be used.

    Examples
    --------
    >>> import dropout_lab as dl
    >>> dl.run(frame, target="outcome", model__hidden=[64])  # doctest: +SKIP
    """
    options = RunOptions(
        out=None if out is None else Path(out),
        data_dir=None if data_dir is None else Path(data_dir),
        jobs=jobs,
        dask=dask,
        budget=None if budget is None else parse_budget(budget),
        fresh=fresh,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        command="dropout_lab.run from Python",
    )
    return _run(_request(config, {"target": target, "group": group}, overrides, load_config, options), quiet)


def sweep(  # noqa: PLR0913 - a public entry: keyword arguments are its interface
    config: Config | Data = "quickstart",
    rates: Rates | None = None,
    *,
    until: str | None = None,
    target: Any = None,
    group: Any = None,
    out: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    dask: str | None = None,
    budget: int | str | None = None,
    quiet: bool = False,
    **overrides: Any,
) -> Results:
    """Cross-validate an experiment at several dropout rates: ``dropout-lab sweep``.

    Parameters
    ----------
    config : str, Path, mapping, Experiment, pandas.DataFrame or array
        As for `run`; by default the quickstart, on built-in data.
    rates : str or iterable of float, optional
        ``"0:0.9:0.1"`` (stop included), ``"0,0.2,0.5"`` or numbers. By default the config's rates, else
        ``"0:0.9:0.1"``.
    until : str, optional
        ``"settled"``: repeats are added only until it is settled which rate to use, for the rates still in question.
    target, group, out, data_dir, jobs, fresh, retry_failed, fail_fast, dask, budget, quiet, **overrides
        As for `run`.

    Returns
    -------
    Results

    Raises
    ------
    DropoutLabError
        As of `run`.

    Examples
    --------
    >>> import dropout_lab as dl
    >>> dl.sweep(frame, target="outcome", rates="0:0.9:0.1").verdict.sentence  # doctest: +SKIP
    """
    from dropout_lab.runs.prepare import load_sweep, until_override

    options = RunOptions(
        out=None if out is None else Path(out),
        data_dir=None if data_dir is None else Path(data_dir),
        jobs=jobs,
        dask=dask,
        budget=None if budget is None else parse_budget(budget),
        fresh=fresh,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        command="dropout_lab.sweep from Python",
    )
    values = list(rates) if isinstance(rates, Iterator) else rates  # which may be read twice
    early = until_override("until", until)

    def read_sweep(source: Path | Mapping[str, Any], overrides: Sequence[Document]) -> Experiment:
        return load_sweep(source, [*overrides, *early], values)

    return _run(_request(config, {"target": target, "group": group}, overrides, read_sweep, options), quiet)


def read(folder: str | os.PathLike[str]) -> Results:
    """Read a result directory written by `run`, `sweep` or the command line.

    Raises
    ------
    ResultsError
        If it holds no results, or they cannot be read.
    """
    from dropout_lab.analysis.study import read_study

    return Results(read_study(Path(folder)))


def _source(config: Config) -> Path | Mapping[str, Any]:
    """Return a config as `config.load` takes it."""
    if isinstance(config, Experiment):
        return config.model_dump()
    if not isinstance(config, str | os.PathLike | Mapping):
        name = type(config).__name__
        raise ConfigError(
            [f"config: expected a file, a config's name or a mapping, got {name}: give data to run or sweep"]
        )
    return config if isinstance(config, Mapping) else Path(config)


def _overrides(settings: Mapping[str, Any]) -> list[Document]:
    """Return settings by keys with two underscores for a dot, as overrides of a config."""
    overrides = []
    for key, value in settings.items():
        first, *others = split_key(key.replace("__", "."))
        overrides.append(make_override(key, [first, *filter(None, others)], value))
    return overrides


def _request(
    config: Config | Data,
    columns: Mapping[str, Any],
    settings: Mapping[str, Any],
    read_config: Callable[[Path | Mapping[str, Any], Sequence[Document]], Experiment],
    options: RunOptions,
) -> RunRequest:
    """Return the request of a config, or of data with their `columns`, target and group."""
    from dropout_lab.runs.prepare import resolve

    if isinstance(config, str | os.PathLike | Mapping | Experiment):
        if given := [key for key, value in columns.items() if value is not None]:
            keys = " and ".join(f"dataset__{key}" for key in given)
            raise ConfigError([f"{', '.join(given)}: only for data in memory: set {keys} for those of a config"])
        return resolve(read_config(_source(config), _overrides(settings)), options)
    from dropout_lab.datasets.tabular.in_memory import to_file
    from dropout_lab.runs.in_memory import resolve_in_memory

    file = to_file(config, **columns)
    changes = _overrides({key: value for key, value in settings.items() if key != "extends"})
    base = _source(settings["extends"]) if "extends" in settings else None
    base = {"extends": str(base)} if isinstance(base, Path) else base
    return resolve_in_memory(file, lambda source: read_config(source, changes), options, base)


def _run(request: RunRequest, quiet: bool) -> Results:
    from dropout_lab.datasets.tabular.describe import own_data_lines
    from dropout_lab.engines.runtime import restored_settings
    from dropout_lab.runs.interrupt import Stop
    from dropout_lab.runs.prepare import prepare
    from dropout_lab.runs.progress import progress_listener
    from dropout_lab.runs.run import run as train

    with prepare(request) as prepared, restored_settings():
        sys.stderr.writelines(f"{line}\n" for line in own_data_lines(prepared.data, quiet))
        with progress_listener(sys.stderr, quiet) as listener:
            train(prepared, listener, Stop())
    return read(request.out)
