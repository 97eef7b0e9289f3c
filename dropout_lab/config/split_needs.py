"""What a split needs of the data set's section and of the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from dropout_lab.config.dataset import Dataset, UserDataset
from dropout_lab.config.evaluation import (
    CrossValidation,
    Evaluation,
    Holdout,
    LeaveOneGroupOut,
    LeaveOneOut,
    OfficialTest,
    Predefined,
    TimeSeries,
)
from dropout_lab.config.windows import window_of
from dropout_lab.metrics.registry import METRICS

__all__ = ["split_problem", "unused_columns"]


def split_problem(evaluation: Evaluation, dataset: Dataset) -> str:
    """Return why rows cannot be held out so, whatever the data are; empty if they can."""
    fold, group = (getattr(dataset, key, None) for key in ("fold", "group"))
    if isinstance(evaluation, Predefined) and fold is None:
        return "evaluation.split: predefined needs dataset.fold: the column that says in which fold a row is held out"
    if isinstance(evaluation, LeaveOneGroupOut) and group is None:
        return "evaluation.split: leave_one_group_out needs dataset.group: the column of the groups"
    if isinstance(evaluation, LeaveOneOut) and group is not None:
        return (
            "evaluation.split: leave_one_out would train on rows of the group that it holds out: "
            "take leave_one_group_out, or leave dataset.group out"
        )
    if isinstance(evaluation, TimeSeries) and group is not None:
        return (
            "evaluation.split: time_series cannot hold groups out whole, as their rows may be of any time: "
            "leave dataset.group out, or take leave_one_group_out"
        )
    if window_of(dataset) and group is None and isinstance(evaluation, CrossValidation | Holdout | LeaveOneOut):
        return (
            f"evaluation.split: {evaluation.split} would train on windows that share rows with those it holds out, "
            "which rewards memorizing: take evaluation.split: time_series, or test with a file of its own "
            "(dataset.test); to hold out whole series, set dataset.group"
        )
    unfit = [name for name in evaluation.metrics if not METRICS[name].mean_over_rows]
    if isinstance(evaluation, LeaveOneOut) and unfit:
        return (
            f"evaluation.metrics: {', '.join(unfit)}: no mean over rows, so that single rows, as leave_one_out holds "
            "them out, do not tell: leave it out, or take evaluation.split: folds"
        )
    return ""


def unused_columns(evaluation: Evaluation, dataset: Dataset) -> Iterator[str]:
    """Yield what a data set says about the split that this evaluation does not use."""
    if getattr(dataset, "test", None) is not None and not isinstance(evaluation, OfficialTest):
        yield (
            f"dataset.test: has no effect on evaluation.split: {evaluation.split}, which divides the rows of the other "
            "file; test uses it"
        )
    if not isinstance(dataset, UserDataset):
        return
    for key, section in (("fold", Predefined), ("time", TimeSeries)):
        used = isinstance(evaluation, section) or (key == "time" and window_of(dataset))
        if getattr(dataset, key) is not None and not used:
            needed = section.model_fields["split"].default
            yield f"dataset.{key}: has no effect on evaluation.split: {evaluation.split}; {needed} uses it"
