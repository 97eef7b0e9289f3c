"""Rows with equal inputs, from the user's file to what is shown of a result."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders import files
from program import call, numbers

CONFIG = """\
dataset: {csv: my.csv, target: y}
model: {hidden: [64]}
dropout: {where: hidden, rate: 0.2}
training: {epochs: 60, batch_size: 16, optimizer: {name: adam, learning_rate: 0.01}}
evaluation: {folds: 5}
"""
SHORT = ("-S", "training.epochs=1", "-S", "model.hidden=[4]")
NOTE = "180 of 240 rows are copies of an earlier row"


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    """Make a table of 60 rows of noise, each four times."""
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.normal(size=(60, 5)).round(3), columns=list("abcde"))
    rows["y"] = np.array(["no", "yes"])[rng.permutation(60) % 2]
    pd.concat([rows] * 4).to_csv(tmp_path / "my.csv", index=False)
    (tmp_path / "my.yaml").write_text(CONFIG)
    return tmp_path


def accuracy(folder: Path) -> float:
    return float(pd.read_csv(folder / "trials.csv")["accuracy"].mean())


def earlier(folder: Path) -> None:
    """Turn a result that kept duplicates into that of a version which did not know of them."""
    config, run = folder / "config.yaml", folder / "run.json"
    text = config.read_text()
    assert "  duplicates: keep\n" in text
    config.write_text(text.replace("  duplicates: keep\n", ""))
    content = json.loads(run.read_text())
    del content["data"]["duplicates"]
    run.write_text(json.dumps(content))


@pytest.mark.slow
def test_memorized_copies_of_noise_pass_for_knowledge_unless_they_are_held_out_together(noise: Path) -> None:
    for treatment in ("keep", "group", "drop"):
        made = call("run", "my.yaml", "-S", f"dataset.duplicates={treatment}", "--out", treatment, cwd=noise)
        assert made.returncode == 0, made.stderr
        assert f"  note: {NOTE}" in made.stderr
    assert accuracy(noise / "keep") > 0.85
    assert abs(accuracy(noise / "group") - 0.5) < 0.15
    assert abs(accuracy(noise / "group") - accuracy(noise / "drop")) < 0.15
    shown = {name: " ".join(call("show", name, cwd=noise).stdout.split()) for name in ("keep", "group", "drop")}
    assert f"Note: {NOTE}: rows that are trained on may be held out again, which rewards memorizing" in shown["keep"]
    assert f"Note: {NOTE}: rows with equal inputs are held out together (dataset.duplicates: group)." in shown["group"]
    assert f"Note: {NOTE}: copies are left out (dataset.duplicates: drop)." in shown["drop"]
    assert call("report", "group", cwd=noise).returncode == 0
    assert f"{NOTE}: rows with equal inputs are held out together" in (noise / "group/report.html").read_text()
    described = json.loads((noise / "group/run.json").read_text())["data"]["duplicates"]
    assert (described["rows"], described["distinct"], described["copies"]) == (240, 60, 180)
    predictions = pd.read_csv(noise / "group/predictions.csv.gz")
    assert predictions["group"].nunique() == 60
    assert (predictions.groupby("group")["fold"].nunique() == 1).all()


@pytest.mark.slow
def test_intervals_are_those_of_distinct_rows_and_the_verdict_says_so(noise: Path) -> None:
    assert call("sweep", "my.yaml", "--rates", "0,0.5", *SHORT, "--out", "out", cwd=noise).returncode == 0
    shown = " ".join(call("show", "out", cwd=noise).stdout.split())
    assert "these 60 distinct rows" in shown
    assert "groups" not in shown


@pytest.mark.slow
def test_a_result_of_a_version_that_kept_copies_is_refused_with_the_way_to_go_on(noise: Path) -> None:
    sweep = ("sweep", "my.yaml", *SHORT, "--out", "out")
    keep = ("-S", "dataset.duplicates=keep")
    assert call(*sweep, "--rates", "0,0.2,0.5", *keep, cwd=noise).returncode == 0
    whole = numbers(noise / "out")
    assert call(*sweep, "--fresh", "--rates", "0,0.5", *keep, cwd=noise).returncode == 0
    earlier(noise / "out")
    shown, before = call("show", "out", cwd=noise).stdout, files(noise / "out")
    assert "rows can tell" in " ".join(shown.split())
    refused = call(*sweep, "--rates", "0,0.2,0.5", cwd=noise)
    assert (refused.returncode, files(noise / "out")) == (2, before)
    assert refused.stderr.splitlines()[-1] == (
        f"error: out: its results are from the same file with dataset.duplicates: keep, and now it is group ({NOTE}): "
        "other rows would be trained on and held out. To go on with them, set dataset.duplicates: keep "
        "(-S dataset.duplicates=keep). Keep both with --out OTHER_DIRECTORY, or set the old results aside with --fresh"
    )
    refit = call("refit", "out", cwd=noise)
    assert refit.returncode == 0, refit.stderr
    assert NOTE not in (noise / "out/model.md").read_text()
    done = call(*sweep, "--rates", "0,0.2,0.5", *keep, cwd=noise)
    assert done.returncode == 0, done.stderr
    assert numbers(noise / "out") == whole


@pytest.mark.slow
def test_where_there_are_no_copies_a_result_goes_on_whatever_becomes_of_them(noise: Path) -> None:
    pd.read_csv(noise / "my.csv").head(60).to_csv(noise / "my.csv", index=False)
    assert call("run", "my.yaml", *SHORT, "--out", "out", cwd=noise).returncode == 0
    before = numbers(noise / "out")
    assert "duplicates" not in json.loads((noise / "out/run.json").read_text())["data"]
    for treatment in ("keep", "drop"):
        again = call("run", "my.yaml", *SHORT, "-S", f"dataset.duplicates={treatment}", "--out", "out", cwd=noise)
        assert "all 5 trials are finished already" in again.stderr
    assert numbers(noise / "out") == before


@pytest.mark.slow
@pytest.mark.parametrize("settings", [[], ["-S", "training.early_stopping.patience=1"]], ids=["plain", "early"])
def test_shards_and_a_refit_work_with_rows_that_are_held_out_together(noise: Path, settings: list[str]) -> None:
    command = ("run", "my.yaml", *SHORT, *settings)
    assert call(*command, "--out", "whole", cwd=noise).returncode == 0
    for shard in ("1/2", "2/2"):
        done = call(*command, "--shard", shard, "--out", shard[0], cwd=noise)
        assert done.returncode == 0, done.stderr
    merged = call("merge", "1", "2", "--out", "merged", cwd=noise)
    assert merged.returncode == 0, merged.stderr
    assert numbers(noise / "merged") == numbers(noise / "whole")
    refit = call("refit", "merged", cwd=noise)
    assert refit.returncode == 0, refit.stderr
    assert f"Note: {NOTE}" in (noise / "merged/model.md").read_text()


def test_init_data_check_and_a_dry_run_tell_of_copies(noise: Path) -> None:
    made = call("init", "my.csv", "--target", "y", "--out", "new.yaml", cwd=noise)
    assert f"  note: {NOTE}: rows with equal inputs are held out together" in made.stdout
    text = (noise / "new.yaml").read_text()
    assert re.search(rf"^  # duplicates: group +# {NOTE}", text, re.MULTILINE)
    assert f"  note: {NOTE}" in call("data", "check", "new.yaml", cwd=noise).stdout
    planned = call("run", "new.yaml", "--dry-run", cwd=noise)
    assert (
        f"  note: {NOTE}: rows with equal inputs are held out together (dataset.duplicates: group)\n" in planned.stderr
    )
    assert not (noise / "results").exists()


def test_data_check_counts_the_copies_of_a_built_in_data_set(tmp_path: Path) -> None:
    lines = call("data", "check", "iris", "wine", cwd=tmp_path).stdout.splitlines()
    assert lines[1] == "  note: 1 of 150 rows is a copy of an earlier row; they are kept as they were published"
    assert len(lines) == 3


def test_folds_that_lack_a_class_are_told_by_a_dry_run_and_by_data_check(tmp_path: Path) -> None:
    rows = [f"{row * row},p{row // 5},{'no' if row < 25 or row % 2 else 'yes'}" for row in range(30)]
    (tmp_path / "my.csv").write_text("\n".join(["a,who,y", *rows]))
    (tmp_path / "my.yaml").write_text(CONFIG.replace("target: y", "target: y, group: who").replace("5}", "2}"))
    note = "1 of 2 folds (fold 0) holds out no row of class yes: the accuracy there is that of the other classes alone"
    for command in (("run", "my.yaml", "--dry-run"), ("data", "check", "my.yaml")):
        done = call(*command, cwd=tmp_path)
        assert done.returncode == 2, done.stdout
        assert "all training rows of fold" in done.stderr
    rows = [f"{row * row},p{row // 5},{'no' if 5 < row < 25 or row % 2 else 'yes'}" for row in range(30)]
    (tmp_path / "my.csv").write_text("\n".join(["a,who,y", *rows]))
    settings = ("-S", "evaluation.folds=3")
    planned = call("run", "my.yaml", "--dry-run", *settings, cwd=tmp_path)
    assert f"warning: {note.replace('2 folds', '3 folds')}, a single one" in planned.stderr.replace("fold 1", "fold 0")
    checked = call("data", "check", "my.yaml", *settings, cwd=tmp_path)
    assert "hold out no row of class yes" in checked.stdout.replace("holds", "hold")
