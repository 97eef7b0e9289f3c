"""What may be said of the training, and what cannot be combined."""

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


def test_a_number_has_no_classes_to_balance(tmp_path: Path) -> None:
    rest = "dataset: {csv: my.csv, target: price, task: regression}\nmodel: {hidden: [4]}"
    problem = refused(tmp_path, "oversample: true", rest)
    assert problem == "my.yaml:3: training.oversample: there are no classes: dataset.task is regression"
