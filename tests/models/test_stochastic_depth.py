"""Stochastic depth: Keras' dropout with one draw for each row, whatever the number of axes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from dropout_lab.engines import runtime

runtime.start(intra_op_threads=1)

from builders import experiment  # noqa: E402 - Keras must be started first
from drawn import as_seeded, layer_of  # noqa: E402

from dropout_lab.models.custom.dropout_factory import DropoutFactory  # noqa: E402
from dropout_lab.models.registry import strengths  # noqa: E402

every_shape = pytest.mark.parametrize("shape", [(5,), (4, 3), (4, 4, 3)])
OWN = {"model": {"kind": "own", "builder": "nets:build"}, "dropout": {"kind": "stochastic_depth", "rate": 0.4}}


def of(shape: tuple[int, ...], rate: float, seed: int = 1) -> Any:
    return layer_of("stochastic_depth", rate, seed, shape=shape)


@every_shape
@pytest.mark.parametrize("rate", [0.2, 0.7])
def test_it_gives_the_numbers_of_keras_dropout_of_whole_rows_with_the_same_draws(
    shape: tuple[int, ...], rate: float
) -> None:
    inputs = np.random.default_rng(0).normal(size=(30, *shape)).astype(np.float32)
    ours = of(shape, rate)
    theirs = as_seeded(keras.layers.Dropout(rate, noise_shape=(None, *[1] * len(shape)), seed=0), 1)
    for _ in range(2):
        expected = np.asarray(theirs(inputs, training=True))
        assert np.asarray(ours(inputs, training=True)) == pytest.approx(expected, rel=1e-6)


@every_shape
def test_a_row_is_dropped_whole_or_divided_by_what_is_kept_and_at_rate_0_it_is_kept(shape: tuple[int, ...]) -> None:
    inputs = np.ones((1000, *shape), np.float32)
    rows = np.asarray(of(shape, 0.3)(inputs, training=True)).reshape(1000, -1)
    assert (rows == rows[:, :1]).all()
    assert np.unique(rows) == pytest.approx([0, 1 / 0.7])
    assert (rows == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / 1000))
    assert (np.asarray(of(shape, 0.0)(inputs, training=True)) == inputs).all()
    assert (np.asarray(of(shape, 0.3)(inputs, training=False)) == inputs).all()


def test_what_a_lower_rate_drops_a_higher_one_drops_too() -> None:
    low, high = (np.asarray(of((3,), rate)(np.ones((200, 3), np.float32), training=True)) == 0 for rate in (0.2, 0.5))
    assert low.any()
    assert not (low & ~high).any()


def test_layers_with_a_share_have_that_part_of_the_rate_however_it_is_swept() -> None:
    dropout = DropoutFactory(experiment(OWN))
    made = [dropout(share=part / 4) for part in range(1, 5)]
    assert strengths(experiment(OWN), made) == [pytest.approx([0.1, 0.2, 0.3, 0.4])]
    other = experiment({**OWN, "dropout": {"kind": "stochastic_depth", "rate": 0.8}})
    assert strengths(other, made) == [pytest.approx([0.2, 0.4, 0.6, 0.8])]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"share": 1.5}, "share: expected 0 <= share <= 1, got 1.5"), ({"noise_shape": (None, 1)}, "has no noise_shape")],
)
def test_what_a_layer_cannot_have_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DropoutFactory(experiment(OWN))(**options)
