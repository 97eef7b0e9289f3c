from __future__ import annotations

from pathlib import Path

from report.made import GROUPED, GROUPS, result, without_groups

from dropout_lab import results
from dropout_lab.analysis.predictions import read_predictions


def test_the_predictions_of_grouped_rows_have_their_groups_or_are_not_taken(tmp_path: Path) -> None:
    folder = result(tmp_path / "out", GROUPED)
    experiment, trials = results.saved_experiment(folder), results.read_trials(folder)
    predictions = read_predictions(folder, experiment, trials)
    assert predictions is not None
    assert list(predictions.columns) == ["trial", "rate", "repeat", "fold", "row", "group", "label", "p0", "p1", "p2"]
    assert (predictions["group"] == GROUPS[predictions["row"]]).all()
    without_groups(folder)
    assert read_predictions(folder, experiment, trials) is None


def test_the_predictions_of_other_rows_have_no_groups(tmp_path: Path) -> None:
    folder = result(tmp_path / "out")
    predictions = read_predictions(folder, results.saved_experiment(folder), results.read_trials(folder))
    assert predictions is not None
    assert list(predictions.columns) == ["trial", "rate", "repeat", "fold", "row", "label", "p0", "p1", "p2"]
