from __future__ import annotations

import numpy as np
import pytest
from stats.sweeps import predictions

from dropout_lab.stats import sampling_error


def test_one_seeds_error_is_that_of_a_share_of_rows() -> None:
    found = sampling_error(predictions({0.0: [[1] * 80 + [0] * 20], 0.5: [[1] * 90 + [0] * 10]}))
    assert tuple(found) == ("rate", "rows", "accuracy", "error", "diff", "diff_error")
    assert found["rows"].tolist() == [100, 100]
    assert found["accuracy"].tolist() == pytest.approx([0.8, 0.9])
    assert found["error"].tolist() == pytest.approx([np.sqrt(0.8 * 0.2 / 99), np.sqrt(0.9 * 0.1 / 99)])


def test_the_error_of_a_difference_counts_only_rows_that_are_answered_differently() -> None:
    """McNemar's setting: 10 rows gained, none lost, so sd^2 is (10 - 100 x 0.1^2) / 99."""
    found = sampling_error(predictions({0.0: [[1] * 80 + [0] * 20], 0.5: [[1] * 90 + [0] * 10]}))
    assert found["diff"][1] == pytest.approx(0.1)
    assert found["diff_error"][1] == pytest.approx(np.sqrt((10 - 1) / 99 / 100))
    assert found.loc[0, ["diff", "diff_error"]].isna().all()


def test_rows_are_the_units_and_seeds_are_averaged_out() -> None:
    one = np.arange(50) % 3 > 0
    twice = sampling_error(predictions({0.2: np.array([one, one])}))
    assert twice["error"][0] == pytest.approx(sampling_error(predictions({0.2: one[np.newaxis]}))["error"][0])
    mixed = sampling_error(predictions({0.2: np.array([one, ~one])}))
    assert (mixed["accuracy"][0], mixed["error"][0]) == (0.5, 0)


def test_a_diverged_seed_is_left_out_and_a_point_without_answers_has_nothing() -> None:
    found = sampling_error(predictions({0.0: [[1, 0, 1], [np.nan] * 3], 0.5: [[np.nan] * 3, [np.nan] * 3]}))
    assert found["rows"].tolist() == [3, 0]
    assert found["accuracy"][0] == pytest.approx(2 / 3)
    assert found.loc[1, ["accuracy", "error", "diff", "diff_error"]].isna().all()


def test_another_baseline_can_be_named() -> None:
    frame = predictions({0.2: [[1, 0, 1, 1]], 0.5: [[1, 1, 1, 1]]})
    assert sampling_error(frame)["diff"].isna().all()
    assert sampling_error(frame, baseline=(0.5,))["diff"][0] == -0.25
