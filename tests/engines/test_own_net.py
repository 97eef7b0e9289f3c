"""A net that a function of the user's makes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from training import bits, train, trials

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.fold_data import fold_data_of
from dropout_lab.engines.keras_fit import Net
from dropout_lab.errors import ModelError
from dropout_lab.models import CustomModelLayer
from dropout_lab.models.dropout import BernoulliDropout

Write = Callable[[str], dict[str, Any]]

HEAD = "import keras\nfrom keras import layers\n"
LIKE_THE_MLP = """
def build(inputs, outputs, dropout, hidden=(6, 5)):
    parts = [keras.Input(inputs), dropout("visible_dropout")]
    for number, units in enumerate(hidden, 1):
        parts += [layers.Dense(units, "relu", name=f"hidden_{number}"), dropout(f"hidden_{number}_dropout")]
    return keras.Sequential([*parts, layers.Dense(outputs, name="output")])
"""
ASKS = """
def build(inputs, outputs, dropout):
    CALLS.append(dropout.rate)
    rows = keras.Input(inputs)
    inner = layers.Dropout(dropout.rate)(layers.Dense(6, "relu")(rows))
    return keras.Model(rows, layers.Dense(outputs)(layers.BatchNormalization()(inner)))
CALLS = []
"""
FAST = {"training.epochs": 3, "evaluation.repeats": 1, "dropout.where": "both"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a module and returns the changes to a config that take it."""

    def write(text: str) -> dict[str, Any]:
        (tmp_path / "my_nets.py").write_text(HEAD + text)
        return {"model": {"kind": "own", "builder": "my_nets:build", "folder": str(tmp_path)}}

    return write


def refused(model: dict[str, Any], changes: dict[str, object], data: Dataset) -> str:
    """Return why a net of one's own cannot be trained."""
    with pytest.raises(ModelError) as caught:
        engines.check_builder(trials({**FAST, **model, **changes})[0].experiment, data)
    return str(caught.value)


@pytest.mark.slow
def test_a_net_like_the_programs_own_gets_the_same_bits(write: Write, iris: Dataset) -> None:
    changes = {**FAST, "evaluation.monte_carlo": 3}
    ours = train("keras", trials({**changes, "model.hidden": [6, 5]}, [0, 0.5]), iris)
    theirs = train("keras", trials({**changes, **write(LIKE_THE_MLP)}, [0, 0.5]), iris)
    assert [bits(each) for each in theirs] == [bits(each) for each in ours]
    assert bits(ours[0]) != bits(ours[3])


