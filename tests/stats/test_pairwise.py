"""All pairs of points at once: by an independent formula, and by how often nothing is taken for something."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import studentized_range  # type: ignore[import-untyped]
from stats.sweeps import arranged, arranged_by_row, design, sweep

from dropout_lab.stats.pairwise import pairwise

ROWS, RATES = 400, (0.0, 0.1, 0.2, 0.3, 0.4)


def _independent(shift: float) -> dict[float, np.ndarray]:  # type: ignore[type-arg]
    """Return the losses of rates that have nothing in common, the last of which is shifted."""
    rng = np.random.default_rng(3)
    values = {rate: 5 + rng.standard_normal((1, ROWS)) for rate in RATES}
    values[RATES[-1]] = values[RATES[-1]] + shift
    return values


def test_pairs_of_independent_points_have_the_p_values_of_the_studentized_range() -> None:
    values = _independent(0.25)
    pairs = pairwise(arranged_by_row(values, metric="mae"))
    means = np.array([each.mean() for each in values.values()])
    errors = np.array([each.std(ddof=1) / np.sqrt(ROWS) for each in values.values()])
    gaps = np.abs(means[:, None] - means) / np.hypot(errors[:, None], errors) * np.sqrt(2)
    wider = np.sqrt(1.75)  # a loss without bounds, each row of which is held out once, has this much more variance
    expected = studentized_range.sf(gaps / wider, len(RATES), np.inf)
    off_diagonal = ~np.eye(len(RATES), dtype=bool)
    assert pairs.p[off_diagonal] == pytest.approx(expected[off_diagonal], abs=0.03)
    assert pairs.diff[off_diagonal] == pytest.approx((means - means[:, None])[off_diagonal])


def test_two_points_are_one_comparison_at_the_level_asked_for() -> None:
    values = {rate: each for rate, each in _independent(0.0).items() if rate < 0.2}
    pairs = pairwise(arranged_by_row(values, metric="mae"))
    assert pairs.level == pytest.approx(0.05, rel=0.1)
    assert pairs.p[0, 1] == pairs.p[1, 0]


def test_equal_points_are_never_told_apart_and_the_same_within_any_margin() -> None:
    right = (np.random.default_rng(4).random((1, 20_000)) < 0.8).astype(float)
    pairs = pairwise(arranged_by_row({0.0: right, 0.1: right, 0.2: right}))
    assert (pairs.p[~np.eye(3, dtype=bool)] == 1).all()
    assert (pairs.same[~np.eye(3, dtype=bool)] > 0.99).all()


def test_without_row_values_pairs_share_the_level() -> None:
    values = {rate: np.random.default_rng(5).normal(0.8, 0.05, (1, 10)) for rate in RATES}
    pairs = pairwise(arranged(sweep(values), design(values)))
    assert pairs.level == pytest.approx(0.05 / 10)
    single = pairwise(arranged(sweep(dict(list(values.items())[:2])), design(values)))
    assert pairs.p[0, 1] == pytest.approx(min(10 * single.p[0, 1], 1))


def test_a_pair_whose_networks_agree_by_chance_is_as_uncertain_as_others() -> None:
    """Of three rates whose folds differ much, two whose folds differ by the same have an error of their rows alone."""
    rng = np.random.default_rng(6)
    fold = np.arange(ROWS) % 10
    shifts = rng.normal(0, 2, (3, 10))
    shifts[1] = shifts[0]
    noise = rng.standard_normal((3, ROWS))
    values = {rate: (20 + shifts[index][fold] + noise[index])[None] for index, rate in enumerate((0.0, 0.1, 0.2))}
    matrix = arranged_by_row(values, metric="mae", folds=10)
    alone, together = matrix.differences(0).error, pairwise(matrix).estimates[0].error
    assert together[1] > 2 * alone[1]
    assert together[2] == pytest.approx(alone[2], rel=0.3)
