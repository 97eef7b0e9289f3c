"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    str, typer.Argument(metavar="CONFIG", help="A file, or the name of a shipped config (sonar/hidden).")
]
Set = Annotated[
    list[str],
    typer.Option("--set", "-S", metavar="KEY=VALUE", help="Change a setting: training.epochs=50. Repeatable."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Output directory. Default: results/NAME, or NAME-sweep."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Where data lie. Default: $DROPOUT_LAB_DATA, else ./data."),
]
Engine = Annotated[
    str | None, typer.Option("--engine", metavar="auto|stacked|keras", help="How trials are trained. Default: auto.")
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, max=256, help="Blocks of trials trained at once. Default: by the engine.")
]
Dask = Annotated[
    str | None,
    typer.Option("--dask", metavar="ADDRESS", help="Train on the workers of this Dask scheduler (or file); or: local."),
]
Shard = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N", help="Train the I-th of N parts only; dropout-lab merge puts them together."
    ),
]
Repeats = Annotated[int | None, typer.Option("--repeats", help="Repeat the cross-validation with new folds.")]
Folds = Annotated[int | None, typer.Option("--folds", help="Number of folds.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of all but the folds (evaluation.split_seed).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; train and write nothing.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Rename old results in the output directory and start anew.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Train failed and killed trials again.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first trial that fails.")]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin",
        min=0,
        metavar="SIZE",
        help="Accuracies, or what else is concluded from, that differ by no more count as the same. Default: 0.01; of "
        "mse and mae, 1% of their mean.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="The held-out metric that is concluded from: accuracy or loss, or one of evaluation.metrics; of "
        "numbers r2, mse or mae.",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="POINT",
        help="The point that others are compared with, as the table calls it: 0.2, 'rate 0, max norm 3'. Default: the "
        "one without dropout, if there is just one.",
    ),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write event files for TensorBoard into the result's tensorboard/.")
]
MLflow = Annotated[
    str | None,
    typer.Option("--mlflow", metavar="URI", help="Publish in MLflow: http://HOST:PORT, or sqlite:///mlflow.db."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Train very many trials without being asked whether that is meant.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors and notices only.")]
