"""What a dummy learns is saved where the predictions of a result do not tell it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import writer
from builders import experiment, outcome
from sklearn.model_selection import train_test_split

from dropout_lab.analysis.study import read_study
from dropout_lab.datasets import Dataset
from dropout_lab.metrics.dummy import TrainingTargets
from dropout_lab.results import saved_targets
from dropout_lab.runs.training_targets import targets_to_save

LABELS = np.repeat([0, 1], [60, 30])
DATA = Dataset("iris", np.zeros((90, 2)), LABELS, ("a", "b"), "made")
HOLDOUT: dict[str, Any] = {"evaluation": {"split": "holdout", "test_share": 0.25, "repeats": 3}}
IN_TIME: dict[str, Any] = {"evaluation": {"split": "time_series", "folds": 3}}
STOPPING: dict[str, Any] = {"training.early_stopping": {"patience": 1, "validation_share": 0.2}}


def test_nothing_is_saved_where_every_row_is_held_out_once_and_otherwise_trained_on() -> None:
    assert targets_to_save(experiment(), DATA) == {}


def test_of_a_fixed_split_the_counts_of_its_training_classes_are_saved_once() -> None:
    assert targets_to_save(experiment(HOLDOUT), DATA) == {(0, 0): TrainingTargets((45, 22))}
    train, _ = train_test_split(LABELS, test_size=0.25, stratify=LABELS, random_state=7)
    assert np.bincount(train).tolist() == [45, 22]


def test_of_rows_without_validation_rows_or_a_sample_of_them_each_fold_is_saved() -> None:
    found = targets_to_save(experiment(STOPPING), DATA)
    assert found.keys() == {(repeat, fold) for repeat in range(2) for fold in range(3)}
    assert {learned.counts for learned in found.values()} == {(32, 16)}
    part = targets_to_save(experiment({"dataset.train_rows": 15}), DATA)
    assert {learned.counts for learned in part.values()} == {(10, 5)}


def test_of_a_time_series_each_fold_learns_from_earlier_rows_only() -> None:
    described = experiment({**IN_TIME, "dataset": {"csv": "my.csv", "target": "y", "time": "day"}})
    data = Dataset("my", np.zeros((60, 2)), np.tile([0, 0, 1], 20), ("a", "b"), "made", time=np.arange(60))
    found = targets_to_save(described, data)
    assert [learned.counts for learned in found.values()] == [(10, 5), (20, 10), (30, 15)]


def test_of_given_folds_each_is_saved_if_some_rows_are_held_out_by_none() -> None:
    described = experiment(
        {"evaluation": {"split": "predefined"}, "dataset": {"csv": "m.csv", "target": "y", "fold": "f"}}
    )
    data = Dataset(
        "my", np.zeros((60, 2)), np.tile([0, 0, 1], 20), ("a", "b"), "made", test_fold=np.arange(60) // 20 - 1
    )
    assert targets_to_save(described, data).keys() == {(0, 0), (0, 1)}
    whole = replace(data, test_fold=np.arange(60) // 30)
    assert targets_to_save(described, whole) == {}


def test_of_numbers_mean_and_median_of_the_training_rows_are_saved() -> None:
    values = np.arange(90.0) ** 2
    data = Dataset("my", np.zeros((90, 2)), np.zeros(90, np.int64), (), "made", values=values)
    table = {"csv": "my.csv", "target": "y", "task": "regression"}
    (learned,) = targets_to_save(experiment({**HOLDOUT, "dataset": table}), data).values()
    train = np.sort(values)
    assert learned.counts == ()
    assert train[0] < learned.median < learned.mean < train[-1]


def test_where_the_rates_are_trained_on_different_rows_nothing_is_saved() -> None:
    assert targets_to_save(experiment({"sweep": {"dataset.train_rows": [15, 30]}}), DATA) == {}


def trained(out: Path) -> dict[str, Any]:
    described = experiment({"sweep": {"dropout.rate": [0, 0.5]}, **HOLDOUT, "evaluation.test_share": 0.34})
    with writer.made(lambda block, on_epochs: iter([[outcome(trial) for trial in block]]), 2):
        assert writer.run_here(described, out)
    found: dict[str, Any] = json.loads((out / "run.json").read_text())
    return found


def test_a_run_saves_them_and_the_same_command_adds_them_to_an_earlier_result(tmp_path: Path) -> None:
    run = trained(tmp_path / "out")
    assert run["training_targets"] == [{"repeat": 0, "fold": 0, "counts": [2, 2, 3]}]
    whole = (tmp_path / "out/summary.csv").read_bytes()
    assert read_study(tmp_path / "out").summary["dummy"].notna().all()
    earlier = {key: value for key, value in run.items() if key != "training_targets"}
    (tmp_path / "out/run.json").write_text(json.dumps(earlier))
    assert read_study(tmp_path / "out").summary["dummy"].isna().all()
    assert trained(tmp_path / "out") == run
    assert (tmp_path / "out/summary.csv").read_bytes() == whole


@pytest.mark.parametrize(
    "entries",
    [
        None,
        {},
        ["counts"],
        [{"repeat": 0, "counts": [1]}],
        [{"repeat": 0, "fold": 0, "counts": ["1"]}],
        [{"repeat": 0, "fold": 0, "counts": [0, 0]}],
        [{"repeat": 0, "fold": 0, "counts": [], "mean": "1", "median": 2}],
        [{"repeat": 0, "fold": 0, "mean": None, "median": 2}],
    ],
)
def test_what_makes_no_sense_is_not_read(tmp_path: Path, entries: object) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"training_targets": entries}))
    assert saved_targets(tmp_path) == {}
