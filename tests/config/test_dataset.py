"""Data of the user's own in a config: where their path leads, and what may be said of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dropout_lab.config import as_yaml, load, parse_override
from dropout_lab.config.dataset import CSV, BuiltinDataset, OpenML
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan
from dropout_lab.results.compatibility import differences

REST = "model: {hidden: [4]}\ntraining: {epochs: 1}\n"


def written(file: Path, dataset: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"dataset: {dataset}\n{REST}", encoding="utf-8")
    return file


def problems(config: Path, *changes: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(config, [parse_override(change) for change in changes])
    return tuple(problem.replace(f"{config.parent}/", "") for problem in caught.value.problems)


def csv_of(config: Path, *changes: str) -> str:
    dataset = load(config, [parse_override(change) for change in changes]).dataset
    assert isinstance(dataset, CSV)
    return dataset.csv


def test_a_path_is_relative_to_the_config_that_names_it_and_in_a_setting_to_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = written(tmp_path / "some" / "base.yaml", "{csv: data/my.csv, target: outcome}")
    other = tmp_path / "other" / "my.yaml"
    other.parent.mkdir()
    other.write_text("extends: ../some/base.yaml\n")
    assert csv_of(base) == csv_of(other) == str(tmp_path / "some/data/my.csv")
    assert csv_of(other, "dataset.csv=new.csv") == str(tmp_path / "new.csv")
    assert csv_of(other, "dataset.csv=/new.csv") == "/new.csv"
    assert csv_of(other, "dataset.csv=~/new.csv") == str(Path.home() / "new.csv")


def test_a_config_that_is_written_elsewhere_leads_to_the_same_file(tmp_path: Path) -> None:
    experiment = load(written(tmp_path / "my.yaml", "{csv: data/my.csv, target: outcome}"))
    elsewhere = tmp_path / "results" / "my"
    elsewhere.mkdir(parents=True)
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    for folder in (elsewhere, link):
        text = as_yaml(experiment, folder)
        assert "csv: ../../data/my.csv" in text
        assert str(tmp_path) not in text
        (folder / "config.yaml").write_text(text)
        assert load(folder / "config.yaml") == experiment
    assert load(written(tmp_path / "same.yaml", "my.csv"), [parse_override("dataset.target=y")]).dataset == CSV(
        csv=str(tmp_path / "my.csv"), target="y"
    )


def test_where_the_file_lies_does_not_decide_a_trial_but_its_name_and_what_is_said_of_it_do(tmp_path: Path) -> None:
    here = load(written(tmp_path / "my.yaml", "{csv: my.csv, target: outcome}"))
    there = load(written(tmp_path / "there" / "my.yaml", "{csv: my.csv, target: outcome}"))
    assert plan(here)[0].id == plan(there)[0].id
    for change in ("dataset.csv=other.csv", "dataset.target=other", "dataset.drop=[a]", "dataset.most_categories=3"):
        assert plan(load(tmp_path / "my.yaml", [parse_override(change)]))[0].id != plan(here)[0].id


def test_a_header_that_was_once_the_default_is_the_same_experiment_as_one_that_is_detected(tmp_path: Path) -> None:
    config = written(tmp_path / "my.yaml", "{csv: my.csv, target: outcome}")
    detected, given, none = (
        load(config, [parse_override(f"dataset.header={value}")]) for value in ("null", "true", "false")
    )
    assert plan(detected)[0].id == plan(given)[0].id == plan(load(config))[0].id != plan(none)[0].id
    assert differences(given, detected) == []
    assert differences(none, detected) == ["dataset.header: False -> not set"]


def test_a_name_an_ending_or_a_mapping_says_where_the_rows_come_from(tmp_path: Path) -> None:
    config = written(tmp_path / "my.yaml", "{csv: my.csv, target: outcome, drop: [id]}")
    other = tmp_path / "other.yaml"
    other.write_text("extends: my.yaml\ndataset: iris\n")
    assert load(other).dataset == BuiltinDataset(name="iris")
    assert load(config, [parse_override("dataset={openml: 31}")]).dataset == OpenML(openml="31")
    assert load(config, [parse_override("dataset.target=2019")]).dataset.drop == ("id",)  # type: ignore[union-attr]
    both = [parse_override("dataset.target=y"), parse_override("dataset.csv=b.csv")]
    other.write_text("extends: quickstart\n")
    assert load(other, both).dataset == load(other, both[::-1]).dataset == CSV(csv=os.path.abspath("b.csv"), target="y")


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("{csv: my.csv}", "my.yaml:1: dataset.target: missing: the column to predict"),
        ("my.csv", "my.yaml:1: dataset.target: missing: the column to predict"),
        ("{csv: my.csv, taget: a, target: b}", "my.yaml:1: dataset.taget: unknown key; did you mean target?"),
        ("{csv: my.csv, target: a, name: iris}", "my.yaml:1: dataset.csv: the data already have a name"),
        ("{csv: 5, target: a}", "my.yaml:1: dataset.csv: expected text, got 5"),
        ("{csv: '', target: a}", "my.yaml:1: dataset.csv: "),
        ("{csv: my.csv, target: 0.5}", "my.yaml:1: dataset.target: to YAML, 0.5 is a number: quote the name, as it"),
        ("{csv: my.csv, target: true}", "my.yaml:1: dataset.target: to YAML, true is true or false: quote"),
        (
            "{csv: my.csv, target: a, encoding: cp1525}",
            "my.yaml:1: dataset.encoding: unknown encoding 'cp1525'; did you",
        ),
        ("{csv: my.csv, target: a, encoding: rot13}", "my.yaml:1: dataset.encoding: unknown encoding 'rot13'"),
        ("{csv: my.csv, target: a, separator: ';;'}", "my.yaml:1: dataset.separator: "),
        ("{openml: 31, version: 2}", "my.yaml:1: dataset: openml 31 is a number, which has one version: leave version"),
        (
            "{csv: my.csv, target: a, not_missing: [Non]}",
            "my.yaml:1: dataset.not_missing: 'Non' is not a missing value",
        ),
        (
            "{}",
            "my.yaml:1: dataset.name: missing: a built-in data set, e.g. sonar; or set csv, parquet, npz, hdf5, npy, "
            "folder or openml",
        ),
        ("5", "my.yaml:1: dataset: expected a name, or 'key: value' lines, got 5"),
        ("my", "my.yaml:1: dataset.name: expected one of sonar"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(dataset: str, expected: str, tmp_path: Path) -> None:
    assert any(problem.startswith(expected) for problem in problems(written(tmp_path / "my.yaml", dataset)))


def test_words_that_yaml_takes_for_something_else_are_meant_as_they_stand(tmp_path: Path) -> None:
    words = "missing: [-9, -99.5, -1.0], not_missing: [NA, null]"
    config = written(tmp_path / "my.yaml", f"{{csv: my.csv, target: a, {words}}}")
    dataset = load(config).dataset
    assert isinstance(dataset, CSV)
    assert (dataset.missing, dataset.not_missing) == (("-9", "-99.5", "-1"), ("NA", "null"))


def test_only_the_number_of_training_rows_can_be_swept(tmp_path: Path) -> None:
    config = written(tmp_path / "my.yaml", "{csv: my.csv, target: outcome}")
    assert len(list(load(config, [parse_override("sweep.dataset.train_rows=100:300:100")]).points())) == 3
    assert "sweep.dataset.target: cannot be swept" in problems(config, "sweep.dataset.target=[a, b]")[0]


def test_data_are_called_by_the_name_of_their_file_without_what_a_table_must_not_hold() -> None:
    for file, name in (("/a/my data.csv", "my-data"), ("=1+1.csv", "1-1"), ("größe.csv", "größe"), ("-.csv", "data")):
        assert CSV(csv=file, target="y").name == name
    assert OpenML(openml="credit-g", version=1).name == "openml-credit-g-1"


def test_dates_in_a_list_of_mappings_are_refused(tmp_path: Path) -> None:
    config = written(tmp_path / "my.yaml", "{csv: my.csv, target: y, dates: [sold: [year]]}")
    assert problems(config) == ("my.yaml:1: dataset.dates: expected 'key: value' lines, got [{'sold': ['year']}]",)
