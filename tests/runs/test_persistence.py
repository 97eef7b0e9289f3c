"""Predicting the target's last value, beside which networks on windows are judged where it beats the dummy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import experiment
from series import lines, text, windows
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score

from dropout_lab.datasets import Dataset, splits
from dropout_lab.results.training_targets import saved_targets, targets_as_json
from dropout_lab.runs.training_targets import targets_to_save
from dropout_lab.runs.window_notes import window_notes

SPEC: dict[str, Any] = {"csv": "/my.csv", "target": "outcome", "task": "regression", "window": 5, "horizon": 1}


def made(**keys: Any) -> Any:
    return experiment({"dataset": {**SPEC, **keys}, "evaluation": {"folds": 3}})


def parts(data: Dataset) -> list[np.ndarray]:  # type: ignore[type-arg]
    return [part.test for part in splits(data, made().evaluation, None, 0)]


def test_it_is_what_scikit_learn_says_of_the_target_as_it_was(tmp_path: Path) -> None:
    data = windows(tmp_path, horizon=1)
    saved = targets_to_save(made(), data)
    outcome = pd.read_csv(tmp_path / "my.csv")["outcome"].to_numpy()
    for fold, rows in enumerate(parts(data)):
        true, last = outcome[rows + 5], outcome[rows + 4]
        found = saved[0, fold].persistence
        assert found["r2"] == pytest.approx(r2_score(true, last))
        assert found["mae"] == pytest.approx(mean_absolute_error(true, last))


def test_where_whole_groups_are_held_out_it_is_known_too(tmp_path: Path) -> None:
    content = text(*(lines(60, station, seed=seed) for seed, station in enumerate("abcd")))
    keys = {"series": "station", "group": "station"}
    saved = targets_to_save(made(**keys), windows(tmp_path, content, horizon=1, drop=[], **keys))
    assert len(saved) == 3
    assert all(each.persistence["r2"] > 0.3 for each in saved.values())


def test_of_classes_it_is_the_class_of_the_last_row(tmp_path: Path) -> None:
    content = text([line.replace("clear", "grey") if day % 40 < 20 else line for day, line in enumerate(lines(200))])
    sunny = "\n".join(
        ",".join([*line.split(",")[:4], "dry" if day // 15 % 2 else "wet"])
        for day, line in enumerate(content.splitlines()[1:])
    )
    data = windows(tmp_path, f"day,station,outcome,wind,sky\n{sunny}\n", target="sky", horizon=1)
    saved = targets_to_save(made(target="sky", task="classification"), data)
    sky = pd.read_csv(tmp_path / "my.csv")["sky"].to_numpy()
    for fold, rows in enumerate(parts(data)):
        assert saved[0, fold].persistence["accuracy"] == pytest.approx(accuracy_score(sky[rows + 5], sky[rows + 4]))
        assert "loss" not in saved[0, fold].persistence


def test_where_it_is_worse_than_the_mean_it_takes_no_ones_place_but_is_told(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    content = text([f"{day},a,{random.normal():.3f},1.5,grey" for day in range(200)])
    data = windows(tmp_path, content, horizon=1)
    assert {name for each in targets_to_save(made(), data).values() for name in each.persistence} == set()
    assert any(note.startswith("persistence, which predicts") for note in window_notes(made(), data))


def test_it_is_not_said_where_a_last_value_is_missing_or_is_the_target_itself(tmp_path: Path) -> None:
    lacking = [line if day != 150 else f"{day},a,,1.5,grey" for day, line in enumerate(lines(200))]
    itself = {"horizon": 0, "target_history": False}
    for data, keys in (
        (windows(tmp_path, text(lacking), horizon=1), {}),
        (windows(tmp_path, **itself), itself),
    ):
        assert not any("persistence" in note for note in window_notes(made(**keys), data))
        assert not any(each.persistence for each in targets_to_save(made(**keys), data).values())


def test_what_is_saved_is_read_again_and_nonsense_is_not(tmp_path: Path) -> None:
    saved = targets_to_save(made(), windows(tmp_path, horizon=1))
    (tmp_path / "run.json").write_text(json.dumps(targets_as_json(saved)))
    assert saved_targets(tmp_path) == saved
    entry = targets_as_json(saved)["training_targets"][0] | {"persistence": {"r2": "much", "mae": None, "mse": 1.5}}
    (tmp_path / "run.json").write_text(json.dumps({"training_targets": [entry]}))
    assert saved_targets(tmp_path)[0, 0].persistence == {"mse": 1.5}
