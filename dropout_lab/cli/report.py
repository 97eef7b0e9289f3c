"""``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropout_lab.cli.options import Baseline, Margin, Metric, MLflow, TensorBoard
from dropout_lab.cli.trackers import check_trackers, log_to_trackers, trackers_wanted

__all__ = ["report"]


def report(  # noqa: PLR0913 - a command: its parameters are its options
    directories: Annotated[list[Path], typer.Argument(metavar="DIR", help="Result directories.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE_OR_DIR",
            help="Output directory, or a file ending in .html. Default: DIR; for several, ./report.",
        ),
    ] = None,
    margin: Margin = None,
    metric: Metric = None,
    baseline: Baseline = None,
    tensorboard: TensorBoard = False,
    mlflow: MLflow = None,
) -> None:
    """Write an HTML page of one result, or of several compared. Can log them to experiment trackers, too."""
    from dropout_lab.report.publish import publish

    trackers = trackers_wanted(tensorboard, mlflow)
    for directory in directories:
        check_trackers(trackers, directory)
    published = publish(directories, out, margin, metric, baseline)
    for name, sentence in published.sentences:
        typer.echo(sentence if len(published.sentences) == 1 else f"{name}: {sentence}")
    typer.echo(str(published.page))
    for path in published.figures:
        typer.echo(str(path))
    for study in published.studies:
        log_to_trackers(study, trackers)
