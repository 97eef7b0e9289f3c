import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from benchmarks.networks.tasks import FOLDS, RATES, TASKS, config_of, rows_of
from benchmarks.networks.ways import whole_seconds
from dropout_lab.config import load

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_trial_is_paid_once_and_the_others_take_as_long_as_their_median() -> None:
    assert whole_seconds(12.0, [5.0, 1.0, 3.0, 2.0], 10) == 12.0 + 6 * 2.0
    assert whole_seconds(7.0, [3.0, 1.0], 2) == 7.0


@pytest.mark.parametrize("name", TASKS)
def test_rows_are_the_same_each_time_and_whole_numbers_are_below_their_limit(name: str) -> None:
    task = TASKS[name]
    features, labels = rows_of(task)
    again, _ = rows_of(task)
    assert features.shape[1:] == task.shape
    assert (features == again).all()
    assert set(np.unique(labels)) == {0, 1}
    if task.indices:
        whole = features if task.indices < 0 else features[:, : task.indices]
        assert (whole == whole.astype(int)).all()
        assert (whole.min(), whole.max()) == (0, task.levels - 1)


@pytest.mark.parametrize("name", TASKS)
def test_the_config_of_a_task_sweeps_the_rates_over_the_folds(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, labels = rows_of(TASKS[name])
    np.savez(tmp_path / "arrays.npz", X=features, y=labels)
    monkeypatch.chdir(ROOT)
    (tmp_path / "sweep.yaml").write_text(yaml.safe_dump(config_of(name, tmp_path / "arrays.npz")))
    experiment = load(tmp_path / "sweep.yaml")
    assert [point.dropout.rate for point in experiment.points()] == list(RATES)
    assert experiment.evaluation.folds == FOLDS


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fit", "loop"])
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_the_scripts_train_and_tell_how_long_each_trial_took(way: str, backend: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.networks.script", "branches", way, "2"],
        env={**os.environ, "KERAS_BACKEND": backend},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert len(said["seconds"]) == 2
    assert said["accuracy"] > 0.6