def test_one_trace_serves_all_rates_of_a_net_that_is_handed_its_dropout(
    write: Write, iris: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    called, change = [], BernoulliDropout.change
    monkeypatch.setattr(
        BernoulliDropout, "change", lambda *args: called.append(1) or change(*args)
    )  # when traced, no more
    low, high = trials({**FAST, **write(LIKE_THE_MLP)}, [0, 0.5])[::3]
    net, counts = Net(low.experiment, iris), set()
    assert net.serves(high.experiment)
    for each in (low, high):
        net.run(each, fold_data_of(iris)(each), lambda _: None)
        counts.add(len(called))
    assert len(counts) == 1


def test_a_function_that_asks_for_the_rate_is_called_for_each_and_all_share_their_start(
    write: Write, iris: Dataset
) -> None:
    some = trials({**FAST, **write(ASKS)}, [0.2, 0.5])
    nets = [CustomModelLayer(each.experiment, each.experiment.model, iris.row, 3) for each in some[::3]]
    assert not nets[0].serves(some[3].experiment)
    assert set(sys.modules["my_nets"].CALLS) == {0.2, 0.5}
    starts = []
    for net in nets:
        net.seeding.start(some[0].seed)
        starts.append([each.numpy().tobytes() for each in net.net.weights])
        assert list(net.seeding.draws) == ["dropout_1"]
    assert starts[0] == starts[1]
    outcomes = train("keras", some, iris)
    assert len({bits(each) for each in outcomes}) == len(some)
    assert bits(train("keras", some[-1:], iris, anew=True)[0]) == bits(outcomes[-1])  # with BatchNormalization


def test_weights_that_the_function_has_set_stay_and_others_have_a_stream_each(write: Write, iris: Dataset) -> None:
    model = write("""
def build(inputs, outputs, dropout):
    fixed = layers.Dense(4, kernel_initializer=keras.initializers.Constant(0.25), trainable=False)
    known = layers.Dense(4, kernel_initializer=keras.initializers.HeNormal(seed=3))
    parts = [fixed, known, layers.Dense(4), layers.Dense(4), dropout(), layers.Dense(outputs)]
    return keras.Sequential([keras.Input(inputs), *parts])
""")
    experiment = trials({**FAST, **model})[0].experiment
    net = CustomModelLayer(experiment, experiment.model, iris.row, 3)
    kernels = {}
    for seed in (1, 2):
        net.seeding.start(seed)
        kernels[seed] = [each.numpy() for each in net.net.weights if each.name == "kernel"]
    assert (kernels[1][0] == 0.25).all()
    assert (kernels[1][1] == kernels[2][1]).all()
    assert not (kernels[1][2] == kernels[2][2]).any()
    assert not (kernels[1][2] == kernels[1][3]).any()


def test_layers_within_layers_and_pictures_are_trained(write: Write, digits: Dataset) -> None:
    model = write("""
class Twice(layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = [layers.Bidirectional(layers.LSTM(3)), layers.Dense(4)]
    def call(self, rows):
        return self.inner[1](self.inner[0](rows))

class Net(keras.Model):
    def __init__(self, inputs, outputs, dropout):
        super().__init__()
        self.parts = [layers.Reshape(inputs[:2]), Twice(), dropout(), layers.Dense(outputs)]
    def call(self, rows):
        for part in self.parts:
            rows = part(rows)
        return rows

build = Net
""")
    some = trials({"training.epochs": 1, "training.batch_size": 500, **model}, [0, 0.9])[::6]
    none, much = train("keras", some, digits)
    assert none.status == much.status == "ok"
    assert none.history.train_loss[0] < much.history.train_loss[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def other(inputs): ...", r"there is no function build \(its functions: other\): expected def build\("),
        (
            "def build(inputs): ...",
            r"my_nets\.py:3: .*build\(inputs\): too many .*expected def build\(inputs, outputs, ",
        ),
        ("x = 1 +", r"my_nets\.py:3: .*importing my_nets raised SyntaxError"),
        ("\nimport sys; sys.exit(3)", r"my_nets\.py:4: .*raised SystemExit: 3"),
        (
            "def build(i, o, d):\n    x = 1\n    return x / 0",
            r"my_nets\.py:5: .*raised ZeroDivisionError: division by zero",
        ),
        ("def build(i, o, d): ...", r"my_nets\.py:3: .*it returned None: expected a Keras model"),
        ("def build(i, o, d): return [1]", r"it returned list \[1\]: expected a Keras model"),
        (
            "def build(i, o, d): return keras.Sequential([keras.Input((9,)), d(), layers.Dense(o)])",
            r"cannot be called with rows of shape \(4,\)",
        ),
        (
            "def build(i, o, d): return keras.Sequential([keras.Input(i), d(), layers.Dense(o + 1)])",
            r"returns shape \(None, 4\): expected shape \(None, 3\), a logit per class",
        ),
        (
            "def build(i, o, d): return keras.Sequential([keras.Input(i), layers.Dense(o)])",
            r"dropout\.kind is dropout, but the function neither reads .* every rate would train the same network",
        ),
        (
            "def build(i, o, d): return keras.Sequential([keras.Input(i), d(), layers.Dense(o, 'softmax')])",
            r"the model ends in a softmax: expected logits",
        ),
        (
            "import numpy as np\nclass Odd(layers.Layer):\n    def build(self, shape):\n"
            "        start = lambda shape, dtype: np.random.normal(size=shape)\n"
            "        self.w = self.add_weight(shape=(1,), initializer=start, name='w')\n"
            "    def call(self, x): return x * self.w\n"
            "def build(i, o, d): return keras.Sequential([keras.Input(i), d(), Odd(), layers.Dense(o)])",
            r"weight w of layer odd\w* \(Odd\) starts from random numbers that cannot be seeded",
        ),
        (
            "import numpy as np\ndef build(i, o, d):\n"
            "    net = keras.Sequential([keras.Input(i), d(), layers.Dense(o)])\n"
            "    net.layers[-1].kernel.assign(np.random.normal(size=(4, o)))\n    return net",
            r"weight kernel of layer dense\w* \(Dense\) starts from random numbers that cannot be seeded",
        ),
        (
            "class Noise(layers.Layer):\n    def call(self, x, training=False):\n"
            "        return x + keras.random.normal((4,)) if training else x\n"
            "def build(i, o, d): return keras.Sequential([keras.Input(i), d(), Noise(), layers.Dense(o)])",
            r"with the same seeds the model gives two different results in training",
        ),
    ],
)
def test_what_is_wrong_with_a_function_is_told_with_its_place(
    text: str, message: str, write: Write, iris: Dataset
) -> None:
    told = refused(write(text), {}, iris)
    assert re.search(message, told), told
    assert "my_nets.py" in told


NAMED = """
class Scale(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1],), initializer="random_normal", name="w")
        self.default = self.add_weight(shape=(shape[-1], 1), name="default")
    def call(self, x): return x * self.w + (x @ self.default)

def build(inputs, outputs, dropout):
    rows = keras.Input(inputs)
    tokens = layers.Reshape((*inputs, 1))(rows)
    seen = layers.Flatten()(layers.MultiHeadAttention(2, 3)(tokens, tokens))
    hidden = layers.SpectralNormalization(layers.Dense(4))(Scale()(seen))
    return keras.Model(rows, layers.Dense(outputs)(dropout()(hidden)))
"""


def test_weights_are_seeded_whoever_makes_them_and_however_their_initializer_is_given(
    write: Write, iris: Dataset
) -> None:
    model = write(NAMED)
    layer = CustomModelLayer(
        (trial := trials({**FAST, **model})[0]).experiment, trial.experiment.model, iris.row, len(iris.classes)
    )
    drawn = {}
    for seed in (1, 2, 1):
        layer.seeding.start(seed)
        drawn.setdefault(seed, []).append({each.path: each.numpy() for each in layer.net.weights})
    first, again = drawn[1]
    assert all((first[path] == again[path]).all() for path in first)
    changed = {path.rsplit("/", 1)[-1] for path in first if (first[path] != drawn[2][0][path]).any()}
    assert changed == {"kernel", "w", "default", "vector_u"}


def test_every_net_of_a_sweep_is_tried_before_anything_is_trained(write: Write, iris: Dataset) -> None:
    picky = """
def build(inputs, outputs, dropout, units=4):
    if units == 16 or dropout.rate > 0.8:
        raise ValueError(f"not {units} at {dropout.rate}")
    return keras.Sequential([keras.Input(inputs), layers.Dense(units), dropout(), layers.Dense(outputs)])
"""
    model = write(picky)
    for sweep, said in (
        ({"model.arguments.units": [4, 16]}, "not 16"),
        ({"dropout.rate": [0, 0.9]}, "not 4 at 0.9"),
    ):
        with pytest.raises(ModelError, match=said):
            engines.check_builder(
                builders.experiment({**FAST, **model, "model.arguments": {"units": 4}, "sweep": sweep}), iris
            )


def test_what_the_function_cannot_follow_is_refused(write: Write, iris: Dataset) -> None:
    model = write(ASKS)
    assert "dropout.schedule changes the rate" in refused(model, {"dropout.schedule": {"name": "linear"}}, iris)
    assert "uses the batch's statistics" in refused(model, {"evaluation.monte_carlo": 2}, iris)
    with_arguments = {"model": {**model["model"], "arguments": {"size": 3}}}
    assert "unexpected keyword argument 'size'" in refused(with_arguments, {}, iris)
    named = {"model": {**model["model"], "builder": "code:build"}}
    (Path(model["model"]["folder"]) / "code.py").write_text("")
    assert "a module in Python's standard library" in refused(named, {}, iris)


def test_what_is_run_is_the_source_that_the_checksum_is_of(write: Write, iris: Dataset, tmp_path: Path) -> None:
    model, path = write("def build(i, o, d): return 1"), list(sys.path)
    assert "returned int 1" in refused(model, {}, iris)
    write("def build(i, o, d): return 2")
    assert "returned int 2" in refused(model, {}, iris)
    assert "does not have this config's" in refused({"model": {**model["model"], "checksum": "0" * 64}}, {}, iris)
    package = tmp_path / "elsewhere" / "my_pkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "sizes.py").write_text("SIZE = 7")
    (package / "nets.py").write_text("from .sizes import SIZE\ndef build(i, o, d): return SIZE")
    inside = {"kind": "own", "builder": "my_pkg.nets:build", "folder": str(tmp_path / "elsewhere")}
    assert "returned int 7" in refused({"model": inside}, {}, iris)
    assert sys.path == path


BFLOAT16 = """
def build(inputs, outputs, dropout):
    words = keras.Input(inputs, dtype="int32")
    tokens = layers.Embedding(600, 4)(words)
    hidden = dropout()(layers.LayerNormalization()(layers.Dense(8, "relu")(layers.Flatten()(tokens))))
    SEEN.append(hidden.dtype)
    return keras.Model(words, layers.Dense(outputs)(hidden))
SEEN = []
"""


def test_layers_compute_in_bfloat16_if_asked_and_whole_numbers_reach_them_unrounded(
    write: Write, iris: Dataset
) -> None:
    numbered = replace(iris, features=np.round(iris.features * 70))  # up to 553, which bfloat16 has not
    quick = {**FAST, **write(BFLOAT16), "preprocessing.scale": "none", "training.epochs": 1, "evaluation.folds": 2}
    wide = train("keras", trials(quick, [0.2]), numbered)
    narrow = train("keras", trials({**quick, "training.precision": "mixed_bfloat16"}, [0.2]), numbered)
    assert set(sys.modules["my_nets"].SEEN[-2:]) == {"bfloat16"}
    assert bits(narrow[0]) != bits(wide[0])
    np.testing.assert_allclose(narrow[0].test_probabilities, wide[0].test_probabilities, atol=0.05)
    assert narrow[0].test_probabilities.dtype == wide[0].test_probabilities.dtype
