"""Experiments from Python: read, run and swept. Slow modules are imported only when they are needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dropout_lab.api.results import Results
from dropout_lab.config import Document, Experiment, make_override
from dropout_lab.config import load as load_config
from dropout_lab.runs.options import RunOptions

__all__ = ["load", "read", "run", "sweep"]

Config = str | os.PathLike[str] | Mapping[str, Any] | Experiment
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
    config: Config,
    *,
    out: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    dask: str | None = None,
    quiet: bool = False,
    **overrides: Any,
) -> Results:
    """Cross-validate an experiment: ``dropout-lab run``. Make the same call again to resume.

    An interrupt (Ctrl-C, the notebook's stop button) keeps the trials that are finished.

    Parameters
    ----------
    config, **overrides
        As for `load`.
    out : path, optional
        Output directory; by default ``results/NAME``, for a sweep ``results/NAME-sweep``.
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
    quiet : bool
        Print only warnings.

    Returns
    -------
    Results

    Raises
    ------
    DropoutLabError
        If the config, the data or the output directory cannot be used.
    """
    options = RunOptions(
        out=None if out is None else Path(out),
        data_dir=None if data_dir is None else Path(data_dir),
        jobs=jobs,
        dask=dask,
        fresh=fresh,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        command="dropout_lab.run from Python",
    )
    return _run(load(config, **overrides), options, quiet)


def sweep(  # noqa: PLR0913 - a public entry: keyword arguments are its interface
    config: Config = "quickstart",
    rates: Rates | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    fail_fast: bool = False,
    dask: str | None = None,
    quiet: bool = False,
    **overrides: Any,
) -> Results:
    """Cross-validate an experiment at several dropout rates: ``dropout-lab sweep``.

    Parameters
    ----------
    config : str, Path, mapping or Experiment
        As for `load`; by default the quickstart, on built-in data.
    rates : str or iterable of float, optional
        ``"0:0.9:0.1"`` (stop included), ``"0,0.2,0.5"`` or numbers. By default the config's rates, else
        ``"0:0.9:0.1"``.
    out, data_dir, jobs, fresh, retry_failed, fail_fast, dask, quiet, **overrides
        As for `run`.

    Returns
    -------
    Results

    Raises
    ------
    DropoutLabError
        As of `run`.
    """
    from dropout_lab.runs.prepare import load_sweep

    return run(
        load_sweep(_source(config), _overrides(overrides), rates),
        out=out,
        data_dir=data_dir,
        jobs=jobs,
        fresh=fresh,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        dask=dask,
        quiet=quiet,
    )


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
    return config if isinstance(config, Mapping) else Path(config)


def _overrides(settings: Mapping[str, Any]) -> list[Document]:
    """Return settings by keys with two underscores for a dot, as overrides of a config."""
    overrides = []
    for key, value in settings.items():
        section, _, rest = key.replace("__", ".").partition(".")
        parts = [section, rest] if section == "sweep" and rest else [section, *filter(None, rest.split("."))]
        overrides.append(make_override(key, parts, value))
    return overrides


def _run(experiment: Experiment, options: RunOptions, quiet: bool) -> Results:
    from dropout_lab.engines.runtime import restored_settings
    from dropout_lab.runs.interrupt import Stop
    from dropout_lab.runs.prepare import prepare, resolve
    from dropout_lab.runs.progress import progress_listener
    from dropout_lab.runs.run import run as train

    request = resolve(experiment, options)
    with prepare(request) as prepared, restored_settings(), progress_listener(sys.stderr, quiet) as listener:
        train(prepared, listener, Stop())
    return read(request.out)
