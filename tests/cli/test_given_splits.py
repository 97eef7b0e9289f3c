"""Splits that the data determine, from the config to the page."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from program import call, numbers
from sklearn.model_selection import LeaveOneOut, PredefinedSplit, TimeSeriesSplit

ROWS = 48
CONFIG = """\
dataset: {{csv: my.csv, target: {target}, drop: [{drop}]{keys}}}
model: {{hidden: [4]}}
dropout: {{where: hidden, rate: 0.2}}
training: {{epochs: 2{training}}}
evaluation: {evaluation}
"""
DAYS = [(date(2024, 3, 1) - timedelta(days=row)).isoformat() for row in range(ROWS)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    inputs, outcomes = rng.normal(size=(ROWS, 2)).round(3), ("no", "yes")
    lines = [
        f"{a},{b},{row % 4},{DAYS[row]},p{row % 5},{row * 7 % 11 + 0.5},{outcomes[row * 5 % 3 % 2]}"
        for row, (a, b) in enumerate(inputs)
    ]
    (tmp_path / "my.csv").write_text("\n".join(["a,b,cv,day,who,price,outcome", *lines]))
    return tmp_path


def write(place: Path, evaluation: str, keys: str = "", target: str = "outcome", training: str = "") -> None:
    used = [part.split(":")[1].strip() for part in keys.split(",") if ":" in part]
    drop = ", ".join({"cv", "day", "who", "price", "outcome"} - {target, *used})
    text = CONFIG.format(target=target, drop=drop, keys=keys, training=training, evaluation=evaluation)
    (place / "my.yaml").write_text(text)


def held_out_rows(folder: Path) -> list[list[int]]:
    """Return the rows that each fold of the first repeat holds out."""
    frame = pd.read_csv(folder / "predictions.csv.gz")
    first = frame[(frame["repeat"] == 0) & (frame["rate"] == frame["rate"].min())]
    return [sorted(each["row"]) for _, each in first.groupby("fold")]


@pytest.mark.slow
def test_the_folds_of_a_column_are_found_in_the_data_and_a_run_of_them_resumes(place: Path) -> None:
    write(place, "{split: predefined}", ", fold: cv")
    planned = call("run", "my.yaml", "--dry-run", "--out", "out", cwd=place)
    assert "4 = 1 rate x 1 repeat x 4 folds, 2 epochs each" in planned.stdout, planned.stdout
    done = call("run", "my.yaml", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "  fold: cv, 4 folds of 12 rows, each held out once" in done.stderr
    expected = [test.tolist() for _, test in PredefinedSplit(np.arange(ROWS) % 4).split()]
    assert held_out_rows(place / "out") == expected
    again = call("run", "my.yaml", "--out", "out", cwd=place)
    assert (again.returncode, again.stdout) == (0, done.stdout)
    more = call("run", "my.yaml", "--out", "out", "--repeats", "2", cwd=place)
    assert "mean and spread (sd) over 2 x 4 folds." in more.stdout
    frame = pd.read_csv(place / "out/predictions.csv.gz")
    assert all(each["row"].nunique() == 12 for _, each in frame.groupby("fold")), "repeats hold out the same rows"
    report = call("report", "out", cwd=place)
    assert report.returncode == 0, report.stderr
    assert "if folds are sites, people or periods, that is wrong" in (place / "out/report.html").read_text()


@pytest.mark.slow
def test_a_time_series_is_judged_by_blocks_shards_merge_and_the_final_model_stops_by_the_last_rows(place: Path) -> None:
    write(place, "{split: time_series, folds: 3, gap: 2}", ", time: day", training=", early_stopping: {patience: 2}")
    for part in (1, 2):
        shard = call("sweep", "my.yaml", "--rates", "0,0.5", "--shard", f"{part}/2", "--out", f"s{part}", cwd=place)
        assert shard.returncode == 0, shard.stderr
    merged = call("merge", "s1", "s2", "--out", "out", cwd=place)
    assert merged.returncode == 0, merged.stderr
    order = np.argsort(DAYS)
    expected = [sorted(order[test].tolist()) for _, test in TimeSeriesSplit(3, gap=2).split(order)]
    assert held_out_rows(place / "out") == expected
    trials = pd.read_csv(place / "out/trials.csv")
    rows = [len(train) for train, _ in TimeSeriesSplit(3, gap=2).split(order)]
    stopping = [max(1, round(count * 0.1)) for count in rows]
    found = trials[trials["rate"] == 0]["train_rows"].tolist()
    assert found == [count - last for count, last in zip(rows, stopping, strict=True)]
    shown = " ".join(call("show", "out", cwd=place).stdout.split())
    assert "over 3 folds, each trained on the rows before it" in shown
    assert "95% intervals, for other blocks of time of this kind" in shown
    assert "as far as these 3 blocks of time can tell" in shown
    assert call("report", "out", cwd=place).returncode == 0
    page = " ".join((place / "out/report.html").read_text().split())
    assert "each fold is one observation: intervals rest on 3 of them (2 degrees of freedom)" in page
    refitted = call("refit", "out", cwd=place)
    assert refitted.returncode == 0, refitted.stderr


@pytest.mark.slow
def test_leave_one_out_of_numbers_is_judged_by_the_squared_error_pooled_over_rows(place: Path) -> None:
    write(place, "{split: leave_one_out}", target="price")
    done = call("sweep", "my.yaml", "--rates", "0,0.5", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "over 48 folds of a single row" in " ".join(done.stdout.split())
    assert held_out_rows(place / "out") == [test.tolist() for _, test in LeaveOneOut().split(np.zeros(ROWS))]
    predictions = pd.read_csv(place / "out/predictions.csv.gz")
    pooled = ((predictions["label"] - predictions["prediction"]) ** 2).groupby(predictions["rate"]).mean()
    summary = pd.read_csv(place / "out/summary.csv")
    assert summary["mean"].to_numpy() == pytest.approx(pooled.to_numpy(), rel=1e-5)
    refused = call("show", "out", "--metric", "r2", cwd=place)
    assert (refused.returncode, "expected one of mse, mae" in refused.stderr) == (2, True), refused.stderr
    assert call("report", "out", cwd=place).returncode == 0


@pytest.mark.slow
def test_leave_one_group_out_rests_on_groups(place: Path) -> None:
    write(place, "{split: leave_one_group_out}", ", group: who")
    done = call("sweep", "my.yaml", "--rates", "0,0.5", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert held_out_rows(place / "out") == [list(range(group, ROWS, 5)) for group in range(5)]
    assert "95% intervals, for other groups of rows of this kind" in " ".join(done.stdout.split())
    assert json.loads((place / "out/run.json").read_text())["data"]["group"] == "who"


def test_a_column_that_is_not_there_and_folds_that_do_not_fit_are_refused_before_anything_is_trained(
    place: Path,
) -> None:
    write(place, "{split: predefined}", ", fold: fodl")
    refused = call("run", "my.yaml", "--dry-run", cwd=place)
    assert (refused.returncode, refused.stderr) == (
        2,
        "error: dataset.fold: my.csv has no column fodl (columns: a, b, cv, day, who, price, outcome)\n",
    )
    write(place, "{split: predefined, folds: 3}", ", fold: cv")
    refused = call("data", "check", "my.yaml", cwd=place)
    assert refused.returncode == 2
    assert "evaluation.folds: 3, but predefined has 4 on these data: leave folds out" in refused.stderr


@pytest.mark.slow
def test_a_second_file_is_the_test_set_and_a_result_of_both_runs_again_from_its_config(place: Path) -> None:
    head, *lines = (place / "my.csv").read_text().splitlines()
    (place / "my.csv").write_text("\n".join([head, *lines[:30]]))
    (place / "other.csv").write_text("\n".join([head, *lines[30:]]))
    write(place, "{split: test, repeats: 2}", ", test: other.csv")
    done = call("run", "my.yaml", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "  test: the last 18 rows, those of other.csv" in done.stderr
    assert held_out_rows(place / "out") == [list(range(30, 48))]
    assert "test: ../other.csv" in (place / "out/config.yaml").read_text()
    again = call("run", "out/config.yaml", "--out", "again", cwd=place)
    assert again.returncode == 0, again.stderr
    assert numbers(place / "again") == numbers(place / "out")
    assert call("refit", "out", cwd=place).returncode == 0
    assert "all 30 rows (the 18 official test rows were not used)" in (place / "out/model.md").read_text()
    folds = call("run", "my.yaml", "-S", "evaluation.split=folds", "-S", "evaluation.folds=3", "--dry-run", cwd=place)
    assert "warning: dataset.test: has no effect on evaluation.split: folds" in folds.stderr
