"""Concrete dropout in training: the rate is a weight like any other, and is reported."""

from __future__ import annotations

from typing import Any

import builders
import pytest
from training import MEASURED, bits, train, train_alone, trials

from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.datasets import Dataset
from dropout_lab.engines import choose
from dropout_lab.errors import ConfigError
from dropout_lab.results.rows import trial_columns, trial_row

LEARNING = {
    "dropout": {"kind": "concrete_dropout", "where": "both", "initial_rate": 0.2, "dropout_regularizer": 0.01},
    "training.epochs": 3,
    "evaluation": {"folds": 2},
}
every_engine = pytest.mark.parametrize("engine", ["keras", pytest.param("jax", marks=pytest.mark.slow)])


def learning(changes: dict[str, Any] | None = None, initial: tuple[float, ...] = ()) -> Any:
    sweep = {"sweep": {"dropout.initial_rate": list(initial)}} if initial else {}
    return trials({**LEARNING, **(changes or {}), **sweep})


@every_engine
def test_a_trial_has_the_same_bits_whatever_is_trained_with_it(engine: str, iris: Dataset) -> None:
    some = learning(MEASURED, initial=(0.1, 0.4))
    together = train(engine, some, iris)
    assert len({bits(each) for each in together}) == len(some)
    assert [bits(each) for each in train(engine, some[::-1], iris)] == [bits(each) for each in together[::-1]]
    (alone,) = train_alone(engine, some[3:], iris)
    assert (bits(alone), alone.learned_rate) == (bits(together[3]), together[3].learned_rate)


@every_engine
def test_the_rate_moves_from_where_it_starts_and_is_told(engine: str, iris: Dataset) -> None:
    rates = {}
    for factor in (0.0, 0.1):
        changes = {"dropout": {**LEARNING["dropout"], "dropout_regularizer": factor}}  # type: ignore[dict-item]
        outcome = train(engine, learning(changes)[:1], iris)[0]
        assert outcome.learned_rate is not None
        rates[factor] = outcome.learned_rate
        columns = list(trial_columns(outcome.trial.experiment))
        row = dict(zip(columns, trial_row(outcome, columns), strict=True))
        assert float(str(row["learned_rate"])) == pytest.approx(outcome.learned_rate, rel=1e-8)
        assert row["rate"] == ""
    assert rates[0.0] != 0.2
    assert rates[0.1] > rates[0.0]  # towards one half, the rate of the largest entropy


def test_without_it_no_rate_is_learned_and_there_is_no_column(iris: Dataset) -> None:
    (outcome,) = train("keras", trials({"training.epochs": 1})[:1], iris)
    assert outcome.learned_rate is None
    assert "learned_rate" not in trial_columns(outcome.trial.experiment)


def test_stacks_do_not_learn_rates_and_say_so() -> None:
    described = builders.experiment({**LEARNING, "engine": "auto"})
    engine, why = choose(described)
    assert (engine.engine, why) == ("jax", "not stacked: concrete_dropout learns its rate")
    with pytest.raises(ConfigError, match="concrete_dropout learns its rate"):
        choose(builders.experiment({**LEARNING, "engine": "stacked"}))


def test_it_is_the_only_kind_whose_strength_is_where_training_starts() -> None:
    assert [name for name, kind in KINDS.items() if kind.strength == "initial_rate"] == ["concrete_dropout"]
