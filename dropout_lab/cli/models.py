"""``refit`` and ``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropout_lab.cli.options import DataDir

__all__ = ["predict", "refit"]


def refit(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A directory of results.")],
    rate: Annotated[float | None, typer.Option("--rate", help="Dropout rate. Default: the best of the result.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.keras", help="The model's file. Default: DIR/model.keras.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Train on all rows at the chosen rate and save the net. One file that Keras loads by itself, and a card."""
    from dropout_lab.datasets import data_folder
    from dropout_lab.final_model.refit import refit as refit_result

    done = refit_result(directory, data_folder(data_dir), rate, out)
    typer.echo(done.why)
    typer.echo(str(done.model))
    typer.echo(str(done.card))


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file that 'refit' wrote.")],
    data: Annotated[
        Path, typer.Argument(metavar="ROWS", help="A CSV or Parquet file: of a table of yours with its columns.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where predictions go. Default: standard output.")
    ] = None,
) -> None:
    """Say the classes of rows that a saved net has not seen, or their numbers. With the probability of each class."""
    from dropout_lab.final_model.predict import predict as predict_rows

    text = predict_rows(model, data, out, lambda note: typer.echo(f"note: {note}", err=True))
    if out is None:
        typer.echo(text, nl=False)
    else:
        typer.echo(str(out))
