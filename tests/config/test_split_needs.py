"""What a split needs of the data set's section and of the metrics."""

from __future__ import annotations

from typing import Any

import pytest
from builders import experiment

from dropout_lab.config import Experiment, warnings_of, without_defaults

CSV = {"csv": "/my.csv", "target": "y"}


@pytest.mark.parametrize(
    ("split", "keys", "message"),
    [
        ({"split": "predefined"}, {"group": "who"}, "predefined needs dataset.fold"),
        ({"split": "leave_one_group_out"}, {"fold": "cv"}, "leave_one_group_out needs dataset.group"),
        ({"split": "leave_one_out"}, {"group": "who"}, "leave_one_out would train on rows of the group"),
        ({"split": "time_series"}, {"group": "who"}, "time_series cannot hold groups out whole"),
        ({"split": "leave_one_out", "metrics": ["auc", "brier", "f1"]}, {}, "metrics: auc, f1: no mean over rows"),
        ({"split": "folds"}, {"window": 5}, "folds would train on windows that share rows with those it holds out"),
        ({"split": "holdout"}, {"window": 5}, "holdout would train on windows that share rows"),
        ({"split": "leave_one_out"}, {"window": 5}, "leave_one_out would train on windows that share rows"),
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
        ({"split": "test"}, {"window": 5, "time": "day", "test": "/test.csv"}),
        ({"split": "folds"}, {"window": 5, "time": "day", "series": "who", "group": "who"}),
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


def test_windows_are_held_out_in_the_order_of_time_unless_whole_groups_are() -> None:
    by_time = experiment({"dataset": {**CSV, "window": 5}, "evaluation": {"folds": 4}}).evaluation
    assert (by_time.split, by_time.folds) == ("time_series", 4)
    assert Experiment.model_validate(without_defaults(experiment({"dataset": {**CSV, "window": 5}}))).evaluation == (
        experiment({"dataset": {**CSV, "window": 5}}).evaluation
    )
    grouped = {**CSV, "window": 5, "series": "who", "group": "who"}
    assert experiment({"dataset": grouped, "evaluation": {"folds": 4}}).evaluation.split == "folds"
    assert experiment({"dataset": CSV, "evaluation": {"folds": 4}}).evaluation.split == "folds"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"step": 2}, "step is about windows: set window to a number of rows"),
        ({"series": "who"}, "series is about windows"),
        ({"window": 5, "horizon": 0}, "horizon: 0 would have the target among its own inputs"),
        ({"window": 5, "fold": "cv"}, "fold says where single rows are held out, but a window has many"),
        ({"window": 5, "duplicates": "drop"}, "duplicates: drop is about rows that stand alone"),
        ({"window": 0}, "greater than or equal to 1"),
    ],
)
def test_keys_that_windows_need_or_cannot_have_are_told(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        experiment({"dataset": {**CSV, **keys}, "evaluation": {"split": "time_series"}})
