"""The user's own data, from the file to a result."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import files
from program import call, numbers
from report.made import without_groups

CONFIG = """\
dataset: {csv: data/my.csv, target: outcome, group: who, duplicates: keep}
model: {hidden: [4]}
dropout: {where: visible, rate: 0.2}
training: {epochs: 2}
evaluation: {folds: 3}
"""
ROWS = [
    f"{row};{row * 37 % 11},5;{('Bern', 'Zürich', '')[row % 3]};p{row // 4};{('no', 'yes')[row // 2 % 2]}"
    for row in range(48)
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "my.csv").write_text("\n".join(["id;age;city;who;outcome", *ROWS]), encoding="latin-1")
    (tmp_path / "my.yaml").write_text(CONFIG)
    return tmp_path


@pytest.mark.slow
def test_a_result_of_a_file_records_its_columns_and_runs_again_from_where_its_config_lies(place: Path) -> None:
    done = call("sweep", "my.yaml", "--rates", "0,0.5", "--out", "out/a", cwd=place)
    assert done.returncode == 0, done.stderr
    for line in (
        "my: 48 rows, 3 inputs, from my.csv (separator ;, decimal comma, cp1252)",
        "columns: 1 number and 1 category; to predict: outcome, 2 classes: no 24, yes 24",
        "group: who, 12 of them, each held out whole",
        "left out: id (an id: it numbers the rows)",
        "note: data/my.csv:3: not valid UTF-8",
    ):
        assert line in done.stderr
    data = json.loads((place / "out/a/run.json").read_text())["data"]
    assert (data["classes"], data["target"], data["group"]) == (["no", "yes"], "outcome", "who")
    assert [(each["name"], each["type"]) for each in data["columns"]] == [("age", "number"), ("city", "category")]
    assert data["left_out"] == {"id": "an id: it numbers the rows"}
    moved = place / "moved"
    moved.mkdir()
    for folder in ("data", "out"):
        shutil.move(place / folder, moved / folder)
    again = call("run", "moved/out/a/config.yaml", "--out", "moved/b", cwd=place)
    assert again.returncode == 0, again.stderr
    assert numbers(moved / "b") == numbers(moved / "out/a")
    assert str(place) not in (moved / "b/config.yaml").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("target", ["outcome", "age"])
def test_predictions_have_the_group_of_each_row_and_no_file_has_its_name(target: str, place: Path) -> None:
    file = place / "data" / "my.csv"
    table = pd.read_csv(file, sep=";", decimal=",", encoding="latin-1", dtype={"who": str})
    table["who"] = ("Jane Doe " + table["who"]).sample(frac=1, random_state=0).to_numpy()
    table.loc[[0, 1, 2, 5], target] = None  # rows without a target are not numbered
    table.to_csv(file, sep=";", decimal=",", encoding="latin-1", index=False)
    done = call("run", "my.yaml", "-S", f"dataset.target={target}", "--out", "out", cwd=place)
    assert done.returncode == 0, done.stderr
    predictions = pd.read_csv(place / "out/predictions.csv.gz")
    assert list(predictions.columns[4:7]) == ["row", "group", "label"]
    names = table["who"][table[target].notna()].to_numpy()[predictions["row"]]
    pairs = {*zip(predictions["group"], names, strict=True)}
    assert len(pairs) == len(set(names)) == 12
    assert sorted(code for code, _ in pairs) == list(range(12))
    written = files(place / "out")
    written["predictions.csv.gz"] = gzip.decompress(written["predictions.csv.gz"])
    assert [name for name, text in written.items() if b"Jane" in text] == []


@pytest.mark.slow
def test_shards_merged_have_the_groups_of_one_run_but_not_while_one_is_of_a_version_without(place: Path) -> None:
    assert call("run", "my.yaml", "--out", "whole", cwd=place).returncode == 0
    for shard in ("1/2", "2/2"):
        assert call("run", "my.yaml", "--shard", shard, "--out", shard[0], cwd=place).returncode == 0
    without_groups(place / "1")
    refused = call("merge", "1", "2", "--out", "merged", cwd=place)
    assert refused.returncode == 2
    assert "error: 1: its predictions are without the group of each row" in refused.stderr
    assert call("run", "my.yaml", "--shard", "1/2", "--out", "1", cwd=place).returncode == 0
    assert call("merge", "1", "2", "--out", "merged", cwd=place).returncode == 0
    assert numbers(place / "merged") == numbers(place / "whole")


@pytest.mark.slow
def test_a_result_of_a_version_without_groups_is_shown_and_goes_on_with_them(place: Path) -> None:
    command = ("sweep", "my.yaml", "--rates", "0,0.5", "--out", "out")
    assert call(*command, "--repeats", 2, cwd=place).returncode == 0
    whole = numbers(place / "out")
    shutil.rmtree(place / "out")
    assert call(*command, cwd=place).returncode == 0
    shown = call("show", "out", cwd=place).stdout
    without_groups(place / "out")
    earlier = call("show", "out", cwd=place).stdout
    means = [[line.split()[:4] for line in text.splitlines() if line.endswith("─")] for text in (earlier, shown)]
    assert means[0] == means[1]
    assert "the intervals are those of folds, which are wider than they need to be." in " ".join(earlier.split())
    assert "wider" not in shown
    assert call("report", "out", cwd=place).returncode == 0
    done = call(*command, "--repeats", 2, cwd=place)
    assert done.returncode == 0, done.stderr
    assert numbers(place / "out") == whole


@pytest.mark.slow
def test_a_file_that_was_edited_is_refused_where_there_are_results_of_the_old_one(place: Path) -> None:
    assert call("run", "my.yaml", "--out", "out", cwd=place).returncode == 0
    file = place / "data" / "my.csv"
    file.write_bytes(file.read_bytes().replace(b";0,5;", b";0,6;"))
    before = files(place / "out")
    done = call("run", "my.yaml", "--out", "out", cwd=place)
    assert done.returncode == 2
    assert "its results are from other data (the values differ)" in done.stderr
    assert files(place / "out") == before


@pytest.mark.slow
def test_data_check_shows_each_column_and_every_problem_without_a_traceback(place: Path) -> None:
    done = call("data", "check", "my.yaml", cwd=place)
    assert done.returncode == 0
    table = done.stdout.splitlines()
    assert "age     number          0       1  0.5 to 10.5" in table
    assert "city    category       16       2  2: Bern, Zürich" in table
    wrong = call("data", "check", "my.yaml", "-S", "dataset.target=outcom", "-S", "dataset.drop=[idd]", cwd=place)
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines() == [
        "error: dataset.target: data/my.csv has no column outcom; did you mean outcome?",
        "error: dataset.drop: data/my.csv has no column idd; did you mean id?",
    ]
    elsewhere = call("data", "check", "my.yaml", "-S", "dataset.csv=my.csv", cwd=place / "data")
    assert "no such file, and no bundled config" in elsewhere.stderr
    assert call("data", "check", "../my.yaml", "-S", "dataset.csv=my.csv", cwd=place / "data").returncode == 0
    folds = call("data", "check", "my.yaml", "-S", "evaluation.folds=13", cwd=place)
    assert "needs at least 13 groups of rows" in folds.stderr


@pytest.mark.slow
def test_init_writes_a_config_that_runs_as_it_stands_and_never_overwrites(place: Path) -> None:
    (place / "my.yaml").unlink()
    listed = call("init", "data/my.csv", cwd=place)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "  city     2 texts: Bern, Zürich; missing in 16" in listed.stdout.splitlines()
    assert listed.stdout.endswith(
        "name the column to predict, and a config is written:\n  dropout-lab init data/my.csv --target=outcome\n"
    )
    arguments = ("init", "data/my.csv", "--target", "outcome", "--group", "who", "--out", "my.yaml")
    made = call(*arguments, cwd=place)
    assert made.returncode == 0, made.stderr
    assert "dropout-lab sweep my.yaml --rates 0:0.9:0.1" in made.stdout
    before = files(place)
    again = call(*arguments, cwd=place)
    assert (again.returncode, files(place)) == (2, before)
    assert "my.yaml: already exists" in again.stderr
    done = call("sweep", "my.yaml", "--rates", "0,0.5", "-S", "training.epochs=1", cwd=place)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_number_is_predicted_compared_and_reported_in_its_own_unit(tmp_path: Path) -> None:
    rows = [f"{row % 11},{('u', 'v')[row % 2]},{100 * (row % 11) + row % 7 + 0.25}" for row in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["size,city,price", *rows]))
    made = call("init", "my.csv", "--target", "price", cwd=tmp_path)
    assert "to predict: price, a number, 0.25 to 1005.25 (regression)" in made.stdout
    done = call(
        "sweep", "my.yaml", "--rates", "0,0.5", "-S", "training.epochs=5", "--folds", 4, "--out", "a", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "R2 on held-out rows" in done.stdout
    assert "task: regression" in (tmp_path / "a/config.yaml").read_text()
    trials = pd.read_csv(tmp_path / "a/trials.csv")
    predictions = pd.read_csv(tmp_path / "a/predictions.csv.gz")
    assert list(predictions.columns[-2:]) == ["label", "prediction"]
    error = (predictions["label"] - predictions["prediction"]).pow(2).groupby(predictions["trial"]).mean()
    assert np.allclose(error[trials["trial"]], trials["mse"], rtol=1e-6)
    again = call(
        "sweep", "my.yaml", "--rates", "0,0.5", "-S", "training.epochs=5", "--folds", 4, "--out", "a", cwd=tmp_path
    )
    assert again.returncode == 0, again.stderr
    for metric, words in (("r2", "R2 on"), ("mse", "MSE (unit²) on"), ("mae", "MAE (unit) on")):
        shown = call("show", "a", "--metric", metric, cwd=tmp_path)
        assert words in shown.stdout
    mae = call("show", "a", "--metric", "mae", "--format", "csv", cwd=tmp_path)
    assert f"{trials[trials['rate'] == 0]['mae'].mean():.6g}"[:6] in mae.stdout
    refused = call("show", "a", "--metric", "accuracy", cwd=tmp_path)
    assert refused.stderr == "error: metric: 'accuracy' is not known: expected one of r2, mse, mae\n"
    assert call("report", "a", "--metric", "mae", "--out", "page.html", cwd=tmp_path).returncode == 0
    page = (tmp_path / "page.html").read_text()
    assert "held-out mae" in page.lower()
    assert str(tmp_path) not in page


@pytest.mark.slow
def test_further_metrics_are_columns_that_can_be_concluded_from(place: Path) -> None:
    metrics = "evaluation.metrics=[auc, f1, brier, log_loss, balanced_accuracy]"
    done = call("sweep", "my.yaml", "--rates", "0,0.5", "--out", "a", "-S", metrics, cwd=place)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(place / "a/trials.csv")
    assert np.allclose(trials["log_loss"], trials["loss"], rtol=1e-6)
    assert list(trials.columns[15:23]) == [
        *("loss", "accuracy", "auc", "balanced_accuracy", "brier", "f1", "log_loss", "train_loss")
    ]
    for metric, title in (("auc", "AUC"), ("brier", "Brier score")):
        shown = call("show", "a", "--metric", metric, cwd=place)
        assert f"{title} on held-out rows" in shown.stdout
    assert call("report", "a", "--metric", "f1", "--out", "page.html", cwd=place).returncode == 0
    assert "held-out f1" in (place / "page.html").read_text().lower()
    refused = call("show", "a", "--metric", "r2", cwd=place)
    expected = "accuracy, loss, auc, balanced_accuracy, brier, f1, log_loss"
    assert refused.stderr == f"error: metric: 'r2' is not known: expected one of {expected}\n"
