from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from builders import experiment, outcome

from dropout_lab.claims.measure import MEASURES, measured
from dropout_lab.config import Claim
from dropout_lab.engines.outcome import TrialFailure
from dropout_lab.errors import ConfigError, ResultsError
from dropout_lab.plan import plan
from dropout_lab.results import open_store, read_history, read_trials
from dropout_lab.stats import convergence


def claim(measure: str, level: float | None = None) -> Claim:
    fields = {"says": "more", "source": "a book", "study": "once", "measure": measure, "level": level}
    return Claim.model_validate({**fields, "contrasts": [{"of": {}, "against": {}}]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    first, second, *others = plan(experiment())
    with open_store(tmp_path / "out", experiment(), 3) as store:
        store.repair()
        done = [TrialFailure(first, "failed", "no memory"), outcome(second, diverged=True), *map(outcome, others)]
        store.append(done)
    return tmp_path / "out"


@pytest.mark.parametrize("measure", MEASURES)
def test_what_is_made_of_epochs_is_the_course_of_each_trial_that_has_a_result(measure: str, folder: Path) -> None:
    trials = read_trials(folder)
    history = read_history(folder, trials[trials["status"] == "ok"])
    assert history is not None
    expected = convergence(trials, history, 0.5)[MEASURES[measure]]
    pd.testing.assert_series_equal(measured(claim(measure, 0.5), trials, folder), expected)
    assert expected.isna()[:2].all()
    assert expected[2:].notna().any()


def test_a_measure_that_is_not_there_or_lacks_something_is_told(folder: Path) -> None:
    trials = read_trials(folder)
    with pytest.raises(ConfigError, match=r"claim\.measure: speed: expected one of gap, loss_gap, epochs_to_best"):
        measured(claim("speed"), trials, folder)
    with pytest.raises(ConfigError, match=r"claim\.level: expected the training loss that epochs_to_loss waits for"):
        measured(claim("epochs_to_loss"), trials, folder)
    (folder / "history.csv").unlink()
    with pytest.raises(ResultsError, match=r"has no history\.csv"):
        measured(claim("gap"), trials, folder)


def test_what_many_passes_gain_is_their_accuracy_less_the_usual_one(folder: Path) -> None:
    trials = read_trials(folder).assign(mc_accuracy=0.75)
    gained = measured(claim("mc_gain"), trials, folder)
    pd.testing.assert_series_equal(gained, 0.75 - trials["accuracy"].astype(float), check_names=False)
    with pytest.raises(ConfigError, match=r"claim\.measure: mc_gain: expected one of"):
        measured(claim("mc_gain"), trials.drop(columns="mc_accuracy"), folder)
