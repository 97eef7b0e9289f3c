"""What a split needs of the data set's section and of the metrics."""

from __future__ import annotations

from typing import Any

import pytest
from builders import experiment

from dropout_lab.config import warnings_of

CSV = {"csv": "/my.csv", "target": "y"}


@pytest.mark.parametrize(
    ("split", "keys", "message"),
    [
        ({"split": "predefined"}, {"group": "who"}, "predefined needs dataset.fold"),
        ({"split": "leave_one_group_out"}, {"fold": "cv"}, "leave_one_group_out needs dataset.group"),
        ({"split": "leave_one_out"}, {"group": "who"}, "leave_one_out would train on rows of the group"),
        ({"split": "time_series"}, {"group": "who"}, "time_series cannot hold groups out whole"),
        ({"split": "leave_one_out", "metrics": ["auc", "brier", "f1"]}, {}, "metrics: auc, f1: no mean over rows"),
    ],
)
def test_what_is_missing_for_a_split_is_told(split: dict[str, Any], keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        experiment({"dataset": {**CSV, **keys}, "evaluation": split})


@pytest.mark.parametrize(
    ("split", "keys"),
    [
        ({"split": "predefined"}, {"fold": "cv", "group": "who"}),
        ({"split": "leave_one_group_out"}, {"group": "who"}),
        ({"split": "leave_one_out", "metrics": ["brier", "log_loss"]}, {}),
        ({"split": "time_series", "gap": 3}, {"time": "day"}),
        ({"split": "time_series", "test_size": 3}, {}),
    ],
)
def test_splits_that_have_what_they_need_are_taken_without_a_warning(
    split: dict[str, Any], keys: dict[str, Any]
) -> None:
    made = experiment({"dataset": {**CSV, **keys}, "evaluation": split})
    assert made.evaluation.split == split["split"]
    assert warnings_of(made) == []


def test_a_column_for_another_split_is_not_left_unused_in_silence() -> None:
    made = experiment({"dataset": {**CSV, "fold": "cv", "time": "day"}, "evaluation": {"folds": 3}})
    assert warnings_of(made) == [
        "dataset.fold: has no effect on evaluation.split: folds; predefined uses it",
        "dataset.time: has no effect on evaluation.split: folds; time_series uses it",
    ]
