"""Networks in .keras files: what becomes of their layers, and what is refused."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import builders
import keras
import numpy as np
import pytest

from dropout_lab.config.model import SavedModel
from dropout_lab.errors import ModelError
from dropout_lab.models import CustomModelLayer
from dropout_lab.models.custom.network import check_source

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword"
)  # Keras, saving

ROWS = np.random.default_rng(1).normal(size=(5, 6)).astype("float32")


def classifier(outputs: int, activation: str) -> keras.Model:
    """Return a small network with dropout, as users save it."""
    rows = keras.Input((6,))
    hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(8, "relu")(rows))
    return keras.Model(rows, keras.layers.Dense(outputs, activation)(hidden))


def layer_of(net: keras.Model, folder: Path, outputs: int = 1, **settings: Any) -> CustomModelLayer:
    """Save a network, and return what is trained of it."""
    net.save(folder / "net.keras")
    model = SavedModel(file="net.keras", folder=str(folder), **settings)
    experiment = builders.experiment({"model": {"kind": "saved", **model.model_dump()}, "dropout.rate": 0.25})
    return CustomModelLayer(experiment, model, net.input_shape[1:], outputs)


@pytest.mark.parametrize(("saved", "outputs"), [((1, "sigmoid"), 1), ((2, "softmax"), 1), ((3, "softmax"), 3)])
def test_kept_weights_give_the_logits_of_what_was_saved(saved: tuple[int, str], outputs: int, tmp_path: Path) -> None:
    net = classifier(*saved)
    layer = layer_of(net, tmp_path, outputs)
    layer.seeding.start(3)
    logits = np.asarray(layer(ROWS))
    expected = np.asarray(net(ROWS))
    if outputs == 1:
        np.testing.assert_allclose(1 / (1 + np.exp(-logits[:, 0])), expected[:, -1], rtol=1e-5)
    else:
        np.testing.assert_allclose(keras.ops.softmax(logits), expected, rtol=1e-5)


def test_new_weights_are_drawn_by_the_seed_of_a_trial(tmp_path: Path) -> None:
    net = classifier(1, "sigmoid")
    layer = layer_of(net, tmp_path, weights="new")

    def start(seed: int) -> Any:
        layer.seeding.start(seed)
        return np.asarray(layer(ROWS))

    assert (start(1) == start(1)).all()
    assert not np.allclose(start(1), start(2))


def test_dropout_of_channels_and_of_units_in_nested_networks_is_replaced(tmp_path: Path) -> None:
    steps = keras.Input((4, 3))
    inner = keras.Sequential([keras.Input((4, 3)), keras.layers.Dense(5), keras.layers.SpatialDropout1D(0.4)])
    net = keras.Model(steps, keras.layers.Dense(1)(keras.layers.Dropout(0.3)(keras.layers.Flatten()(inner(steps)))))
    layer = layer_of(net, tmp_path)
    assert [each.noise_shape for each in layer.stochastic_layers] == [(None, 1, None), None] or [
        each.noise_shape for each in layer.stochastic_layers
    ] == [None, (None, 1, None)]
    assert not any(isinstance(each, keras.layers.Dropout) for each in layer.net._flatten_layers())


def test_frozen_layers_stay_frozen(tmp_path: Path) -> None:
    net = classifier(1, "sigmoid")
    net.layers[1].trainable = False
    assert len(layer_of(net, tmp_path).net.trainable_variables) == 2


def refusal(path: Path, **settings: Any) -> str:
    with pytest.raises(ModelError) as caught:
        check_source(SavedModel(file=path.name, folder=str(path.parent), **settings))
    return str(caught.value)


def test_code_in_a_file_is_named_and_not_run(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)]).save(tmp_path / "lambda.keras")
    told = refusal(tmp_path / "lambda.keras")
    assert "it needs code that is not Keras' own, which is not run: Lambda, __lambda__: set model.builder" in told

    with zipfile.ZipFile(tmp_path / "lambda.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = json.loads(parts["config.json"])
    content["config"]["layers"][1] = {"module": "os", "class_name": "mkdir", "config": {"name": str(tmp_path / "made")}}
    with zipfile.ZipFile(tmp_path / "call.keras", "w") as archive:
        for name, part in (parts | {"config.json": json.dumps(content).encode()}).items():
            archive.writestr(name, part)
    assert "which is not run: mkdir" in refusal(tmp_path / "call.keras")
    assert not (tmp_path / "made").exists()


@keras.saving.register_keras_serializable("mine")
class _Twice(keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


def test_layers_of_a_users_own_are_named(tmp_path: Path) -> None:
    keras.Sequential([keras.Input((3,)), _Twice()]).save(tmp_path / "own.keras")
    assert "which is not run: mine>_Twice" in refusal(tmp_path / "own.keras")


def test_what_is_no_keras_file_or_another_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.keras").write_text("model")
    assert "it cannot be read as a .keras file" in refusal(tmp_path / "text.keras")
    with zipfile.ZipFile(tmp_path / "empty.keras", "w"):
        pass
    assert "it cannot be read as a .keras file" in refusal(tmp_path / "empty.keras")
    classifier(1, "sigmoid").save(tmp_path / "net.keras")
    assert "the file does not have this config's model.checksum" in refusal(tmp_path / "net.keras", checksum="0" * 64)
    whole = (tmp_path / "net.keras").read_bytes()
    (tmp_path / "half.keras").write_bytes(whole[: len(whole) // 2])
    assert "it cannot be read as a .keras file" in refusal(tmp_path / "half.keras")


def test_other_rows_than_those_of_the_network_and_a_network_without_dropout_are_told(tmp_path: Path) -> None:
    plain = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    with pytest.raises(ModelError, match="the network has no Dropout layer: every rate would train the same network"):
        layer_of(plain, tmp_path)
    net = classifier(1, "sigmoid")
    net.save(tmp_path / "net.keras")
    model = SavedModel(file="net.keras", folder=str(tmp_path))
    experiment = builders.experiment({"model": {"kind": "saved", **model.model_dump()}})
    with pytest.raises(ModelError, match=r"model.file: the model cannot be called with rows of shape \(7,\)"):
        CustomModelLayer(experiment, model, (7,), 1)


def test_a_compiled_model_is_told_that_it_is_trained_by_the_config(tmp_path: Path) -> None:
    layer = layer_of(classifier(1, "sigmoid"), tmp_path)
    assert layer.notes == []
    layer.net.compile("rmsprop", "mse")
    (note,) = layer.notes
    assert "its optimizer (RMSprop), loss and metrics are not used" in note
