"""Folders of pictures, from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from picture_files import draw
from program import call

from dropout_lab.results import saved_experiment


@pytest.fixture
def place(tmp_path: Path) -> Path:
    draw(tmp_path / "pictures", 12)
    draw(tmp_path / "test", 4, seed=50, ending="jpg")
    return tmp_path


def written(place: Path, *options: str) -> str:
    made = call("init", "pictures/", *options, cwd=place)
    assert made.returncode == 0, made.stderr
    return (place / "pictures.yaml").read_text(encoding="utf-8")


def test_init_writes_a_config_that_runs(place: Path) -> None:
    made = call("init", "pictures/", cwd=place)
    assert made.returncode == 0, made.stderr
    text = (place / "pictures.yaml").read_text(encoding="utf-8")
    assert '  folder: "pictures"\n  size: [18, 18]\n' in text
    assert "model: {kind: cnn, filters: [16, 32], dense: [16]}" in text
    checked = call("data", "check", "pictures.yaml", cwd=place)
    assert checked.stdout.splitlines() == made.stdout.splitlines()[:-2]
    assert (
        "rows: pictures of 18 x 18 pixels, 3 channels (uint8); to predict: class, 3 classes: bars 12" in checked.stdout
    )
    dry = call("sweep", "pictures.yaml", "--rates", "0,0.5", "--dry-run", cwd=place)
    assert dry.returncode == 0, dry.stderr


def test_init_takes_keys_of_the_section_and_says_which_may_help(place: Path) -> None:
    (place / "pictures/disc/d001.png").write_bytes(b"")
    refused = call("init", "pictures", "--set", "dataset.size=[8, 9]", cwd=place)
    assert refused.returncode == 2
    assert "pictures/disc/d001.png: is empty" in refused.stderr
    assert "init takes such keys, too: --set 'dataset.KEY=VALUE'" in refused.stderr
    assert not (place / "pictures.yaml").exists()
    options = ("dataset.size=[8, 9]", "dataset.skip_broken=true", "dataset.test=test", "dataset.color=grayscale")
    text = written(place, "--group", r"(\d)\.", *(part for option in options for part in ("--set", option)))
    for line in ("size: [8, 9]", "skip_broken: true", 'test: "test"', 'color: "grayscale"', r'group: "(\\d)\\."'):
        assert f"  {line}\n" in text
    assert "  split: test  " in text
    assert call("sweep", "pictures.yaml", "--rates", "0,0.5", "--dry-run", cwd=place).returncode == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("pictures", "--target", "class"), "--target: the folder of a picture is its class"),
        (("pictures", "--no-header"), "--no-header: only text files have one"),
        (("pictures", "--group", "(a"), "dataset.group: not a regular expression"),
        (
            ("pictures/disc",),
            "pictures/disc: has 12 pictures and no folder: expected one folder of pictures for each class",
        ),
    ],
)
def test_what_makes_no_sense_for_a_folder_is_refused(options: tuple[str, ...], expected: str, place: Path) -> None:
    refused = call("init", *options, cwd=place)
    assert (refused.returncode, expected in refused.stderr) == (2, True), refused.stderr


MLP = """\
dataset: {folder: pictures/, size: [6, 6]}
model: {hidden: [4]}
training: {epochs: 1}
evaluation: {folds: 2}
"""


@pytest.mark.slow
def test_a_result_is_refitted_from_where_it_lies_and_predicts_new_pictures_by_the_names_of_their_files(
    place: Path,
) -> None:
    (place / "my.yaml").write_text(MLP)
    for command in (
        ("run", "my.yaml", "--out", "results/out"),
        ("refit", "results/out"),
        ("predict", "results/out/model.keras", "test", "--out", "new.csv"),
        ("predict", "results/out/model.keras", "test/disc/d001.jpg", "--out", "one.csv"),
    ):
        done = call(*command, cwd=place)
        assert done.returncode == 0, (command, done.stderr)
    assert "folder: ../../pictures\n" in (place / "results/out/config.yaml").read_text()
    assert saved_experiment(place / "results/out").preprocessing.scale == "unit"
    assert json.loads((place / "results/out/run.json").read_text())["data"]["rows"] == 36
    new, one = pd.read_csv(place / "new.csv"), pd.read_csv(place / "one.csv")
    assert [*new] == ["row", "file", "class", "p_bars", "p_disc", "p_square"]
    assert new["file"][4:6].tolist() == ["disc/d000.jpg", "disc/d001.jpg"]
    assert one["file"].tolist() == ["d001.jpg"]
    np.testing.assert_allclose(one.iloc[0, 3:].astype(float), new.iloc[5, 3:].astype(float), rtol=1e-4)
    assert "dropout-lab predict model.keras pictures/ --out" in (place / "results/out/model.md").read_text()
    shutil.copy(place / "test/bars/b000.jpg", place / "pictures/bars")
    changed = call("refit", "results/out", cwd=place)
    assert (changed.returncode, "the data have changed since these results" in changed.stderr) == (2, True)


@pytest.mark.slow
def test_a_sweep_of_a_convolutional_network_is_resumed_shown_and_reported(place: Path) -> None:
    (place / "my.yaml").write_text(
        "dataset: {folder: pictures, size: [12, 12], test: test}\nmodel: {kind: cnn, filters: [4], dense: [4]}\n"
        "dropout: {where: dense}\ntraining: {epochs: 2}\nevaluation: {split: test}\n"
    )
    sweep = ("sweep", "my.yaml", "--rates", "0,0.5", "--out", "out")
    for command in (sweep, ("show", "out"), ("report", "out")):
        done = call(*command, cwd=place)
        assert done.returncode == 0, (command, done.stderr)
    assert pd.read_csv(place / "out/trials.csv")["test_rows"].tolist() == [12, 12]
    assert "finished:   2, 0 to train" in call(*sweep, "--dry-run", cwd=place).stdout
    (place / "pictures/bars/b000.png").unlink()
    changed = call(*sweep, cwd=place)
    assert changed.returncode == 2, changed.stderr
