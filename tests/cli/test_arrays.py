"""Arrays of several axes, from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from program import call

from dropout_lab.results import saved_experiment

ROWS = 60
CLASSES = np.arange(ROWS) % 3
RNG = np.random.default_rng(7)
SEQUENCES = (RNG.normal(size=(ROWS, 4, 2)) + CLASSES[:, None, None]).astype(np.float32)
PICTURES = (RNG.integers(0, 100, (ROWS, 6, 6, 3)) + 50 * CLASSES[:, None, None, None]).astype(np.uint8)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    np.savez(tmp_path / "sequences.npz", X=SEQUENCES, y=np.eye(3)[CLASSES])
    np.savez(tmp_path / "pictures.npz", x_train=PICTURES, y_train=CLASSES, x_test=PICTURES[:9] + 3, y_test=CLASSES[:9])
    np.savez(tmp_path / "volumes.npz", X=SEQUENCES.reshape(ROWS, 2, 2, 2, 1), y=CLASSES)
    np.save(tmp_path / "X.npy", SEQUENCES)
    np.save(tmp_path / "y.npy", CLASSES)
    return tmp_path


def write(place: Path, dataset: str, model: str, more: str = "") -> None:
    text = f"dataset: {dataset}\nmodel: {model}\ntraining: {{epochs: 1}}\nevaluation: {{folds: 2}}\n{more}"
    (place / "my.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "kind"),
    [("sequences.npz", "rnn"), ("pictures.npz", "cnn"), ("X.npy", "rnn")],
    ids=lambda value: str(value),
)
def test_init_writes_a_config_that_runs_with_the_network_that_the_axes_suggest(
    file: str, kind: str, place: Path
) -> None:
    made = call("init", file, cwd=place)
    assert made.returncode == 0, made.stderr
    config = Path(file).with_suffix(".yaml")
    assert f"model: {{kind: {kind}, " in (place / config).read_text(encoding="utf-8")
    checked = call("data", "check", config, cwd=place)
    assert checked.stdout.splitlines() == made.stdout.splitlines()[:-2]
    dry = call("sweep", config, "--rates", "0,0.5", "--dry-run", cwd=place)
    assert dry.returncode == 0, dry.stderr


def test_init_names_no_network_for_rows_of_more_axes(place: Path) -> None:
    refused = call("init", "volumes.npz", cwd=place)
    assert refused.returncode == 2
    assert "rows of shape (2, 2, 2, 1) need a network of your own" in refused.stderr
    assert not (place / "volumes.yaml").exists()


def test_init_asks_for_the_target_of_an_array_in_a_file_of_its_own(place: Path) -> None:
    (place / "y.npy").rename(place / "other.npy")
    assert (
        "name the file of what to predict of these rows, e.g. --target y.npy" in call("init", "X.npy", cwd=place).stderr
    )
    assert call("init", "X.npy", "--target", "other.npy", cwd=place).returncode == 0
    assert 'target: "other.npy"' in (place / "X.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("dataset", "model", "expected"),
    [
        (
            "sequences.npz",
            "{kind: cnn, filters: [2]}",
            "model.kind: a cnn needs images, and sequences has sequences of 4",
        ),
        ("volumes.npz", "{hidden: [2]}", "model.kind: mlp does not take rows of 4 axes, those of volumes have shape"),
        ("pictures.npz", "{kind: cnn, filters: [2, 2, 2]}", "model.filters: 3 convolutions"),
    ],
)
def test_a_model_that_does_not_fit_the_axes_is_refused_with_its_key(
    dataset: str, model: str, expected: str, place: Path
) -> None:
    write(place, dataset, model)
    refused = call("run", "my.yaml", "--dry-run", cwd=place)
    assert (refused.returncode, expected in refused.stderr) == (2, True), refused.stderr


@pytest.mark.slow
def test_scaling_is_resolved_by_the_type_of_the_array_and_saved_with_the_result(place: Path) -> None:
    write(place, "pictures.npz", "{kind: cnn, filters: [2]}")
    assert call("run", "my.yaml", "--out", "bytes", cwd=place).returncode == 0
    assert saved_experiment(place / "bytes").preprocessing.scale == "unit"
    again = call("run", "my.yaml", "--out", "bytes", "--set", "preprocessing.scale=unit", "--dry-run", cwd=place)
    assert "finished:   2, 0 to train" in again.stdout
    write(place, "{npz: sequences.npz, task: classification}", "{kind: conv1d, filters: [2]}")
    assert call("run", "my.yaml", "--out", "floats", cwd=place).returncode == 0
    assert saved_experiment(place / "floats").preprocessing.scale == "standard"


def test_a_builder_gets_the_shape_of_a_row(place: Path) -> None:
    (place / "nets.py").write_text(
        "import keras\n"
        "def build(inputs, outputs, dropout):\n"
        "    assert inputs == (2, 2, 2, 1)\n"
        "    return keras.Sequential([keras.Input(inputs), keras.layers.Flatten(), keras.layers.Dense(outputs)])\n"
    )
    write(place, "volumes.npz", '{builder: "nets:build"}')
    done = call("run", "my.yaml", cwd=place)
    assert done.returncode == 0, done.stderr


def predicted(place: Path, model: str, *rows: str) -> list[pd.DataFrame]:
    tables = []
    for file in rows:
        done = call("predict", model, file, "--out", f"{file}.csv", cwd=place)
        assert done.returncode == 0, done.stderr
        tables.append(pd.read_csv(place / f"{file}.csv"))
    return tables


def test_a_final_model_predicts_rows_in_files_of_arrays(place: Path) -> None:
    write(place, "pictures.npz", "{kind: cnn, filters: [2]}")
    for arguments in (("run", "my.yaml", "--out", "out"), ("report", "out"), ("refit", "out")):
        done = call(*arguments, cwd=place)
        assert done.returncode == 0, done.stderr
    np.save(place / "new.npy", PICTURES[:5])
    np.savez(place / "new.npz", anything=PICTURES[:5])
    flat = pd.DataFrame(PICTURES[:5].reshape(5, -1))
    flat.to_csv(place / "new.csv", index=False)
    first, *others = predicted(place, "out/model.keras", "new.npy", "new.npz", "new.csv")
    assert [*first] == ["row", "class", "p_0", "p_1", "p_2"]
    for other in others:
        pd.testing.assert_frame_equal(other, first)
    assert len(*predicted(place, "out/model.keras", "pictures.npz")) == ROWS  # the array that it was trained on


def test_a_model_of_a_table_predicts_rows_in_files_of_arrays(place: Path) -> None:
    table = SEQUENCES[:, 0].astype(float)
    np.savez(place / "table.npz", x=table, y=CLASSES)
    write(place, "table.npz", "{hidden: [2]}")
    assert call("run", "my.yaml", "--out", "out", cwd=place).returncode == 0
    assert call("refit", "out", cwd=place).returncode == 0
    np.save(place / "new.npy", table[:5])
    pd.DataFrame(table[:5], columns=["x1", "x2"]).to_csv(place / "new.csv", index=False)
    first, second = predicted(place, "out/model.keras", "new.npy", "new.csv")
    pd.testing.assert_frame_equal(first, second)
