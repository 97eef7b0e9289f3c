"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    str, typer.Argument(metavar="CONFIG", help="A YAML file, or the name of a bundled config such as sonar/hidden.")
]
Set = Annotated[
    list[str],
    typer.Option("--set", "-S", metavar="KEY=VALUE", help="Override a setting, e.g. training.epochs=50. Repeatable."),
]
DataDir = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Data directory. Default: $DROPOUT_LAB_DATA, else ./data.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, max=256, help="Blocks of trials to train in parallel. Default: the engine's choice."
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Train on a Dask cluster: the scheduler's address or file, or 'local'."),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Rename old results in the output directory and start over.")]
Margin = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="SIZE",
        help="Differences up to this count as ties. Default: 0.01; of errors in the target's unit, 1% of their mean.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Held-out metric to judge by: accuracy, loss (regression: r2, mse, mae) or one of evaluation.metrics.",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="POINT",
        help="Point to compare the others with, as named in the table: 0.2, 'rate 0, max norm 3'. Default: the only "
        "point without dropout.",
    ),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write TensorBoard event files to tensorboard/ in the result.")
]
MLflow = Annotated[
    str | None, typer.Option(metavar="URI", help="Log to MLflow: http://HOST:PORT or sqlite:///mlflow.db.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and warnings.")]
