"""Checks that an experiment and its data fit together."""

from __future__ import annotations

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.augmentation import Augmentation
from dropout_lab.config.dropout_sites import sequence
from dropout_lab.config.model import CNN, Conv1D, OwnModel
from dropout_lab.config.noise_shape import noise_shape_problems
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets import Dataset, check_rows, splits
from dropout_lab.datasets.message_text import printable
from dropout_lab.datasets.named_inputs import row_read_by
from dropout_lab.engines.fold_data import undefined_monitor
from dropout_lab.errors import DataError
from dropout_lab.metrics.metric import Metric
from dropout_lab.metrics.registry import METRICS

__all__ = ["check_data"]


def check_data(experiment: Experiment, data: Dataset) -> None:
    """Refuse data that the experiment cannot be trained on.

    Raises
    ------
    DataError
        If there are too few rows for the evaluation, or the model or the scaling needs other data.
    """
    if (data.task == "regression") != experiment.regression:
        kind = "a class" if experiment.regression else "a number"
        raise DataError(f"dataset.task: the target of {data.name} is {kind}: set dataset.task: {data.task}")
    check_rows(data, experiment.evaluation, experiment.dataset.train_rows, experiment.training.validation_share)
    share = experiment.training.validation_share
    if share and (data.groups is not None or data.time is not None):  # which may be too few for it in some fold
        splits(data, experiment.evaluation, experiment.dataset.train_rows, 0, share)
    weights = experiment.training.class_weight
    for name in weights if isinstance(weights, dict) else ():
        if name not in data.classes:
            raise DataError(f"training.class_weight: unknown class {printable(name)}{nearest(name, data.classes)}")
    named = [("evaluation.metrics", name) for name in experiment.evaluation.metrics]
    if experiment.monitor is not None:
        named.append(("training.early_stopping.monitor", experiment.monitor))
    for key, name in named:
        minimum, found = METRICS[name].minimum_classes, len(data.classes)
        if not experiment.regression and found < minimum:
            raise DataError(f"{key}: {name} needs {minimum} classes or more; {data.name} has {found}")
    if experiment.monitor is not None and METRICS[experiment.monitor].needs:
        _check_monitor(METRICS[experiment.monitor], experiment, data)
    model, dropout = experiment.model, experiment.dropout
    if len(data.shape) > 3 and not isinstance(model, OwnModel):
        raise DataError(
            f"model.kind: {model.kind} does not take rows of {len(data.shape)} axes, those of {data.name} have shape "
            f"{data.shape}: set model.builder to a function that builds a network for them, or reshape the array"
        )
    if isinstance(model, CNN) and len(data.shape) != 3:
        raise DataError(f"model.kind: a cnn needs images, and {data.name} {_not_images(data)}")
    if isinstance(model, CNN):
        _check_pooling(model, min(data.shape[:2]), f"an image of {data.shape[0]} x {data.shape[1]}")
    if isinstance(model, Conv1D):
        steps, _ = sequence(row_read_by(model, data.row))
        _check_pooling(model, steps, f"a sequence of {steps} steps")
    if dropout.noise_shape is not None:
        problems = noise_shape_problems(dropout.noise_shape, experiment.inputs(row_read_by(model, data.row)))
        if problems:
            raise DataError("; ".join(problems))
    if experiment.training.augmentation is not None:
        _check_augmentation(experiment.training.augmentation, data)
    if experiment.preprocessing.scale == "unit" and data.features.dtype != np.uint8:
        raise DataError(
            f"preprocessing.scale: unit is for images of bytes, and the values of {data.name} are not bytes: "
            "use standard, minmax or none"
        )


def _check_augmentation(augmentation: Augmentation, data: Dataset) -> None:
    if len(data.shape) != 3:
        rows = f"rows of shape {data.shape}" if data.shape else f"a table of {data.inputs} numbers per row"
        arrays = "; or, if they are pictures of one channel, set dataset.pictures: true" if len(data.shape) == 2 else ""
        raise DataError(f"training.augmentation: changes images, and {data.name} is {rows}: leave it out{arrays}")
    if augmentation.contrast is not None and data.features.dtype != np.uint8:
        raise DataError(
            f"training.augmentation.contrast: is for images of bytes, and the values of {data.name} are not bytes: "
            "leave it out"
        )


def _not_images(data: Dataset) -> str:
    """Say what rows are in place of images, and what to set."""
    if data.shape:
        steps, features = data.shape
        return (
            f"has sequences of {steps} steps and {features} features: use model.kind rnn, conv1d or mlp; or, if "
            "they are pictures of one channel, set dataset.pictures: true"
        )
    return f"is a table of {data.inputs} numbers per row: use model.kind mlp, rnn, conv1d or transformer"


def _check_monitor(metric: Metric, experiment: Experiment, data: Dataset) -> None:
    """Refuse a measure to stop by that the validation rows of a fold of the first repeat do not define."""
    share, true = experiment.training.validation_share, data.labels if data.values is None else data.values
    for split in splits(data, experiment.evaluation, experiment.dataset.train_rows, 0, share):
        if not metric.is_defined(true[split.validation], len(data.classes)):
            raise DataError(undefined_monitor(metric, len(split.validation)))


def _check_pooling(model: CNN | Conv1D, size: int, shape: str) -> None:
    times = len(model.filters)
    if size // model.pool**times < 1:
        most = next(count for count in range(times, -1, -1) if size // model.pool**count >= 1)
        raise DataError(
            f"model.filters: {times} convolutions, each followed by pooling of {model.pool}, "
            f"reduce {shape} to nothing: use at most {most}, or a smaller model.pool"
        )
