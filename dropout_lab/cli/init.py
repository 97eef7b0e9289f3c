"""``init``."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from dropout_lab.cli.options import DataDir, Set
from dropout_lab.errors import ConfigError, DatasetError

if TYPE_CHECKING:
    from dropout_lab.config.dataset import FileDataset, PictureFolder
    from dropout_lab.datasets import Dataset

__all__ = ["init"]


_PARTS_OF_WINDOWS = ["month", "weekday", "hour"]
"""What dates become where later rows are held out: years and elapsed days there are none that was trained on."""


def init(  # noqa: PLR0913 - a command: its parameters are its options
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Your data: a CSV, Parquet, .npz, .npy or HDF5 file, or the address of one; or a folder with one "
            "folder of pictures for each class.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="COLUMN",
            help="Column or array to predict; for .npy its file. Without it, columns are listed, and arrays found.",
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            "--group",
            metavar="COLUMN",
            help="Rows with the same value in this column stay in one fold; for pictures a pattern of file names.",
        ),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            min=1,
            metavar="ROWS",
            help="Rows are points of a time series: so many consecutive ones are one row of inputs.",
        ),
    ] = None,
    horizon: Annotated[
        int | None,
        typer.Option(
            "--horizon", min=0, metavar="ROWS", help="With --window: how many rows after a window the target is."
        ),
    ] = None,
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first line names the columns. Default: detected."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="CONFIG", help="Config to write. Default: FILE with the ending .yaml."),
    ] = None,
    set_: Set = [],  # noqa: B006 - Typer makes a new list
    data_dir: DataDir = None,
) -> None:
    """Write a config for your own data. Network size, batch size and epochs are chosen to fit it."""
    from dropout_lab.config.column_name import LONGEST_NAME
    from dropout_lab.config.data_files import file_stem, is_url, path_keys, source_key
    from dropout_lab.config.dataset import SOURCES
    from dropout_lab.config.yaml_text import inline
    from dropout_lab.datasets import data_folder, load_user_dataset
    from dropout_lab.datasets.tabular.describe import summary_lines
    from dropout_lab.datasets.tabular.remote_file import local_file, sha256_of
    from dropout_lab.datasets.tabular.starter_config import config_for
    from dropout_lab.datasets.tabular.target_advice import TargetAdvice, advise
    from dropout_lab.datasets.user_file import map_bytes
    from dropout_lab.runs.check_starter import check_starter

    for option, column in (("--target", target), ("--group", group)):
        if column is not None and not 0 < len(column) <= LONGEST_NAME:
            raise ConfigError([f"{option}: expected a column name, got {len(column):,} characters"])
    is_folder = Path(file).is_dir()
    if os.path.abspath(file) == os.path.abspath(os.sep):
        raise DatasetError([f"{file}: is the root of all files: name a file, or a folder of pictures"])
    stem = Path(os.path.abspath(file)).name if is_folder else file_stem(file)
    config = out or (Path() if is_url(file) else Path(file).parent) / f"{stem}.yaml"
    if config.exists():
        raise ConfigError([f"{config}: already exists: edit it, or name another file with --out"])
    source = "folder" if is_folder else source_key(file) or "csv"
    if is_folder and target is not None:
        raise ConfigError(["--target: the folder of a picture is its class: leave the option out"])
    if header is not None and source != "csv":
        raise ConfigError([f"--{'' if header else 'no-'}header: only text files have one: leave the option out"])
    absolute = file if is_url(file) else os.path.abspath(file)
    path = file if is_url(file) else os.path.relpath(absolute, os.path.realpath(config.parent))
    keys: dict[str, Any] = {"header": header} if header is not None else {}
    if is_folder and group is not None:  # a pattern, and checked as one
        set_, group = [*set_, f"dataset.group={inline(group)}"], None
    series = {key: rows for key, rows in (("window", window), ("horizon", horizon)) if rows is not None}
    if series and source not in ("csv", "parquet"):
        raise ConfigError([f"--{next(iter(series))}: only tables (CSV, Parquet) have windows: leave the option out"])
    settings = _settings(set_, {source: absolute}, series)
    keys |= settings
    if is_folder:
        from dropout_lab.datasets.pictures.starter import starter_keys

        keys = starter_keys(absolute) | keys
    if target is None and source in ("csv", "parquet"):
        _list_columns({source: absolute, **keys}, data_folder(data_dir))
        return
    named = {"target": _target_beside(file) if source == "npy" and target is None else target, "group": group}
    if source == "npy":
        named = {key: name and os.path.abspath(name) for key, name in named.items()}
    keys = {key: name for key, name in named.items() if name is not None} | series | keys
    folder = data_folder(data_dir)
    load = cast("Callable[[dict[str, Any]], FileDataset | PictureFolder]", SOURCES[source].model_validate)
    if is_url(file) and "sha256" not in keys:
        keys["sha256"] = sha256_of(map_bytes(local_file(file, folder)))
    section = load({source: absolute, **keys})
    try:
        data, found = _load(section, folder)
    except DatasetError as error:
        if not any("set dataset." in problem for problem in error.problems):
            raise
        raise DatasetError([*error.problems, "init takes such keys, too: --set 'dataset.KEY=VALUE'"]) from None
    keys |= found
    advice = advise(data)
    if not advice.keys.keys().isdisjoint(settings):
        advice = TargetAdvice()
    if advice.keys:
        keys |= advice.keys
        data = load_user_dataset(load({source: absolute, **keys}), folder)
    if data.table is not None and not data.table.header and source == "csv":
        keys["header"] = False
    paths = {key for key in path_keys({source: file}) & keys.keys() if not is_url(keys[key])}
    written = keys | {key: os.path.relpath(keys[key], os.path.realpath(config.parent)) for key in paths}
    text = config_for(data, config.name, source, path, written, advice.note)
    data = check_starter(text, {source: absolute, **keys}, data)
    try:
        with config.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise ConfigError([f"{config}: cannot be written: {error.strerror}"]) from None
    for line in [*summary_lines(data), *([f"  note: {advice.note}"] if advice.note else [])]:
        typer.echo(line)
    typer.echo(f"{config}: run it with\n  dropout-lab sweep {shlex.quote(str(config))} --rates 0:0.9:0.1")


def _load(section: FileDataset | PictureFolder, folder: Path) -> tuple[Dataset, dict[str, Any]]:
    """Return the data of a section, and further keys: for columns of dates and free text, and the time of windows."""
    from dropout_lab.config.dataset import CSV, Parquet
    from dropout_lab.datasets import load_user_dataset
    from dropout_lab.datasets.tabular.date_columns import dates_in
    from dropout_lab.datasets.tabular.free_text import text_encodings
    from dropout_lab.datasets.tabular.load import read_table, table_to_dataset
    from dropout_lab.datasets.tabular.missing import mark_missing

    if not isinstance(section, CSV | Parquet):
        return load_user_dataset(section, folder), {}
    table = read_table(section, folder)
    marked = mark_missing(table, section.missing, section.not_missing)
    dates = () if section.dates else dates_in(marked, section)
    found: dict[str, Any] = {"dates": dates} if dates else {}
    if dates and section.window:
        found = {"dates": dict.fromkeys(dates, _PARTS_OF_WINDOWS)}
        found |= {"time": dates[0]} if len(dates) == 1 and section.time is None else {}
    given = section.model_dump(exclude_unset=True)
    if not section.window and (encode := text_encodings(marked, section)):
        found["encode"] = given.get("encode", {}) | encode
    if found:
        section = type(section).model_validate(given | found)
    return table_to_dataset(table, section, folder), found


def _target_beside(file: str) -> str:
    """Return the file of what goes with inputs in a file of their own, found by its usual name."""
    from dropout_lab.datasets.arrays.array_names import TARGETS

    path = Path(file)
    for target in TARGETS.get(path.stem, ()):
        if (beside := path.with_name(f"{target}{path.suffix}")).is_file():
            return str(beside)
    raise DatasetError([f"{file}: name the file of what to predict of these rows, e.g. --target y.npy"])


def _settings(texts: Sequence[str], file: dict[str, str], series: dict[str, int]) -> dict[str, Any]:
    """Return the keys of the section of the data that ``--set`` sets; raises `ConfigError` if they are none.

    `series` has those that further options set.
    """
    from dropout_lab.config import Document, load, parse_override
    from dropout_lab.config.dataset import source_of
    from dropout_lab.config.merge import merge

    changes = [parse_override(text) for text in texts]
    problems = []
    for text, change in zip(texts, changes, strict=True):
        section = change.data.get("dataset")
        if change.data.keys() != {"dataset"}:
            problems.append(f"--set {text}: init takes keys of dataset only, e.g. dataset.missing=[-999]")
        elif not isinstance(section, dict) or source_of(section):
            problems.append(f"--set {text}: the data are those of FILE: leave it out")
    if problems:
        raise ConfigError(problems)
    if changes or series:
        needed: dict[str, Any] = {} if {"npz", "hdf5"} & file.keys() else {"target": "y"}
        needed = {"size": [1, 1]} if "folder" in file else needed
        load({"dataset": {**needed, **file, **series}, "model": {"hidden": [1]}, "training": {"epochs": 1}}, changes)
    settings: dict[str, Any] = reduce(merge, changes, Document({"dataset": {}})).data["dataset"]
    return settings


def _list_columns(section: dict[str, Any], folder: Path) -> None:
    """Print the columns of a file, and the command that names the one to predict."""
    from dropout_lab.config.dataset import CSV, Parquet
    from dropout_lab.datasets.tabular.load import read_table
    from dropout_lab.datasets.tabular.missing import mark_missing
    from dropout_lab.datasets.tabular.starter_config import list_columns, target_candidates

    placeholder = "\0"
    kind = CSV if "csv" in section else Parquet
    table = mark_missing(read_table(kind.model_validate({**section, "target": placeholder}), folder))
    if not len(table.columns[0].values):
        raise DatasetError([f"{table.file}: has no rows below its column names"])
    for line in list_columns(table):
        typer.echo(line)
    candidates = target_candidates(table)
    if candidates:
        command = shlex.join(["dropout-lab", *sys.argv[1:], f"--target={candidates[0]}"])
        typer.echo(f"name the column to predict, and a config is written:\n  {command}")
    else:
        typer.echo("no column looks like a target: name the one to predict with --target")
