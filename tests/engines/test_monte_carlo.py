from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from training import trials

from dropout_lab.engines.monte_carlo import mean, monte_carlo_seed

shares = st.floats(0, 1)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(2, 3)), elements=shares))
def test_the_mean_pass_by_pass_is_numpys(passes: np.ndarray) -> None:
    assert mean(iter(passes)) == pytest.approx(passes.mean(axis=0), abs=1e-15)


@given(hnp.arrays(np.float64, (2, 3), elements=shares), st.integers(1, 100))
def test_the_mean_of_equal_passes_is_each_of_them_to_the_bit(one: np.ndarray, count: int) -> None:
    assert (mean(one for _ in range(count)) == one).all()


def test_all_rates_of_a_fold_share_the_draws_of_the_passes_which_are_nobody_elses() -> None:
    some = trials({"evaluation.repeats": 2}, [0.2, 0.5])
    seeds = {(trial.repeat, trial.fold): monte_carlo_seed(trial) for trial in some}
    assert all(monte_carlo_seed(trial) == seeds[trial.repeat, trial.fold] for trial in some)
    assert len({*seeds.values(), *(trial.seed for trial in some)}) == 2 * len(seeds)
