"""A result, read whole."""

from __future__ import annotations

import gzip
import io
import re
import tempfile
from pathlib import Path

import pytest
from builders import files
from damage import Damage, damages
from hypothesis import given, settings
from report.made import GROUPED, result, right, without_groups, without_predictions
from rich.console import Console

from dropout_lab.analysis.study import Study, read_study
from dropout_lab.errors import ResultsError
from dropout_lab.plan import Trial, plan
from dropout_lab.report.terminal import shown
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


TWO = {"sweep": {"dropout.rate": [0, 0.5], "training.batch_size": [8, 16]}}


def test_of_several_axes_the_best_point_without_its_dropout_is_proposed_and_compares_when_it_is_named(
    tmp_path: Path,
) -> None:
    def sure(trial: Trial) -> list[float]:
        return right(round(100 * trial.experiment.dropout.rate) + trial.experiment.training.batch_size, 100)

    folder = result(tmp_path / "out", TWO, sure=sure)
    bare = read_study(folder)
    assert bare.verdict is not None
    assert bare.verdict.sentence.endswith(
        "there is no baseline to compare it with: choose one with --baseline 'rate 0, batch size 16' (show, report)."
    )
    named = read_study(folder, baseline="rate 0, batch size 16")
    assert named.verdict is not None
    assert named.baseline == "rate 0, batch size 16"
    assert " rate 0, batch size 16: +50.0 points" in named.verdict.sentence
    assert named.summary.set_index("point")["diff"]["rate 0, batch size 8"] == pytest.approx(-0.08)


@pytest.mark.parametrize("name", ["0.2", "rate 0.2"])
def test_any_rate_can_be_the_baseline_and_a_table_names_it(name: str, tmp_path: Path) -> None:
    folder = result(tmp_path / "out")
    study = read_study(folder, baseline=name)
    assert (study.baseline, study.summary["diff"].isna().tolist()) == (0.2, [False, True, False])
    console = Console(width=80, file=io.StringIO(), record=True)
    for each in (study, read_study(folder)):
        console.print(shown(each))
    assert re.findall(r"against rate [\d.]+", console.export_text()) == ["against rate 0.2", "against rate 0"]


def said(study: Study) -> str:
    """Return all that is said of a result."""
    assert study.verdict is not None
    return " ".join((study.verdict.sentence, *study.verdict.details, *study.verdict.notes))


def test_on_a_fixed_split_intervals_are_for_other_test_rows_too(tmp_path: Path) -> None:
    fixed = {"evaluation": {"split": "holdout", "repeats": 3}}
    rows = {0.0: 40, 0.2: 44, 0.5: 30}
    folder = result(tmp_path / "out", fixed, sure=lambda trial: right(rows[trial.experiment.dropout.rate], 50))
    study = read_study(folder)
    assert study.matrix.basis == "rows"
    error = (4 / 50 * 46 / 50 / 49 + (1 / 50) ** 2) ** 0.5  # of 4 better rows in 50: no seed differs from another
    assert study.summary["diff_error"][1] == pytest.approx(error)
    text = f"rate 0.2 and no dropout, the rows contribute {100 * error:.1f} points and seeds 0.0 points"
    assert f"Of the standard error of the difference between {text}" in said(study)
    assert "Intervals are for other test rows of this kind" in said(study)
    wide = read_study(without_predictions(folder))
    assert wide.matrix.basis == "trials"
    assert "Only the seeds vary here: what holds on these 50 test rows need not hold on others." in said(wide)


def test_without_predictions_intervals_are_said_to_be_wider_than_they_need_to_be(tmp_path: Path) -> None:
    rows = {0.0: 40, 0.2: 44, 0.5: 10}

    def sure(trial: Trial) -> list[float]:
        return right(rows[trial.experiment.dropout.rate] + 2 * trial.fold, 50)

    folder = result(tmp_path / "out", sure=sure)
    narrow, wide = read_study(folder), read_study(without_predictions(folder))
    assert "wider than they need to be" not in said(narrow)
    assert "Predictions are missing, so the intervals are those of folds, which are wider than they need" in said(wide)
    assert narrow.replicates.interval == "for other rows of this kind and networks trained on as many as in each fold"
    assert wide.replicates.interval == "corrected for folds that share training rows"
    means = [study.summary["ci_high"] - study.summary["ci_low"] for study in (narrow, wide)]
    assert (means[0] != means[1]).all()
    assert narrow.summary["mean"].equals(wide.summary["mean"])


