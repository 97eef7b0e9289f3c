"""Bad input: a clear error, exit code 2, no traceback, nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import files
from program import call

CONFIGS = {
    "empty.yaml": "",
    "unknown.yaml": "extends: quickstart\ntraning: {epochs: 3}\nmodel: {hiden: [3]}\ndropout: {rate: lots}\n",
    "sonar.yaml": "extends: sonar/hidden\ntraining: {epochs: 1}\n",
    "name.yaml": "extends: quickstart\nname: ../elsewhere\n",
    "data.yaml": "extends: quickstart\ndataset: digit\n",
}
CASES = {
    "an unknown key, with the nearest one": (
        ["run", "unknown.yaml"],
        ["yaml:2: traning: unknown key", "training?"],
    ),
    "all problems at once": (["run", "unknown.yaml"], ["unknown.yaml:3: model.hiden", "unknown.yaml:4: dropout.rate"]),
    "an empty config": (["run", "empty.yaml"], ["dataset: missing", "model: missing", "training: missing"]),
    "a config that is not there": (["run", "sonar/hiden"], ["did you mean sonar/hidden?"]),
    "a name that leaves the results": (["run", "name.yaml"], ["name.yaml:2: name: expected letters"]),
    "rate 1": (["sweep", "--rates", "0,1"], ["rate 1 is outside 0 <= rate < 1"]),
    "rate 1.5": (["run", "quickstart", "-S", "dropout.rate=1.5"], ["dropout.rate", "less than 1", "1.5"]),
    "rate -0.1": (["run", "quickstart", "-S", "dropout.rate=-0.1"], ["dropout.rate", "-0.1"]),
    "a step over the stop": (["sweep", "--rates", "0:0.9:0.4"], ["steps over its end", "0:0.8:0.4"]),
    "a range downward": (["sweep", "--rates", "0.9:0:0.1"], ["runs downward", "0:0.9:0.1"]),
    "no rates": (["sweep", "--rates", ""], ["no rates given"]),
    "rates that are words": (["sweep", "--rates", "some"], ["'some' is not a number"]),
    "a sweep of nothing": (["sweep", "sonar/control"], ["there is no dropout whose rate could vary"]),
    "batch size 0": (
        ["run", "quickstart", "-S", "training.batch_size=0"],
        ["batch_size", "equal to 1"],
    ),
    "a noise_shape for other data": (
        ["run", "variants/conv1d", "-S", "dropout.noise_shape=[null,8,1]"],
        ["8 does not fit the input of conv_1_dropout, (batch, 4, 32): expected null, 1 or 4"],
    ),
    "weights of classes that there are not": (
        ["run", "smoke/visible", "-S", "training.class_weight={setoza: 2}"],
        ["unknown class setoza; did you mean setosa?"],
    ),
    "a measure that needs more classes": (
        ["run", "smoke/visible", "-S", "evaluation.metrics=[top_5_accuracy]"],
        ["top_5_accuracy needs 6 classes or more; iris has 3"],
    ),
    "more folds than rows": (["run", "smoke/visible", "--folds", "51"], ["smallest class has 50", "<= 50"]),
    "an unknown data set": (
        ["run", "data.yaml"],
        ["data.yaml:2: dataset.name: expected", "did you mean digits?"],
    ),
    "an engine that cannot": (
        ["run", "quickstart", "-S", "training.optimizer.name=lamb", "--engine", "stacked"],
        ["stacked cannot train this: lamb is not an elementwise optimizer"],
    ),
    "an output directory that is a file": (["run", "smoke/hidden", "--out", "empty.yaml"], ["is a file"]),
    "an output directory below a file": (["run", "smoke/hidden", "--out", "empty.yaml/x"], ["cannot be created"]),
    "an output directory with other files": (["run", "smoke/hidden", "--out", "."], ["that are not results"]),
    "other files and --fresh": (["run", "smoke/hidden", "--out", ".", "--fresh"], ["that are not results"]),
    "a directory without results": (["show", "."], ["holds no results"]),
    "a setting without a value": (["run", "quickstart", "-S", "training.epochs"], ["expected KEY=VALUE"]),
    "a config for a directory": (
        ["init", "."],
        ["error: .: has no picture and no folder: expected one folder of pictures for each class"],
    ),
    "a config for the root": (["init", "/"], ["error: /: is the root of all files: name a file"]),
    "a config for no target": (
        ["init", "empty.yaml", "--target", ""],
        ["--target: expected a column name, got 0 characters"],
    ),
    "a config for no group": (
        ["init", "empty.yaml", "--target", "a", "--group", ""],
        ["--group: expected a column name"],
    ),
    "a check of an unknown data set": (["data", "check", "irys"], ["unknown data set 'irys'; did you mean iris?"]),
    "an empty address of a scheduler": (
        ["run", "smoke/sweep", "--dask", ""],
        ["--dask: expected the address of a Dask scheduler"],
    ),
    "an unknown option": (["run", "quickstart", "--epoch", "3"], ["No such option"]),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in CONFIGS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_is_an_error_and_leaves_nothing(case: str, place: Path) -> None:
    arguments, expected = CASES[case]
    before = files(place)
    done = call(*arguments, cwd=place)
    assert done.returncode == 2
    for fragment in expected:
        assert fragment in done.stderr
    assert "Traceback" not in done.stderr
    assert files(place) == before


RUNS = [
    case for case, ([command, *options], _) in CASES.items() if command in ("run", "sweep") and "--dask" not in options
]


@pytest.mark.parametrize("case", RUNS)
def test_a_dry_run_refuses_what_a_run_refuses_in_the_same_words(case: str, place: Path) -> None:
    arguments, _ = CASES[case]
    before = files(place)
    run, dry = (call(*arguments, *more, cwd=place) for more in ([], ["--dry-run"]))
    assert (dry.returncode, dry.stderr) == (2, run.stderr)
    assert files(place) == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [("", "expected 208 lines, got 0"), ("0.1,0.2,R\n", "sonar.csv:1: expected 60 numbers"), ("\x00\xff", "sonar.csv")],
    ids=["empty", "short", "binary"],
)
def test_damaged_data_are_named_with_the_way_out(content: str, expected: str, place: Path) -> None:
    (place / "sonar.csv").write_text(content)
    before = files(place)
    done = call("run", "sonar.yaml", "--data-dir", place, cwd=place)
    assert done.returncode == 2
    assert expected in done.stderr
    assert "dropout-lab data fetch sonar" in done.stderr
    assert files(place) == before


def test_a_traceback_is_shown_when_it_is_asked_for(place: Path) -> None:
    done = call("run", "empty.yaml", "--traceback", cwd=place)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ConfigError" in done.stderr


@pytest.mark.slow
def test_results_of_another_experiment_are_refused_with_what_differs(tmp_path: Path) -> None:
    assert call("run", "smoke/hidden", "--out", "out", cwd=tmp_path).returncode == 0
    before = files(tmp_path)
    done = call("run", "smoke/hidden", "--out", "out", "-S", "training.epochs=3", "--seed", 8, cwd=tmp_path)
    assert done.returncode == 2
    assert "training.epochs: 2 -> 3" in done.stderr
    assert "evaluation.seed: 7 -> 8" in done.stderr
    assert "--out" in done.stderr
    assert "--fresh" in done.stderr
    assert files(tmp_path) == before
