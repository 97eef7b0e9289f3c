"""Folders of pictures in a config."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropout_lab.config import as_yaml, load, parse_override
from dropout_lab.config.dataset import PictureFolder
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

REST = "model: {kind: cnn, filters: [4]}\ntraining: {epochs: 1}\n"


def written(folder: Path, dataset: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "my.yaml").write_text(f"dataset: {dataset}\n{REST}", encoding="utf-8")
    return folder / "my.yaml"


def test_a_folder_is_relative_to_its_config_with_or_without_a_slash_at_its_end(tmp_path: Path) -> None:
    experiments = [
        load(written(tmp_path / "a", f"{{folder: {folder}, size: [32, 24], test: ../t/}}"))
        for folder in ("../my.pictures", "../my.pictures/", "../my.pictures//")
    ]
    for experiment in experiments:
        assert experiment.dataset == PictureFolder(
            folder=str(tmp_path / "my.pictures"), size=(32, 24), test=str(tmp_path / "t")
        )
        assert (experiment.dataset.name, experiment.preprocessing.scale) == ("my.pictures", "auto")
    assert len({plan(experiment)[0].id for experiment in experiments}) == 1
    saved = written(tmp_path / "b", "sonar")
    saved.write_text(as_yaml(experiments[0], saved.parent))
    assert "folder: ../my.pictures\n" in saved.read_text()
    assert load(saved) == experiments[0]


def test_a_text_that_ends_in_a_slash_is_a_folder(tmp_path: Path) -> None:
    config = written(tmp_path, "some/pictures/")
    (missing,) = problems(config)
    assert missing.startswith("my.yaml:1: dataset.size: missing: height and width, in pixels")
    experiment = load(config, [parse_override("dataset.size=[8, 8]")])
    assert experiment.dataset == PictureFolder(folder=str(tmp_path / "some/pictures"), size=(8, 8))


def test_the_folder_of_the_config_itself_has_a_name(tmp_path: Path) -> None:
    assert load(written(tmp_path / "digits", "{folder: ., size: [8, 8]}")).dataset.name == "digits"


def problems(config: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(config)
    return tuple(problem.replace(f"{config.parent}/", "") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("size: [8]", "dataset.size"),
        ("size: [0, 8]", "dataset.size"),
        ("size: [8, 8], color: blue", "dataset.color: expected one of rgb, grayscale, got 'blue'"),
        ("size: [8, 8], target: class", "dataset.target: unknown key"),
        ("size: [8, 8], group: '(a'", "dataset.group: not a regular expression"),
        ("size: [8, 8], group: '(a)(b)'", "dataset.group: '(a)(b)' has 2 groups in parentheses: expected at most one"),
        ("size: [8, 8], test: 'https://example.org/x'", "dataset.test: expected a folder of this machine"),
        ("size: [8, 8], csv: my.csv", "dataset.folder: the data already have a csv"),
    ],
)
def test_keys_that_mean_nothing_are_refused(keys: str, expected: str, tmp_path: Path) -> None:
    found = problems(written(tmp_path, f"{{folder: p, {keys}}}"))
    assert any(expected in problem for problem in found), found


def test_what_is_said_of_pictures_decides_a_trial(tmp_path: Path) -> None:
    config = written(tmp_path, "{folder: p, size: [8, 8]}")
    usual = plan(load(config))[0].id
    for change in ("dataset.size=[8, 9]", "dataset.color=grayscale", "dataset.skip_broken=true", "dataset.group=a"):
        assert plan(load(config, [parse_override(change)]))[0].id != usual
