"""Runs in MLflow: one for the result, and a child run for each point of the sweep."""

from __future__ import annotations

import importlib.util
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab import __version__
from dropout_lab.errors import TrackerError
from dropout_lab.trackers.snapshot import Point, ResultSnapshot
from dropout_lab.trackers.tracking_uri import TrackingUri, parse_tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = ["check", "publish"]

_RESULT, _KIND, _FINGERPRINT = "dropout_lab.result", "dropout_lab.kind", "dropout_lab.fingerprint"
"""Tags: the result a run belongs to; ``study`` or ``point``; the content, set last on the run of a whole result."""

_PARENT = "mlflow.parentRunId"
"""MLflow's own tag of a nested run."""

_LIMITS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
}
"""MLflow's own limits are minutes. Those that the user has set take precedence."""

_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
_STATUS = {"finished": "FINISHED", "failed": "FAILED", "unfinished": "KILLED"}
_LONGEST_PARAM, _LONGEST_TAG, _LONGEST_REASON = 500, 5000, 300
_PARAMS_PER_BATCH, _METRICS_PER_BATCH, _MAX_RUNS = 100, 1000, 50_000


def check(folder: Path, uri: str) -> None:
    """Refuse a URI that cannot be one, and a machine without MLflow, before anything is trained.

    Parameters
    ----------
    folder : Path
        Unused.
    uri : str
        The tracking URI.

    Raises
    ------
    TrackerError
    """
    store = parse_tracking_uri(uri)
    missing = [name for name in ("mlflow", "sqlalchemy", "alembic") if importlib.util.find_spec(name) is None]
    if "mlflow" in missing or (missing and store.database):
        raise TrackerError(
            f"--mlflow needs the extra mlflow ({missing[0]} is not installed): pip install 'dropout-lab[mlflow]'"
        )
    if store.database:
        from sqlalchemy import create_engine

        try:
            create_engine(store.uri)
        except Exception as error:  # SQLAlchemy's, or an ImportError: the driver is not installed
            raise TrackerError(f"--mlflow {store.shown}: cannot be used: {store.redact_in(str(error))}") from None


def publish(snapshot: ResultSnapshot, uri: str) -> str:
    """Publish a result, in place of what was published of it before.

    The new runs are complete before the old ones are deleted; what a process that was killed has left is deleted, too.

    Parameters
    ----------
    snapshot : ResultSnapshot
    uri : str
        The tracking URI.

    Returns
    -------
    str
        Where it is now.

    Raises
    ------
    TrackerError
        If the store cannot be reached, or refuses it.
    """
    check(snapshot.folder, uri)
    store = parse_tracking_uri(uri)
    try:
        with _client(store) as client:
            experiment = _experiment(client, snapshot.name)
            old = client.search_runs([experiment], f"tags.`{_RESULT}` = '{snapshot.identity}'", max_results=_MAX_RUNS)
            kept = [run.info.run_id for run in old if run.data.tags.get(_FINGERPRINT) == snapshot.fingerprint][:1]
            note = ", which were there already," if kept else _write(snapshot, client, experiment)
            _delete(client, [run for run in old if not {run.info.run_id, run.data.tags.get(_PARENT)} & {*kept}])
    except TrackerError:
        raise
    except Exception as error:  # MLflow's own, or one of requests, SQLAlchemy, a driver, an artifact store
        raise TrackerError(
            f"{store.shown}: the results are not in MLflow: {_reason(error, store)}. They are all in "
            f"{snapshot.folder}; to publish them later: dropout-lab report {snapshot.folder} --mlflow {store.shown}"
        ) from None
    points = sum(point.done > 0 for point in snapshot.points)
    count = f"{points} of its points" if points != 1 else "one of a point"
    return f"MLflow: a run of the result and {count}{note} in the experiment {snapshot.name} at {store.shown}"


def _reason(error: BaseException, store: TrackingUri) -> str:
    """Say in a few words, without secrets, what MLflow says in many."""
    import requests

    cause: BaseException | None = error
    while cause is not None:
        ambiguous = isinstance(cause, requests.exceptions.SSLError | requests.exceptions.ProxyError)
        if isinstance(cause, requests.Timeout | requests.ConnectionError) and not ambiguous:
            return "no server answers there"
        cause = cause.__cause__ or cause.__context__
    text = store.redact_in(" ".join(str(error).split()))
    return f"{text[:_LONGEST_REASON]}..." if len(text) > _LONGEST_REASON else text or type(error).__name__


