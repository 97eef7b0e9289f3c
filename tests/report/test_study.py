"""A result, read whole."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from builders import files
from damage import Damage, damages
from hypothesis import given, settings
from report.made import result

from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.report.study import Study, read_study
from dropout_lab.results import saved_experiment

NOISE = {"sweep": {}, "dropout": {"kind": "gaussian_noise", "stddev": 0.2}}


def test_a_kind_of_dropout_without_a_rate_is_told_by_what_it_has_instead(tmp_path: Path) -> None:
    study = read_study(result(tmp_path, NOISE))
    assert (study.axis.column, study.axis.word, study.axis.values) == ("dropout.stddev", "stddev", (0.2,))
    assert study.summary[["dropout.stddev", "n"]].to_numpy().tolist() == [[0.2, 6]]
    assert study.gaps == ()
    assert study.baseline is None
    assert study.verdict is not None
    assert len(study.history) == 6 * 3


def test_trials_that_are_missing_are_counted_where_there_is_no_rate(tmp_path: Path) -> None:
    study = read_study(result(tmp_path, NOISE, trains=lambda trial: trial.fold == 0))
    assert [(gap.value, gap.done, gap.planned) for gap in study.gaps] == [(0.2, 2, 6)]


def test_rates_for_each_layer_are_one_point_of_that_name(tmp_path: Path) -> None:
    study = read_study(result(tmp_path, {"sweep": {}, "dropout": {"rate": {"visible": 0.2, "hidden": [0.5]}}}))
    assert (study.axis.column, study.axis.values) == ("dropout.rate", ("visible 0.2, hidden 0.5",))
    assert study.summary[["dropout.rate", "n"]].to_numpy().tolist() == [["visible 0.2, hidden 0.5", 6]]
    assert study.gaps == ()
    assert study.baseline is None
    assert len(study.history) == 6 * 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = result(tmp_path_factory.mktemp("made") / "out", diverges=lambda trial: trial.fold == 1)
    assert len(plan(saved_experiment(folder))) == 18
    return files(folder)


def read_with(whole: dict[str, bytes], name: str, content: bytes) -> Study | None:
    """Read a result of which one file is another; None where it is refused, by that file's name."""
    with tempfile.TemporaryDirectory() as folder:
        for file, old in whole.items():
            (Path(folder) / file).write_bytes(content if file == name else old)
        try:
            return read_study(Path(folder))
        except ResultsError as error:
            if name not in str(error):
                raise
            return None


@settings(max_examples=25)
@given(damages())
def test_damaged_curves_are_refused_or_each_trial_has_its_epochs(whole: dict[str, bytes], damage: Damage) -> None:
    study = read_with(whole, "history.csv", damage(whole["history.csv"]))
    assert study is None or study.history.groupby(["rate", "epoch"]).size().tolist() == [4] * 9


@settings(max_examples=25)
@given(damages())
def test_damaged_predictions_are_refused_or_the_report_does_without(whole: dict[str, bytes], damage: Damage) -> None:
    packed = whole["predictions.csv.gz"]
    for content in (damage(packed), gzip.compress(damage(gzip.decompress(packed)))):
        study = read_with(whole, "predictions.csv.gz", content)
        assert study is None or len(study.history) == 12 * 3


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("history.csv", b",1,", b",1.5,", "history.csv:2: epoch: expected a whole number from 1, got '1.5'"),
        ("history.csv", b",3,", b",2,", "epoch 2 is out of turn"),
        ("predictions.csv.gz", b",0,0,0,", b",0,0,x,", "predictions.csv.gz:2: row: expected a whole number, got 'x'"),
        ("predictions.csv.gz", b",1,1,", b",0,1,", "row 0 is out of turn"),
        (
            "predictions.csv.gz",
            b"label",
            b"class",
            ":1: column 6: expected label, got 'class'",
        ),
    ],
)
def test_damaged_details_are_told_with_their_place(
    whole: dict[str, bytes], tmp_path: Path, name: str, old: bytes, new: bytes, said: str
) -> None:
    for file, content in whole.items():
        (tmp_path / file).write_bytes(content)
    text = gzip.decompress(whole[name]) if name.endswith(".gz") else whole[name]
    assert old in text
    changed = text.replace(old, new, 1)
    (tmp_path / name).write_bytes(gzip.compress(changed) if name.endswith(".gz") else changed)
    with pytest.raises(ResultsError) as caught:
        read_study(tmp_path)
    assert said in str(caught.value)
    assert "Bring it back, or set these results aside with --fresh" in str(caught.value)
