from __future__ import annotations

import numpy as np
import pytest
from stats.sweeps import arranged, design, sweep

from dropout_lab.stats import Design
from dropout_lab.stats.selection import Selection, choose

Values = dict[float, list[list[float]]]


def _choose(values: Values, metric: str = "accuracy") -> Selection:
    return choose(arranged(sweep(values, metric=metric), design(values), metric=metric))


def test_the_best_mean_is_best_whichever_way_the_metric_is_good() -> None:
    values = {0.0: [[0.5, 0.5]], 0.2: [[0.6, 0.8]], 0.5: [[0.1, 0.2]]}
    assert _choose(values).best == 1
    assert _choose(values, "loss").best == 2


def test_of_equal_means_the_lowest_rate_wins_even_if_they_differ_by_rounding() -> None:
    values = {0.0: [[0.1, 0.2, 0.1]], 0.2: [[0.1, 0.2, 0.3]], 0.5: [[0.3, 0.2, 0.1]], 0.7: [[0.3, 0.1, 0.2]]}
    assert len({float(np.mean(values[rate])) for rate in (0.2, 0.5, 0.7)}) > 1
    assert _choose(values) == Selection(best=1, simplest=0)


def test_a_rate_that_lacks_a_result_is_never_chosen() -> None:
    values = {0.0: [[0.5, 0.5]], 0.2: [[0.9, np.nan]]}
    assert _choose(values) == Selection(0, 0)
    assert _choose({0.2: [[0.9, np.nan]]}) == Selection(None, None)
    trials = sweep({0.0: [[0.5, 0.5]], 0.2: [[0.9, 0.9]]})
    assert choose(arranged(trials.iloc[:-1], Design(2, 1))) == Selection(0, 0)


@pytest.mark.parametrize("absent", ["fold == 1", "repeat == 1"])
def test_where_a_fold_or_repeat_is_missing_everywhere_nothing_is_chosen(absent: str) -> None:
    trials = sweep({0.0: np.full((2, 2), 0.5), 0.2: np.full((2, 2), 0.9)})
    assert choose(arranged(trials, Design(2, 2))) == Selection(1, 1)
    assert choose(arranged(trials.query(f"not {absent}"), Design(2, 2))) == Selection(None, None)


def test_the_simplest_is_the_lowest_rate_within_one_corrected_standard_error_of_the_paired_difference() -> None:
    """Differences 0.02 and 0.06 have the mean 0.04, and sqrt((1/2 + 1) 0.0008) = 0.0346 as standard error; with
    0 and 0.06 the mean is 0.03, and sqrt(1.5 x 0.0018) = 0.052.
    """
    values = {0.0: [[0.78, 0.74]], 0.2: [[0.8, 0.74]], 0.5: [[0.8, 0.8]]}
    assert _choose(values) == Selection(best=2, simplest=1)


def test_the_standard_error_of_a_difference_is_that_of_the_fewer_training_rows() -> None:
    """The mean 0.02 of 0.01 and 0.03 has the error sqrt(1/2 + 1/3) 0.0141 = 0.013, but sqrt(1/2 + 3) 0.0141 = 0.026
    where a third is learnt from.
    """
    trials = sweep({0.0: [[0.79, 0.77]], 0.2: [[0.8, 0.8]]}).assign(test_rows=50, train_rows=150.0)
    assert choose(arranged(trials, Design(2, 1))) == Selection(best=1, simplest=1)
    trials.loc[trials["rate"] == 0, "train_rows"] = 50 / 3
    assert choose(arranged(trials, Design(2, 1))) == Selection(best=1, simplest=0)


def test_without_spread_only_what_is_equal_is_near_and_without_repeats_only_the_best() -> None:
    assert _choose({0.0: [[0.7, 0.7]], 0.2: [[0.8, 0.8]], 0.5: [[0.9, 0.9]]}) == Selection(2, 2)
    assert _choose({0.0: [[0.89]], 0.2: [[0.9]]}) == Selection(1, 1)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    values = {rate: np.random.default_rng(seed).normal(rate, 1, (2, 5)).tolist() for rate in (0.0, 0.1, 0.2)}
    trials = sweep(values)
    assert choose(arranged(trials.sample(frac=1, random_state=seed), Design(5, 2))) == choose(
        arranged(trials, Design(5, 2))
    )
