"""Runs in MLflow: one for the result, below it one for each point of the sweep."""

from __future__ import annotations

import importlib.util
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab import __version__
from dropout_lab.errors import TrackerError
from dropout_lab.trackers.snapshot import Point, ResultSnapshot
from dropout_lab.trackers.tracking_uri import Address, address

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["check", "publish"]

_RESULT, _KIND, _SAID = "dropout_lab.result", "dropout_lab.kind", "dropout_lab.fingerprint"
"""Tags: whose a run is; ``study`` or ``point``; what it was told, on a study's run, once it was told everything."""

_PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""MLflow by itself tries for minutes. What the user has set is heeded."""

_SILENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
_LOGGERS = ("mlflow", "alembic", "urllib3")
_LONGEST_PARAM, _LONGEST_TAG, _AT_ONCE = 500, 5000, 1000
_PAGE, _LONGEST_REASON = 1000, 300


def check(folder: Path, target: str) -> None:
    """Refuse an address that cannot be one, and a machine without MLflow, before anything is trained.

    Parameters
    ----------
    folder : Path
        Of no account.
    target : str
        The address of the store.

    Raises
    ------
    TrackerError
    """
    place = address(target)
    lacking = [name for name in ("mlflow", "sqlalchemy", "alembic") if importlib.util.find_spec(name) is None]
    if "mlflow" in lacking or (lacking and place.database):
        raise TrackerError(f"--mlflow needs the extra mlflow ({lacking[0]} lacks): pip install 'dropout-lab[mlflow]'")
    if place.database:
        _check_driver(place)


def publish(told: ResultSnapshot, target: str) -> str:
    """Tell an MLflow store of a result, in place of what it was told of the same result before.

    Parameters
    ----------
    told : ResultSnapshot
    target : str
        The address of the store.

    Returns
    -------
    str
        Where it is now.

    Raises
    ------
    TrackerError
        If the store cannot be reached, or does not take it.
    """
    check(told.folder, target)
    place = address(target)
    try:
        with _settings(place):
            from mlflow import MlflowClient

            done = _publish(told, MlflowClient(tracking_uri=place.uri, registry_uri=place.uri))
    except TrackerError:
        raise
    except Exception as error:  # MLflow's own, or one of requests, SQLAlchemy, a driver, an artifact store
        raise TrackerError(
            f"{place.shown}: the results are not in MLflow: {_why(error, place)}. They are all in {told.folder}; "
            f"to publish them later: dropout-lab report {told.folder} --mlflow {place.shown}"
        ) from None
    return f"MLflow: {done} in the experiment {told.name} at {place.shown}"


def _why(error: BaseException, place: Address) -> str:
    """Say in a few words, without secrets, what MLflow says in many."""
    import requests

    cause: BaseException | None = error
    while cause is not None:
        unsure = isinstance(cause, requests.exceptions.SSLError | requests.exceptions.ProxyError)
        if isinstance(cause, requests.Timeout | requests.ConnectionError) and not unsure:
            return "nobody answers there"
        cause = cause.__cause__ or cause.__context__
    text = place.clean(" ".join(str(error).split()))
    return f"{text[:_LONGEST_REASON]}..." if len(text) > _LONGEST_REASON else text or type(error).__name__


def _check_driver(place: Address) -> None:
    """Refuse a database that nothing here can talk to."""
    from sqlalchemy import create_engine

    try:
        create_engine(place.uri)
    except Exception as error:  # SQLAlchemy's, or an ImportError: the driver lacks
        raise TrackerError(f"--mlflow {place.shown}: cannot be used: {place.clean(str(error))}") from None


@contextmanager
def _settings(place: Address) -> Iterator[None]:
    """Make MLflow brief, quiet and discreet, and give back its settings: a notebook may use it for more."""
    wanted = {**_PATIENCE, **{name: os.environ[name] for name in _PATIENCE if name in os.environ}, **_SILENT}
    if place.user:
        wanted |= {"MLFLOW_TRACKING_USERNAME": place.user, "MLFLOW_TRACKING_PASSWORD": place.password}
    before = {name: os.environ.get(name) for name in wanted}
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    os.environ |= wanted
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how MLflow uses other packages
            import mlflow  # noqa: F401 - its import sets levels

            for name in _LOGGERS:
                logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is an error of ours
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _publish(told: ResultSnapshot, client: MlflowClient) -> str:
    """Tell everything anew unless it is there; then take away what was told before, and what a kill has left."""
    experiment = _experiment(client, told.name)
    old = _runs(client, experiment, told.identity)
    same = [run for run in old if run.data.tags.get(_SAID) == told.fingerprint]
    if same:
        kept = same[0].info.run_id
        _delete(client, [run for run in old if kept not in (run.info.run_id, run.data.tags.get("mlflow.parentRunId"))])
        return f"{_count(told)}, which were there already,"
    notes = _write(told, client, experiment)
    _delete(client, old)
    return f"{_count(told)}{notes}"


def _count(told: ResultSnapshot) -> str:
    points = sum(point.done > 0 for point in told.points)
    return (
        f"a run of the result and {points} of its points" if points != 1 else "a run of the result and one of a point"
    )


def _experiment(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is None:
        return str(client.create_experiment(name))
    if found.lifecycle_stage != "active":
        raise TrackerError(
            f"MLflow's experiment {name} has been deleted there: restore it (mlflow experiments restore "
            f"--experiment-id {found.experiment_id}), or give ours another name with --set name=..."
        )
    return str(found.experiment_id)


def _runs(client: MlflowClient, experiment: str, identity: str) -> list[Run]:
    """Return the runs of a result."""
    found: list[Run] = []
    token = None
    while True:
        page = client.search_runs([experiment], f"tags.`{_RESULT}` = '{identity}'", max_results=_PAGE, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def _delete(client: MlflowClient, runs: list[Run]) -> None:
    for run in sorted(runs, key=lambda run: _KIND in run.data.tags and run.data.tags[_KIND] == "study", reverse=True):
        client.delete_run(run.info.run_id)


def _write(told: ResultSnapshot, client: MlflowClient, experiment: str) -> str:
    """Make all runs; the mark that they are whole comes last. Return what is to be said of it."""
    began = _milliseconds(told.began)
    ended = max(began, _milliseconds(told.ended))
    study = client.create_run(experiment, start_time=began, tags=_tags(told), run_name=told.folder.resolve().name)
    parent = study.info.run_id
    for at, point in enumerate(told.points):
        if point.done:
            tags = {**_tags_of(told, point), "mlflow.parentRunId": parent}
            run = client.create_run(experiment, start_time=began - at, tags=tags, run_name=point.name).info.run_id
            _tell(client, run, point, ended)
            client.set_terminated(run, _status(point), ended)
    lost = _attach(client, parent, dict(told.files))
    whole = told.done == told.planned
    status = ("FAILED" if told.failed == told.done else "FINISHED") if whole else "KILLED"
    client.set_terminated(parent, status, ended)
    client.set_tag(parent, _SAID, told.fingerprint)
    return lost


def _tell(client: MlflowClient, run: str, point: Point, now: int) -> None:
    """Tell of a point's settings, its curves, and what there is after training."""
    from mlflow.entities import Metric, Param

    params = [Param(key, value[:_LONGEST_PARAM]) for key, value in point.settings]
    metrics = [
        Metric(f"epoch/{curve.name}", value, now, epoch) for curve in point.curves for epoch, value in curve.values
    ]
    metrics += [Metric(name, value, now, point.epochs) for name, value in point.finals]
    for at in range(0, len(params), 100):
        client.log_batch(run, params=params[at : at + 100])
    for at in range(0, len(metrics), _AT_ONCE):
        client.log_batch(run, metrics=metrics[at : at + _AT_ONCE])


