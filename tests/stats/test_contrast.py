from __future__ import annotations

import builders
import numpy as np
import pytest
from scipy import stats
from stats.sweeps import arranged, summarized, sweep

from dropout_lab.errors import ResultsError
from dropout_lab.stats import Design, contrast, same_split

FOLDS, SEEDS = Design(5, 2), Design(1, 6)
RNG = np.random.default_rng(3)
FIRST, SECOND = RNG.uniform(0.6, 0.9, (2, 5)), RNG.uniform(0.7, 1, (2, 5))


def test_results_on_the_same_rows_are_compared_as_two_rates_of_one_sweep() -> None:
    found = contrast(arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=True)
    row = summarized(sweep({0.0: FIRST, 0.5: SECOND}), FOLDS).iloc[1]
    assert found.paired
    assert (found.n, found.df) == (10, 9)
    assert (found.diff, found.low, found.high) == pytest.approx((row["diff"], row["diff_low"], row["diff_high"]))
    assert (found.t, found.p) == pytest.approx((row["t"], row["p"]))
    chances = found.prob_better, found.prob_same, found.prob_worse
    assert chances == pytest.approx((row["prob_better"], row["prob_same"], row["prob_worse"]))


def test_only_pairs_that_both_results_have_count() -> None:
    second = SECOND.copy()
    second[1, 2:] = np.nan
    found = contrast(
        arranged(sweep({0.2: FIRST[:1]}), Design(5, 1)), arranged(sweep({0.2: second}), FOLDS), same_rows=True
    )
    assert (found.paired, found.n) == (True, 5)
    assert found.diff == pytest.approx(second[0].mean() - FIRST[0].mean())
    nothing = contrast(
        arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: FIRST * np.nan}), FOLDS), same_rows=True
    )
    assert (nothing.paired, nothing.n) == (False, 10)
    assert np.isnan([nothing.diff, nothing.p]).all()


def test_seeds_on_other_rows_are_compared_by_welchs_test() -> None:
    first, second = FIRST.ravel()[:6, np.newaxis], SECOND.ravel()[:4, np.newaxis]
    found = contrast(
        arranged(sweep({0.2: first}), SEEDS), arranged(sweep({0.2: second}), Design(1, 4)), same_rows=False
    )
    welch = stats.ttest_ind(second.ravel(), first.ravel(), equal_var=False)
    assert (found.paired, found.n) == (False, 10)
    assert (found.t, found.p, found.df) == pytest.approx((welch.statistic, welch.pvalue, welch.df))
    assert (found.low, found.high) == pytest.approx(tuple(welch.confidence_interval()))


def test_folds_that_differ_are_corrected_each() -> None:
    found = contrast(arranged(sweep({0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=False)
    variance = (1 / 10 + 1 / 4) * (FIRST.var(ddof=1) + SECOND.var(ddof=1))
    assert found.t == pytest.approx((SECOND.mean() - FIRST.mean()) / np.sqrt(variance))


@pytest.mark.parametrize("same_rows", [True, False])
def test_turning_the_two_round_turns_the_signs_round(same_rows: bool) -> None:
    one, other = sweep({0.2: FIRST}, metric="loss"), sweep({0.2: SECOND}, metric="loss")
    forth = contrast(arranged(one, FOLDS, metric="loss"), arranged(other, FOLDS, metric="loss"), same_rows=same_rows)
    back = contrast(arranged(other, FOLDS, metric="loss"), arranged(one, FOLDS, metric="loss"), same_rows=same_rows)
    assert (forth.diff, forth.low, forth.prob_better) == pytest.approx((-back.diff, -back.high, back.prob_worse))
    assert forth.diff > 0
    assert forth.prob_better < forth.prob_worse


def test_equal_results_do_not_differ() -> None:
    level = sweep({0.2: np.full((2, 5), 0.5)})
    for same_rows in (True, False):
        found = contrast(arranged(level, FOLDS), arranged(level, FOLDS), same_rows=same_rows)
        assert (found.diff, found.low, found.high, found.p, found.prob_same) == (0, 0, 0, 1, 1)


def test_a_few_equal_trials_of_either_result_prove_nothing() -> None:
    first, second = sweep({0.2: np.full((1, 3), 0.5)}), sweep({0.2: np.full((1, 3), 0.6)})
    for same_rows in (True, False):
        found = contrast(arranged(first, Design(3, 1)), arranged(second, Design(3, 1)), same_rows=same_rows)
        assert found.p == pytest.approx(0.25)
        assert np.isnan([found.prob_better, found.prob_same, found.prob_worse]).all()


def test_more_than_one_point_is_refused() -> None:
    with pytest.raises(ResultsError, match="choose one point of the sweep"):
        contrast(
            arranged(sweep({0.0: FIRST, 0.2: FIRST}), FOLDS), arranged(sweep({0.2: SECOND}), FOLDS), same_rows=True
        )


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"evaluation.repeats": 9}, True),
        ({"evaluation.seed": 8}, True),
        ({"training.epochs": 9, "model.hidden": [7]}, True),
        ({"dataset.train_rows": 50}, True),
        ({"evaluation.monte_carlo": 50, "evaluation.measures": ["activations"]}, True),
        ({"evaluation.split_seed": 8}, False),
        ({"evaluation.folds": 4}, False),
        ({"evaluation": {"split": "holdout"}}, False),
        ({"dataset": {"name": "wine"}}, False),
    ],
)
def test_what_decides_the_held_out_rows_decides_whether_they_are_the_same(
    changes: dict[str, object], same: bool
) -> None:
    assert same_split(builders.experiment(), builders.experiment(changes)) is same


def test_the_official_test_set_is_the_same_whatever_the_seed() -> None:
    first, second = (builders.experiment({"evaluation": {"split": "test", "split_seed": seed}}) for seed in (1, 2))
    assert same_split(first, second)
