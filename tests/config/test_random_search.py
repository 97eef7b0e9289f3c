"""Points that are drawn at random: their distribution, and that more of them change none."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import experiment
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.model_selection import ParameterGrid

from dropout_lab.config import Experiment, as_yaml, load, parse_override
from dropout_lab.config.random_search import Interval, RandomSearch, draw, parse_interval
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

AXES = {"dropout.rate": "0:0.8", "training.optimizer.learning_rate": "1e-4:1e-1:log", "training.batch_size": [8, 16]}


def searched(points: int, seed: int = 1, axes: dict[str, Any] = AXES) -> Experiment:
    return experiment({"sweep": {"random": {"points": points, "seed": seed}, **axes}})


def settings_of(swept: Experiment) -> list[tuple[float, float, int]]:
    return [
        (point.dropout.strength, point.training.optimizer.learning_rate, point.training.batch_size)  # type: ignore[misc]
        for point in swept.points()
    ]


def problems(sweep: dict[str, Any], **changes: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load({**experiment(changes).model_dump(), "sweep": sweep})
    return caught.value.problems


def drawn(text: str, count: int) -> np.ndarray:
    points = draw(RandomSearch(points=count), {"key": parse_interval(text)})
    return np.array([point["key"] for point in points])


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("0:0.8", stats.uniform(0, 0.8)),
        ("2.5:3", stats.uniform(2.5, 0.5)),
        ("1e-4:1e-1:log", stats.loguniform(1e-4, 0.1)),
    ],
)
def test_numbers_of_an_interval_are_uniform_or_their_logarithms_are(text: str, law: Any) -> None:
    found = drawn(text, 400)
    assert stats.kstest(found, law.cdf).pvalue > 0.01


@pytest.mark.parametrize("text", ["3:8", "3:8:log"])
def test_whole_numbers_have_both_ends_and_each_the_chance_of_its_part(text: str) -> None:
    interval = parse_interval(text)
    found = [interval.at((Decimal(step) + Decimal("0.5")) / 6000) for step in range(6000)]
    assert {type(value) for value in found} == {int}
    ends = np.log(np.arange(3, 10)) if interval.log else np.arange(3.0, 10)
    expected = np.diff(ends) / (ends[-1] - ends[0])
    counts = np.array([found.count(value) for value in range(3, 9)])
    assert counts / 6000 == pytest.approx(expected, abs=1e-3)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_more_points_of_one_seed_begin_with_the_earlier_ones_and_have_their_ids(few: int, more: int, seed: int) -> None:
    swept, extended = searched(few, seed), searched(few + more, seed)
    assert settings_of(extended)[:few] == settings_of(swept)
    assert [trial.id for trial in plan(extended)][: len(plan(swept))] == [trial.id for trial in plan(swept)]


def test_the_points_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert settings_of(searched(3)) == [
        (0.7883, 0.0001242, 8),
        (0.6407, 0.0003018, 8),
        (0.4556, 0.006573, 8),
    ]


def test_another_seed_draws_other_points_and_another_key_leaves_the_values_of_the_others() -> None:
    assert not set(settings_of(searched(20))) & set(settings_of(searched(20, seed=2)))
    fewer = searched(20, axes={key: AXES[key] for key in ("training.batch_size", "dropout.rate")})
    assert [point[0] for point in settings_of(fewer)] == [point[0] for point in settings_of(searched(20))]


def test_of_lists_alone_no_point_comes_twice_and_all_of_them_are_the_grid() -> None:
    lists = {"dropout.rate": [0, 0.5], "training.batch_size": [8, 16, 32], "model.hidden": [[4], [8]]}
    found = draw(RandomSearch(points=12), {key: tuple(values) for key, values in lists.items()})
    assert sorted(map(str, map(dict.items, found))) == sorted(
        str({key: point[key] for key in lists}.items()) for point in ParameterGrid(lists)
    )
    assert settings_of(searched(6, axes={**lists, "model.hidden": [[4]]}))
    assert problems({"random": {"points": 13}, **lists}) == (
        "experiment: sweep.random.points: there are only 12 different points: take at most so many",
    )


def test_where_there_is_no_dropout_its_other_settings_make_no_other_point() -> None:
    axes = {"dropout.where": ["none", "hidden", "visible"], "dropout.rate": [0.1, 0.2]}
    found = {(point.dropout.where, point.dropout.rate) for point in searched(5, axes=axes).points()}
    assert found == {("none", 0.0), *itertools.product(["hidden", "visible"], [0.1, 0.2])}
    (problem,) = problems({"random": {"points": 6}, **axes})
    assert problem.endswith("there are only 5 different points: take at most so many")


@pytest.mark.parametrize("rate", ["0:0.8", "0:1"])
def test_a_drawn_rate_is_a_rate(rate: str) -> None:
    rates = [point.dropout.rate for point in searched(50, axes={"dropout.rate": rate}).points()]
    assert all(type(each) is float and 0 <= each < 1 for each in rates)


def test_a_search_goes_to_a_file_and_back_and_an_override_extends_it(tmp_path: Path) -> None:
    file = tmp_path / "saved.yaml"
    file.write_text(as_yaml(searched(4)), encoding="utf-8")
    assert load(file) == searched(4)
    assert load(file, [parse_override("sweep.random.points=9")]) == searched(9)
    grid = load(file, [parse_override("sweep.random=null"), *map(parse_override, GRID)])
    assert (grid.random_search, grid.count_points()) == (None, 8)


GRID = ["sweep.dropout.rate=0,0.5", "sweep.training.optimizer.learning_rate=1e-3:1e-2:log2"]


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ({"random": {"points": 5}}, "sweep.random: there is nothing to draw: add keys with values, e.g. dropout.rate"),
        ({"random": 5, **AXES}, "sweep.random: expected the number of points, {points: 20}, got 5"),
        ({"random": {}, **AXES}, "sweep.random.points: missing: how many points"),
        ({"random": {"points": 0}, **AXES}, "sweep.random.points: must be greater than or equal to 1, got 0"),
        ({"random": {"points": 5, "sed": 1}, **AXES}, "sweep.random.sed: unknown key; did you mean seed?"),
        ({"random": {"points": 5}, "dropout.rate": "0.8:0"}, "sweep.dropout.rate: '0.8:0' is empty: write the smaller"),
        ({"random": {"points": 5}, "training.batch_size": "0:9:log"}, "'0:9:log' starts at 0: on a logarithmic scale"),
        (
            {"random": {"points": 5}, "training.batch_size": "1.5:9"},
            "training.batch_size: expected a whole number, got",
        ),
        ({"random": {"points": 5}, "dropout.rate": {"low": 0}}, "sweep.dropout.rate: expected a list, got {'low': 0}"),
        (
            {"random": {"points": 5}, "dropout.rat": "0:0.8"},
            "sweep.dropout.rat: cannot be swept; did you mean dropout.",
        ),
        ({"dropout.rate": "0:0.8"}, "sweep.dropout.rate: '0:0.8' is not a range of rates"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_key(sweep: dict[str, Any], said: str) -> None:
    (problem,) = problems(sweep)
    assert said in problem


@given(st.integers(0, 10**6), st.integers(0, 10**6 - 1), st.booleans())
def test_a_drawn_number_lies_in_its_interval(low: int, share: int, log: bool) -> None:
    start, size = Decimal(low + log).scaleb(-6), Decimal(1)
    value = Interval(start, start + size, log=log, whole=False).at(Decimal(share).scaleb(-6))
    assert float(start) <= value < start + size
