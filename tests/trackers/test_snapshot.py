from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import experiment, outcome
from report.made import START, result

from dropout_lab.analysis.study import read_study
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial, plan
from dropout_lab.results import open_store
from dropout_lab.trackers.snapshot import ResultSnapshot, take_snapshot


def snapshot(folder: Path, changes: dict[str, Any] | None = None, **options: Any) -> ResultSnapshot:
    return take_snapshot(read_study(result(folder, changes, **options)))


def test_each_point_has_the_mean_and_sd_of_its_trials(tmp_path: Path) -> None:
    found = snapshot(tmp_path)
    trials = pd.read_csv(tmp_path / "trials.csv")
    assert [point.name for point in found.points] == ["rate 0", "rate 0.2", "rate 0.5"]
    for point, rate in zip(found.points, (0, 0.2, 0.5), strict=True):
        own = trials[trials["rate"] == rate]
        finals = point.finals
        for name in ("accuracy", "loss", "train_accuracy", "train_loss", "train_seconds"):
            assert finals[name] == pytest.approx(own[name].mean())
            assert finals[f"{name}_sd"] == pytest.approx(own[name].std(ddof=1))
        assert (point.planned, point.done, point.failed, point.epochs) == (6, 6, 0, 3)


def test_curves_are_the_means_of_the_epochs_of_the_history(tmp_path: Path) -> None:
    found = snapshot(tmp_path)
    history = pd.read_csv(tmp_path / "history.csv")
    names = ("train_loss", "train_accuracy", "loss", "accuracy")
    assert list(found.points[1].curves) == list(names)
    for name, curve in found.points[1].curves.items():
        means = history[history["rate"] == 0.2].groupby("epoch")[name].mean()
        assert curve == pytest.approx(means.to_dict())


def test_what_the_summary_says_of_the_concluded_metric_is_told_with_it(tmp_path: Path) -> None:
    study = read_study(result(tmp_path), metric="loss")
    row = study.summary.set_index("rate").loc[0.5]
    finals = dict(take_snapshot(study).points[2].finals)
    for column in ("ci_low", "ci_high", "diff", "diff_low", "diff_high", "p_adjusted", "prob_better", "p_best"):
        assert finals[f"loss_{column}"] == row[column]


def test_a_number_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    found = snapshot(tmp_path, trains=lambda trial: trial.fold == 0 and trial.repeat == 0)
    assert "accuracy" in found.points[0].finals
    assert "accuracy_sd" not in found.points[0].finals
    assert all(math.isfinite(value) for point in found.points for value in point.finals.values())


def test_of_a_half_finished_result_it_is_told_what_there_is(tmp_path: Path) -> None:
    found = snapshot(tmp_path, trains=lambda trial: trial.experiment.dropout.rate < 0.5 and trial.repeat == 0)
    assert [point.done for point in found.points] == [3, 3, 0]
    assert (found.done, found.planned, found.failed, found.outcome) == (6, 18, 0, "unfinished")
    assert found.points[2].finals == found.points[2].curves == {}


def test_trials_without_a_result_are_counted_and_in_no_mean(tmp_path: Path) -> None:
    found = snapshot(tmp_path, diverges=lambda trial: trial.fold == 1)
    trials = pd.read_csv(tmp_path / "trials.csv")
    kept = trials[(trials["rate"] == 0) & (trials["status"] == "ok")]
    assert [point.failed for point in found.points] == [2, 2, 2]
    assert found.points[0].finals["accuracy"] == pytest.approx(kept["accuracy"].mean())


def test_a_sweep_of_two_keys_has_a_point_for_each_pair_with_the_values_of_both(tmp_path: Path) -> None:
    found = snapshot(tmp_path, {"sweep": {"dropout.rate": [0, 0.5], "regularization.max_norm": [None, 3]}})
    assert [point.name for point in found.points] == [
        *("rate 0, max norm none", "rate 0, max norm 3", "rate 0.5, max norm none", "rate 0.5, max norm 3")
    ]
    assert found.points[1].varies == {"dropout.rate": 0.0, "regularization.max_norm": "3"}
    assert found.points[2].settings["regularization.max_norm"] == "none"
    assert found.points[2].settings["dropout.rate"] == "0.5"
    assert "sweep" not in " ".join(found.points[0].settings)


