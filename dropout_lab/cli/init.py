"""``init``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropout_lab.errors import ConfigError, DatasetError

if TYPE_CHECKING:
    from dropout_lab.datasets.tabular.raw_table import RawTable

__all__ = ["init"]


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Your data: a CSV, Parquet or .npz file.")],
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="COLUMN", help="Column to predict. Without it, the columns are listed."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option("--group", metavar="COLUMN", help="Rows with the same value in this column stay in one fold."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="CONFIG", help="Config to write. Default: FILE with the ending .yaml."),
    ] = None,
) -> None:
    """Write a config for your own data. Network size, batch size and epochs are chosen to fit it."""
    from dropout_lab.config.data_files import source_key
    from dropout_lab.config.dataset import LONGEST_NAME, SOURCES
    from dropout_lab.datasets import load_user_dataset
    from dropout_lab.datasets.tabular.describe import summary_lines
    from dropout_lab.datasets.tabular.starter_config import config_for

    if file.is_dir():
        raise DatasetError([f"{file}: is a directory: name a file"])
    for option, column in (("--target", target), ("--group", group)):
        if column is not None and not 0 < len(column) <= LONGEST_NAME:
            raise ConfigError([f"{option}: expected a column name, got {len(column):,} characters"])
    config = out or file.with_suffix(".yaml")
    if config.exists():
        raise ConfigError([f"{config}: already exists: edit it, or name another file with --out"])
    source = source_key(str(file)) or "csv"
    columns = {key: value for key, value in (("target", target), ("group", group)) if value is not None}
    if target is None and source != "npz":
        _list_columns(file, source)
    keys = columns if source != "npz" or target else {**columns, "target": "y"}
    spec = SOURCES[source].model_validate({source: os.fspath(file.absolute()), **keys})
    data = load_user_dataset(spec, Path())  # type: ignore[arg-type]
    path = os.path.relpath(file.absolute(), os.path.realpath(config.parent))
    text = config_for(data, config.name, source, path, keys)
    try:
        with config.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise ConfigError([f"{config}: cannot be written: {error.strerror}"]) from None
    for line in summary_lines(data):
        typer.echo(line)
    typer.echo(f"{config}: run it with 'dropout-lab sweep {config} --rates 0:0.9:0.1'")


def _list_columns(file: Path, source: str) -> None:
    """Print the columns of a file and ask for the one to predict."""
    from dropout_lab.config.dataset import SOURCES
    from dropout_lab.datasets.tabular.load import read_table
    from dropout_lab.datasets.tabular.missing import mark_missing
    from dropout_lab.datasets.tabular.starter_config import list_columns, target_candidates

    placeholder = "\0"
    spec = SOURCES[source].model_validate({source: os.fspath(file.absolute()), "target": placeholder})
    table: RawTable = mark_missing(read_table(spec))  # type: ignore[arg-type]
    if not len(table.columns[0].values):
        raise DatasetError([f"{table.file}: has no rows below its column names"])
    for line in list_columns(table):
        typer.echo(line)
    candidates = target_candidates(table)
    hint = f", e.g. --target {candidates[0]}" if candidates else "; no column looks like a target"
    raise ConfigError([f"--target: name the column to predict{hint}"])
