from __future__ import annotations

import keras
import numpy as np
import pytest

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from drawn import UNITS, layer_of  # noqa: E402 - Keras must be started first

ROWS = 20_000
COUNT = ROWS * UNITS
LOWEST = float(keras.activations.selu(np.float32(-100)))


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5, 0.9])
def test_units_of_mean_0_and_variance_1_keep_both(rate: float) -> None:
    units = np.random.default_rng(1).standard_normal((ROWS, UNITS)).astype(np.float32)
    changed = np.asarray(layer_of("alpha_dropout", rate, 3)(units, training=True))
    assert changed.mean() == pytest.approx(0, abs=5 / np.sqrt(COUNT))
    assert changed.var() == pytest.approx(1, abs=5 * np.sqrt(5 / COUNT))


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_units_are_dropped_to_selus_lowest_value_where_dropout_drops_them(rate: float) -> None:
    units = np.random.default_rng(1).standard_normal((2000, UNITS)).astype(np.float32)
    changed = np.asarray(layer_of("alpha_dropout", rate, 3)(units, training=True))
    dropped = np.asarray(layer_of("dropout", rate, 3)(np.ones_like(units), training=True)) == 0
    scale = ((1 - rate) * (1 + rate * LOWEST**2)) ** -0.5
    expected = scale * np.where(dropped, LOWEST, units) - scale * rate * LOWEST
    assert changed == pytest.approx(expected, abs=1e-5)
    assert dropped.mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / dropped.size))


def test_activations_of_selu_keep_mean_and_variance() -> None:
    """Selu's own outputs for standard normal inputs have mean 0 and variance 1 (Klambauer et al. 2017)."""
    inputs = np.random.default_rng(1).standard_normal((ROWS, UNITS)).astype(np.float32)
    units = np.asarray(keras.activations.selu(inputs))
    changed = np.asarray(layer_of("alpha_dropout", 0.3, 3)(units, training=True))
    assert changed.mean() == pytest.approx(0, abs=0.01)
    assert changed.var() == pytest.approx(1, abs=0.02)
