from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.stats import carry_forward, convergence

losses = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=8)


def made(*courses: Sequence[float], status: str = "ok") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trials and the history of trainings with these held-out losses; the training loss is 1 higher."""
    names = [f"{number:012x}" for number in range(len(courses))]
    trials = pd.DataFrame(
        {
            "trial": names,
            "status": status,
            "accuracy": 0.7,
            "train_accuracy": 0.9,
            "loss": 0.8,
            "train_loss": 0.25,
        }
    )
    history = pd.DataFrame(
        [
            {"trial": name, "epoch": epoch, "loss": loss, "train_loss": loss + 1}
            for name, run in zip(names, courses, strict=True)
            for epoch, loss in enumerate(run, 1)
        ]
    )
    return trials, history


@given(st.lists(losses, min_size=1, max_size=4), st.integers(-1, 10), st.randoms())
def test_each_trial_has_the_epochs_until_it_was_best_and_until_it_reached_a_level(
    courses: list[list[float]], level: int, random: np.random.RandomState
) -> None:
    trials, history = made(*courses)
    order = list(range(len(history)))
    random.shuffle(order)
    found = convergence(trials, history.iloc[order], level)
    assert found["epochs_to_best"].tolist() == [run.index(min(run)) + 1 for run in courses]
    for run, epochs in zip(courses, found["epochs_to_loss"], strict=True):
        reached = [epoch for epoch, loss in enumerate(run, 1) if loss + 1 <= level]
        assert epochs == reached[0] if reached else np.isnan(epochs)


def test_the_gaps_are_what_the_net_is_better_by_on_its_training_rows() -> None:
    found = convergence(*made([1.0]))
    assert found["accuracy_gap"][0] == pytest.approx(0.2)
    assert found["loss_gap"][0] == pytest.approx(0.55)
    assert "epochs_to_loss" not in found


@pytest.mark.parametrize("status", ["diverged", "failed"])
def test_a_trial_without_a_result_has_no_course(status: str) -> None:
    trials, history = made([0.5, 0.4, np.nan], [np.nan], status=status)
    found = convergence(trials, history, 2.0)
    assert found[["epochs_to_best", "epochs_to_loss", "accuracy_gap", "loss_gap"]].isna().all(axis=None)
    assert convergence(trials, history.iloc[:0], 2.0)["epochs_to_best"].isna().all()


def test_the_trials_are_as_they_were_and_in_their_order() -> None:
    trials, history = made([3, 1, 2], [1, 1])
    before = trials.copy()
    pd.testing.assert_frame_equal(convergence(trials[::-1], history, 2.0)[list(trials)], before[::-1])
    pd.testing.assert_frame_equal(trials, before)


@given(st.lists(losses, min_size=1, max_size=4))
def test_a_training_that_has_ended_stays_where_it_ended(courses: list[list[float]]) -> None:
    _, history = made(*courses)
    longest = max(map(len, courses))
    wide = carry_forward(history).pivot(index="trial", columns="epoch", values="loss")
    assert wide.to_numpy().tolist() == [run + run[-1:] * (longest - len(run)) for run in courses]
