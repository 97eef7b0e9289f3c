"""The options of ``run`` and ``sweep``, declared once."""

from __future__ import annotations

import inspect
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from dropout_lab.cli.options import Dask, DataDir, Fresh, Jobs, MLflow, Quiet, Set, TensorBoard
from dropout_lab.cli.trackers import trackers_wanted, without_secrets
from dropout_lab.runs.budget import parse_budget
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.shard import parse_shard

if TYPE_CHECKING:
    from dropout_lab.config import Document

__all__ = ["RunFlags", "with_run_flags"]


@dataclass(frozen=True)
class RunFlags:
    """The options that ``run`` and ``sweep`` share; each field is one."""

    set_: Set = field(default_factory=list)
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Output directory. Default: results/NAME, or results/NAME-sweep."),
    ] = None
    data_dir: DataDir = None
    engine: Annotated[
        str | None,
        typer.Option(metavar="auto|stacked|jax|keras", help="Training engine. Default: auto, the fastest that fits."),
    ] = None
    jobs: Jobs = None
    dask: Dask = None
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Train only part I of N; 'dropout-lab merge' combines the parts."),
    ] = None
    budget: Annotated[
        str | None,
        typer.Option(metavar="N|TIME", help="Train at most N trials in all, or begin none after a TIME: 500, 30m, 2h."),
    ] = None
    repeats: Annotated[
        int | None, typer.Option(metavar="N", help="Repeats of the cross-validation, each with new folds.")
    ] = None
    folds: Annotated[int | None, typer.Option(metavar="N", help="Number of cross-validation folds.")] = None
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Random seed of everything but the folds (evaluation.split_seed)."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be trained; train and write nothing.")
    ] = False
    fresh: Fresh = False
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Retrain trials that failed or were killed.")] = (
        False
    )
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first trial that fails.")] = False
    tensorboard: TensorBoard = False
    mlflow: MLflow = None
    yes: Annotated[bool, typer.Option("--yes", help="Train even if there are more than 20,000 trials.")] = False
    quiet: Quiet = False

    @cached_property
    def trackers(self) -> Mapping[str, str]:
        """The trackers to log to, and where each is."""
        return trackers_wanted(self.tensorboard, self.mlflow)

    def overrides(self) -> list[Document]:
        """Return what is changed in the config."""
        from dropout_lab.config import make_override, parse_override

        settings = {
            ("engine",): self.engine,
            ("evaluation", "repeats"): self.repeats,
            ("evaluation", "folds"): self.folds,
            ("evaluation", "seed"): self.seed,
        }
        return [parse_override(text) for text in self.set_] + [
            make_override(f"--{key[-1]}", key, value) for key, value in settings.items() if value is not None
        ]

    def run_options(self) -> RunOptions:
        """Return how to run the experiment."""
        return RunOptions(
            out=self.out,
            data_dir=self.data_dir,
            jobs=self.jobs,
            dask=self.dask,
            budget=None if self.budget is None else parse_budget(self.budget),
            shard=None if self.shard is None else parse_shard(self.shard),
            fresh=self.fresh,
            retry_failed=self.retry_failed,
            fail_fast=self.fail_fast,
            command=shlex.join(["dropout-lab", *without_secrets(sys.argv[1:], self.trackers)]),
            alone=True,
        )


def with_run_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter `flags` by one option for each field of `RunFlags`, as Typer expects them."""
    hints = get_type_hints(RunFlags, include_extras=True)
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=getattr(RunFlags, name, []), annotation=annotation
        )
        for name, annotation in hints.items()
    ]
    own = inspect.signature(command, eval_str=True).parameters
    parameters = [*(own[name] for name in own if name != "flags"), *options]

    @wraps(command)
    def with_flags(**arguments: Any) -> None:
        flags = RunFlags(**{name: arguments.pop(name) for name in hints})
        command(**arguments, flags=flags)

    with_flags.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_flags.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_flags
