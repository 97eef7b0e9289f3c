"""``data list|fetch|check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.cli.options import DataDir
from dropout_lab.errors import DataError

if TYPE_CHECKING:
    from dropout_lab.datasets import Dataset

__all__ = ["data_app"]

data_app = typer.Typer(help="The data sets.", no_args_is_help=True)


@data_app.command("list")
def data_list(data_dir: DataDir = None) -> None:
    """List the data sets and where each comes from."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    for name, data in _present(list(datasets.DATASETS), folder):
        if data is None:
            typer.echo(f"{name:<14} not in {folder} yet: 'dropout-lab data fetch {name}', or the first run, fetches it")
        else:
            rows, inputs = data.features.shape
            typer.echo(f"{name:<14} {rows:>5} rows {inputs:>3} inputs {len(data.classes):>3} classes   {data.source}")


@data_app.command("fetch")
def data_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...")],
    data_dir: DataDir = None,
) -> None:
    """Download and verify data sets that are not there yet."""
    from dropout_lab import datasets

    for name in names:
        data = datasets.load(name, datasets.data_folder(data_dir))
        typer.echo(f"{name}: {len(data.labels)} rows, {data.source}")


@data_app.command("check")
def data_check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME...]")] = None, data_dir: DataDir = None
) -> None:
    """Verify the data sets that are there; without NAME, all of them."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    for name, data in _present(names or list(datasets.DATASETS), folder):
        if data is None:
            typer.echo(f"{name}: not in {folder}")
        else:
            typer.echo(f"{name}: ok, {len(data.labels)} rows, sha256 of the values {datasets.checksum(data)[:16]}...")


def _present(names: Sequence[str], folder: Path) -> Iterator[tuple[str, Dataset | None]]:
    """Yield each data set, None for one that is not there; what is damaged is reported at the end, all together."""
    from dropout_lab import datasets

    problems = []
    for name in names:
        data = None
        if name not in datasets.FILES or datasets.local_files(name, folder):
            try:
                data = datasets.load(name, folder)
            except DataError as error:
                problems.append(str(error))
                continue
        yield name, data
    if problems:
        raise DataError("\n".join(problems))
