"""``refit`` and ``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropout_lab.cli.options import DataDir

__all__ = ["predict", "refit"]


def refit(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A result directory.")],
    rate: Annotated[
        float | None, typer.Option("--rate", metavar="RATE", help="Dropout rate. Default: the best one of the result.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.keras", help="Model file. Default: DIR/model.keras.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Train a final model on all rows and save it. Writes a file that plain Keras can load, and a model card."""
    from dropout_lab.datasets import data_folder
    from dropout_lab.final_model.refit import refit as refit_result

    done = refit_result(directory, data_folder(data_dir), rate, out)
    typer.echo(done.why)
    typer.echo(str(done.model))
    typer.echo(str(done.card))


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model file written by 'refit'.")],
    data: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS",
            help="CSV, Parquet, .npz, .npy or HDF5 file; for a table of your own, with the same columns; for pictures "
            "also a picture, or a folder of them.",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File for the predictions. Default: standard output.")
    ] = None,
) -> None:
    """Predict new rows with a model saved by refit. Classes come with their probabilities."""
    from dropout_lab.final_model.predict import predict as predict_rows

    text = predict_rows(model, data, out, lambda note: typer.echo(f"note: {note}", err=True))
    if out is None:
        typer.echo(text, nl=False)
    else:
        typer.echo(str(out))
