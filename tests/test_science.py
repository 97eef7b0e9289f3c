"""What the tutorials published, within what their own spread allows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from program import call


@pytest.mark.slow
def test_the_sonar_baseline_is_as_accurate_as_published(tmp_path: Path, sonar_folder: Path) -> None:
    done = call("run", "sonar/baseline", "--repeats", 5, "--out", "out", cwd=tmp_path, data=sonar_folder)
    assert done.returncode == 0, done.stderr
    accuracy = pd.read_csv(tmp_path / "out/trials.csv")["accuracy"]
    assert len(accuracy) == 50
    assert 0.81 <= accuracy.mean() <= 0.89


@pytest.mark.slow
def test_an_experiment_of_the_tutorial_runs_on_the_reference_engine(tmp_path: Path, sonar_folder: Path) -> None:
    command = ("run", "sonar/hidden", "--engine", "keras", "--folds", 3, "--out", "out")
    done = call(*command, cwd=tmp_path, data=sonar_folder)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(tmp_path / "out/trials.csv")
    assert trials["epochs"].unique().tolist() == [300]
    assert 0.7 <= trials["accuracy"].mean() <= 0.95
