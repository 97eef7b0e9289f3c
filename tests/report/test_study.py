"""A result, read whole."""

from __future__ import annotations

from pathlib import Path

from report.made import result

from dropout_lab.report.study import read_study

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
