"""``merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropout_lab.cli.options import Fresh, Quiet
from dropout_lab.cli.results import print_study

__all__ = ["merge"]

_INCOMPLETE = 1


def merge(
    directories: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Result directories, one for each shard.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New directory for the merged result.")],
    fresh: Fresh = False,
    quiet: Quiet = False,
) -> None:
    """Merge the shards of an experiment. The result is as if one process had trained all of them."""
    from dropout_lab.analysis.study import distinct, read_study
    from dropout_lab.runs.merge import merge_parts, read_part, write_merged

    merged = merge_parts([read_part(directory) for directory in distinct(directories)])
    old = write_merged(merged, out, fresh=fresh)
    if old:
        typer.echo(f"old results renamed to {old}", err=True)
    if merged.differing:
        typer.echo(
            f"the trials were trained with different {' and '.join(merged.differing)}: "
            "numbers may differ in the last digits (see run.json)",
            err=True,
        )
    study = read_study(out)
    if not quiet:
        print_study(study)
        typer.echo(f"{len(study.trials)} rows in {out / 'trials.csv'}")
    if merged.missing:
        typer.echo(
            f"{merged.missing} of {study.planned} trials are in none of the directories; train them with: "
            f"dropout-lab run {out / 'config.yaml'} --out {out}",
            err=True,
        )
    if merged.missing or len(study.failed):
        raise typer.Exit(_INCOMPLETE)
