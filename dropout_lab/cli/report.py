"""``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropout_lab.cli.options import Margin, Metric

__all__ = ["report"]


def report(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR", help="Directories of results.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE_OR_DIR",
            help="A directory, or a file ending in .html. Default: DIR itself; for several, ./report.",
        ),
    ] = None,
    margin: Margin = None,
    metric: Metric = None,
) -> None:
    """Write a page of a result, or of several compared."""
    from dropout_lab.report.publish import publish

    published = publish(directories, out, margin, metric)
    for name, sentence in published.sentences:
        typer.echo(sentence if len(published.sentences) == 1 else f"{name}: {sentence}")
    typer.echo(str(published.page))
    for path in published.figures:
        typer.echo(str(path))
