"""Networks whose training JAX compiles, in processes of their own."""

from __future__ import annotations

import hashlib
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest
from training import MEASURED, bits, train, trials

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines import jax
from dropout_lab.errors import ConfigError
from dropout_lab.metrics.predictions import log_loss
from dropout_lab.plan import Trial

Write = Callable[[str], dict[str, Any]]

FAST = {"training.epochs": 2, "engine": "jax"}
NETS: dict[str, dict[str, Any]] = {
    "mlp": {"model.hidden": [7, 5], "training.optimizer": {"name": "adam", "learning_rate": 0.01}},
    "normalized": {"model": {"hidden": [6], "normalization": "batch"}, "regularization": {"max_norm": 2.0}},
    "rnn": {"model": {"kind": "rnn", "units": [5]}, "dropout.where": "sequence"},
    "conv1d": {"model": {"kind": "conv1d", "filters": [4]}, "dropout.where": "all"},
}
HEAD = "import keras\nfrom keras import layers\n"
ATTENTION = """
def build(inputs, outputs, dropout):
    rows = keras.Input(inputs)
    tokens = layers.Dense(6)(layers.Reshape((*inputs, 1))(rows))
    seen = layers.LayerNormalization()(tokens + dropout()(layers.MultiHeadAttention(2, 3)(tokens, tokens)))
    return keras.Model(rows, layers.Dense(outputs)(layers.GlobalAveragePooling1D()(seen)))
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a module and returns the changes to a config that take it."""

    def write(text: str) -> dict[str, Any]:
        (tmp_path / "my_nets.py").write_text(HEAD + text)
        checksum = hashlib.sha256((HEAD + text).encode()).hexdigest()
        return {"model": {"kind": "own", "builder": "my_nets:build", "folder": str(tmp_path), "checksum": checksum}}

    return write


def in_blocks(some: tuple[Trial, ...], size: int, data: Dataset) -> dict[str, str]:
    """Return the bits of trials that are trained in blocks of that size, the last ones first."""
    ordered = some[::-1]
    blocks = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    work = engines.load("jax", blocks, data)
    return {each.trial.id: bits(each) for block in blocks for part in work(block, lambda _: None) for each in part}


@pytest.mark.slow
@pytest.mark.parametrize("net", NETS)
def test_a_trial_has_the_same_bits_alone_and_in_any_block(net: str, iris: Dataset) -> None:
    some = trials({**FAST, **NETS[net], **MEASURED, "evaluation.repeats": 4}, [0, 0.2, 0.5, 0.8])
    expected = {each.trial.id: bits(each) for each in train("jax", some, iris)}
    for size, part in ((len(some), some), (17, some), (1, some[::6])):
        found = in_blocks(part, size, iris)
        assert found == {name: expected[name] for name in found}
    assert len(set(expected.values())) == len(some)


@pytest.mark.slow
def test_a_network_of_ones_own_has_the_same_bits_in_any_block(write: Write, iris: Dataset) -> None:
    some = trials({**FAST, **write(ATTENTION), "evaluation.repeats": 4}, [0, 0.2, 0.5, 0.8])
    expected = {each.trial.id: bits(each) for each in train("jax", some, iris)}
    for size, part in ((len(some), some), (17, some), (1, some[::16])):
        found = in_blocks(part, size, iris)
        assert found == {name: expected[name] for name in found}


