"""Whether an experiment and its data fit together."""

from __future__ import annotations

from dropout_lab.config import Experiment
from dropout_lab.config.model import CNN
from dropout_lab.datasets import Dataset, check_rows
from dropout_lab.errors import DataError

__all__ = ["check_data"]


def check_data(experiment: Experiment, data: Dataset) -> None:
    """Refuse what cannot be trained.

    Raises
    ------
    DataError
        If the rows are too few for the evaluation, or are not what the model or the scaling needs.
    """
    check_rows(data, experiment.evaluation, experiment.dataset.train_rows)
    if isinstance(experiment.model, CNN):
        _check_pictures(experiment.model, data)
    if experiment.preprocessing.scale == "unit" and data.features.dtype.kind != "u":
        raise DataError(
            f"preprocessing.scale: unit is for pictures in bytes; {data.name} has other numbers: "
            "take standard, minmax or none"
        )


def _check_pictures(model: CNN, data: Dataset) -> None:
    if len(data.shape) != 3:
        raise DataError(
            f"model.kind: a cnn needs pictures, and {data.name} is a table of {data.features.shape[1]} numbers a row: "
            "take model.kind mlp"
        )
    side, times = min(data.shape[:2]), len(model.filters)
    if side // model.pool**times < 1:
        most = next(count for count in range(times, -1, -1) if side // model.pool**count >= 1)
        raise DataError(
            f"model.filters: {times} convolutions, each followed by pooling of {model.pool}, leave nothing of "
            f"a picture of {data.shape[0]} x {data.shape[1]}: at most {most}, or a smaller model.pool"
        )
