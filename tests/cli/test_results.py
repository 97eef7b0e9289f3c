"""`show` and `compare`, for people and for pipes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from builders import experiment, outcome
from program import call

from dropout_lab.config import Experiment
from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.plan import plan
from dropout_lab.results import open_store
from dropout_lab.stats import Comparison, design_of, metric_named, summarize, trial_matrix

SWEEP = experiment({"name": "swept", "sweep": {"dropout.rate": [0, 0.2, 0.5]}})


def made(folder: Path, planned: Experiment = SWEEP, *, left_out: int = 0, failed: int = 0) -> Path:
    """Write a result whose numbers come from the trials' seeds."""
    trials = plan(planned)
    with open_store(folder, planned, 3) as store:
        store.repair()
        done = trials[: len(trials) - left_out]
        store.append([TrialFailure(trial, "failed", "MemoryError") for trial in done[:failed]])
        store.append([outcome(trial) for trial in done[failed:]])
        data = {"name": "iris", "rows": 12, "inputs": 2, "classes": ["a", "b", "c"], "checksum": "c", "source": "made"}
        store.record({"experiment": planned.name, "data": data, "starts": []})
    return folder


def summarized(folder: Path, metric: str = "accuracy") -> pd.DataFrame:
    """Return the summary of the tables in a directory."""
    trials, predictions = (pd.read_csv(folder / name) for name in ("trials.csv", "predictions.csv.gz"))
    return summarize(trial_matrix(trials, Comparison(design_of(SWEEP), metric_named(metric)), predictions))


def test_a_summary_for_a_pipe_is_the_summary_whole(tmp_path: Path) -> None:
    folder = made(tmp_path / "out")
    done = call("show", folder, "--format", "csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(done.stdout)), summarized(folder))
    found = json.loads(call("show", folder, "--format", "json", cwd=tmp_path).stdout)
    assert (found["result"], found["trials"], found["missing"]) == ("swept", 18, 0)
    assert [point["rate"] for point in found["summary"]] == [0, 0.2, 0.5]
    assert found["verdict"][0].endswith(".")


def test_markdown_has_a_row_for_each_rate(tmp_path: Path) -> None:
    text = call("show", made(tmp_path / "out"), "--format", "md", cwd=tmp_path).stdout
    assert text.startswith("## swept\n\n**")
    assert "| dropout rate | trials | accuracy |" in text
    assert sum(line.startswith(("| 0 |", "| 0.2 |", "| 0.5 |")) for line in text.splitlines()) == 5  # and 2 differences


def test_unfinished_and_failed_trials_are_told(tmp_path: Path) -> None:
    done = call("show", made(tmp_path / "out", left_out=4, failed=2), cwd=tmp_path)
    assert done.returncode == 0
    assert f"4 of 18 trials are missing; train them with: dropout-lab run {tmp_path / 'out/config.yaml'}" in done.stderr
    assert "failed" in done.stdout
    assert "Unfinished (14 of 18 trials): rate 0.2 is the only rate with complete results" in " ".join(
        done.stdout.split()
    )


def test_an_unfinished_result_is_no_winner_to_another_program(tmp_path: Path) -> None:
    done = call("show", made(tmp_path / "out", left_out=2), "--format", "json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (found["outcome"], found["missing"], found["metric"]) == ("unfinished", 2, "accuracy")
    assert found["verdict"][0].startswith("Unfinished (16 of 18 trials): ")
    assert [point["n"] for point in found["summary"]] == [6, 6, 4]


def test_the_metric_can_be_chosen_and_a_wrong_name_lists_the_names(tmp_path: Path) -> None:
    folder = made(tmp_path / "out")
    done = call("show", folder, "--format", "csv", "--metric", "loss", cwd=tmp_path)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(done.stdout)), summarized(folder, "loss"))
    for command in (["show", folder], ["compare", folder, folder], ["report", folder]):
        done = call(*command, "--metric", "speed", cwd=tmp_path)
        assert done.returncode == 2
        assert "metric: 'speed' is not known: expected one of accuracy, loss" in done.stderr


@pytest.mark.parametrize("format_", ["table", "csv", "json", "md"])
def test_results_where_everything_failed_are_shown_in_every_format(tmp_path: Path, format_: str) -> None:
    done = call("show", made(tmp_path / "out", failed=18), "--format", format_, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "failed" in done.stdout


def test_single_results_on_the_same_rows_are_compared_in_pairs(tmp_path: Path) -> None:
    for name, rate in (("first", 0.0), ("second", 0.3)):
        made(tmp_path / name, experiment({"name": name, "dropout.rate": rate}))
    done = call("compare", "first", "second", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Differences in held-out accuracy to first" in done.stdout
    assert "6 pairs" in done.stdout
    other = experiment({"name": "other", "evaluation.split_seed": 8})
    made(tmp_path / "other", other)
    unpaired = call("compare", "first", "other", cwd=tmp_path).stdout
    assert "unpaired" in unpaired
    assert "hold out different rows" in unpaired


def test_a_wider_margin_makes_more_of_the_difference_practically_the_same(tmp_path: Path) -> None:
    folder = made(tmp_path / "out")
    same = []
    for margin in ("0.01", "0.5"):
        found = json.loads(call("show", folder, "--format", "json", "--margin", margin, cwd=tmp_path).stdout)
        same.append(found["summary"][1]["prob_same"])
    assert same[0] < same[1]


def test_one_directory_cannot_be_compared(tmp_path: Path) -> None:
    folder = made(tmp_path / "out")
    (tmp_path / "link").symlink_to(folder)
    for directories in ([folder], ["out", "out/../out", "link"]):
        done = call("compare", *directories, cwd=tmp_path)
        assert done.returncode == 2
        assert "at least two different result directories" in done.stderr


@pytest.mark.parametrize("command", ["show", "compare", "report"])
def test_a_directory_without_results_is_refused(tmp_path: Path, command: str) -> None:
    (tmp_path / "empty").mkdir()
    done = call(command, "empty", *(["nothing"] if command == "compare" else []), cwd=tmp_path)
    assert done.returncode == 2
    assert "empty: holds no results" in done.stderr
    assert "Traceback" not in done.stderr
