from __future__ import annotations

import builders
import numpy as np
import pytest
from stats.sweeps import sweep

from dropout_lab.stats import Design, design_of
from dropout_lab.stats.design import correction


@pytest.mark.parametrize(
    ("evaluation", "design", "fixed"),
    [
        ({"folds": 3, "repeats": 2}, Design(folds=3, repeats=2), False),
        ({"split": "holdout", "repeats": 5}, Design(folds=1, repeats=5), True),
        ({"split": "test", "repeats": 4}, Design(folds=1, repeats=4), True),
        ({"split": "leave_one_out", "folds": 150}, Design(folds=150, repeats=1), False),
        ({"split": "time_series", "folds": 4, "repeats": 2}, Design(folds=4, repeats=2, unit="fold"), False),
    ],
)
def test_an_experiment_says_how_its_trials_relate(evaluation: dict[str, object], design: Design, fixed: bool) -> None:
    found = design_of(builders.experiment({"evaluation": evaluation}))
    assert found == design
    assert found.fixed is fixed


@pytest.mark.parametrize(
    ("split", "keys", "design"),
    [
        ("leave_one_group_out", {"group": "who"}, Design(folds=6, repeats=1, unit="fold")),
        ("predefined", {"fold": "cv"}, Design(folds=6, repeats=1, given=True, named_groups=False)),
        ("predefined", {"fold": "cv", "group": "who"}, Design(folds=6, repeats=1)),
    ],
)
def test_a_group_held_out_alone_is_the_unit_and_given_folds_may_be_anything(
    split: str, keys: dict[str, str], design: Design
) -> None:
    data = {"csv": "/my.csv", "target": "y", **keys}
    assert design_of(builders.experiment({"dataset": data, "evaluation": {"split": split, "folds": 6}})) == design


def test_the_correction_is_the_ratio_of_rows_held_out_to_rows_trained_on() -> None:
    trials = sweep({0.0: np.zeros((2, 10))})
    assert correction(trials, Design(10, 2)) == 1 / 9
    trials.loc[trials["fold"] == 0, ["train_rows", "test_rows"]] = 179, 21
    assert correction(trials, Design(10, 2)) == (21 + 9 * 20) / (179 + 9 * 180)


def test_a_fixed_split_has_no_correction_and_unknown_rows_no_number() -> None:
    trials = sweep({0.0: np.zeros((2, 10))}).assign(train_rows=np.nan)
    assert correction(trials, Design(1, 2)) == 0
    assert np.isnan(correction(trials, Design(10, 2)))
