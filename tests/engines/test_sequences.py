"""What is particular to nets for sequences; that they train as plain Keras does is in `test_plain_keras`."""

from __future__ import annotations

from typing import Any

import pytest
from training import bits, train, trials

from dropout_lab.config import load, parse_override
from dropout_lab.datasets import Dataset
from dropout_lab.engines import choose
from dropout_lab.metrics.predictions import accuracy
from dropout_lab.plan import Trial, plan

NETS: dict[str, dict[str, Any]] = {
    "rnn": {"kind": "rnn", "cell": "simple", "units": [4], "dense": [5]},
    "conv1d": {"kind": "conv1d", "filters": [4], "dense": [5]},
}


def of(net: str, changes: dict[str, Any], rates: tuple[float, ...] = ()) -> tuple[Trial, ...]:
    small = {
        "dataset": {"name": "digits", "train_rows": 100},
        "model": NETS[net],
        "dropout.where": "all",
        "evaluation": {"split": "holdout", "test_share": 0.2, "repeats": 2},
        "training.epochs": 2,
    }
    return trials({**small, **changes}, rates)


@pytest.mark.parametrize(
    ("net", "where", "precision"),
    [
        ("rnn", "all", "float32"),
        ("rnn", "recurrent", "float32"),
        ("conv1d", "all", "float32"),
        pytest.param("rnn", "all", "mixed_bfloat16", marks=pytest.mark.slow),
        pytest.param("rnn", "recurrent", "mixed_bfloat16", marks=pytest.mark.slow),
        pytest.param("conv1d", "all", "mixed_bfloat16", marks=pytest.mark.slow),
    ],
)
def test_a_trial_has_the_same_bits_whatever_was_trained_before_it(
    net: str, where: str, precision: str, digits: Dataset
) -> None:
    some = of(net, {"training.precision": precision, "dropout.where": where}, (0, 0.5))
    together = train("keras", some, digits)
    assert {outcome.status for outcome in together} == {"ok"}
    assert len({bits(outcome) for outcome in together}) == len(some)
    assert bits(train("keras", some[3:], digits, anew=True)[0]) == bits(together[3])


@pytest.mark.parametrize("net", NETS)
def test_rate_0_is_no_dropout(net: str, digits: Dataset) -> None:
    dropouts: list[dict[str, Any]] = [{"kind": "none"}, {"where": "all", "noise_shape": [None, 1, None]}]
    assert len({bits(train("keras", of(net, {"dropout": each})[:1], digits)[0]) for each in dropouts}) == 1


@pytest.mark.parametrize(
    "cell", ["simple", pytest.param("lstm", marks=pytest.mark.slow), pytest.param("gru", marks=pytest.mark.slow)]
)
def test_rate_0_of_the_recurrent_states_is_no_dropout(cell: str, digits: Dataset) -> None:
    dropouts: list[dict[str, Any]] = [{"kind": "none"}, {"where": "recurrent"}, {"where": "recurrent", "rate": 0.5}]
    net = {"model.cell": cell}
    none, at_0, at_half = (
        bits(train("keras", of("rnn", {**net, "dropout": each})[:1], digits)[0]) for each in dropouts
    )
    assert none == at_0 != at_half


@pytest.mark.slow
@pytest.mark.parametrize("name", ["variants/rnn", "variants/recurrent_dropout", "variants/conv1d"])
def test_the_shipped_variants_learn(name: str, digits: Dataset) -> None:
    experiment, why = choose(load(name, [parse_override("training.epochs=3")]))
    assert "not stacked: a model of kind" in why
    [outcome] = train("keras", plan(experiment)[:1], digits)
    assert accuracy(outcome.test_probabilities, outcome.test_labels) > 0.7
