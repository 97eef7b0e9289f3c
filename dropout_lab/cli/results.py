"""``show`` and ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dropout_lab.cli.options import Baseline, Margin, Metric
from dropout_lab.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from dropout_lab.analysis.study import Study

__all__ = ["compare", "print_headline", "print_study", "show"]

Format = Annotated[Literal["table", "csv", "json", "md"], typer.Option("--format", help="Output format.")]


def show(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A result directory.")],
    format_: Format = "table",
    margin: Margin = None,
    metric: Metric = None,
    baseline: Baseline = None,
) -> None:
    """Print the table and the conclusion of a result."""
    from dropout_lab.analysis.study import read_study

    study = read_study(directory, margin, metric, baseline)
    if format_ == "table":
        print_study(study)
    else:
        _print_as(format_, [study])
    if study.missing:
        typer.echo(
            f"{study.missing} of {study.planned} trials are missing; train them with: "
            f"dropout-lab run {directory / 'config.yaml'} --out {directory}",
            err=True,
        )


def compare(
    directories: Annotated[list[Path], typer.Argument(metavar="DIR DIR...", help="Result directories.")],
    format_: Format = "table",
    margin: Margin = None,
    metric: Metric = None,
) -> None:
    """Compare results, paired where they hold out the same rows."""
    from dropout_lab.analysis.study import distinct, read_study

    studies = [read_study(directory, margin, metric) for directory in distinct(directories)]
    if len(studies) < 2:
        raise ResultsError("expected at least two different result directories")
    if format_ == "table":
        from dropout_lab.report.terminal import compared

        console = _console()
        console.print(compared(studies, console.width))
    else:
        _print_as(format_, studies)


def print_study(study: Study) -> None:
    """Print a result's table and conclusion."""
    from dropout_lab.report.terminal import shown

    console = _console()
    console.print(shown(study, console.width))


def print_headline(study: Study) -> None:
    """Print a result's conclusion in one sentence."""
    from dropout_lab.analysis.headline import headline

    _console().print(headline(study)[0])


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False, emoji=False, markup=False)


def _print_as(format_: str, studies: Sequence[Study]) -> None:
    from dropout_lab.report.formats import FORMATS

    typer.echo(FORMATS[format_](studies), nl=False)