@pytest.mark.slow
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_each_trial_is_trained_as_by_plain_keras_to_rounding(normalization: str) -> None:
    script = Path(__file__).with_name("plain_jax.py")
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, str(script), normalization],
        env={**os.environ, "PYTHONPATH": path, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    difference, change = map(float, done.stdout.split())
    assert difference < 1e-8
    assert change > 1e-2


def test_rates_share_their_start_and_lose_more_the_more_they_drop(iris: Dataset) -> None:
    some = trials({"training.epochs": 1, "training.batch_size": 200, "evaluation.repeats": 1}, [0, 0.5, 0.9])
    low, middle, high = train("jax", some, iris)[::3]
    assert low.history.train_loss[0] < middle.history.train_loss[0] < high.history.train_loss[0]
    assert (low.train_rows == high.train_rows).all()


def test_a_process_that_is_killed_fails_what_it_trained_and_nothing_else(iris: Dataset) -> None:
    some, killed = trials({**FAST, "training.epochs": 300, "model.hidden": [3]}), []

    def kill_once(_: int) -> None:
        if not killed:
            killed.extend(_children())
            for child in killed:
                os.kill(child, signal.SIGKILL)

    outcomes = [
        outcome
        for part in engines.isolate_failures(some, engines.load("jax", [some], iris), lambda count: kill_once(count))
        for outcome in part
    ]
    assert killed
    assert [outcome.status for outcome in outcomes] == ["ok"] * len(some)  # trained again, in parts
    killed.clear()
    with pytest.raises(RuntimeError, match="the process that trained it ended with signal SIGKILL"):
        list(engines.load("jax", [some], iris)(some, kill_once))


def _children() -> list[int]:
    """Return the processes that this one has started for training."""
    started = Path(f"/proc/{os.getpid()}/task")
    found = {int(child) for task in started.iterdir() for child in (task / "children").read_text().split()}
    return [child for child in found if b"jax.process" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.slow
def test_a_network_of_ones_own_is_tried_on_its_data_and_refused_if_jax_cannot_train_it(
    write: Write, iris: Dataset
) -> None:
    def refusal(text: str) -> str:
        with pytest.raises(ConfigError) as caught:
            engines.choose(builders.experiment({**FAST, **write(text)}), lambda: iris)
        return str(caught.value)

    taken, reason = engines.choose(builders.experiment({**FAST, **write(ATTENTION)}), lambda: iris)
    assert (taken.engine, reason) == ("jax", "")
    swept = {"sweep": {"training.optimizer.learning_rate": (0.001, 0.1)}}
    assert engines.choose(builders.experiment({**FAST, **write(ATTENTION), **swept}), lambda: iris)[1] == ""
    assert "ended with" in refusal("def build(inputs, outputs, dropout):\n    import os; os._exit(3)")
    stepping = """
class Net(keras.Model):
    def train_step(self, *args): return super().train_step(*args)
def build(inputs, outputs, dropout):
    rows = keras.Input(inputs)
    return Net(rows, layers.Dense(outputs)(dropout()(layers.Dense(4)(rows))))
"""
    told = refusal(stepping)
    assert told == "engine: jax cannot train this: Net has a train_step of its own: set engine: keras"
    on_tensorflow = """
def build(inputs, outputs, dropout):
    import tensorflow as tf
    rows = keras.Input(inputs)
    return keras.Model(rows, layers.Dense(outputs)(dropout()(layers.Lambda(lambda x: tf.square(x))(rows))))
"""
    assert "the model cannot be called with rows of shape" in refusal(on_tensorflow) or "raised" in refusal(
        on_tensorflow
    )


@pytest.mark.slow
def test_training_stops_early_by_kerass_rule_and_the_best_epochs_weights_are_restored(iris: Dataset) -> None:
    early = {"training.early_stopping": {"patience": 2, "min_delta": 0.001}, "training.epochs": 30}
    fast = {"training.optimizer": {"name": "adam", "learning_rate": 0.1}, "training.precision": "float64"}
    stopped = 0
    for outcome in train("jax", trials({**FAST, **early, **fast}, [0, 0.5]), iris):
        best, at = np.inf, 0
        losses = outcome.history.validation_loss
        assert losses is not None
        for epoch, loss in enumerate(losses, 1):
            assert epoch <= at + 2 or epoch == 1
            if loss + 0.001 < best or epoch == 1:
                best, at = loss, epoch
        assert outcome.best_epoch == at
        assert len(losses) == min(at + 2, 30)
        held_out = log_loss(outcome.test_probabilities, outcome.test_labels)
        assert outcome.history.loss[at - 1] == pytest.approx(held_out, rel=1e-6)
        stopped += len(losses) < 30
    assert stopped


def test_an_engine_that_is_asked_for_is_refused_with_the_reason() -> None:
    net = {"model": {"kind": "cnn", "filters": [2]}, "dropout.where": "all"}
    pictures = builders.experiment({"dataset": {"name": "cifar10"}, **net})
    with pytest.raises(ConfigError, match="jax cannot train this: pictures are scaled on their way to the net"):
        engines.choose(pictures.model_copy(update={"engine": "jax"}))


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ({"kind": "cnn", "filters": [24, 8], "kernel": 5}, (20, 20, 3)),
        ({"kind": "conv1d", "filters": [90, 8], "pool": 3}, (400, 10)),
    ],
)
def test_large_convolutions_go_to_tensorflow_unless_jax_is_asked_for(
    model: dict[str, Any], size: tuple[int, ...]
) -> None:
    generator = np.random.default_rng(0)
    rows = Dataset("noise", generator.random((60, math.prod(size))), generator.integers(0, 2, 60), ("a", "b"), "", size)
    experiment = builders.experiment({**FAST, "engine": "auto", "model": model, "dropout.where": "all"})
    small = builders.experiment({**FAST, "engine": "auto", "model": {**model, "filters": [1]}, "dropout.where": "all"})
    chosen, reason = engines.choose(experiment, lambda: rows)
    assert chosen.engine == "keras"
    assert engines.choose(small, lambda: rows)[0].engine == "jax"
    assert engines.choose(experiment.model_copy(update={"engine": "jax"}), lambda: rows)[0].engine == "jax"
    traced = jax.reasons_against(experiment, rows)  # of a network of the user's own
    assert traced[0] == ""
    assert traced[1] != ""
    assert reason.endswith(f"not jax: {traced[1]}")


def test_idle_processes_are_taken_again(iris: Dataset) -> None:
    some = trials({**FAST, "model.hidden": [3]})
    list(engines.load("jax", [some], iris)(some, lambda _: None))
    before = set(_children())
    list(engines.load("jax", [some], iris)(some, lambda _: None))
    assert set(_children()) == before


def test_an_idle_process_that_ended_is_replaced_and_leaves_no_zombie(iris: Dataset) -> None:
    some = trials({**FAST, "model.hidden": [3]})
    list(engines.load("jax", [some], iris)(some, lambda _: None))
    before = set(_children())
    for child in before:
        os.kill(child, signal.SIGKILL)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    list(engines.load("jax", [some], iris)(some, lambda _: None))
    assert len(_children()) == 1
    assert not any(Path(f"/proc/{child}").exists() for child in before)
