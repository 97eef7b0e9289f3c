"""A race as it is shown: of the trials that its last look has judged, at the level of a look."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import writer
from rich.console import Console

from dropout_lab.analysis.study import Study, read_study
from dropout_lab.engines import Block, Train
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.report.terminal import shown
from dropout_lab.results import read_trials
from dropout_lab.stats.estimates import upper_quantile


def answer(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
    for trial in block:
        yield [writer.raced_outcome(trial)]


def interrupted(after: int) -> Train:
    """Return what trains so many trials and then ends as by Ctrl-C."""
    count = itertools.count(1)

    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        for trial in block:
            if next(count) > after:
                raise KeyboardInterrupt
            yield [writer.raced_outcome(trial)]

    return train


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("race")
    with writer.made(answer, 5):
        assert writer.run_here(writer.raced(), out)
    return out


def text(study: Study) -> str:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(shown(study, 80))
    return console.export_text()


def test_a_rate_that_left_has_fewer_trials_and_nothing_is_called_unfinished(whole: Path) -> None:
    study = read_study(whole)
    assert study.summary["n"].tolist() == [9, 9, 6]
    assert study.summary["pairs"].tolist() == [0, 9, 6]
    assert (study.missing, study.planned, study.gaps) == (0, 24, ())
    assert "up to 3 x 3 folds" in text(study)
    assert "nfinished" not in text(study)


def test_the_verdict_says_how_the_race_ended(whole: Path) -> None:
    verdict = read_study(whole).verdict
    assert verdict
    assert verdict.outcome == "winner"
    assert verdict.details[0] == "Settled after 3 repeats (look 2 of 3): no other rate may be the best."


def test_intervals_are_those_of_a_look_so_that_they_hold_over_all(whole: Path) -> None:
    study = read_study(whole)
    row, differences = study.summary.iloc[1], study.matrix.differences(0)
    half = upper_quantile(differences.df, 0.05 / 3)[1] * differences.error[1]
    assert row["diff_high"] - row["diff"] == pytest.approx(half)


def test_trials_of_a_look_that_is_not_finished_do_not_count_yet(tmp_path: Path) -> None:
    with writer.made(interrupted(20), 1), pytest.raises(KeyboardInterrupt):
        writer.run_here(writer.raced(), tmp_path)
    assert len(read_trials(tmp_path)) == 20
    study = read_study(tmp_path)
    assert len(study.trials) == 18
    assert study.verdict
    assert study.verdict.details[0] == "Not settled after 2 repeats (look 1 of 3): 2 rates would go on."


def test_before_the_first_look_a_race_is_unfinished(tmp_path: Path) -> None:
    with writer.made(interrupted(7), 1), pytest.raises(KeyboardInterrupt):
        writer.run_here(writer.raced(), tmp_path)
    study = read_study(tmp_path)
    assert (study.planned, study.missing) == (18, 11)
    assert study.verdict
    assert study.verdict.outcome == "unfinished"
    assert study.verdict.details[0] == "The first of 3 looks is not finished."


def test_the_summary_on_disk_is_that_of_the_study(whole: Path) -> None:
    study = read_study(whole)
    assert (whole / "summary.csv").read_text() == study.summary.to_csv(index=False)
