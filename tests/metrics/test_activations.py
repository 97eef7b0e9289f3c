import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from dropout_lab.metrics.activations import Activations, measure_activations

Layer = NDArray[np.float64]

values = st.integers(-1000, 1000).map(lambda number: number / 8)
shapes = st.tuples(st.integers(2, 12), st.integers(1, 6))


@st.composite
def layers(draw: st.DrawFn) -> list[Layer]:
    """Draw the activations of one to three layers on the same rows."""
    rows = draw(st.integers(2, 12))
    units = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    return [draw(hnp.arrays(np.float64, (rows, each), elements=values)) for each in units]


def whole(*activations: Layer) -> Activations:
    return measure_activations(lambda: [activations])


def as_tuple(found: Activations) -> tuple[float, float, float]:
    return found.sparsity, found.mean, found.coadaptation


@given(layers())
def test_coadaptation_is_the_mean_of_numpys_correlations_over_pairs_of_units_that_vary(net: list[Layer]) -> None:
    means = []
    for layer in net:
        varying = [unit for unit in layer.T if len(set(unit)) > 1]
        pairs = [abs(np.corrcoef(one, other)[0, 1]) for one, other in combinations(varying, 2)]
        means += [np.mean(pairs)] if pairs else []
    expected = np.mean(means) if means else math.nan
    assert whole(*net).coadaptation == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@given(layers())
def test_sparsity_and_mean_are_over_all_activations_of_all_layers(net: list[Layer]) -> None:
    found = whole(*net)
    nearly = [abs(value) <= abs(layer).max() / 1000 for layer in net for value in layer.ravel()]
    assert found.sparsity == np.mean(nearly)
    assert found.mean == pytest.approx(np.mean([abs(value) for layer in net for value in layer.ravel()]), rel=1e-12)


@given(layers(), st.integers(1, 12))
def test_it_does_not_matter_how_the_rows_are_cut_into_pieces(net: list[Layer], size: int) -> None:
    rows = len(net[0])
    pieces = [[layer[first : first + size] for layer in net] for first in range(0, rows, size)]
    assert as_tuple(measure_activations(lambda: iter(pieces))) == pytest.approx(
        as_tuple(whole(*net)), rel=1e-9, nan_ok=True
    )


@given(layers(), st.sampled_from([0.5, 64.0, -2.0]))
def test_sparsity_and_coadaptation_do_not_depend_on_a_layers_scale(net: list[Layer], factor: float) -> None:
    before, after = whole(*net), whole(net[0] * factor, *net[1:])
    assert after.sparsity == before.sparsity
    assert after.coadaptation == pytest.approx(before.coadaptation, rel=1e-9, nan_ok=True)


def test_a_dead_layer_is_all_sparse_and_has_no_pair_of_units() -> None:
    found = whole(np.zeros((4, 3)))
    assert (found.sparsity, found.mean) == (1, 0)
    assert math.isnan(found.coadaptation)


def test_units_that_say_the_same_are_wholly_coadapted_and_ones_that_never_vary_do_not_count() -> None:
    unit = np.array([0.0, 1.0, 5.0, 2.0])
    assert whole(np.column_stack([unit, 3 - 2 * unit, np.full(4, 0.1)])).coadaptation == pytest.approx(1)


def test_the_worked_example() -> None:
    """Two layers of two units on four rows: 4 of 16 activations are nearly zero, and correlations 0 and 1."""
    first = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0005, 0.0005]])
    second = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [4.0, 8.0]])
    found = whole(first, second)
    assert found.sparsity == 4 / 16
    assert found.mean == pytest.approx((4.001 + 30) / 16)
    assert found.coadaptation == pytest.approx(0.5, abs=1e-3)


def test_a_unit_of_a_convolution_is_a_channel_and_each_position_in_each_row_a_value_of_it() -> None:
    pictures = np.random.default_rng(1).normal(size=(5, 4, 3, 2))
    assert whole(pictures) == whole(pictures.reshape(60, 2))


def test_chance_alone_makes_it_four_fifths_over_the_root_of_the_rows() -> None:
    noise = np.random.default_rng(1).normal(size=(400, 60))
    assert whole(noise).coadaptation == pytest.approx(0.8 / 20, rel=0.05)


def test_single_precision_is_added_up_in_double() -> None:
    unit = np.array([1e4, 1e4 + 1, 1e4 + 3, 1e4 + 2] * 500, np.float32)
    found = whole(np.column_stack([unit, unit[::-1]]))
    assert found.coadaptation == pytest.approx(abs(np.corrcoef(unit.astype(float), unit[::-1])[0, 1]), rel=1e-9)


def test_activations_that_are_no_numbers_are_told_without_a_warning() -> None:
    found = whole(np.array([[np.nan, 1.0], [np.inf, 2.0]]))
    assert not math.isfinite(found.mean)
