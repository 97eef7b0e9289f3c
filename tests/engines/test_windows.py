"""Windows of a series in the engines: learned from training rows alone, each window as its rows were encoded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from builders import experiment
from series import lines, text, windows
from training import train

from dropout_lab.datasets import Dataset
from dropout_lab.datasets.tabular.encoding import encoding
from dropout_lab.engines.fold_data import fold_data_of
from dropout_lab.plan import Trial, plan

SPEC: dict[str, Any] = {"csv": "my.csv", "target": "outcome", "task": "regression", "window": 5, "horizon": 2}
NETWORKS: dict[str, dict[str, Any]] = {
    "mlp": {"model": {"hidden": [4]}, "dropout": {"where": "hidden", "rate": 0.2}},
    "rnn": {"model": {"kind": "rnn", "units": [3]}, "dropout": {"where": "recurrent", "rate": 0.2}},
    "conv1d": {"model": {"kind": "conv1d", "filters": [3], "dense": [4]}, "dropout": {"where": "dense", "rate": 0.2}},
}


def trials(**changes: Any) -> tuple[Trial, ...]:
    evaluation = {"split": "time_series", "folds": 3}
    return plan(experiment({"dataset": SPEC, "evaluation": evaluation, "training.epochs": 1, **changes}))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    made = lines(200)
    made[20] = made[20].replace(",clear", ",").replace(",grey", ",").replace(",rain", ",")
    return windows(tmp_path_factory.mktemp("series"), text(made))


def test_windows_are_their_encoded_rows_and_what_is_fitted_knows_the_rows_of_training_windows_only(
    data: Dataset,
) -> None:
    assert data.windows is not None
    assert data.table is not None
    for trial in trials():
        fold = fold_data_of(data)(trial)
        last = int(data.windows.first[fold.split.train[-1]]) + 5
        encoded = encoding(data.table, data.features, np.arange(last), "standard")(data.features, "float32")
        assert fold.features.shape == (194, 25)
        for window in (0, 50, 193):
            assert np.array_equal(fold.features[window].reshape(5, 5), encoded[window : window + 5])
        train = encoded[:last, :2].astype(np.float64)
        assert np.allclose(train.mean(axis=0), 0, atol=1e-6)
        assert np.allclose(train.std(axis=0), 1, atol=1e-6)


def test_later_rows_do_not_reach_what_is_fitted(data: Dataset) -> None:
    trial = trials()[0]
    before = fold_data_of(data)(trial)
    first_held_out = int(data.windows.first[before.split.test[0]]) if data.windows else 0
    features, values = data.features.copy(), data.values.copy() if data.values is not None else np.zeros(0)
    features[first_held_out:, :2] *= 100
    values[before.split.test[0] :] *= 100
    after = fold_data_of(replace(data, features=features, values=values))(trial)
    assert np.array_equal(after.features[before.split.train], before.features[before.split.train])
    assert after.target_scaler == before.target_scaler


@pytest.mark.parametrize(
    ("network", "engine"),
    [
        ("rnn", "keras"),
        ("mlp", "stacked"),
        pytest.param("rnn", "jax", marks=pytest.mark.slow),
        pytest.param("mlp", "keras", marks=pytest.mark.slow),
        pytest.param("conv1d", "keras", marks=pytest.mark.slow),
    ],
)
def test_every_network_trains_on_windows(data: Dataset, network: str, engine: str) -> None:
    some = trials(**NETWORKS[network], engine=engine)[:1]
    (result,) = train(engine, some, data)
    assert result.test_probabilities.shape == (len(result.test_rows), 1)
    assert np.isfinite(result.test_probabilities).all()
