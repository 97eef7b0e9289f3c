"""Experiment trackers: a result, finished or not, shown where people already look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dropout_lab.analysis.study import Study
from dropout_lab.trackers import mlflow, tensorboard
from dropout_lab.trackers.snapshot import ResultSnapshot, told_of
from dropout_lab.trackers.tracking_uri import redact

__all__ = ["TRACKERS", "Tracker", "Wanted", "check", "publish", "redact"]

Wanted = Mapping[str, str]
"""The names of trackers, and what each is to be told of its place; empty if it needs none."""


@dataclass(frozen=True)
class Tracker:
    """A tracker.

    Attributes
    ----------
    check : callable
        Takes a result's directory, which need not be there, and the tracker's place; raises `TrackerError` for what
        can be known to be wrong before anything is trained. Loads nothing slow.
    publish : callable
        Takes a `ResultSnapshot` and the place; what it says replaces what was there of the same result, and
        returns a line that says where. Raises `TrackerError`.
    """

    check: Callable[[Path, str], None]
    publish: Callable[[ResultSnapshot, str], str]


TRACKERS = {
    "tensorboard": Tracker(tensorboard.check, tensorboard.publish),
    "mlflow": Tracker(mlflow.check, mlflow.publish),
}


def check(wanted: Wanted, folder: Path) -> None:
    """Refuse trackers that cannot be told, before anything is trained.

    Raises
    ------
    TrackerError
    """
    for name, place in wanted.items():
        TRACKERS[name].check(folder, place)


def publish(study: Study, wanted: Wanted) -> list[str]:
    """Tell trackers of a result.

    Returns
    -------
    list of str
        A line for each, which says where to look; none if no trial is finished.

    Raises
    ------
    TrackerError
        If one does not take it; those before it have.
    """
    if not wanted or study.trials.empty:
        return []
    told = told_of(study)
    return [TRACKERS[name].publish(told, place) for name, place in wanted.items()]
