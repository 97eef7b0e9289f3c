"""Standard errors of means over rows and trained networks, against plain loops and simulated data."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import cov_cluster_2groups

from dropout_lab.stats.cluster_robust import Cells, cluster_robust
from dropout_lab.stats.corrected_t import estimate
from dropout_lab.stats.estimates import Estimate, significance

Array = NDArray[np.float64]
NAN = np.nan
COLUMNS = ("n", "mean", "sd", "error", "df", "row_error")


def crossed(repeats: int, rows: int, folds: int = 1, seed: int = 0) -> Cells:
    """Return the cells of repeated cross-validation, or of seeds on a fixed split, repeat after repeat."""
    rng = np.random.default_rng(seed)
    fold = np.concatenate([rng.permutation(np.arange(rows) % folds) for _ in range(repeats)])
    return Cells(np.tile(np.arange(rows), repeats), np.repeat(np.arange(repeats), rows) * folds + fold)


def found(values: Array, cells: Cells) -> Estimate:
    """Return the estimates of points from their row values, of shape (points, cells)."""
    networks = range(int(cells.network.max(initial=-1)) + 1)
    trials = np.full((len(values), len(networks)), NAN)
    for point, network in np.ndindex(trials.shape):
        trials[point, network] = mean_of(values[point, cells.network == network])
    return cluster_robust(estimate(trials, 0.1), values, cells)


def contributions(estimates: Estimate) -> Array:
    """Return the influences of rows, and after them of networks, as they are scaled."""
    each = estimates.influence
    assert each is not None
    return np.hstack([each.rows * each.row_scale[:, np.newaxis], each.networks * each.network_scale[:, np.newaxis]])


def mean_of(values: Array) -> float:
    return float(values.mean()) if len(values) else NAN


def assert_same(one: Estimate, other: Estimate) -> None:
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=1e-7, err_msg=name)


class Panel(NamedTuple):
    """Row values of one point, with as many units and networks; a network may be missing."""

    values: Array
    cells: Cells


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """Draw cells of a few units and networks, several rows of a unit in one network among them."""
    size = draw(st.integers(1, 14))
    codes = st.lists(st.integers(0, 4), min_size=size, max_size=size)
    unit, network = np.array(draw(codes)), np.array(draw(codes))
    values = np.array(draw(st.lists(st.integers(-8, 8), min_size=size, max_size=size))) / 4
    return Panel(np.where(network == draw(st.integers(2, 8)), NAN, values), Cells(unit, network))


def sums_over_pairs(values: Array, cells: Cells) -> dict[str, float]:
    """Return the clusters' variances of the mean: products of any two cells that share what a cluster shares."""
    known = np.flatnonzero(np.isfinite(values))
    networks = {int(cells.network[cell]) for cell in known}
    size = {network: sum(cells.network[cell] == network for cell in known) for network in networks}
    weight = {cell: 1 / len(networks) / size[int(cells.network[cell])] for cell in known}
    mean = sum(weight[cell] * values[cell] for cell in known)
    labels = {
        "units": {cell: (int(cells.unit[cell]),) for cell in known},
        "networks": {cell: (int(cells.network[cell]),) for cell in known},
        "both": {cell: (int(cells.unit[cell]), int(cells.network[cell])) for cell in known},
    }
    variances = {}
    for name, label in labels.items():
        total = 0.0
        for one, other in itertools.product(known, known):
            if label[one] == label[other]:
                total += weight[one] * (values[one] - mean) * weight[other] * (values[other] - mean)
        clusters = len(set(label.values()))
        variances[name] = total * clusters / (clusters - 1) if clusters > 1 else NAN
    return variances


@given(panels())
def test_the_variance_is_the_sum_over_pairs_of_cells_that_share_a_row_or_a_network(panel: Panel) -> None:
    estimates, expected = found(panel.values[np.newaxis], panel.cells), sums_over_pairs(*panel)
    if math.isnan(expected["units"]):
        assert np.isnan([estimates.error[0], estimates.row_error[0]]).all()
        return
    excess = expected["networks"] - expected["both"] if math.isfinite(expected["networks"]) else 0
    assert estimates.error[0] ** 2 == pytest.approx(expected["units"] + max(excess, 0), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("repeats", "rows", "folds"), [(3, 40, 4), (1, 30, 3), (6, 25, 1)])
