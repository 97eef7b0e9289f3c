"""``data list|fetch|check``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.cli.options import DataDir, Set
from dropout_lab.errors import DataError

if TYPE_CHECKING:
    from dropout_lab.datasets import Dataset

__all__ = ["data_app"]

data_app = typer.Typer(help="List, download and verify data sets.", no_args_is_help=True)


@data_app.command("list")
def data_list(data_dir: DataDir = None) -> None:
    """List the data sets with their size and source."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    for name, data in _present(list(datasets.BUILTIN_DATASETS), folder):
        if data is not None:
            columns = f"{data.inputs:>3} inputs".ljust(11)  # wide enough for the inputs of an image
            typer.echo(
                f"{name:<14} {len(data.labels):>5} rows {columns} {len(data.classes):>2} classes   {data.source}"
            )
            _echo_note(data)
        else:
            typer.echo(f"{name:<14} not in {folder} yet: 'dropout-lab data fetch {name}' or the first run downloads it")


@data_app.command("fetch")
def data_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...")],
    data_dir: DataDir = None,
) -> None:
    """Download and verify data sets that are missing."""
    from dropout_lab import datasets

    for name in names:
        data = datasets.load_builtin(name, datasets.data_folder(data_dir))
        typer.echo(f"{name}: {len(data.labels)} rows, {data.source}")
        _echo_note(data)


@data_app.command("check")
def data_check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME_OR_CONFIG...]")] = None,
    data_dir: DataDir = None,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
) -> None:
    """Verify downloaded data sets, by default all of them. For a CONFIG: show how each column is used."""
    from dropout_lab import datasets

    folder = datasets.data_folder(data_dir)
    configs = [name for name in names or () if name not in datasets.BUILTIN_DATASETS and _is_config(name)]
    for config in configs:
        _echo_columns(config, set_, folder)
    others = [name for name in names or () if name not in configs]
    for name, data in _present(others if names else list(datasets.BUILTIN_DATASETS), folder):
        if data is None:
            typer.echo(f"{name}: not in {folder}")
        else:
            values = f"sha256 of the values {datasets.checksum(data)[:16]}..."
            typer.echo(f"{name}: ok, {len(data.labels)} rows, {values} ({data.source})")
            _echo_note(data)
            _echo_duplicates(data)


def _is_config(name: str) -> bool:
    from dropout_lab.config import bundled_configs

    return Path(name).suffix in (".yaml", ".yml") or name in bundled_configs.names()


def _echo_columns(config: str, settings: list[str], folder: Path) -> None:
    """Print how the columns of a config's data are used, and check that they fit the config."""
    from dropout_lab import datasets
    from dropout_lab.config import load, parse_override
    from dropout_lab.datasets.tabular.describe import column_lines, summary_lines
    from dropout_lab.runs.check_data import check_data
    from dropout_lab.runs.prepare import resolve_task
    from dropout_lab.runs.split_notes import split_notes

    experiment, known = resolve_task(load(config, [parse_override(text) for text in settings]), folder)
    data = known or datasets.load_dataset(experiment.dataset, folder)
    data = datasets.under_evaluation(data, experiment.evaluation)
    for line in [*summary_lines(data), *column_lines(data)]:
        typer.echo(line)
    for point in experiment.points():
        check_data(point, data)
    for note in split_notes(experiment, data):
        typer.echo(f"warning: {note}")


def _echo_note(data: Dataset) -> None:
    if data.note:
        typer.echo(f"  note: {data.note}")


def _echo_duplicates(data: Dataset) -> None:
    """Print how many rows have equal inputs; a built-in data set keeps them as they were published."""
    from dropout_lab.datasets.duplicates import count_duplicates
    from dropout_lab.datasets.equal_rows import first_equal_rows

    if found := count_duplicates(first_equal_rows(data.features), data.labels, data.classes):
        typer.echo(f"  note: {found}; they are kept as they were published")


def _present(names: Sequence[str], folder: Path) -> Iterator[tuple[str, Dataset | None]]:
    """Yield each data set, None if not downloaded yet; unknown and damaged ones are reported together at the end."""
    from dropout_lab import datasets

    problems = []
    for name in names:
        data = None
        try:
            if name not in datasets.BUILTIN_DATASETS or datasets.is_available(name, folder):
                data = datasets.load_builtin(name, folder)
        except DataError as error:
            problems.append(str(error))
            continue
        yield name, data
    if problems:
        raise DataError("\n".join(problems))
