"""A result says the same wherever it is shown: on the screen, on a page, in files, trackers, Python, a card."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import writer
from builders import experiment, outcome
from program import call
from report.made import predicted, right
from trackers.store import needs_mlflow, needs_tensorboard

import dropout_lab as dl
from dropout_lab import datasets
from dropout_lab.analysis.study import read_study
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.final_model.model_card import model_card
from dropout_lab.final_model.refit import select_point
from dropout_lab.plan import Trial

COLUMNS = (
    *("ci_low", "ci_high", "diff", "diff_low", "diff_high", "p_adjusted", "prob_better", "p_best"),
    *("dummy", "p_dummy", "collapsed"),
)
DUMMY = "Always guessing the most frequent class: 34.0%."
"""17 of the 50 rows of a fold are of the class that has most training rows."""
COLLAPSED = "At rate 0.5, 2 of 6 networks predict one class for every held-out row."
RIGHT = {0.0: 33, 0.2: 36, 0.5: 25}
"""How many of the 50 rows of a fold are predicted right, by rate."""


def trained(folder: Path, changes: Mapping[str, Any]) -> dl.Results:
    """Run an experiment whose networks predict so many rows right, a few more or fewer in each fold.

    Those of fold 0 predict one class for all rows at rate 0.5.
    """

    def one(trial: Trial) -> TrialResult:
        rate = trial.experiment.dropout.rate
        found = predicted(outcome(trial), right(RIGHT[rate] + 2 * trial.fold, 50))
        train = np.setdiff1d(np.arange(150), found.test_rows)
        known = {"train_labels": train % 50 % 3, "train_probabilities": np.eye(3)[train % 50 % 3]}
        found = replace(found, train_rows=train, **known)
        if (rate, trial.fold) == (0.5, 0):
            found = replace(found, test_probabilities=np.tile(np.float32([0.8, 0.1, 0.1]), (50, 1)))
        return found

    with writer.made(lambda block, on_epochs: iter([[one(trial) for trial in block]]), 1):
        return dl.run(experiment(changes), out=folder, quiet=True)


@pytest.fixture
def results(tmp_path: Path) -> dl.Results:
    return trained(tmp_path / "out", {"sweep": {"dropout.rate": list(RIGHT)}})


@pytest.fixture
def row(results: dl.Results) -> pd.Series[float]:
    """Return what the summary says of the best rate."""
    row = results.summary.set_index("rate").loc[0.2]
    assert 0.001 < row["p"] < row["p_adjusted"] < 0.05
    assert row["dummy"] == pytest.approx(0.34)
    assert results.summary["collapsed"].tolist() == [0, 0, 2]
    return row


@pytest.fixture
def said(row: pd.Series[float]) -> str:
    """Return the sentence as it has to be."""
    low, high = (f"{100 * row[end]:+.1f}" for end in ("diff_low", "diff_high"))
    return (
        f"Rate 0.2 is best (76.0%) and significantly better than no dropout: +6.0 points, 95% interval {low} to {high} "
        "(2 x 3 folds)."
    )


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def test_files_the_screen_pages_and_python_agree(
    results: dl.Results, row: pd.Series[float], said: str, tmp_path: Path
) -> None:
    summary, verdict = results.summary, results.verdict
    assert verdict is not None
    assert (verdict.outcome, verdict.sentence) == ("winner", said)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "out/summary.csv"), summary)
    pd.testing.assert_frame_equal(dl.read(tmp_path / "out").summary, summary)
    texts = {
        name: call("show", "out", "--format", name, cwd=tmp_path).stdout for name in ("table", "csv", "json", "md")
    }
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(texts["csv"])), summary)
    found = json.loads(texts["json"])
    assert found["verdict"][0] == said
    assert {name: found["summary"][1][name] for name in COLUMNS} == pytest.approx(row[list(COLUMNS)].to_dict())
    low, high = (f"{100 * row[end]:+.1f}" for end in ("diff_low", "diff_high"))
    assert f"+6.0 [{low}, {high}]" in texts["table"]
    assert said in on_one_line(texts["table"])
    assert f"{DUMMY} {COLLAPSED} {said}" in on_one_line(texts["table"])
    useless = ["34.0%", f"{summary['p_dummy'][2]:.3f}", "2"]
    assert f"| {' | '.join(useless)} |" in texts["md"]
    cells = ["0.2", "+6.0", f"{low} to {high}", "6", *joint(row), f"{row['p_adjusted']:.3f}"]
    assert f"| {' | '.join(cells)} |" in texts["md"]
    assert call("report", "out", cwd=tmp_path).returncode == 0
    page = on_one_line(re.sub(r"<[^>]*>", " ", (tmp_path / "out/report.html").read_text()))
    assert on_one_line(said) in page
    assert " ".join(cells) in page
    assert " ".join(useless) in page
    assert COLLAPSED in page
    assert "Dotted: always guessing the most frequent class, 34.0%." in page
    assert COLLAPSED in verdict.notes


def joint(row: pd.Series[float]) -> tuple[str]:
    return (f"{100 * row['joint_low']:+.1f} to {100 * row['joint_high']:+.1f}",)


def test_two_results_differ_as_two_points_of_a_sweep_do(row: pd.Series[float], said: str, tmp_path: Path) -> None:
    for name, rate in (("first", 0.0), ("second", 0.2)):
        trained(tmp_path / name, {"name": name, "dropout.rate": rate})
    done = call("compare", "first", "second", "--format", "md", cwd=tmp_path)
    low, high = (f"{100 * row[end]:+.1f}" for end in ("diff_low", "diff_high"))
    assert f"| second | +6.0 | {low} to {high} | {row['p']:.3f} |" in done.stdout
    assert said in on_one_line(call("compare", "out", "first", cwd=tmp_path).stdout)


@needs_mlflow
@needs_tensorboard
@pytest.mark.filterwarnings("ignore:::tensorboard")
@pytest.mark.filterwarnings("ignore:::sqlalchemy")
@pytest.mark.filterwarnings("ignore:.*noload.*")
def test_trackers_agree(
    results: dl.Results, row: pd.Series[float], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.chdir(tmp_path)  # where MLflow puts files
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    expected = row[list(COLUMNS)].to_dict()
    events = EventAccumulator(str(results.to_tensorboard() / "rate-0.2"))
    events.Reload()
    assert {name: events.Scalars(f"final/accuracy_{name}")[0].value for name in COLUMNS} == pytest.approx(expected)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    results.to_mlflow(uri)
    client = MlflowClient(uri, uri)
    found = client.get_experiment_by_name("small")
    assert found
    runs = {run.info.run_name: run for run in client.search_runs([found.experiment_id])}
    logged = runs["rate 0.2"].data.metrics
    assert {name: logged[f"accuracy_{name}"] for name in COLUMNS} == pytest.approx(expected)
    assert said in str(runs["out"].data.tags)


def test_the_card_of_a_model_agrees(results: dl.Results, row: pd.Series[float], said: str, tmp_path: Path) -> None:
    study = read_study(results.folder)
    chosen, choice = select_point(study, None)
    card = model_card(study, chosen, datasets.load_dataset(chosen.dataset, tmp_path), choice, Path("model.keras"), {})
    assert said in card
    assert f"accuracy was 76.0% (95% interval {row['ci_low']:.1%} to {row['ci_high']:.1%})" in card
    assert "Always guessing the most frequent class reaches 34.0%." in card
