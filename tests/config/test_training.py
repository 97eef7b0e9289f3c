"""What may be said of the training and the normalization, and what cannot be combined."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropout_lab.config import load
from dropout_lab.errors import ConfigError


def refused(folder: Path, training: str, rest: str = "dataset: iris\nmodel: {hidden: [4]}") -> str:
    """Return the one problem of a config, without its folder."""
    file = folder / "my.yaml"
    file.write_text(f"{rest}\ntraining: {{epochs: 2, {training}}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    (problem,) = caught.value.problems
    return problem.removeprefix(f"{folder}/")


def test_classes_are_balanced_by_rows_or_by_weights_not_by_both(tmp_path: Path) -> None:
    assert refused(tmp_path, "oversample: true, class_weight: balanced") == (
        "my.yaml:3: training: oversample and class_weight: balanced both make the classes count alike, so together "
        "they would make the smaller ones count more: leave one of them out"
    )


@pytest.mark.parametrize(
    ("early", "message"),
    [
        (
            "monitor: val_accuracy",
            "training.early_stopping.monitor: expected accuracy, which is that of the validation rows, got 'val_acc",
        ),
        ("monitor: val_x", "training.early_stopping.monitor: expected one of accuracy, loss, balanced_accuracy"),
        ("monitor: ece", "training.early_stopping.monitor: expected one of accuracy, loss, balanced_accuracy"),
        ("min_delta: -1", "training.early_stopping.min_delta: must be greater than or equal to 0, got -1"),
        ("monitor: r2", "training.early_stopping.monitor: r2: not for classification: expected one of loss, accuracy"),
    ],
)
def test_what_is_watched_is_a_metric_of_the_task_and_the_least_change_is_not_negative(
    early: str, message: str, tmp_path: Path
) -> None:
    problem = refused(tmp_path, f"early_stopping: {{patience: 2, {early}}}")
    assert problem.startswith(f"my.yaml:3: {message}")


def test_a_number_has_no_classes_to_balance(tmp_path: Path) -> None:
    rest = "dataset: {csv: my.csv, target: price, task: regression}\nmodel: {hidden: [4]}"
    problem = refused(tmp_path, "oversample: true", rest)
    assert problem == "my.yaml:3: training.oversample: there are no classes: dataset.task is regression"


def test_weights_are_dropped_before_a_normalization_never_after(tmp_path: Path) -> None:
    rest = "dataset: iris\nmodel: {hidden: [4], normalization: batch}\ndropout: {kind: dropconnect, rate: 0.2}"
    assert refused(tmp_path, "batch_size: 8", rest) == (
        "my.yaml:2: model.normalization_place: before_dropout does not exist with dropconnect, which drops weights "
        "within a layer: set it to after_dropout"
    )
