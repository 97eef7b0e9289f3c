from __future__ import annotations

import numpy as np
import pytest

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from drawn import UNITS, layer_of  # noqa: E402 - Keras must be started first

ROWS = 20_000
COUNT = ROWS * UNITS


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_gaussian_dropout_multiplies_by_noise_of_mean_1_and_the_variance_of_dropout(rate: float) -> None:
    ones = np.ones((ROWS, UNITS), np.float32)
    noise, dropped = (
        np.asarray(layer_of(kind, rate, 3)(ones, training=True)) for kind in ("gaussian_dropout", "dropout")
    )
    variance = rate / (1 - rate)
    assert noise.mean() == pytest.approx(1, abs=5 * np.sqrt(variance / COUNT))
    assert noise.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / COUNT))
    assert noise.var() == pytest.approx(dropped.var(), rel=0.05)
    assert ((noise - 1) ** 3).mean() / variance**1.5 == pytest.approx(0, abs=5 * np.sqrt(15 / COUNT))


def test_gaussian_dropout_multiplies_a_unit_by_its_noise_whatever_the_unit() -> None:
    ones, inputs = np.ones((8, UNITS), np.float32), np.linspace(-2, 2, 160, dtype=np.float32).reshape(8, UNITS)
    noise = np.asarray(layer_of("gaussian_dropout", 0.4, 3)(ones, training=True))
    assert (np.asarray(layer_of("gaussian_dropout", 0.4, 3)(inputs, training=True)) == inputs * noise).all()


@pytest.mark.parametrize("stddev", [0.05, 1.0])
def test_gaussian_noise_adds_noise_of_mean_0_and_its_standard_deviation(stddev: float) -> None:
    inputs = np.full((ROWS, UNITS), 0.25, np.float32)
    noise = np.asarray(layer_of("gaussian_noise", stddev, 3)(inputs, training=True)) - inputs
    assert noise.mean() == pytest.approx(0, abs=5 * stddev / np.sqrt(COUNT))
    assert noise.std() == pytest.approx(stddev, rel=5 / np.sqrt(2 * COUNT))


def test_all_strengths_share_their_draws() -> None:
    ones = np.ones((8, UNITS), np.float32)
    low, high = (np.asarray(layer_of("gaussian_noise", each, 3)(ones, training=True)) - 1 for each in (0.25, 0.5))
    assert high == pytest.approx(2 * low, abs=1e-6)