def test_the_parts_of_the_variance_are_the_two_way_clusters_of_statsmodels(repeats: int, rows: int, folds: int) -> None:
    """The regression of equally many rows per fold on a constant, once with networks that differ and once without."""
    cells, rng = crossed(repeats, rows - rows % folds, folds), np.random.default_rng(5)
    noise = rng.normal(size=len(cells.unit))
    for effect in (2.0, 0.0):
        values = noise + rng.normal(0, effect, repeats * folds)[cells.network]
        both, unit, _ = cov_cluster_2groups(OLS(values, np.ones(len(values))).fit(), cells.unit, cells.network)
        expected = max(float(np.squeeze(both)), float(np.squeeze(unit)))
        assert found(values[np.newaxis], cells).error[0] == pytest.approx(math.sqrt(expected))


def test_with_one_repeat_and_networks_alike_it_is_the_spread_between_rows_over_the_root_of_their_number() -> None:
    """The all-pairs estimator of Bayle and others (2020); here networks differ by less than chance would have them."""
    cells, rows = crossed(1, 60, 10), 60
    values = np.random.default_rng(1).normal(size=(40, rows))
    estimates = found(values, cells)
    expected = values.std(axis=1, ddof=1) / math.sqrt(rows)
    assert (estimates.error >= expected * (1 - 1e-9)).all()
    alike = np.isclose(estimates.error, expected)
    assert 10 < alike.sum() < 30  # the others' networks differ by more than rows explain, by chance
    assert (estimates.df[alike] == rows - 1).all()
    assert np.isnan(estimates.row_error).all()


def test_one_network_speaks_of_its_rows_only() -> None:
    values = np.array([[1.0, 2.0, 4.0, 9.0]])
    estimates = found(values, crossed(1, 4))
    assert estimates.error[0] == pytest.approx(values.std(ddof=1) / 2)
    assert (estimates.df[0], estimates.n[0]) == (3, 1)
    assert np.isnan([estimates.sd[0], estimates.row_error[0]]).all()


def test_the_degrees_of_freedom_are_satterthwaites_for_rows_and_networks() -> None:
    """Rows alone have theirs, 3 seeds that differ by constants have 2; else the two parts weigh in as squares."""
    cells, shifts = crossed(3, 8), np.array([0.0, 1.0, 5.0])
    rows = np.tile([0.0, 3, 5, 1, 2, 8, 1, 4], 3)
    by_row, by_seed, both = found(np.stack([rows, shifts[cells.network], rows + shifts[cells.network]]), cells).df
    assert (by_row, by_seed) == (7, pytest.approx(2))
    variances = sums_over_pairs(rows + shifts[cells.network], cells)
    parts = variances["units"], variances["networks"] - variances["both"]
    assert both == pytest.approx(sum(parts) ** 2 / (parts[0] ** 2 / 7 + parts[1] ** 2 / 2))
    assert 2 < both < 7


def test_rows_of_a_group_count_as_one_however_many_there_are() -> None:
    """Six groups of ten equal rows each know as little as six rows."""
    rng = np.random.default_rng(3)
    group, means = np.repeat(np.arange(6), 10), rng.normal(size=6)
    estimates = found(means[group][np.newaxis], Cells(group, np.zeros(60, dtype=np.int64)))
    assert estimates.error[0] == pytest.approx(means.std(ddof=1) / math.sqrt(6))
    assert estimates.df[0] == 5


def test_one_row_or_group_has_no_standard_error_and_none_has_nothing() -> None:
    single = Cells(np.zeros(4, dtype=np.int64), np.arange(4), minimum_error=0.1)
    estimates = found(np.array([[1.0, 2.0, 5.0, 3.0]]), single)
    assert estimates.mean[0] == 2.75
    assert np.isnan([estimates.error[0], estimates.row_error[0], *significance(estimates)[1]]).all()
    estimates = found(np.full((2, 12), NAN), replace(crossed(2, 6), minimum_error=0.1))
    assert np.isnan([estimates.mean, estimates.error, estimates.row_error]).all()
    assert (estimates.n == 0).all()
    assert not contributions(estimates).any()
    assert found(np.empty((3, 0)), Cells(np.array([], dtype=np.int64), np.array([], dtype=np.int64))).n.sum() == 0
    assert found(np.empty((0, 12)), crossed(2, 6)).error.shape == (0,)


def components(rows: float, networks: float, noise: float, cells: Cells, count: int = 300) -> Array:
    """Return values that are the sum of a row's, a network's and their own part, with these standard deviations."""
    rng = np.random.default_rng(8)
    shape = (count, int(cells.unit.max()) + 1), (count, int(cells.network.max()) + 1)
    by_row, by_network = rng.normal(0, rows, shape[0]), rng.normal(0, networks, shape[1])
    return by_row[:, cells.unit] + by_network[:, cells.network] + rng.normal(0, noise, (count, len(cells.unit)))


