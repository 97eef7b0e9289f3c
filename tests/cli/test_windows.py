"""Windows of a series, from a file to predictions of new rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from program import call
from series import lines, text

from dropout_lab.config import load
from dropout_lab.config.dataset import CSV

CONFIG = """\
dataset: {csv: my.csv, target: outcome, window: 5, horizon: 1, drop: [station], time: day}
model: {kind: rnn, cell: simple, units: [3]}
dropout: {where: recurrent, rate: 0.2}
training: {epochs: 1, batch_size: 32}
evaluation: {folds: 3}
"""


def persistence(table: pd.DataFrame, held_out: pd.DataFrame) -> float:
    """Return the mean R2 over folds of predicting the value the row before."""
    scores = []
    for _, fold in held_out.groupby("fold"):
        true = table["outcome"].to_numpy()[fold["row"] + 5]
        last = table["outcome"].to_numpy()[fold["row"] + 4]
        scores.append(1 - ((true - last) ** 2).sum() / ((true - true.mean()) ** 2).sum())
    return float(np.mean(scores))


def test_init_writes_a_config_of_windows_that_passes_every_check(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=120, freq="6h").strftime("%Y-%m-%d %H:%M")
    made = [f"{at},{line.partition(',')[2]}" for at, line in zip(days, lines(120), strict=True)]
    (tmp_path / "my.csv").write_text(text(made))
    done = call("init", "my.csv", "--target", "outcome", "--window", "8", "--horizon", "4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "  windows: 8 consecutive rows of 120 in all; every row starts one; to predict: 4 rows later" in done.stdout
    experiment = load(tmp_path / "my.yaml")
    section = experiment.dataset
    assert isinstance(section, CSV)
    assert (section.window, section.horizon, section.time) == (8, 4, "day")
    assert (experiment.model.kind, experiment.evaluation.split) == ("rnn", "time_series")
    dry = call("sweep", "my.yaml", "--rates", "0:0.4:0.4", "--dry-run", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    checked = call("data", "check", "my.yaml", cwd=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "11 windows before each held-out block are not trained on" in checked.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--horizon", "3"), "horizon is about windows: set window to a number of rows"),
        (("--window", "5", "--horizon", "0"), "horizon: 0 would have the target among its own inputs"),
        (("--window", "5", "--set", "dataset.fold=station"), "fold says where single rows are held out"),
        (("--window", "190"), "dataset.window: my.csv: a window of 190 rows and a target 1 later need 191 rows"),
        (("--window", "60"), "a window and its target span 61 rows: take a smaller dataset.window"),
    ],
)
def test_init_says_what_windows_cannot_be(tmp_path: Path, options: tuple[str, ...], expected: str) -> None:
    (tmp_path / "my.csv").write_text(text(lines(120)))
    done = call("init", "my.csv", "--target", "outcome", *options, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert not (tmp_path / "my.yaml").exists()


@pytest.mark.slow
def test_windows_from_a_sweep_to_predictions_of_new_rows(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(text(lines(120)))
    (tmp_path / "my.yaml").write_text(CONFIG)
    swept = call("sweep", "my.yaml", "--rates", "0:0.4:0.4", "--out", "out", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
    table, predicted = pd.read_csv(tmp_path / "my.csv"), pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    assert predicted["label"].tolist() == table["outcome"].to_numpy()[predicted["row"] + 5].tolist()
    reached = persistence(table, predicted[predicted["rate"] == 0])
    assert (
        f"persistence, which predicts that the target stays as it is in a window's last row, reaches R2 {reached:.3g}"
        in (swept.stderr)
    )
    assert f"Predicting the last value: {reached:.3g}" in " ".join(swept.stdout.split())
    facts = json.loads((tmp_path / "out" / "run.json").read_text())["data"]
    assert (facts["rows"], facts["time"]) == (115, "day")
    shown = call("show", "out", cwd=tmp_path)
    assert "5 windows before each held-out block are not trained on" in " ".join(shown.stdout.split())
    made = call("refit", "out", "--rate", "0.4", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "A window is 5 consecutive rows in the order of day; the target is 1 row after the last of them." in (
        (tmp_path / "out" / "model.md").read_text()
    )
    new = lines(9, first_day=120)
    (tmp_path / "new.csv").write_text(text([*new[4:], *new[:4]]))
    given = call("predict", "out/model.keras", "new.csv", cwd=tmp_path)
    rows = [line.split(",") for line in given.stdout.splitlines()]
    assert rows[0] == ["row", "time", "prediction"]
    assert [row[:2] for row in rows[1:]] == [["0", "124"], ["1", "125"], ["2", "126"], ["3", "127"], ["4", "128"]]


@pytest.mark.slow
def test_a_test_file_of_windows_is_judged_by_ten_blocks_of_time_and_reported(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(text(lines(120)))
    (tmp_path / "test.csv").write_text(text(lines(100, first_day=120, seed=8)))
    changed = CONFIG.replace("time: day", "time: day, test: test.csv").replace(
        "{folds: 3}", "{split: test, repeats: 2}"
    )
    (tmp_path / "my.yaml").write_text(changed)
    swept = call("sweep", "my.yaml", "--rates", "0:0.4:0.4", "--out", "out", cwd=tmp_path)
    assert swept.returncode == 0, swept.stderr
    assert "other blocks of time of this kind" in " ".join(swept.stdout.split())
    assert call("report", "out", cwd=tmp_path).returncode == 0
    page = (tmp_path / "out" / "report.html").read_text()
    assert "each block of consecutive rows is one observation: intervals rest on 10 of them" in page


def test_shuffled_folds_of_windows_are_refused_where_the_config_asks_for_them(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(text(lines(120)))
    (tmp_path / "my.yaml").write_text(CONFIG.replace("{folds: 3}", "{split: folds}"))
    done = call("run", "my.yaml", "--dry-run", cwd=tmp_path)
    assert done.returncode == 2
    assert "my.yaml" in done.stderr
    assert "folds would train on windows that share rows with those it holds out" in " ".join(done.stderr.split())
