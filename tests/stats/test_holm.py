from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.multitest import multipletests

from dropout_lab.stats.holm import holm


@settings(max_examples=10)  # multipletests collects garbage at every call
@given(arrays(float, st.integers(1, 12), elements=st.floats(0, 1)))
def test_the_adjusted_p_are_those_of_statsmodels(p: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_a_missing_p_stays_missing_and_counts_for_nothing() -> None:
    adjusted = holm(np.array([0.01, np.nan, 0.04]))
    np.testing.assert_allclose(adjusted, [0.02, np.nan, 0.04])
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert holm(np.array([])).size == 0