def test_points_may_differ_in_their_epochs(tmp_path: Path) -> None:
    found = snapshot(tmp_path, {"sweep": {"training.epochs": [1, 3]}})
    assert [(point.epochs, len(point.curves["loss"])) for point in found.points] == [(1, 1), (3, 3)]


def test_the_verdict_comes_with_what_must_be_said_of_the_data(tmp_path: Path) -> None:
    found = snapshot(tmp_path, data={"note": "These are made up."})
    assert found.sentence == getattr(read_study(tmp_path).verdict, "sentence", None)
    assert found.details[-1] == "Data: These are made up."
    assert found.checksum == "c" * 64


def test_it_is_the_same_wherever_the_result_lies_and_another_once_a_number_is(tmp_path: Path) -> None:
    found = snapshot(tmp_path / "a")
    moved = take_snapshot(read_study(Path(shutil.move(tmp_path / "a", tmp_path / "b"))))
    assert (found.identity, found.fingerprint) == (moved.identity, moved.fingerprint)
    point = found.points[0]
    other = replace(found, points=(replace(point, finals={"accuracy": 0.1}), *found.points[1:]))
    assert other.fingerprint != found.fingerprint


def test_a_result_that_has_gone_on_is_the_same_result_and_one_begun_anew_is_not(tmp_path: Path) -> None:
    half = snapshot(tmp_path / "a", trains=lambda trial: trial.repeat == 0)
    more = snapshot(tmp_path / "b", {"evaluation.repeats": 3}, starts=[START, {"began": "2026-01-02T00:00:00+00:00"}])
    anew = snapshot(tmp_path / "c", starts=[{**START, "began": "2026-02-01T00:00:00+00:00"}])
    assert half.identity == more.identity
    assert half.fingerprint != more.fingerprint
    assert anew.identity != half.identity
    assert (half.began, half.ended) == (1767225600, 1767225660)
    assert (more.began, more.ended) == (1767225600, 1767312000)


def test_without_a_run_json_it_is_known_by_where_it_lies(tmp_path: Path) -> None:
    for name in "ab":
        (result(tmp_path / name) / "run.json").unlink()
    first, second = (take_snapshot(read_study(tmp_path / name)) for name in "ab")
    assert (first.began, first.ended, first.checksum) == (None, None, "")
    assert first.identity != second.identity


def numbers(trial: Trial) -> TrialResult:
    """Return the outcome of a trial that predicts numbers."""
    made = outcome(trial)
    random = np.random.default_rng(trial.seed)
    return replace(
        made,
        test_labels=np.array([1.0, 2.0, 3.0, 4.0]),
        train_labels=np.arange(8.0),
        test_probabilities=random.random((4, 1)),
        train_probabilities=random.random((8, 1)),
    )


def test_where_a_number_is_predicted_its_measures_are_told(tmp_path: Path) -> None:
    own = {"csv": str(tmp_path / "my.csv"), "target": "price", "task": "regression"}
    described = experiment({"dataset": own, "sweep": {"dropout.rate": [0, 0.5]}})
    with open_store(tmp_path / "made", described, 0) as store:
        store.repair()
        store.append([numbers(trial) for trial in plan(described)])
    point = take_snapshot(read_study(tmp_path / "made")).points[1]
    trials = pd.read_csv(tmp_path / "made/trials.csv").query("rate == 0.5")
    finals = point.finals
    for name in ("mse", "mae", "r2", "train_mse", "train_mae", "train_r2"):
        assert finals[name] == pytest.approx(trials[name].mean())
    assert {"r2_diff", "r2_ci_low"} <= finals.keys()
    assert list(point.curves) == ["train_mse", "train_r2", "mse", "r2"]
    settings = point.settings
    assert (settings["dataset.csv"], settings["dataset.target"]) == ("my.csv", "price")
