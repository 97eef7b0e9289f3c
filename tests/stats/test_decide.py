"""What is concluded from rows; the conclusions in words are in `test_verdict`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from stats.sweeps import arranged, arranged_by_row, trials_with_predictions

from dropout_lab.stats import Design, TrialMatrix, decide, summarize
from dropout_lab.stats.decision import Decision

Array = NDArray[np.float64]
ROWS = 400


def decided(matrix: TrialMatrix) -> Decision:
    return decide(matrix, summarize(matrix))


def answers(effects: dict[float, float], repeats: int = 2, noise: float = 0.1) -> dict[float, Array]:
    """Return answers, 70% of them right at no effect; from repeat to repeat and rate to rate a share are turned."""
    rng = np.random.default_rng(12)
    ease = rng.permutation(np.arange(ROWS) / ROWS)
    shape = repeats, ROWS
    return {rate: ((ease < 0.7 + effect) ^ (rng.random(shape) < noise)) * 1.0 for rate, effect in effects.items()}


def test_points_that_may_be_the_best_are_the_best_and_those_that_are_not_ruled_out() -> None:
    matrix = arranged_by_row(answers({0.0: -0.2, 0.2: 0.0, 0.3: 0.02, 0.9: -0.4}), folds=5)
    decision, summary = decided(matrix), summarize(matrix)
    assert decision.best is not None
    assert [point.point for point in decision.contenders] == [(0.2,), (0.3,)]
    assert decision.best in decision.contenders
    assert [point.p_best >= 0.05 for point in decision.points] == [False, True, True, False]
    assert [point.p_best for point in decision.points] == summary["p_best"].tolist()
    assert [point.point for point in decision.better] == [(0.2,), (0.3,)]
    assert [point.point for point in decision.worse] == [(0.9,)]
    assert (decision.outcome, decision.basis) == ("winner", "rows")


def test_an_unclear_difference_says_how_many_repeats_and_rows_would_settle_it() -> None:
    """With as many repeats the interval at the level, which allows for all points, just excludes 0."""
    decision = decided(arranged_by_row(answers({0.0: 0.0, 0.2: 0.026, 0.5: -0.01}, noise=0.2), folds=5, margin=0.001))
    assert (decision.outcome, decision.case) == ("unclear", "contrast")
    unsettled = decision.unsettled
    assert unsettled is not None
    assert unsettled.rival is decision.best
    assert unsettled.precision.known
    assert unsettled.repeats is not None
    assert unsettled.repeats > 2
    assert not unsettled.same
    level = 0.05 * unsettled.rival.p / unsettled.rival.p_adjusted
    half = unsettled.precision.half_width(unsettled.repeats, level)
    assert half < unsettled.rival.diff <= unsettled.precision.half_width(unsettled.repeats - 1, level)
    assert unsettled.units == ROWS
    assert unsettled.needed is not None
    assert unsettled.needed > ROWS


def test_one_repeat_does_not_tell_what_more_would() -> None:
    decision = decided(arranged_by_row(answers({0.0: 0.0, 0.2: 0.02}, repeats=1), folds=5))
    assert decision.outcome == "unclear"
    assert decision.unsettled is not None
    assert not decision.unsettled.precision.known
    assert (decision.unsettled.repeats, decision.unsettled.needed) == (None, None)


def test_equal_answers_of_many_rows_are_the_same_and_of_few_unclear() -> None:
    """They may differ by a row: of 20 that is more than the margin of a point, of 400 less."""
    for rows, outcome in ((20, "unclear"), (ROWS, "same")):
        right = np.arange(rows) % 5 > 0
        decision = decided(arranged_by_row({0.0: [right, right], 0.5: [right, right]}, folds=5))
        assert decision.outcome == outcome


@pytest.mark.parametrize("metric", ["accuracy", "loss"])
def test_whatever_is_decided_by_rows_has_groups_as_its_basis_where_rows_are_grouped(metric: str) -> None:
    values = answers({0.0: -0.2, 0.2: 0.1})
    trials, rows = trials_with_predictions(values, folds=5, metric=metric, groups=np.arange(ROWS) // 4)
    decision = decided(arranged(trials, Design(5, 2), metric=metric, predictions=rows))
    assert decision.basis == "groups"
    assert decision.outcome == "winner"
    assert decision.best is not None
    assert decision.best.point == ((0.2,) if metric == "accuracy" else (0.0,))
    assert decided(arranged(trials, Design(5, 2), metric=metric)).basis == "trials"


def test_groups_are_counted_as_groups() -> None:
    """Of 80 groups of five rows, so many more groups would be needed, not rows."""
    some = answers({0.0: 0.0, 0.2: 0.01}, noise=0.2)
    found = decided(arranged_by_row(some, folds=5, groups=np.arange(ROWS) // 5, margin=0.001)).unsettled
    assert found is not None
    assert found.units == ROWS // 5


def test_a_difference_of_rounding_needs_no_number_of_rows() -> None:
    right = np.arange(ROWS) % 5 > 0
    shuffled = np.roll(right, 7)
    found = decided(arranged_by_row({0.0: [right, shuffled], 0.5: [shuffled, right]}, folds=7, margin=0)).unsettled
    assert found is None or found.needed is None or abs(found.rival.diff) > 1e-9