@pytest.mark.parametrize(("repeats", "rows", "folds"), [(4, 200, 10), (2, 200, 10), (10, 200, 1)])
@pytest.mark.parametrize(("row", "network", "noise"), [(1.0, 0.6, 2.0), (1.0, 0.6, 0.5), (0.2, 0.6, 1.0)])
def test_the_parts_of_rows_and_of_training_are_those_that_data_were_made_with(
    repeats: int, rows: int, folds: int, row: float, network: float, noise: float
) -> None:
    cells = crossed(repeats, rows, folds)
    estimates = found(components(row, network, noise, cells), cells)
    rows_part, whole = (estimates.row_error**2).mean(), (estimates.error**2).mean()
    by_row, by_training = row**2 / rows, noise**2 / rows / repeats + network**2 / repeats / folds
    assert rows_part == pytest.approx(by_row, rel=0.1, abs=0.05 * by_training)
    assert whole - rows_part == pytest.approx(by_training, rel=0.15, abs=0.1 * by_row)
    assert np.var(estimates.mean) == pytest.approx(whole, rel=0.25)


def test_the_same_networks_again_leave_the_part_of_rows_as_it_is() -> None:
    """Of one repeat it is the variance between rows; nothing of it is training's, as repeats agree."""
    once = np.random.default_rng(2).normal(size=(5, 40))
    expected = once.std(axis=1, ddof=1) / math.sqrt(40)
    for repeats in (2, 3, 7):
        twice = found(np.tile(once, repeats), crossed(repeats, 40, 4))
        np.testing.assert_allclose(twice.row_error, expected)


def test_one_lost_network_leaves_rows_with_one_cell_and_their_part_unknown() -> None:
    cells = crossed(2, 40, 4)
    values = components(1, 0, 1, cells, count=2)
    values[1, cells.network == 5] = NAN
    estimates = found(values, cells)
    assert np.isnan(estimates.row_error).tolist() == [False, True]
    assert np.isfinite(estimates.error).all()
    assert estimates.n.tolist() == [8, 7]


@given(panels(), st.randoms(use_true_random=False))
def test_the_order_of_cells_and_the_names_of_rows_and_networks_change_nothing(panel: Panel, random: object) -> None:
    rng = np.random.default_rng(random.randrange(1000))  # type: ignore[attr-defined]
    order, unit, network = (rng.permutation(count) for count in (len(panel.values), 5, 5))
    cells = Cells(unit[panel.cells.unit[order]], network[panel.cells.network[order]])
    before = found(panel.values[np.newaxis], panel.cells)
    after = cluster_robust(replace(before, influence=None), panel.values[np.newaxis, order], cells)
    assert_same(before, after)


@given(panels(), panels())
def test_each_point_is_estimated_as_if_it_were_alone(one: Panel, other: Panel) -> None:
    size = min(len(one.values), len(other.values))
    cells = Cells(one.cells.unit[:size], one.cells.network[:size])
    values = np.stack([one.values[:size], other.values[:size]])
    together, alone = found(values, cells), [found(each[np.newaxis], cells) for each in values]
    for name in COLUMNS:
        np.testing.assert_allclose(
            getattr(together, name), [getattr(each, name)[0] for each in alone], rtol=1e-6, atol=1e-7
        )
    turned = found(values[::-1], cells)
    np.testing.assert_allclose(turned.error, together.error[::-1], rtol=1e-6, atol=1e-7)


def test_influences_of_a_difference_are_the_differences_of_those_of_two_points() -> None:
    cells = crossed(3, 30, 5)
    values = components(1, 0.5, 1, cells, count=2)
    each, difference = found(values, cells).influence, found(values[1:] - values[:1], cells).influence
    assert each is not None
    assert difference is not None
    np.testing.assert_allclose(difference.rows, each.rows[1:] - each.rows[:1], atol=1e-12)
    np.testing.assert_allclose(difference.networks, each.networks[1:] - each.networks[:1], atol=1e-12)


