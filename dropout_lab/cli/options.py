"""Arguments and options that several commands share."""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from dropout_lab.cli.trackers import trackers_wanted, without_secrets
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.shard import parse_shard

if TYPE_CHECKING:
    from dropout_lab.config import Document

Config = Annotated[
    str, typer.Argument(metavar="CONFIG", help="A YAML file, or the name of a bundled config such as sonar/hidden.")
]
Set = Annotated[
    list[str],
    typer.Option("--set", "-S", metavar="KEY=VALUE", help="Override a setting, e.g. training.epochs=50. Repeatable."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Output directory. Default: results/NAME, or results/NAME-sweep."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Data directory. Default: $DROPOUT_LAB_DATA, else ./data."),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine", metavar="auto|stacked|keras", help="Training engine. Default: auto, the fastest that fits."
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        metavar="N",
        min=1,
        max=256,
        help="Blocks of trials to train in parallel. Default: the engine's choice.",
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask", metavar="ADDRESS", help="Train on a Dask cluster: the scheduler's address or file, or 'local'."
    ),
]
Shard = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Train only part I of N; 'dropout-lab merge' combines the parts."),
]
Repeats = Annotated[
    int | None, typer.Option("--repeats", metavar="N", help="Repeats of the cross-validation, each with new folds.")
]
Folds = Annotated[int | None, typer.Option("--folds", metavar="N", help="Number of cross-validation folds.")]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="Random seed of everything but the folds (evaluation.split_seed)."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be trained; train and write nothing.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Rename old results in the output directory and start over.")]
RetryFailed = Annotated[bool, typer.Option("--retry-failed", help="Retrain trials that failed or were killed.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Stop at the first trial that fails.")]
Margin = Annotated[
    float | None,
    typer.Option(
        "--margin",
        min=0,
        metavar="SIZE",
        help="Differences up to this size count as ties. Default: 0.01; for mse and mae, 1% of their mean.",
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        help="Held-out metric to judge by: accuracy, loss or one of evaluation.metrics; for regression r2, mse or mae.",
    ),
]
Baseline = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="POINT",
        help="Point to compare the others with, as named in the table: 0.2, 'rate 0, max norm 3'. Default: the only "
        "point without dropout.",
    ),
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Write TensorBoard event files to tensorboard/ in the result.")
]
MLflow = Annotated[
    str | None,
    typer.Option("--mlflow", metavar="URI", help="Log to MLflow: http://HOST:PORT or sqlite:///mlflow.db."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Train even if there are more than 20,000 trials.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors and warnings.")]


@dataclass(frozen=True)
class RunFlags:
    """The options that ``run`` and ``sweep`` share: each field is one; see `with_run_flags`."""

    set_: Set = field(default_factory=list)
    out: Out = None
    data_dir: DataDir = None
    engine: Engine = None
    jobs: Jobs = None
    dask: Dask = None
    shard: Shard = None
    repeats: Repeats = None
    folds: Folds = None
    seed: Seed = None
    dry_run: DryRun = False
    fresh: Fresh = False
    retry_failed: RetryFailed = False
    fail_fast: FailFast = False
    tensorboard: TensorBoard = False
    mlflow: MLflow = None
    yes: Yes = False
    quiet: Quiet = False

    @cached_property
    def trackers(self) -> Mapping[str, str]:
        """The trackers to publish in, and where each is."""
        return trackers_wanted(self.tensorboard, self.mlflow)

    def overrides(self) -> list[Document]:
        """Return what is changed in the config."""
        from dropout_lab.config import make_override, parse_override

        changes = [parse_override(text) for text in self.set_]
        settings = {
            ("engine",): self.engine,
            ("evaluation", "repeats"): self.repeats,
            ("evaluation", "folds"): self.folds,
            ("evaluation", "seed"): self.seed,
        }
        changes += [make_override(f"--{key[-1]}", key, value) for key, value in settings.items() if value is not None]
        return changes

    def run_options(self) -> RunOptions:
        """Return how to run the experiment."""
        return RunOptions(
            out=self.out,
            data_dir=self.data_dir,
            jobs=self.jobs,
            dask=self.dask,
            shard=None if self.shard is None else parse_shard(self.shard),
            fresh=self.fresh,
            retry_failed=self.retry_failed,
            fail_fast=self.fail_fast,
            command=shlex.join(["dropout-lab", *without_secrets(sys.argv[1:], self.trackers)]),
        )


def with_run_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in place of its parameter `flags`, the fields of `RunFlags` as options that Typer sees."""
    hints = get_type_hints(RunFlags, include_extras=True)
    own = [
        parameter
        for parameter in inspect.signature(command, eval_str=True).parameters.values()
        if parameter.name != "flags"
    ]
    options = [
        inspect.Parameter(
            flag.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=[] if flag.name == "set_" else flag.default,
            annotation=hints[flag.name],
        )
        for flag in fields(RunFlags)
    ]

    @wraps(command)
    def with_flags(**arguments: Any) -> None:
        flags = RunFlags(**{flag.name: arguments.pop(flag.name) for flag in fields(RunFlags)})
        command(**arguments, flags=flags)

    with_flags.__signature__ = inspect.Signature([*own, *options])  # type: ignore[attr-defined]
    with_flags.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *options]}
    return with_flags
