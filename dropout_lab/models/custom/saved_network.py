"""Read a network that Keras saved, with the config's dropout in place of its Dropout layers. No code in it is run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from dropout_lab.config.builder_source import checksum_of
from dropout_lab.config.model import SavedModel
from dropout_lab.errors import ModelError, describe_error
from dropout_lab.models.dropout import StochasticLayer

__all__ = ["read_network", "saved_network"]

_RUN_CODE = frozenset({"Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"})
"""Classes of Keras whose saved form is, or loads, a program."""

_DROPOUT: dict[type, Callable[[Any], tuple[int | None, ...] | None]] = {
    keras.layers.Dropout: lambda layer: layer.noise_shape,
    keras.layers.SpatialDropout1D: lambda _: (None, 1, None),
    keras.layers.SpatialDropout2D: lambda _: (None, 1, 1, None),
    keras.layers.SpatialDropout3D: lambda _: (None, 1, 1, 1, None),
}
"""What the config's dropout replaces -> its noise shape."""

_TO_PROBABILITIES = ("softmax", "sigmoid")


def read_network(model: SavedModel) -> Any:
    """Read a saved network as it is.

    Raises
    ------
    ModelError
        If the file has another checksum than the config, is not Keras', or has classes that are not Keras' own.
    """
    path = Path(model.folder, model.file)
    try:
        if model.checksum and checksum_of(path) != model.checksum:
            raise ModelError(
                f"{path}: model.file: the file does not have this config's model.checksum: restore it, or remove the "
                "checksum from the config (results of the other file cannot be resumed)"
            )
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: model.file: it cannot be read as a .keras file ({describe_error(error, 150)}): save the network "
            "with model.save('net.keras')"
        ) from error
    foreign = sorted(set(_foreign(content)))
    if foreign:
        raise ModelError(
            f"{path}: model.file: it needs code that is not Keras' own, which is not run: {', '.join(foreign)}: "
            "set model.builder to a function of yours that makes or loads this network"
        )
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelError(f"{path}: model.file: Keras cannot load it: {describe_error(error, 300)}") from error


def saved_network(model: SavedModel, outputs: int, dropout: Any) -> tuple[Any, str]:
    """Return a saved network that returns logits, with the config's dropout for its Dropout layers.

    Dropout of whole channels stays that. A final softmax or sigmoid is left out; of two outputs for two classes the
    difference is taken, which is the logit of the second.

    Parameters
    ----------
    model : SavedModel
    outputs : int
        1 for two classes, else the number of classes.
    dropout : DropoutFactory

    Returns
    -------
    network : keras.Model
    location : str
        Its file.

    Raises
    ------
    ModelError
        As `read_network`, or if it is no ``keras.Sequential`` or ``keras.Model(inputs, outputs)``.
    """
    saved, path = read_network(model), Path(model.folder, model.file)
    if not isinstance(saved, keras.Sequential | keras.Model) or not getattr(saved, "outputs", None):
        raise ModelError(
            f"{path}: model.file: only a built keras.Sequential or keras.Model(inputs, outputs) can be changed, and "
            f"it is a {type(saved).__name__}: set model.builder to a function that makes it"
        )
    last = saved.layers[-1]

    def replace(layer: Any) -> Any:
        if type(layer) in _DROPOUT:
            return dropout(layer.name, _DROPOUT[type(layer)](layer))
        config = layer.get_config()
        if layer is last and isinstance(layer, keras.layers.Softmax):
            return keras.layers.Activation("linear", name=layer.name)
        if layer is last and config.get("activation") in _TO_PROBABILITIES:
            config["activation"] = "linear"
        return type(layer).from_config(config)

    try:
        network = keras.models.clone_model(saved, clone_function=replace, recursive=True)
    except Exception as error:
        raise ModelError(
            f"{path}: model.file: its layers cannot be copied: {describe_error(error, 200)}: set model.builder to a "
            "function that makes the network"
        ) from error
    if model.weights == "kept":
        ours = {
            id(weight)
            for layer in network._flatten_layers()
            if isinstance(layer, StochasticLayer)
            for weight in layer.weights
        }
        copied = (weight for weight in network.weights if id(weight) not in ours)
        for weight, value in zip(copied, saved.weights, strict=True):
            weight.assign(value)
    if outputs == len(network.inputs) == len(network.outputs) == 1 and network.outputs[0].shape[1:] == (2,):
        logits = network.outputs[0]
        network = keras.Model(network.inputs[0], logits[:, 1:] - logits[:, :1])
    return network, str(path)


def _foreign(content: Any) -> Iterator[str]:
    """Yield the classes and functions in a saved config that are not Keras' own, or would run a program."""
    if isinstance(content, list):
        for each in content:
            yield from _foreign(each)
    if not isinstance(content, dict):
        return
    name, module = content.get("class_name"), content.get("module")
    if isinstance(name, str):
        own = module is None or module == "keras" or str(module).startswith("keras.")
        registered = content.get("registered_name")
        if not own or name in _RUN_CODE or registered not in (None, name):
            yield str(content.get("config") if name == "function" else registered or name)
    for each in content.values():
        yield from _foreign(each)
