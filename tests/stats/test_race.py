"""A race follows from its results: who leaves, who stays, and when it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from stats.sweeps import arranged_by_row

from benchmarks.settled.simulation import POPULATIONS, Population, false_statements, simulated, trainings
from dropout_lab.stats import TrialMatrix
from dropout_lab.stats.pairwise import pairwise
from dropout_lab.stats.race import Race, looks_for, race

Array = NDArray[np.float64]

FOLDS = 10


def drawn(chances: Mapping[float, float], rows: int = 1000, repeats: int = 3, seed: int = 1) -> dict[float, Array]:
    """Return which rows each rate predicts right: the easier rows are those of every rate, but for some chance."""
    rng = np.random.default_rng(seed)
    ease = rng.random(rows)
    noise = 0.02 * rng.standard_normal((len(chances), repeats, rows))
    return {rate: (ease + noise[at] < chance).astype(float) for at, (rate, chance) in enumerate(chances.items())}


def raced(values: Mapping[float, Array], have: int | None = None, margin: float = 0.01) -> Race:
    """Race rates of which so many repeats are trained; by default all that there may be."""
    most = len(next(iter(values.values())))
    schedule = looks_for(most, FOLDS)

    def matrix_of(rates: Sequence[float], repeats: int) -> TrialMatrix | None:
        if repeats > (most if have is None else have):
            return None
        parts = {rate: values[rate][:repeats] for rate in rates}
        matrix = arranged_by_row(parts, folds=FOLDS, margin=margin)
        return replace(matrix, comparison=replace(matrix.comparison, looks=len(schedule)))

    return race(tuple(values), schedule, matrix_of)


@pytest.mark.parametrize(
    ("repeats", "folds", "looks"),
    [
        (10, 10, (1, 2, 3, 5, 10)),
        (20, 10, (1, 2, 3, 5, 10, 20)),
        (4, 5, (1, 2, 3, 4)),
        (10, 3, (2, 3, 5, 10)),
        (20, 1, (5, 10, 20)),
        (2, 1, (2,)),
        (1, 10, (1,)),
    ],
)
def test_looks_begin_with_five_networks_of_each_rate_and_end_with_all_repeats(
    repeats: int, folds: int, looks: tuple[int, ...]
) -> None:
    assert looks_for(repeats, folds) == looks


def test_a_rate_that_is_worse_beyond_doubt_leaves_at_once_and_is_trained_no_more() -> None:
    found = raced(drawn({0.0: 0.8, 0.1: 0.8, 0.9: 0.4}))
    first = found.looks[0]
    assert [gone.rate for gone in first.departures] == [0.9]
    assert first.departures[0].diff == pytest.approx(-0.4, abs=0.06)
    assert first.departures[0].p < 0.05 / 3
    assert all(look.rates == (0.0, 0.1) for look in found.looks[1:])
    assert found.repeats_of(0.9, len(found.looks)) == 1


def test_the_number_a_rate_leaves_by_is_that_of_all_pairs_in_the_race() -> None:
    values = drawn({0.0: 0.8, 0.1: 0.78, 0.5: 0.7, 0.9: 0.4})
    pairs = pairwise(arranged_by_row({rate: each[:1] for rate, each in values.items()}, folds=FOLDS))
    for gone in raced(values).looks[0].departures:
        at, rival = (tuple(values).index(rate) for rate in (gone.rate, gone.rival))
        assert (gone.diff, gone.p) == (pairs.diff[rival, at], pairs.p[rival, at])


def test_one_rate_that_is_better_than_all_others_is_the_best_and_nothing_more_is_trained() -> None:
    found = raced(drawn({0.0: 0.6, 0.1: 0.8, 0.9: 0.4}))
    assert (found.looks[-1].end, found.looks[-1].contenders, len(found.looks)) == ("best", (0.1,), 1)
    assert found.ended


def test_contenders_that_are_within_the_margin_end_a_race_as_the_same() -> None:
    found = raced(drawn({0.0: 0.8, 0.1: 0.8, 0.9: 0.4}, rows=3000), margin=0.02)
    assert (found.looks[-1].end, found.looks[-1].contenders) == ("same", (0.0, 0.1))


def test_what_rows_cannot_tell_ends_a_race_as_soon_as_that_is_known() -> None:
    rng = np.random.default_rng(2)
    values = {rate: np.tile(rng.random(200) < 0.8, (10, 1)).astype(float) for rate in (0.0, 0.1, 0.2)}
    found = raced(values)
    assert (found.looks[-1].end, found.looks[-1].repeats) == ("rows", 2)  # with one repeat it is not known


def test_no_dropout_stays_until_every_rate_in_the_race_is_better() -> None:
    found = raced(drawn({0.0: 0.72, 0.1: 0.745, 0.2: 0.765}, rows=400, repeats=3, seed=5))
    first = found.looks[0]
    gone = {departure.rate for departure in first.departures}
    assert 0.0 not in first.contenders
    assert 0.1 in first.contenders
    assert 0.0 not in gone


def test_a_rate_without_all_results_leaves_and_the_others_go_on() -> None:
    values = drawn({0.0: 0.8, 0.1: 0.8, 0.2: 0.8})
    values[0.2][1, :FOLDS] = np.nan  # in the second repeat
    found = raced(values)
    assert [(gone.rate, gone.rival) for gone in found.looks[1].departures] == [(0.2, None)]
    assert found.looks[1].contenders == (0.0, 0.1)


def test_a_race_in_which_no_rate_has_a_result_ends() -> None:
    values = {rate: np.full((3, 100), np.nan) for rate in (0.0, 0.1)}
    look = raced(values).looks[-1]
    assert (look.end, look.leader, look.contenders) == ("no result", None, ())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_more_results_change_no_earlier_look(seed: int, have: int) -> None:
    values = drawn({0.0: 0.8, 0.1: 0.81, 0.5: 0.7, 0.9: 0.4}, rows=300, seed=seed)
    whole, part = raced(values), raced(values, have)
    assert part.looks == whole.looks[: len(part.looks)]
    if not part.ended:
        assert part.rates == (whole.looks[len(part.looks)].rates)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_rates_leave_for_good_and_one_stays(seed: int) -> None:
    values = drawn({0.0: 0.8, 0.1: 0.82, 0.5: 0.7, 0.9: 0.4}, rows=300, seed=seed)
    found = raced(values)
    for before, after in zip(found.looks, found.looks[1:], strict=False):
        assert after.rates == before.remaining
    assert found.looks[-1].leader in found.looks[-1].remaining


SMALL = Population((0.0, 0.0, 0.0, -0.3, -2.0), rows=100, repeats=3)


def _wrong(population: Population, runs: int, draw: Callable[[np.random.Generator], Race]) -> int:
    return sum(bool(false_statements(draw(np.random.default_rng([run, 11])), population)) for run in range(runs))


def test_hardly_a_race_says_anything_wrong() -> None:
    assert _wrong(SMALL, 25, partial(simulated, SMALL)) <= 4  # at 5%, more are one chance in 140


def test_a_population_knows_its_truth_and_what_was_said_wrong_of_it() -> None:
    population = replace(SMALL, rows=200_000, repeats=1)
    found = simulated(population, np.random.default_rng(1))
    last = found.looks[-1]
    assert {gone.rate for gone in last.departures} == {0.15, 0.2}
    assert false_statements(found, replace(population, effects=(0.0, 0.0, 0.0, 0.0, -2.0))) != []
    assert trainings(found, FOLDS) == 50


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
def test_over_all_looks_and_rates_at_most_one_race_in_twenty_says_anything_wrong(name: str) -> None:
    runs = 100
    assert _wrong(POPULATIONS[name], runs, partial(simulated, POPULATIONS[name])) <= 10  # at 5%: one chance in 87
