"""How an experiment is run: what ``run`` and ``sweep`` take besides it, from the command line and from Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dropout_lab.errors import ConfigError
from dropout_lab.runs.budget import Budget
from dropout_lab.runs.shard import Shard

__all__ = ["RunOptions"]


@dataclass(frozen=True)
class RunOptions:
    """How to run an experiment. Whatever changes its numbers is a setting of the experiment itself.

    Attributes
    ----------
    out : Path or None
        Output directory; None: ``results/NAME``, see `RunRequest.out`.
    data_dir : Path or None
        Where data are looked for and downloaded to; None: ``$DROPOUT_LAB_DATA``, else ``./data``.
    jobs : int or None
        Blocks trained at once; None leaves it to the engine.
    dask : str or None
        Train on the workers of a Dask cluster: the address of its scheduler, the scheduler's file, or ``local``.
    shard : Shard or None
        The part of the plan to train; None for all of it.
    fresh : bool
        Rename old results in the output directory and start over.
    retry_failed : bool
        Train failed and killed trials again.
    fail_fast : bool
        Stop at the first trial that fails.
    command : str
        What the user typed, for ``run.json``.
    budget : Budget or None
        How much may be trained; None for all that is planned.
    alone : bool
        Whether no other program runs in this process; see `engines.start`.

    Raises
    ------
    ConfigError
        If `jobs` is less than 1.
    """

    out: Path | None = None
    data_dir: Path | None = None
    jobs: int | None = None
    dask: str | None = None
    shard: Shard | None = None
    fresh: bool = False
    retry_failed: bool = False
    fail_fast: bool = False
    command: str = ""
    budget: Budget | None = None
    alone: bool = False

    def __post_init__(self) -> None:
        if self.jobs is not None and self.jobs < 1:
            raise ConfigError([f"jobs: expected at least 1, got {self.jobs}"])
