"""The program from Python. What trains does so in one process, as a notebook would."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import writer
from builders import experiment, outcome
from matplotlib import pyplot
from report.made import result
from trackers.store import needs_mlflow

import dropout_lab as dl
from dropout_lab.config import as_yaml
from dropout_lab.errors import ConfigError, ResultsError, TrackerError
from dropout_lab.results.rows import history_columns, trial_columns

NOTEBOOK = Path(__file__).parents[1] / "docs/notebook.ipynb"
SMALL = {"dataset": "iris", "model": {"hidden": [4]}, "training": {"epochs": 2}, "evaluation": {"folds": 2}}
LAZY = """
import sys, dropout_lab
assert {"run", "sweep", "load", "read"} <= set(dir(dropout_lab))
dropout_lab.load("quickstart")
print(sorted({"tensorflow", "keras", "pandas", "sklearn", "numpy", "matplotlib"} & set(sys.modules)))
"""


def test_nothing_slow_is_loaded_before_it_is_used() -> None:
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_settings_are_changed_by_their_keys_with_two_underscores_for_a_dot(tmp_path: Path) -> None:
    changed = dl.load("sonar/hidden", training__epochs=5, sweep__dropout__rate="0,0.5", dataset="iris")
    assert (changed.training.epochs, changed.dataset.name) == (5, "iris")
    assert [point.dropout.rate for point in changed.points()] == [0, 0.5]
    assert dl.load(changed) == changed
    (tmp_path / "my.yaml").write_text(as_yaml(changed))
    assert dl.load(tmp_path / "my.yaml") == changed
    assert dl.load(SMALL, name="mine") == dl.load({**SMALL, "name": "mine"})
    assert dl.load({"extends": "sonar/hidden", "name": "sonar-hidden"}) == dl.load("sonar/hidden")


def test_every_problem_is_told_with_the_argument_that_it_is_in() -> None:
    with pytest.raises(ConfigError) as caught:
        dl.load({**SMALL, "dropout": {"rate": 2}}, training__epochs=0)
    assert caught.value.problems == (
        "experiment: dropout.rate: must be less than 1, got 2",
        "training__epochs: training.epochs: must be greater than or equal to 1, got 0",
    )
    with pytest.raises(ConfigError, match="jobs: expected at least 1, got 0"):
        dl.run(SMALL, jobs=0)
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        dl.swep  # type: ignore[attr-defined]  # noqa: B018


def test_results_are_the_tables_of_the_directory_and_what_they_say(tmp_path: Path) -> None:
    swept = experiment({"sweep": {"dropout.rate": [0, 0.5]}})
    made = lambda block, on_epochs: iter([[outcome(trial) for trial in block]])  # noqa: E731
    with writer.made(made, 1):
        results = dl.run(swept, out=tmp_path / "out", quiet=True)
    columns = tuple(trial_columns(swept))
    assert tuple(results.trials)[: len(columns)] == columns
    assert tuple(results.history) == tuple(history_columns(swept))
    assert len(results.history) == 3 * len(results.trials) == 36
    assert results.summary["rate"].tolist() == [0, 0.5]
    pd.testing.assert_frame_equal(results.summary, dl.read(tmp_path / "out").summary)
    assert results.verdict is not None
    assert results.verdict.sentence in repr(results)
    assert "small: iris, dropout after hidden layers" in str(results)
    assert "<pre>" in results._repr_html_()
    assert len(results.predictions) == 4 * len(results.trials)
    assert {"trial", "row", "label", "p0", "p2"} <= set(results.predictions)
    assert [text.get_text() for text in results.figure().texts][:1] == ["Held-out accuracy against dropout rate"]
    with pytest.raises(ResultsError, match="holds no results"):
        dl.read(tmp_path)


@pytest.mark.parametrize("sizes", [{}, {"training.batch_size": [8, 16]}], ids=["points", "heat map"])
def test_results_are_plotted_on_axes_of_the_users_as_in_the_report(tmp_path: Path, sizes: dict[str, list[int]]) -> None:
    swept = experiment({"sweep": {"dropout.rate": [0, 0.5], **sizes}})
    with writer.made(lambda block, on_epochs: iter([[outcome(trial) for trial in block]]), 1):
        results = dl.run(swept, out=tmp_path / "out", quiet=True)
    [own] = results.figure().axes
    figure, (left, right) = pyplot.subplots(1, 2)
    assert results.plot(right) is right
    assert (left.has_data(), right.get_xlabel(), right.get_ylabel()) == (False, own.get_xlabel(), own.get_ylabel())
    assert len(right.patches) == len(own.patches)
    for line, same in zip(right.lines, own.lines, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), same.get_xydata())
    new = results.plot()
    assert new.figure.number in pyplot.get_fignums()  # type: ignore[union-attr]
    assert new.get_title()
    for drawn in (figure, new.figure):
        drawn.canvas.draw()  # without a warning
    pyplot.close("all")


def test_without_a_finished_trial_there_is_nothing_to_plot_and_no_predictions(tmp_path: Path) -> None:
    nothing = dl.read(result(tmp_path / "none", trains=lambda trial: False))
    for asked in (nothing.plot, nothing.figure):
        with pytest.raises(ResultsError, match="no trial is finished: there is nothing to plot"):
            asked()
    made = dl.read(result(tmp_path / "made"))
    (made.folder / "predictions.csv.gz").unlink()
    with pytest.raises(ResultsError, match=r"holds no complete predictions\.csv\.gz"):
        made.predictions  # noqa: B018


@pytest.mark.slow
def test_the_notebook_has_no_outputs_and_runs(tmp_path: Path) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    text = "\n".join("".join(cell["source"]) for cell in code)
    before, after = "import keras\nkeras.config.set_epsilon(1e-5)", "assert keras.config.epsilon() == 1e-5"
    (tmp_path / "cells.py").write_text(f"{before}\n{text}\n{after}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "cells.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "TensorFlow was already started with other threads" in done.stderr
    assert (tmp_path / "results/iris-sweep/trials.csv").is_file()


@needs_mlflow
def test_results_are_published_in_trackers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where MLflow puts files
    results = dl.read(result(tmp_path / "made"))
    assert sorted(run.name for run in results.to_tensorboard().iterdir()) == ["rate-0", "rate-0.2", "rate-0.5", "study"]
    results.to_mlflow("sqlite:///mlflow.db")
    assert (tmp_path / "mlflow.db").is_file()
    with pytest.raises(TrackerError, match="--mlflow nowhere: is a directory"):
        results.to_mlflow("nowhere")
    nothing = dl.read(result(tmp_path / "none", trains=lambda trial: False))
    with pytest.raises(TrackerError, match="no trial is finished: there is nothing to publish"):
        nothing.to_tensorboard()
