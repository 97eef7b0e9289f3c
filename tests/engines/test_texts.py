"""Categories with embeddings and texts are trained as by plain Keras, with its masks, on the same rows."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import plain_keras
import pytest
from training import EVERY_ENGINE, bits, train, trials

from dropout_lab import engines
from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.engines.fold_data import fold_data_of, per_class
from dropout_lab.errors import ConfigError
from dropout_lab.metrics.activations import measure_activations

ENCODE = {
    "town": {"kind": "embedding", "size": 3},
    "review": {"kind": "text", "words": 14, "length": 7},
    "title": {"kind": "text", "words": 9, "length": 2},
}
LENGTH = {"training.epochs": 3, "training.batch_size": 40, "training.precision": "float64", "evaluation.repeats": 1}
ADAM = {"name": "adam", "learning_rate": 0.01}
MLP = {"hidden": [5]}
RNN = {"kind": "rnn", "units": [4, 3], "embedding": 4, "dense": [5]}
CONV = {"kind": "conv1d", "filters": [3], "embedding": 4, "dense": [5]}
TRANSFORMER = {"kind": "transformer", "embedding": 4, "feedforward": 6, "dense": [5]}
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(7)
    words = [
        "a",
        "lovely",
        "dull",
        "film",
        "about",
        "two",
        "towns",
        "with",
        "music",
        "some",
        "scenes",
        "go",
        "on",
        "and",
        "over",
    ]
    lines = ["review,title,town,minutes,stars"]
    for row in range(110):
        review, title = (" ".join(random.choice(words, random.integers(1, most))) for most in (10, 4))
        town = f"t{random.integers(12)}" if row % 9 else ""
        lines.append(f"{review},{title},{town},{random.integers(80, 180)},{('low', 'mid', 'high')[row % 3]}")
    path = tmp_path_factory.mktemp("texts") / "my.csv"
    path.write_text("\n".join(lines))
    return path


def dataset(file: Path, *columns: str) -> tuple[dict[str, Any], Dataset]:
    """Return the section of a config, and its data, with some of the columns of texts and categories."""
    encode = {name: ENCODE[name] for name in columns}
    drop = [name for name in ("review", "title") if name not in columns]
    section = {"csv": str(file), "target": "stars", "encode": encode, "drop": drop}
    return section, load_dataset(CSV.model_validate(section), Path())


def check(file: Path, columns: tuple[str, ...], changes: dict[str, Any], *, measured: bool = True) -> None:
    section, data = dataset(file, *columns)
    measures = {"evaluation.monte_carlo": 3, "evaluation.measures": ["activations"]} if measured else {}
    [trial, *_] = trials({**LENGTH, "training.optimizer": ADAM, **measures, "dataset": section, **changes})
    expected = plain_keras.train(trial, fold_data_of(data)(trial), data)
    [outcome] = train("keras", [trial], data)
    assert outcome.history.train_loss == pytest.approx(expected.train_loss, abs=1e-7)
    assert outcome.history.loss == pytest.approx(expected.loss, abs=1e-7)
    assert outcome.test_probabilities == pytest.approx(per_class(expected.logits)[outcome.test_rows], abs=1e-7)
    if measured:
        passes = [per_class(logits) for logits in expected.passes]
        assert outcome.monte_carlo == pytest.approx(np.mean(passes, axis=0), abs=1e-7)
        activations = measure_activations(lambda: [expected.activations])
        assert astuple(outcome.activations) == pytest.approx(astuple(activations), abs=1e-5)


@pytest.mark.parametrize(
    ("columns", "model", "dropout"),
    [
        pytest.param(("town",), MLP, {"where": "both", "rate": 0.3}, id="embedding"),
        pytest.param(("town", "review", "title"), MLP, {"where": "both", "rate": 0.3}, id="means", marks=slow),
        pytest.param(
            ("town", "review", "title"), RNN, {"where": "all", "rate": 0.3}, id="lstm", marks=pytest.mark.slow
        ),
        pytest.param(("review",), {**RNN, "cell": "gru"}, {"where": "recurrent", "rate": 0.3}, id="states", marks=slow),
        pytest.param(
            ("review",), {**RNN, "normalization": "batch"}, {"where": "all", "rate": 0.3}, id="batch", marks=slow
        ),
        pytest.param(("town", "review", "title"), CONV, {"where": "all", "rate": 0.3}, id="convolution", marks=slow),
        pytest.param(
            ("review", "town"), TRANSFORMER, {"where": "all", "rate": 0.3}, id="transformer", marks=pytest.mark.slow
        ),
        pytest.param(("title", "review"), {**TRANSFORMER, "blocks": 2}, {"where": "none"}, id="two blocks", marks=slow),
    ],
)
def test_the_keras_engine_equals_plain_keras_with(
    columns: tuple[str, ...], model: dict[str, Any], dropout: dict[str, Any], file: Path
) -> None:
    check(file, columns, {"model": model, "dropout": dropout})


@pytest.mark.slow
def test_dropout_of_attention_is_that_of_keras(file: Path) -> None:
    changes = {"model": TRANSFORMER, "dropout": {"where": "attention", "rate": 0.4}}
    check(file, ("review",), changes, measured=False)


@pytest.mark.parametrize("name", [name for name in EVERY_ENGINE if name != "stacked"])
def test_rates_of_a_fold_share_their_start_and_each_is_trained(name: str, file: Path) -> None:
    section, data = dataset(file, "town", "review")
    some = trials({**LENGTH, "dataset": section, "model": MLP, "dropout": {"where": "both"}}, [0, 0.5])
    outcomes = train(name, some, data)
    assert all(each.status == "ok" for each in outcomes)
    assert len({bits(each) for each in outcomes}) == len(some)
    assert bits(train(name, some[:1], data)[0]) == bits(outcomes[0])


def test_embeddings_are_not_stacked_which_is_said(file: Path) -> None:
    section, data = dataset(file, "town")
    experiment = trials({**LENGTH, "dataset": section, "model": MLP})[0].experiment
    resolved, reason = engines.choose(experiment.model_copy(update={"engine": "auto"}), lambda: data)
    assert resolved.engine != "stacked"
    assert "not stacked: a network with embeddings (dataset.encode) is not stacked" in reason
    with pytest.raises(ConfigError, match="embeddings"):
        engines.choose(experiment.model_copy(update={"engine": "stacked"}), lambda: data)


def test_a_text_without_words_has_no_effect_on_others_and_gives_finite_numbers(file: Path, tmp_path: Path) -> None:
    header, *lines = file.read_text().splitlines()
    emptied = [",".join(["", *line.split(",")[1:]]) if row % 10 == 0 else line for row, line in enumerate(lines)]
    (tmp_path / "my.csv").write_text("\n".join([header, *emptied]))
    section, data = dataset(tmp_path / "my.csv", "review")
    for model in (MLP, TRANSFORMER):
        [trial, *_] = trials({**LENGTH, "dataset": section, "model": model, "dropout": {"kind": "none"}})
        [outcome] = train("keras", [trial], data)
        assert outcome.status == "ok"
        assert np.isfinite(outcome.train_probabilities).all()
