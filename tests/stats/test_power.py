from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropout_lab.stats.power import minimum_half_width, repeats_for_equivalence, repeats_for_significance

FOLDS, RATIO = 10, 1 / 9


def _half_width(sd: float, repeats: int, folds: int = FOLDS, ratio: float = RATIO) -> float:
    n = repeats * folds
    return float(stats.t.ppf(0.975, n - 1)) * math.sqrt(1 / n + ratio) * sd


def test_ten_folds_have_the_half_widths_and_the_floor_that_the_theory_gives() -> None:
    assert _half_width(1, 1) == pytest.approx(1.04, abs=0.005)
    assert _half_width(1, 10) == pytest.approx(0.69, abs=0.005)
    assert minimum_half_width(1, RATIO) == pytest.approx(1.96 / 3, abs=0.001)
    assert minimum_half_width(1, 0) == 0


@given(st.floats(0.001, 1), st.floats(0.001, 1))
def test_the_number_of_repeats_is_the_fewest_that_are_enough_and_none_below_the_floor(effect: float, sd: float) -> None:
    repeats = repeats_for_significance(effect, sd, FOLDS, RATIO)
    assert repeats == repeats_for_significance(-effect, sd, FOLDS, RATIO)
    if repeats is None:
        assert minimum_half_width(sd, RATIO) >= effect * (1 - 1e-9)
        return
    assert minimum_half_width(sd, RATIO) < effect
    assert _half_width(sd, repeats) < effect * (1 + 1e-9)
    assert repeats == 1 or _half_width(sd, repeats - 1) >= effect * (1 - 1e-9)


def test_seeds_on_a_fixed_split_resolve_any_difference_but_none() -> None:
    assert repeats_for_significance(0.01, 0.02, 1, 0) == 18
    assert _half_width(0.02, 18, 1, 0) < 0.01 < _half_width(0.02, 17, 1, 0)
    assert repeats_for_significance(0, 0.02, 1, 0) is None


def test_sameness_can_be_shown_where_the_floor_is_well_within_the_margin() -> None:
    assert repeats_for_equivalence(0.0, 0.01, FOLDS, RATIO, margin=0.01) == 2
    assert repeats_for_equivalence(0.005, 0.001, FOLDS, RATIO, margin=0.01) == 1
    assert repeats_for_equivalence(0.0, 0.1, FOLDS, RATIO, margin=0.01) is None
    assert repeats_for_equivalence(0.02, 0.0, FOLDS, RATIO, margin=0.01) is None


def test_a_stricter_level_asks_for_more() -> None:
    plain, strict = (repeats_for_significance(0.07, 0.06, FOLDS, RATIO, level) for level in (0.05, 0.05 / 9))
    assert plain is not None
    assert strict is not None
    assert strict > plain
    assert minimum_half_width(0.06, RATIO, 0.05 / 9) > minimum_half_width(0.06, RATIO)
