"""``--tensorboard`` and ``--mlflow``, of several commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from dropout_lab.errors import TrackerError

if TYPE_CHECKING:
    from dropout_lab.analysis.study import Study

__all__ = ["check_trackers", "log_to_trackers", "trackers_wanted", "without_secrets"]


def trackers_wanted(tensorboard: bool, mlflow: str | None) -> dict[str, str]:
    """Return the URI of each tracker that is asked for; empty if it needs none."""
    return ({"tensorboard": ""} if tensorboard else {}) | ({"mlflow": mlflow} if mlflow is not None else {})


def check_trackers(wanted: Mapping[str, str], folder: Path, shard: str | None = None) -> None:
    """Refuse trackers that cannot work, before anything is trained."""
    if wanted and shard is not None:
        raise TrackerError(
            f"--{next(iter(wanted))}: a shard is only part of a result: log the whole "
            f"once it is merged: dropout-lab report DIR --{next(iter(wanted))}"
        )
    if wanted:
        from dropout_lab.trackers import check

        check(wanted, folder)


def without_secrets(arguments: Sequence[str], wanted: Mapping[str, str]) -> list[str]:
    """Return a command's arguments without the user and password of an MLflow address."""
    address = wanted.get("mlflow")
    if not address:
        return list(arguments)
    from dropout_lab.trackers import redact

    return [argument.replace(address, redact(address)) for argument in arguments]


def log_to_trackers(study: Study, trackers: Mapping[str, str], quiet: bool = False) -> None:
    """Publish a result in trackers, and print where to look."""
    if trackers:
        from dropout_lab.trackers import publish

        for line in publish(study, trackers):
            if not quiet:
                typer.echo(line)