@given(panels(), st.sampled_from([-3.0, -1.0, 0.25, 8.0]))
def test_values_times_a_constant_have_errors_times_its_size(panel: Panel, factor: float) -> None:
    plain, scaled = (found(values[np.newaxis], panel.cells) for values in (panel.values, factor * panel.values))
    np.testing.assert_allclose(scaled.mean, factor * plain.mean, atol=1e-12)
    np.testing.assert_allclose(scaled.error, abs(factor) * plain.error, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(scaled.row_error, abs(factor) * plain.row_error, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(scaled.df, plain.df, rtol=1e-6)


@given(panels(), st.sampled_from([0.0, 0.5]))
def test_squares_of_the_influences_of_rows_and_networks_add_up_to_the_variance_less_its_minimum(
    panel: Panel, instability: float
) -> None:
    cells = replace(panel.cells, minimum_error=0.3, instability=instability)
    estimates = found(panel.values[np.newaxis], cells)
    shares = contributions(estimates)
    assert shares.shape == (1, cells.unit.max() + 1 + cells.network.max() + 1)
    if np.isfinite(estimates.error[0]) and shares[:, : cells.unit.max() + 1].any():
        assert (shares**2).sum() == pytest.approx(estimates.error[0] ** 2 - 0.09, rel=1e-6, abs=1e-9)


def test_two_points_that_share_rows_depend_on_one_another_by_them_and_by_networks_as_far_as_each_matters() -> None:
    """One has the rows of the other and its own seeds; of 0.25 and 1, rows are a fifth of the variance."""
    cells, rng = crossed(400, 100), np.random.default_rng(2)
    rows, seeds = np.sqrt(0.25) * rng.normal(size=100), rng.normal(size=(2, 400)) * 2
    estimates = found(rows[cells.unit] + seeds[:, cells.network], cells)
    covariance = contributions(estimates) @ contributions(estimates).T
    share = 0.25 / 100 / (0.25 / 100 + 4 / 400)
    correlation = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    assert correlation == pytest.approx(share, abs=0.1)


@given(panels())
def test_influences_add_up_to_0_and_mean_and_sd_stay_those_of_the_trials(panel: Panel) -> None:
    estimates = found(panel.values[np.newaxis], panel.cells)
    assert estimates.influence is not None
    assert estimates.influence.rows.sum() == pytest.approx(0, abs=1e-12)
    assert estimates.influence.networks.sum() == pytest.approx(0, abs=1e-12)
    networks = [panel.values[panel.cells.network == network] for network in range(panel.cells.network.max() + 1)]
    trials = np.array([[each.mean() if len(each) else NAN for each in networks]])
    expected = estimate(trials, 0.1)
    for name in ("n", "mean", "sd"):
        np.testing.assert_array_equal(getattr(estimates, name), getattr(expected, name))


@given(panels())
def test_the_part_of_rows_is_no_more_than_the_whole(panel: Panel) -> None:
    for cells in (panel.cells, replace(panel.cells, minimum_error=0.1, instability=0.5)):
        estimates = found(panel.values[np.newaxis], cells)
        assert not (estimates.row_error > estimates.error * (1 + 1e-9)).any()
        assert not (estimates.error < cells.minimum_error).any()


def test_a_minimum_error_adds_its_square_to_the_whole_and_to_the_part_of_rows() -> None:
    cells = crossed(3, 30, 5)
    values = components(1, 0.5, 1, cells, count=4)
    plain, more = found(values, cells), found(values, replace(cells, minimum_error=0.3))
    np.testing.assert_allclose(more.error**2, plain.error**2 + 0.09)
    np.testing.assert_allclose(more.row_error**2, plain.row_error**2 + 0.09)


def test_instability_adds_a_share_of_the_part_of_rows_and_of_half_the_whole_where_that_is_unknown() -> None:
    cells = crossed(3, 30, 5)
    values = components(1, 0.5, 1, cells, count=4)
    plain, more = found(values, cells), found(values, replace(cells, instability=0.5))
    np.testing.assert_allclose(more.error**2, plain.error**2 + 0.5 * plain.row_error**2)
    np.testing.assert_allclose(more.row_error**2, 1.5 * plain.row_error**2)
    np.testing.assert_allclose(more.df, plain.df)
    cells = crossed(1, 30, 5)
    plain, more = (found(values[:, :30], replace(cells, instability=share)) for share in (0, 0.5))
    np.testing.assert_allclose(more.error**2, 1.25 * plain.error**2)
    assert np.isnan(more.row_error).all()


def test_rows_that_all_differ_by_the_same_show_no_spread_even_if_they_differ_by_rounding() -> None:
    cells = crossed(2, 30, 3)
    level = np.random.default_rng(0).uniform(0.1, 0.9, 60)
    values = np.stack([(level + 0.1) - level, np.zeros(60)])
    assert values[0].std() > 0
    estimates = found(values, cells)
    assert estimates.error.tolist() == [0, 0]
    assert estimates.row_error.tolist() == [0, 0]
    assert significance(estimates)[1] == pytest.approx([0.5**29, 1])
    floor = found(values, replace(cells, minimum_error=1 / 30))
    assert floor.error == pytest.approx([1 / 30, 1 / 30])


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1e77, 1e150, 1e160])
def test_values_of_any_size_give_numbers_without_a_warning(size: float) -> None:
    """Where squares are beyond the largest number, the error is missing."""
    cells = crossed(2, 20, 4)
    estimates = found(size * components(1, 1, 1, cells, count=3), cells)
    assert (estimates.df > 1).all()
    assert np.isnan(estimates.error).all() if size > 1e154 else (estimates.error > 0).all()
