from decimal import Decimal

import numpy as np
import pytest
from builders import experiment
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config import load
from dropout_lab.config.log_spacing import log_spaced
from dropout_lab.config.rates import parse_rates
from dropout_lab.errors import ConfigError, RateError


def swept(key: str, text: str) -> tuple[object, ...]:
    values = experiment({"sweep": {key: text}}).axes[key]
    assert isinstance(values, tuple)
    return values


@pytest.mark.parametrize(
    ("key", "text", "values"),
    [
        ("training.optimizer.learning_rate", "1e-4:1e-1:log4", (0.0001, 0.001, 0.01, 0.1)),
        ("training.optimizer.learning_rate", "0.001:0.1:log5", (0.001, 0.003162, 0.01, 0.03162, 0.1)),
        ("training.optimizer.learning_rate", "0.00012345678 : 0.1 : log2", (0.00012345678, 0.1)),
        ("training.batch_size", "8:128:log5", (8, 16, 32, 64, 128)),
        ("training.batch_size", "8:100:log4", (8, 19, 43, 100)),
        ("dropout.rate", "0.1:0.8:log4", (0.1, 0.2, 0.4, 0.8)),
    ],
)
def test_a_range_on_a_log_scale_has_both_ends_and_numbers_of_four_digits(
    key: str, text: str, values: tuple[float, ...]
) -> None:
    assert swept(key, text) == values
    assert {type(value) for value in swept(key, text)} == {type(values[0])}


@given(st.integers(-6, 3), st.integers(1, 6), st.integers(2, 60))
def test_the_numbers_are_those_of_numpy_to_four_digits(start: int, decades: int, count: int) -> None:
    low, high = Decimal(1).scaleb(start), Decimal(1).scaleb(start + decades)
    found = [float(value) for value in log_spaced(low, high, count, whole=False)]
    assert found == pytest.approx(np.geomspace(float(low), float(high), count), rel=5.1e-4)
    assert (found[0], found[-1]) == (float(low), float(high))
    assert all(len(f"{value:.12g}".replace(".", "").lstrip("0").split("e")[0].rstrip("0")) <= 4 for value in found)


@given(st.integers(2, 12))
def test_a_finer_range_keeps_the_numbers_of_one_half_as_fine(count: int) -> None:
    coarse, fine = (set(parse_rates(f"0.01:0.9:log{number}")) for number in (count, 2 * count - 1))
    assert coarse < fine


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0:0.1:log4", "'0:0.1:log4' starts at 0: on a logarithmic scale both ends must be above 0"),
        ("0.1:0.01:log4", "'0.1:0.01:log4' runs downward: write the smaller end first"),
        ("0.1:0.2:log1", "'0.1:0.2:log1' has 1 values: expected at least log2, both ends"),
        ("0.1:0.2:logs", "'0.1:0.2:logs' does not say how many values: write their number after log"),
        ("0.1:0.2:log5000", "'0.1:0.2:log5000' has more than 1000 values: take fewer"),
        ("0.1:0.101:log20", "there are not so many numbers of 4 digits between 0.1 and 0.101: take fewer than 20"),
        (
            "0.1:0.2:log",
            "an interval, for a random search: add sweep.random, {points: 20}, or say how many values it has",
        ),
        ("0.1:x:log4", "'x' is not a number: write a range with both ends, 10:50:10 or 1e-4:1e-1:log4, or a list"),
    ],
)
def test_a_range_that_cannot_be_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({**experiment().model_dump(), "sweep": {"training.optimizer.learning_rate": text}})
    (problem,) = caught.value.problems
    assert problem.startswith("experiment: sweep.training.optimizer.learning_rate: ")
    assert said in problem


def test_whole_numbers_that_would_be_the_same_are_refused() -> None:
    with pytest.raises(RateError, match="not so many whole numbers between 1 and 4: take fewer than 6"):
        log_spaced(Decimal(1), Decimal(4), 6, whole=True)
