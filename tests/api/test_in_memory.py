"""Experiments on data in memory, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from program import call

import dropout_lab as dl
from dropout_lab.errors import ConfigError, DatasetError, ResultsError
from dropout_lab.results import saved_experiment

FAST: dict[str, Any] = {"training__epochs": 2, "evaluation__folds": 2, "quiet": True}


def frame(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(7)
    size, city = random.normal(size=rows), random.choice(["Basel", "Bern"], rows)
    ill = np.where(size + random.normal(size=rows) > 0, "yes", "no")
    return pd.DataFrame({"size": size, "city": city, "patient": np.arange(rows) // 2, "ill": ill})


def numbers(results: dl.Results) -> pd.DataFrame:
    """Return the trials without what a clock says, or the name of the experiment."""
    trials = results.trials
    return trials[[name for name in trials if not name.endswith("_seconds") and name != "experiment"]]


@pytest.fixture(autouse=True)
def _within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_data_frame_gives_the_numbers_that_init_and_sweep_give_for_its_file(tmp_path: Path) -> None:
    frame().to_parquet("data.parquet")
    columns = ("--target", "ill", "--group", "patient")
    assert call("init", "data.parquet", *columns, cwd=tmp_path).returncode == 0
    told = dl.sweep("data.yaml", "0,0.5", out="told", **FAST)
    results = dl.sweep(frame(), iter([0, 0.5]), target="ill", group="patient", **FAST)
    assert results.folder == Path("results/data-sweep")
    pd.testing.assert_frame_equal(numbers(results), numbers(told))
    assert [*Path("results").iterdir()] == [results.folder]  # nothing else is written


def test_a_result_runs_again_from_its_own_files_wherever_they_are_moved(tmp_path: Path) -> None:
    results = dl.run(frame(), target="ill", dataset__drop=["patient"], out="out", **FAST)
    assert results.experiment.model.hidden == (16,)  # type: ignore[union-attr]  # as `init` proposes
    before = numbers(results)
    Path("moved").mkdir()
    results.folder.rename("moved/out")
    assert "parquet: data.parquet\n" in Path("moved/out/config.yaml").read_text(encoding="utf-8")
    for arguments in (("show", "moved/out"), ("refit", "moved/out"), ("run", "moved/out/config.yaml", "--out", "new")):
        done = call(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(numbers(dl.read("new")), before)
    again = call("run", "moved/out/config.yaml", "--out", "moved/out", "--fresh", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    pd.testing.assert_frame_equal(numbers(dl.read("moved/out")), before)
    assert Path("moved/out/data.parquet").read_bytes() == Path("moved/out.1/data.parquet").read_bytes()


def test_only_the_same_data_resume_a_result(tmp_path: Path) -> None:
    first = dl.sweep(frame(), [0, 0.5], target="ill", **FAST)
    times = first.trials["train_seconds"].tolist()
    kept = (first.folder / "data.parquet").read_bytes()
    again = dl.sweep(frame(), [0, 0.5], target="ill", **FAST)
    assert again.trials["train_seconds"].tolist() == times
    other = frame()
    other.loc[3, "size"] += 1
    with pytest.raises(ResultsError, match="its results are from other data"):
        dl.sweep(other, [0, 0.5], target="ill", **FAST)
    assert (first.folder / "data.parquet").read_bytes() == kept


def test_a_start_that_was_killed_before_it_kept_the_data_is_made_good() -> None:
    first = dl.run(frame(), target="ill", **FAST)
    kept = (first.folder / "data.parquet").read_bytes()
    for file in first.folder.iterdir():
        if file.name != "config.yaml":
            file.unlink()
    again = dl.run(frame(), target="ill", **FAST)
    assert (again.folder / "data.parquet").read_bytes() == kept
    pd.testing.assert_frame_equal(numbers(again), numbers(first))


def test_arrays_are_enough_and_numbers_make_it_regression() -> None:
    features = np.random.default_rng(7).normal(size=(40, 3))
    results = dl.run(features, target=features @ [1, 2, 3], out="out", name="sums", **FAST)
    assert (results.experiment.name, results.experiment.task) == ("sums", "regression")
    assert saved_experiment(Path("out")).dataset.model_dump()["npz"] == str(Path("out/data.npz").resolve())
    assert "r2" in results.trials


def test_what_is_noted_of_the_data_is_told_before_they_are_trained_on(capfd: pytest.CaptureFixture[str]) -> None:
    table = frame().assign(cured=lambda rows: rows["ill"].map({"yes": "no", "no": "yes"}))
    dl.run(table, target="ill", **FAST)
    note = (
        "note: cured tells the target in every row: if it is not known before the target is, set dataset.drop: [cured]"
    )
    assert note in capfd.readouterr().err.splitlines()
    dl.run(table, target="ill", out="again", **{**FAST, "quiet": False})
    lines = capfd.readouterr().err.splitlines()
    assert f"  {note}" in lines
    assert lines[1] == "  columns: 2 numbers and 2 categories; to predict: ill, 2 classes: no 26, yes 14"


@pytest.mark.parametrize("kind", [str, dict, dl.load])
def test_network_and_training_can_be_those_of_a_config(kind: Any) -> None:
    config = {"dataset": "iris", "model": {"hidden": [3]}, "training": {"epochs": 1, "optimizer": {"name": "adagrad"}}}
    Path("my.yaml").write_text(
        "{dataset: iris, model: {hidden: [3]}, training: {epochs: 1, optimizer: {name: adagrad}}}", encoding="utf-8"
    )
    base = "my.yaml" if kind is str else kind(config)
    results = dl.run(frame(), target="ill", extends=base, evaluation__folds=2, quiet=True)
    assert results.experiment.training.optimizer.name == "adagrad"
    assert results.experiment.hidden == (3,)
    assert results.experiment.dataset.name == "data"


def test_mistakes_are_told_by_the_names_of_the_arguments() -> None:
    with pytest.raises(ConfigError, match="target, group: only for data in memory: set dataset__target and"):
        dl.run("quickstart", target="y", group="g")
    with pytest.raises(DatasetError, match="target: name the column to predict"):
        dl.sweep(frame())
    with pytest.raises(ConfigError, match=r"training__epochs: training\.epochs: must be greater"):
        dl.run(frame(), target="ill", training__epochs=0)
    with pytest.raises(ConfigError, match=r"dataset__drp: dataset\.drp: unknown key; did you mean drop\?"):
        dl.run(frame(), target="ill", dataset__drp=["city"])
    with pytest.raises(ConfigError, match="got DataFrame: give data to run or sweep"):
        dl.load(frame())  # type: ignore[arg-type]
    assert [*Path().iterdir()] == []


def test_arrays_of_three_axes_are_sequences_and_of_four_pictures_with_a_network_that_suits_them() -> None:
    rng, classes = np.random.default_rng(7), np.arange(40) % 3
    sequences = rng.normal(size=(40, 5, 2)) + classes[:, None, None]
    results = dl.run(sequences, target=np.eye(3)[classes], out="sequences", **FAST)
    assert (results.experiment.model.kind, results.experiment.preprocessing.scale) == ("rnn", "standard")
    pictures = rng.integers(0, 256, (40, 6, 6, 3), dtype=np.uint8)
    names = pd.Series(["a", "b", "c"], dtype=object)[classes]
    results = dl.run(pictures, target=names, out="pictures", model__filters=[2], dropout__where="conv", **FAST)
    assert (results.experiment.model.kind, results.experiment.preprocessing.scale) == ("cnn", "unit")
    again = dl.run("pictures/config.yaml", out="again", quiet=True)
    pd.testing.assert_frame_equal(numbers(again), numbers(results))
    flat = dl.run(
        pictures, target=classes, out="flat", model__kind="mlp", model__hidden=[4], **FAST, dropout__where="hidden"
    )
    assert flat.experiment.engine == "stacked"
    with pytest.raises(ConfigError, match=r"training__epochs: training\.epochs: must be greater"):
        dl.run(pictures, target=classes, training__epochs=0)
    with pytest.raises(DatasetError, match="target: expected numbers or text, got object"):
        dl.run(pictures, target=[None] * 40)
    with pytest.raises(DatasetError, match=r"target: expected an array of shape \(40,\), got shape \(39,\)"):
        dl.run(pictures, target=classes[1:])