def test_where_rows_are_held_out_by_group_intervals_are_by_group(tmp_path: Path) -> None:
    grouped, single = read_study(result(tmp_path / "grouped", GROUPED)), read_study(result(tmp_path / "rows"))
    assert (grouped.matrix.basis, single.matrix.basis) == ("groups", "rows")
    assert grouped.matrix.rows is not None
    assert grouped.matrix.rows.units == 9  # three in each of three folds
    assert single.summary["diff"].equals(grouped.summary["diff"])
    assert (grouped.summary["diff_error"] != single.summary["diff_error"])[1:].all()
    assert "Intervals are for new groups of this kind" in said(grouped)
    assert "Intervals are for new rows of this kind" in said(single)
    assert grouped.replicates.interval.startswith("for other groups of rows of this kind")
    without_groups(grouped.folder)
    earlier = read_study(grouped.folder)
    assert earlier.matrix.basis == "trials"
    assert "wider than they need to be" in said(earlier)


def test_a_baseline_that_is_not_there_is_refused_with_the_names_of_some_that_are(tmp_path: Path) -> None:
    with pytest.raises(
        ResultsError, match=r"--baseline: the result has no point '0\.3': expected one of '0', '0\.2', '0"
    ):
        read_study(result(tmp_path / "out"), baseline="0.3")


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = result(tmp_path_factory.mktemp("made") / "out", diverges=lambda trial: trial.fold == 1)
    assert len(plan(saved_experiment(folder))) == 18
    return files(folder)


def read_with(intact: dict[str, bytes], name: str, content: bytes) -> Study | None:
    """Read a result of which one file is another; None where it is refused, by that file's name."""
    with tempfile.TemporaryDirectory() as folder:
        for file, old in intact.items():
            (Path(folder) / file).write_bytes(content if file == name else old)
        try:
            return read_study(Path(folder))
        except ResultsError as error:
            if name not in str(error):
                raise
            return None


@settings(max_examples=25)
@given(damages())
def test_damaged_curves_are_refused_or_each_trial_has_its_epochs(intact: dict[str, bytes], damage: Damage) -> None:
    study = read_with(intact, "history.csv", damage(intact["history.csv"]))
    assert study is None or study.history.groupby(["rate", "epoch"]).size().tolist() == [4] * 9


@settings(max_examples=25)
@given(damages())
def test_damaged_predictions_are_refused_or_the_report_does_without(intact: dict[str, bytes], damage: Damage) -> None:
    packed = intact["predictions.csv.gz"]
    for content in (damage(packed), gzip.compress(damage(gzip.decompress(packed)))):
        study = read_with(intact, "predictions.csv.gz", content)
        assert study is None or len(study.history) == 12 * 3


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("history.csv", b",1,", b",1.5,", "history.csv:2: epoch: expected a whole number from 1, got '1.5'"),
        ("history.csv", b",3,", b",2,", "unexpected epoch 2"),
        ("predictions.csv.gz", b",0,0,0,", b",0,0,x,", "predictions.csv.gz:2: row: expected a whole number, got 'x'"),
        ("predictions.csv.gz", b",1,1,", b",0,1,", "unexpected row 0"),
        (
            "predictions.csv.gz",
            b"label",
            b"class",
            ":1: column 6: expected label, got 'class'",
        ),
    ],
)
def test_damaged_details_are_told_with_their_place(
    intact: dict[str, bytes], tmp_path: Path, name: str, old: bytes, new: bytes, message: str
) -> None:
    for file, content in intact.items():
        (tmp_path / file).write_bytes(content)
    text = gzip.decompress(intact[name]) if name.endswith(".gz") else intact[name]
    assert old in text
    changed = text.replace(old, new, 1)
    (tmp_path / name).write_bytes(gzip.compress(changed) if name.endswith(".gz") else changed)
    with pytest.raises(ResultsError) as caught:
        read_study(tmp_path)
    assert message in str(caught.value)
    assert "Restore it, or set these results aside with --fresh" in str(caught.value)