@contextmanager
def _client(store: TrackingUri) -> Iterator[MlflowClient]:
    """Yield a client with short timeouts, no output and no telemetry; restore the settings: a notebook may use it."""
    wanted = _QUIET | {name: os.environ.get(name, value) for name, value in _LIMITS.items()}
    if store.user:
        wanted |= {"MLFLOW_TRACKING_USERNAME": store.user, "MLFLOW_TRACKING_PASSWORD": store.password}
    before = {name: os.environ[name] for name in wanted if name in os.environ}
    logged_from = logging.root.manager.disable
    os.environ |= wanted
    logging.disable(logging.CRITICAL)  # what matters becomes a TrackerError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how MLflow uses other packages
            from mlflow import MlflowClient

            yield MlflowClient(tracking_uri=store.uri, registry_uri=store.uri)
    finally:
        logging.disable(logged_from)
        for name in wanted:
            os.environ.pop(name, None)
        os.environ |= before


def _experiment(client: MlflowClient, name: str) -> str:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name))
    if experiment.lifecycle_stage != "active":
        raise TrackerError(
            f"MLflow's experiment {name} has been deleted there: restore it (mlflow experiments restore "
            f"--experiment-id {experiment.experiment_id}), or give ours another name with --set name=..."
        )
    return str(experiment.experiment_id)


def _delete(client: MlflowClient, runs: Sequence[Run]) -> None:
    """Delete runs, the one of the whole result first: its mark says that those of the points are there."""
    for run in sorted(runs, key=lambda run: run.data.tags.get(_KIND) != "study"):
        client.delete_run(run.info.run_id)


def _write(snapshot: ResultSnapshot, client: MlflowClient, experiment: str) -> str:
    """Write all runs, the mark that they are complete last; return a note of what the store did not take."""
    began = _milliseconds(snapshot.began)
    ended = max(began, _milliseconds(snapshot.ended))
    study = client.create_run(
        experiment, start_time=began, tags=_tags(snapshot), run_name=snapshot.folder.resolve().name
    ).info.run_id
    for number, point in enumerate(snapshot.points):
        if point.done:
            tags = _tags(snapshot, point) | {_PARENT: study}
            run = client.create_run(experiment, start_time=began - number, tags=tags, run_name=point.name).info.run_id
            _log_point(client, run, point, ended)
            client.set_terminated(run, _STATUS[point.state], ended)
    note = _attach(client, study, snapshot.files)
    client.set_terminated(study, _STATUS[snapshot.state], ended)
    client.set_tag(study, _FINGERPRINT, snapshot.fingerprint)
    return note


def _log_point(client: MlflowClient, run: str, point: Point, now: int) -> None:
    """Log a point's settings, its learning curves, and its scores after training."""
    from mlflow.entities import Metric, Param

    params = [Param(key, value[:_LONGEST_PARAM]) for key, value in point.settings.items()]
    metrics = [
        Metric(f"epoch/{name}", value, now, epoch)
        for name, curve in point.curves.items()
        for epoch, value in curve.items()
    ]
    metrics += [Metric(name, value, now, point.epochs) for name, value in point.finals.items()]
    for at in range(0, len(params), _PARAMS_PER_BATCH):
        client.log_batch(run, params=params[at : at + _PARAMS_PER_BATCH])
    for at in range(0, len(metrics), _METRICS_PER_BATCH):
        client.log_batch(run, metrics=metrics[at : at + _METRICS_PER_BATCH])


def _attach(client: MlflowClient, run: str, files: Mapping[str, str]) -> str:
    """Store small files, if the artifact store can be written from here; return a note if not."""
    try:
        for name, text in files.items():
            client.log_text(run, text, name)
    except Exception:  # the server's own directory, or a bucket whose client is not installed
        return f" (but not {' and '.join(files)}: its artifact store cannot be written from here)"
    return ""


def _tags(snapshot: ResultSnapshot, point: Point | None = None) -> dict[str, str]:
    """Return the tags of the run of a point, or of the whole result; none of them is empty."""
    counted = point or snapshot
    tags = {
        _RESULT: snapshot.identity,
        _KIND: "point" if point else "study",
        "dropout_lab.trials": str(counted.done),
        "dropout_lab.planned": str(counted.planned),
        "dropout_lab.failed": str(counted.failed),
        "dropout_lab.data_checksum": snapshot.checksum,
    }
    if point:
        tags |= {
            f"varies.{key}": f"{value:g}" if isinstance(value, float) else value for key, value in point.varies.items()
        }
    else:
        tags |= {
            "mlflow.note.content": "\n\n".join((f"**{snapshot.sentence}**", *snapshot.details)),
            "dropout_lab.verdict": snapshot.sentence,
            "dropout_lab.outcome": snapshot.outcome,
            "dropout_lab.directory": str(snapshot.folder.resolve()),
            "dropout_lab.version": __version__,
        }
    return {name: value[:_LONGEST_TAG] for name, value in tags.items() if value}


def _milliseconds(seconds: float | None) -> int:
    return int(1000 * (time.time() if seconds is None else seconds))
