from __future__ import annotations

from collections import Counter

import pytest
from builders import experiment
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.errors import ConfigError
from dropout_lab.plan import Trial, plan
from dropout_lab.runs.shard import Shard, parse_shard

EVERY = {
    (rates, repeats): plan(
        experiment({"sweep": {"dropout.rate": [rate / 10 for rate in range(rates)]}, "evaluation.repeats": repeats})
    )
    for rates in (1, 2, 5)
    for repeats in (1, 3)
}
plans = st.sampled_from(list(EVERY.values()))
counts = st.integers(1, 60)


def parts(trials: tuple[Trial, ...], of: int) -> list[tuple[Trial, ...]]:
    return [Shard(number, of).part(trials) for number in range(1, of + 1)]


@given(plans, counts)
def test_each_trial_is_in_exactly_one_shard_whatever_their_number(trials: tuple[Trial, ...], of: int) -> None:
    placed = [trial.id for part in parts(trials, of) for trial in part]
    assert sorted(placed) == sorted(trial.id for trial in trials)


@given(plans, counts)
def test_no_shard_has_two_trials_more_than_another(trials: tuple[Trial, ...], of: int) -> None:
    sizes = [len(part) for part in parts(trials, of)]
    assert max(sizes) - min(sizes) <= 1


@given(plans, counts)
def test_within_a_shard_no_rate_has_two_trials_more_than_another(trials: tuple[Trial, ...], of: int) -> None:
    rates = {trial.experiment.dropout.rate for trial in trials}
    for part in parts(trials, of):
        found = Counter(trial.experiment.dropout.rate for trial in part)
        assert max(found[rate] for rate in rates) - min(found[rate] for rate in rates) <= 1


@given(plans, counts)
def test_a_shard_keeps_the_order_of_the_plan_and_shares_at_most_its_two_ends_with_others(
    trials: tuple[Trial, ...], of: int
) -> None:
    places = [{(trial.repeat, trial.fold) for trial in part} for part in parts(trials, of)]
    for part, own in zip(parts(trials, of), places, strict=True):
        assert list(part) == [trial for trial in trials if trial in part]
        assert len([place for place in own if sum(place in each for each in places) > 1]) <= 2


def test_the_only_shard_of_one_is_the_whole_plan() -> None:
    assert Shard(1, 1).part(EVERY[5, 3]) == EVERY[5, 3]


@given(st.integers(1, 999999).flatmap(lambda of: st.tuples(st.integers(1, of), st.just(of))))
def test_a_shard_is_read_as_it_is_written(numbers: tuple[int, int]) -> None:
    assert parse_shard(str(Shard(*numbers))) == Shard(*numbers)


@given(st.sampled_from(["0/3", "4/3", "3", "3/", "/3", "1/0", "a/b", "-1/3", "1/3/5", " 1/3", "1 /3", ""]) | st.text())
def test_what_is_no_shard_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(ConfigError, match="--shard: expected I/N with 1 <= I <= N, such as 3/16"):
        parse_shard(text)
