"""Runs on data in memory, which are kept as a file in the output directory, so that the result can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from dropout_lab import datasets
from dropout_lab.config import Experiment
from dropout_lab.config.data_files import FILES
from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.yaml_document import parse
from dropout_lab.datasets import DataFile
from dropout_lab.datasets.arrays.starter_network import NETWORKS
from dropout_lab.datasets.tabular.starter_config import config_for
from dropout_lab.datasets.user_file import read_bytes
from dropout_lab.errors import ConfigError
from dropout_lab.results.directory import resolve as resolve_folder
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunRequest, resolve

__all__ = ["kept_file", "resolve_in_memory"]

_NAME = "data"
_DRAFT = {"model": {"hidden": [1]}, "dropout": {"where": "hidden"}, "training": {"epochs": 1}}
"""What an experiment needs besides its data; its overrides are thereby checked before the data are read."""


def resolve_in_memory(
    file: DataFile,
    read: Callable[[Mapping[str, Any]], Experiment],
    options: RunOptions,
    base: Mapping[str, Any] | None = None,
) -> RunRequest:
    """Return the request of an experiment on data in memory.

    Parameters
    ----------
    file : DataFile
    read : callable
        A config without its overrides -> the experiment.
    options : RunOptions
    base : mapping, optional
        A config, whose network and training are used; by default they are those that ``init`` proposes.

    Raises
    ------
    DropoutLabError
        As `resolve`.
    """
    config = {"name": _NAME, **(base or _DRAFT), "dataset": file.section}
    experiment = read(config) if base else _drafted(config, read)
    data = datasets.load_dataset(experiment.dataset, Path(), file.content)
    if base is None:
        starter = config_for(data, "config.yaml", file.source, file.name, file.columns)
        experiment = read(parse(starter, "data").data | {key: config[key] for key in ("name", "dataset")})
    request = resolve(experiment, options, data)
    return replace(request, experiment=_kept_in(request.experiment, request.out), data_file=file)


def _drafted(config: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Experiment]) -> Experiment:
    """Return an experiment with one of the networks that data may suggest; its overrides must fit one of them."""
    try:
        return read(config)
    except ConfigError:
        for network in NETWORKS:
            with suppress(ConfigError):
                return read({**config, **parse(network, "data").data})
        raise


def kept_file(request: RunRequest) -> DataFile | None:
    """Return data that are to be in the output directory: those in memory, or those that a run from there reads.

    Raises
    ------
    DataError
        If a file there cannot be read.
    """
    dataset = request.experiment.dataset
    if request.data_file is not None or not isinstance(dataset, UserDataset) or dataset.source not in FILES:
        return request.data_file
    path = Path(getattr(dataset, dataset.source))
    if path.parent != resolve_folder(request.out) or path.name != f"{_NAME}.{dataset.source}":
        return None
    return DataFile(dataset.source, read_bytes(str(path)), {})


def _kept_in(experiment: Experiment, folder: Path) -> Experiment:
    """Return an experiment whose file of data is in a folder."""
    settings = experiment.model_dump()
    source = next(key for key in FILES if key in settings["dataset"])
    settings["dataset"][source] = str(resolve_folder(folder) / f"{_NAME}.{source}")
    return Experiment.model_validate(settings)
