import itertools
from decimal import Decimal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dropout_lab.config.rates import MAX_RATES, parse_rates
from dropout_lab.errors import RateError


def decimal_text(number: int, places: int) -> str:
    """Write ``number / 10**places`` as people do."""
    return format(Decimal(number).scaleb(-places), "f")


@st.composite
def grids(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Draw (start, step, steps, places) of a range whose ends lie in [0, 1)."""
    places = draw(st.integers(1, 8))
    start = draw(st.integers(0, 10**places - 1))
    steps = draw(st.integers(0, min(100, 10**places - 1 - start)))
    step = draw(st.integers(1, (10**places - 1 - start) // steps)) if steps else draw(st.integers(1, 10**places))
    return start, step, steps, places


@given(grids())
@example((0, 1, 9, 1))
@example((0, 1, 999, 3))
def test_a_range_holds_both_ends_and_every_step_between_them_as_written(grid: tuple[int, int, int, int]) -> None:
    start, step, steps, places = grid
    stop = start + steps * step
    rates = parse_rates(":".join(decimal_text(number, places) for number in (start, stop, step)))
    assert rates == tuple(float(decimal_text(start + index * step, places)) for index in range(steps + 1))


@given(st.integers(1, 8).flatmap(lambda k: st.tuples(st.sets(st.integers(0, 10**k - 1), min_size=1), st.just(k))))
def test_a_list_gives_the_float_nearest_to_each_text_in_ascending_order(case: tuple[set[int], int]) -> None:
    numbers, places = case
    rates = parse_rates(", ".join(decimal_text(number, places) for number in numbers))
    assert rates == tuple(float(decimal_text(number, places)) for number in sorted(numbers))


@given(grids(), st.integers(1, 10**8))
@example((0, 4, 2, 1), 1)
def test_a_step_that_misses_the_stop_is_refused_with_ends_that_fit(
    grid: tuple[int, int, int, int], beyond: int
) -> None:
    start, step, steps, places = grid
    assume(step > 1)
    stop = start + steps * step + 1 + beyond % (step - 1)
    assume(stop < 10**places)
    with pytest.raises(RateError, match="steps over its end") as caught:
        parse_rates(":".join(decimal_text(number, places) for number in (start, stop, step)))
    for fitting in str(caught.value).split(": write ")[1].split(" or "):
        assert parse_rates(fitting)[0] == float(decimal_text(start, places))


@given(st.one_of(st.text(), st.text("0123456789.,:-+eE"), st.lists(st.floats().map(repr)).map(",".join)))
@example("0:0.9:0.1:")
@example(":::")
@example(",")
@example("0:0.9:0.0000000000001")
@example("1e999999999999999999999")
@example("9" * 10_000)
def test_any_text_gives_ascending_rates_below_1_or_a_rate_error(text: str) -> None:
    try:
        rates = parse_rates(text)
    except RateError:
        return
    assert rates
    assert all(type(rate) is float and 0 <= rate < 1 for rate in rates)
    assert all(low < high for low, high in itertools.pairwise(rates))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1", "rate 1 is outside 0 <= rate < 1: a rate is the fraction dropped, as in Keras"),
        ("1.5", "rate 1.5 is outside 0 <= rate < 1"),
        ("-0.1", "rate -0.1 is outside 0 <= rate < 1"),
        ("0.2,1", "rate 1 is outside 0 <= rate < 1"),
        ("0:1:0.1", "rate 1 is outside 0 <= rate < 1"),
        ("0:0.9:0.4", "'0:0.9:0.4' steps over its end, 0.9: write 0:0.8:0.4"),
        ("0:0.5:0.2", "'0:0.5:0.2' steps over its end, 0.5: write 0:0.4:0.2 or 0:0.6:0.2"),
        ("0.9:0:0.1", "'0.9:0:0.1' runs downward: write the smaller end first, 0:0.9:0.1"),
        ("0:0.9:0", "the step of '0:0.9:0' is 0: it must be above 0"),
        ("0:0.9:-0.1", "it must be above 0"),
        ("0:0.9:1e-6", "has more than 1000 rates: use a larger step"),
        ("0:0.9", "'0:0.9' is not a range of rates: write a range with both ends, 0:0.9:0.1, or a list, 0,0.2,0.5"),
        ("", "no rates given: write a range with both ends, 0:0.9:0.1, or a list, 0,0.2,0.5"),
        ("  ", "no rates given"),
        ("high", "'high' is not a number: write a range with both ends, 0:0.9:0.1, or a list, 0,0.2,0.5"),
        ("0.2,,0.5", "'' is not a number"),
        ("nan", "'nan' is not a usable number"),
        ("inf", "'inf' is not a usable number"),
        ("0.1234567890123", "is not a usable number: write at most 12 digits"),
        ("0.2,0.5,0.20", "rate 0.2 is given twice in '0.2,0.5,0.20': give each rate once"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(text: str, message: str) -> None:
    with pytest.raises(RateError) as caught:
        parse_rates(text)
    assert message in str(caught.value)


def test_the_ten_rates_of_the_usual_sweep_are_exact() -> None:
    assert parse_rates("0:0.9:0.1") == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def test_a_range_may_hold_as_many_rates_as_a_sweep_and_no_more() -> None:
    assert len(parse_rates("0:0.999:0.001")) == MAX_RATES
    with pytest.raises(RateError, match="more than 1000 rates"):
        parse_rates("0:0.9:0.0009")


def test_a_range_of_one_rate_is_a_range() -> None:
    assert parse_rates("0.2:0.2:0.1") == (0.2,)


def test_minus_zero_is_zero() -> None:
    assert str(parse_rates("-0,0.5")) == "(0.0, 0.5)"


def test_blanks_around_numbers_do_not_matter() -> None:
    assert parse_rates(" 0 : 0.2 : 0.1 ") == parse_rates("0, 0.1 ,0.2")
