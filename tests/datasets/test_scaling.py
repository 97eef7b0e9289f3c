from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from dropout_lab.datasets import scaling

Table = NDArray[np.float64]
ROWS, TRAIN, TEST = 8, np.array([0, 2, 3, 5, 7]), np.array([1, 4, 6])
tables = hnp.arrays(np.float64, (ROWS, 3), elements=st.floats(-1e3, 1e3))
scales = st.sampled_from(["standard", "minmax", "unit", "none"])


def scaled(features: Table, train: NDArray[np.int64], scale: str) -> Table:
    return scaling(features, train, scale)(features)


@given(tables, hnp.arrays(np.float64, (len(TEST), 3), elements=st.floats(-1e6, 1e6)), scales)
def test_changing_held_out_rows_does_not_change_scaled_training_rows(
    features: Table, others: Table, scale: str
) -> None:
    changed = features.copy()
    changed[TEST] = others
    before, after = scaled(features, TRAIN, scale), scaled(changed, TRAIN, scale)
    assert before[TRAIN].tobytes() == after[TRAIN].tobytes()


@given(tables, scales)
def test_a_held_out_row_is_scaled_like_a_training_row_of_the_same_values(features: Table, scale: str) -> None:
    features[TEST[0]] = features[TRAIN[0]]
    result = scaled(features, TRAIN, scale)
    assert result[TEST[0]].tobytes() == result[TRAIN[0]].tobytes()


@given(tables, scales)
def test_the_given_rows_are_left_as_they_were(features: Table, scale: str) -> None:
    before = features.copy()
    scaled(features, TRAIN, scale)
    assert features.tobytes() == before.tobytes()


@pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_scales_are_scikit_learns_fitted_on_training_rows(scale: str, scaler: StandardScaler | MinMaxScaler) -> None:
    features = np.random.default_rng(7).normal(3, 2, (ROWS, 3))
    scaler.fit(features[TRAIN])
    np.testing.assert_allclose(scaled(features, TRAIN, scale), scaler.transform(features), rtol=1e-12, atol=1e-12)


def test_standard_gives_training_rows_mean_0_and_standard_deviation_1() -> None:
    train = scaled(np.random.default_rng(7).normal(3, 2, (ROWS, 3)), TRAIN, "standard")[TRAIN]
    assert np.allclose(train.mean(axis=0), 0)
    assert np.allclose(train.std(axis=0), 1)


def test_minmax_gives_training_rows_the_range_0_to_1() -> None:
    train = scaled(np.random.default_rng(7).normal(3, 2, (ROWS, 3)), TRAIN, "minmax")[TRAIN]
    assert np.allclose(train.min(axis=0), 0)
    assert np.allclose(train.max(axis=0), 1)


def test_none_leaves_the_rows_as_they_are() -> None:
    features = np.random.default_rng(7).normal(size=(ROWS, 3))
    assert np.array_equal(scaled(features, TRAIN, "none"), features)


@pytest.mark.parametrize("scale", ["standard", "minmax", "unit", "none"])
def test_an_input_that_never_varies_stays_finite(scale: str) -> None:
    assert np.isfinite(scaled(np.full((ROWS, 2), 5.0), TRAIN, scale)).all()


def test_unit_brings_bytes_to_the_range_0_to_1() -> None:
    picture = np.array([[0, 51, 255]], dtype=np.uint8)
    assert scaling(picture, np.array([0]), "unit")(picture).tolist() == [[0.0, 0.2, 1.0]]


def test_many_rows_give_the_scale_that_scikit_learn_learns_from_all_of_them_at_once() -> None:
    pictures = np.random.default_rng(7).integers(0, 256, (25_000, 2), dtype=np.uint8)
    whole = StandardScaler().fit(pictures)
    made = scaling(pictures, np.arange(len(pictures)), "standard")
    np.testing.assert_allclose(made.shift, whole.mean_, rtol=1e-12)
    np.testing.assert_allclose(made.divisor, whole.scale_, rtol=1e-12)


@pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_the_inputs_of_a_channel_are_scaled_alike_as_scikit_learn_scales_all_their_values(
    scale: str, scaler: Any
) -> None:
    rows = np.random.default_rng(7).normal(size=(ROWS, 5, 3)) * [1, 5, 0] + [0, 1000, 7]
    scaler.fit(rows[TRAIN].reshape(-1, 3))
    made = scaling(rows.reshape(ROWS, 15), TRAIN, scale, channels=3)
    expected = scaler.transform(rows.reshape(-1, 3)).reshape(ROWS, 15)
    np.testing.assert_allclose(made(rows.reshape(ROWS, 15)), expected, rtol=1e-9, atol=1e-12)
    other = rows.copy()
    other[np.setdiff1d(np.arange(ROWS), TRAIN)] += 100
    assert np.array_equal(scaling(other.reshape(ROWS, 15), TRAIN, scale, channels=3).shift, made.shift)


def test_scaling_in_single_precision_is_that_in_double_precision_rounded() -> None:
    rows = np.random.default_rng(7).normal(size=(ROWS, 3)).astype(np.float32)
    made = scaling(rows, TRAIN, "standard")
    assert np.array_equal(made(rows, "float32"), made(rows).astype(np.float32))
