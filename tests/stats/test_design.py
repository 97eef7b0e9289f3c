from __future__ import annotations

from typing import Any

import builders
import numpy as np
import pandas as pd
import pytest
from stats.sweeps import sweep

from dropout_lab.stats import Design, design_of, with_blocks
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


def of_windows(split: str, **keys: Any) -> Design:
    """Return the design of an experiment on windows of 24 rows whose target is 6 rows later."""
    dataset = {"csv": "/my.csv", "target": "y", "window": 24, "horizon": 6, "test": "/test.csv", **keys}
    return design_of(builders.experiment({"dataset": dataset, "evaluation": {"split": split}}))


def test_neighboring_windows_of_a_test_set_are_no_independent_rows_but_ten_blocks_of_them_are_taken_to_be() -> None:
    design = of_windows("test", step=2)
    assert (design.unit, design.least_block) == ("block", 15)
    rows = np.repeat(np.arange(1000, 1405), 2)  # two seeds hold out the same rows
    found = with_blocks(pd.DataFrame({"row": rows, "fold": 0}), design)["group"].to_numpy()
    assert np.array_equal(found[::2], found[1::2])
    assert (np.diff(found) >= 0).all()
    assert np.unique(found[::2], return_counts=True)[1].tolist() == [41, 40] * 5
    few = with_blocks(pd.DataFrame({"row": np.arange(50), "fold": 0}), design)["group"]
    assert few.value_counts().tolist() == [17, 17, 16], "no block is shorter than a window and its target"


def test_a_fold_of_windows_in_the_order_of_time_is_one_observation() -> None:
    assert of_windows("time_series").unit == "fold"
