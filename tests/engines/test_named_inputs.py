"""A network of one's own gets categories and texts by their names, as indices; what cannot be looked up is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training import EVERY_ENGINE, bits, train, trials

from dropout_lab import engines
from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.errors import ModelError

Write = Callable[[str], dict[str, Any]]

FAST = {"training.epochs": 2, "evaluation.repeats": 1, "training.precision": "float64"}
ENCODE = {"town": {"kind": "embedding", "size": 3}, "note": {"kind": "text", "words": 9, "length": 4}}
PARTS = """
import keras
from keras import layers

def build(inputs, outputs, dropout):
    assert {name: (each.shape, each.indices) for name, each in inputs.items()} == WANTED
    tensors = {name: keras.Input(each.shape, name=name) for name, each in inputs.items()}
    town = layers.Embedding(inputs["town"].indices, 3)(tensors["town"])
    words = layers.Flatten()(layers.Embedding(inputs["note"].indices, 2)(tensors["note"]))
    joined = dropout()(layers.Concatenate()([tensors["numbers"], town, words]))
    return keras.Model(RETURNED, layers.Dense(outputs)(joined))
"""
WANTED = {"numbers": ((1,), 0), "town": ((), 8), "note": ((4,), 9)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    random = np.random.default_rng(7)
    lines = ["a,town,note,outcome"]
    for row in range(90):
        note = " ".join(random.choice(["one", "two", "three", "four"], random.integers(1, 7)))
        lines.append(f"{random.normal():.3f},t{random.integers(6)},{note},{'xyz'[row % 3]}")
    path = tmp_path_factory.mktemp("named") / "my.csv"
    path.write_text("\n".join(lines))
    return load_dataset(CSV.model_validate({"csv": str(path), "target": "outcome", "encode": ENCODE}), Path())


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> dict[str, Any]:
        (tmp_path / "named_nets.py").write_text(text)
        return {**FAST, "model": {"kind": "own", "builder": "named_nets:build", "folder": str(tmp_path)}}

    return write


def parts(returned: str) -> str:
    return PARTS.replace("WANTED", repr(WANTED)).replace("RETURNED", returned)


def refused(changes: dict[str, Any], data: Dataset) -> str:
    with pytest.raises(ModelError) as caught:
        engines.check_builder(trials(changes)[0].experiment, data)
    return str(caught.value)


@pytest.mark.parametrize(
    "returned", ["tensors", pytest.param("list(tensors.values())", marks=pytest.mark.slow)], ids=["dict", "list"]
)
def test_inputs_are_matched_by_name_in_whatever_order(returned: str, write: Write, data: Dataset) -> None:
    some = trials(write(parts(returned)), [0, 0.4])
    engines.check_builder(some[0].experiment, data)
    outcomes = train("keras", some, data)
    assert all(each.status == "ok" for each in outcomes)
    assert len({bits(each) for each in outcomes}) == len(some)
    changes = write(parts("dict(reversed(tensors.items()))"))
    assert bits(train("keras", trials(changes, [0, 0.4])[:1], data)[0]) == bits(outcomes[0])


@pytest.mark.parametrize("name", [name for name in EVERY_ENGINE if name not in ("stacked", "keras")])
def test_other_engines_train_it_too(name: str, write: Write, data: Dataset) -> None:
    outcomes = train(name, trials(write(parts("tensors")), [0.4]), data)
    assert all(each.status == "ok" for each in outcomes)


def test_names_that_are_not_those_of_the_inputs_are_refused_with_what_they_are(write: Write, data: Dataset) -> None:
    text = """
import keras
def build(inputs, outputs, dropout):
    rows = keras.Input((1,), name="nums")
    return keras.Model(rows, keras.layers.Dense(outputs)(dropout()(rows)))
"""
    message = refused(write(text), data)
    assert "named_nets.py:3: model.builder: the model has the inputs nums: expected numbers (shape (1,), num" in message
    assert "town (shape (), whole numbers below 8), note (shape (4,), whole numbers below 9)" in message


LOOKS_UP = """
import keras
def build(inputs, outputs, dropout):
    rows = keras.Input(inputs)
    vectors = keras.layers.Flatten()(keras.layers.Embedding(SIZE, 2)(rows))
    return keras.Model(rows, keras.layers.Dense(outputs)(dropout()(vectors)))
"""


def test_an_embedding_of_scaled_numbers_is_refused_with_the_key_to_set(write: Write, iris: Dataset) -> None:
    message = refused(write(LOOKS_UP.replace("SIZE", "50")), iris)
    assert "layer embedding" in message
    assert "which is not one of its 50 indices" in message
    assert "set dataset.encode: {COLUMN: embedding}" in message


def test_whole_numbers_that_are_not_scaled_are_looked_up_up_to_the_size_of_the_embedding(
    write: Write, digits: Dataset
) -> None:
    flat = {"preprocessing.scale": "none", "dataset": {"name": "digits"}}
    text = LOOKS_UP.replace("Flatten()", "Flatten()").replace("SIZE", "17")
    engines.check_builder(trials({**write(text), **flat})[0].experiment, digits)
    message = refused({**write(text.replace("17", "16")), **flat}, digits)
    assert "looks up 16, which is not one of its 16 indices" in message
