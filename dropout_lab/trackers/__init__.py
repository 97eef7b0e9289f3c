"""Experiment trackers: a result, finished or not, published where people already look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dropout_lab.analysis.study import Study
from dropout_lab.trackers import mlflow, tensorboard
from dropout_lab.trackers.snapshot import ResultSnapshot, take_snapshot
from dropout_lab.trackers.tracking_uri import redact

__all__ = ["TRACKERS", "Tracker", "check", "publish", "redact"]


@dataclass(frozen=True)
class Tracker:
    """A tracker.

    Attributes
    ----------
    check : callable
        Takes a result's directory, which need not exist yet, and the tracker's URI (empty if it needs none); raises
        `TrackerError` for what can be known to be wrong before anything is trained. Imports nothing slow.
    publish : callable
        Takes a `ResultSnapshot` and the URI; replaces what was published of the same result before, and returns a
        line that says where to look. Raises `TrackerError`.
    """

    check: Callable[[Path, str], None]
    publish: Callable[[ResultSnapshot, str], str]


TRACKERS = {
    "tensorboard": Tracker(tensorboard.check, tensorboard.publish),
    "mlflow": Tracker(mlflow.check, mlflow.publish),
}


def check(requested: Mapping[str, str], folder: Path) -> None:
    """Refuse trackers that cannot be used, before anything is trained.

    Parameters
    ----------
    requested : mapping of str to str
        The URI of each tracker by its name in `TRACKERS`; empty if it needs none.
    folder : Path
        The result's directory, which need not exist yet.

    Raises
    ------
    TrackerError
    """
    for name, uri in requested.items():
        TRACKERS[name].check(folder, uri)


def publish(study: Study, requested: Mapping[str, str]) -> list[str]:
    """Publish a result in trackers.

    Returns
    -------
    list of str
        A line for each that says where to look; empty if no trial is finished.

    Raises
    ------
    TrackerError
        If a tracker cannot be written; those before it have been.
    """
    if not requested or study.trials.empty:
        return []
    snapshot = take_snapshot(study)
    return [TRACKERS[name].publish(snapshot, uri) for name, uri in requested.items()]
