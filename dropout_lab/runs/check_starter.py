"""Whether a config that is about to be written runs: all that a sweep checks before it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_lab.config.yaml_document import parse
from dropout_lab.datasets import Dataset, under_evaluation
from dropout_lab.runs.check_data import check_data
from dropout_lab.runs.prepare import load_sweep
from dropout_lab.runs.split_notes import split_notes

__all__ = ["check_starter"]


def check_starter(text: str, dataset: Mapping[str, Any], data: Dataset) -> Dataset:
    """Refuse a config of which a sweep over the dropout rate would not train.

    Parameters
    ----------
    text : str
        Of the config.
    dataset : mapping
        Its section ``dataset``, with the path of the file from here.
    data : Dataset
        Read as it says.

    Returns
    -------
    Dataset
        As its rows are held out.

    Raises
    ------
    ConfigError, DataError
    """
    content = parse(text, "config").data | {"dataset": {**dataset, "task": data.task}}
    sweep = load_sweep(content, [], None)
    data = under_evaluation(data, sweep.evaluation)
    for point in sweep.points():
        check_data(point, data)
    split_notes(sweep, data)
    return data
