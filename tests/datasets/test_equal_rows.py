import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from dropout_lab.datasets import equal_rows
from dropout_lab.datasets.equal_rows import first_equal_rows

FEW = st.sampled_from([0.0, -0.0, 1.0, np.nan, -np.nan, np.inf, 1 + 2**-52])
SHAPES = st.tuples(st.integers(0, 12), st.integers(1, 3))


def plainly(features: NDArray[np.float64]) -> list[int]:
    """Compare each row with all that come before it."""
    return [
        next(at for at, other in enumerate(features) if np.array_equal(row, other, equal_nan=True)) for row in features
    ]


@given(arrays(np.float64, SHAPES, elements=FEW))
def test_a_row_is_equal_to_another_if_each_value_is_or_both_are_missing(features: NDArray[np.float64]) -> None:
    assert first_equal_rows(features).tolist() == plainly(features)


@given(arrays(np.uint8, SHAPES, elements=st.integers(0, 1)))
def test_so_it_is_with_bytes(features: NDArray[np.uint8]) -> None:
    assert first_equal_rows(features).tolist() == plainly(features.astype(float))


@given(arrays(np.float64, SHAPES, elements=FEW))
def test_rows_of_equal_hash_are_told_apart_by_their_values(features: NDArray[np.float64]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equal_rows, "_hashes", lambda rows: np.zeros(len(rows), np.int64))
        assert first_equal_rows(features).tolist() == plainly(features)


def test_rows_of_many_chunks_are_compared_across_them(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(0).integers(0, 3, (200, 4)).astype(np.float64)
    monkeypatch.setattr(equal_rows, "_CHUNK_BYTES", 3 * 4 * 8)
    assert first_equal_rows(features).tolist() == plainly(features)