def _attach(client: MlflowClient, run: str, files: Mapping[str, str]) -> str:
    """Store small files, if the store has a place for them that can be written from here."""
    try:
        for name, text in files.items():
            client.log_text(run, text, name)
    except Exception:  # the server's own directory, or a bucket whose client is not installed
        return f" (but not {' and '.join(files)}: its artifact store cannot be written from here)"
    return ""


def _tags(told: ResultSnapshot) -> dict[str, str]:
    """Return the tags of the run of a result."""
    tags = {
        _RESULT: told.identity,
        _KIND: "study",
        "mlflow.note.content": "\n\n".join((f"**{told.sentence}**", *told.details)),
        "dropout_lab.verdict": told.sentence,
        "dropout_lab.outcome": told.outcome,
        "dropout_lab.trials": str(told.done),
        "dropout_lab.planned": str(told.planned),
        "dropout_lab.failed": str(told.failed),
        "dropout_lab.data_checksum": told.checksum,
        "dropout_lab.directory": str(told.folder.resolve()),
        "dropout_lab.version": __version__,
    }
    return {name: value[:_LONGEST_TAG] for name, value in tags.items() if value}


def _tags_of(told: ResultSnapshot, point: Point) -> dict[str, str]:
    """Return the tags of the run of a point."""
    tags = {
        _RESULT: told.identity,
        _KIND: "point",
        "dropout_lab.trials": str(point.done),
        "dropout_lab.planned": str(point.planned),
        "dropout_lab.failed": str(point.failed),
        "dropout_lab.data_checksum": told.checksum,
    }
    varies = {f"varies.{key}": f"{value:g}" if isinstance(value, float) else value for key, value in point.varies}
    return {name: value[:_LONGEST_TAG] for name, value in (tags | varies).items() if value}


def _status(point: Point) -> str:
    if point.done < point.planned:
        return "KILLED"
    return "FAILED" if point.failed == point.done else "FINISHED"


def _milliseconds(seconds: float | None) -> int:
    return int(1000 * (time.time() if seconds is None else seconds))
