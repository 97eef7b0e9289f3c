"""Sweeps that end when it is settled which rate to use: what a config says of them."""

from __future__ import annotations

from typing import Any

import pytest
from builders import experiment

from dropout_lab.config import as_yaml, load, parse_override
from dropout_lab.config.yaml_document import parse
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

DIGITS = {
    "dataset": "digits",
    "model": {"hidden": [8]},
    "dropout": {"where": "hidden"},
    "training": {"epochs": 1},
    "sweep": {"dropout.rate": [0, 0.5]},
}


def test_a_word_is_short_for_the_section() -> None:
    assert load({**DIGITS, "until": "settled"}) == load({**DIGITS, "until": {"name": "settled"}})


@pytest.mark.parametrize(
    ("evaluation", "repeats"), [({}, 10), ({"folds": 5}, 10), ({"split": "holdout"}, 20), ({"repeats": 4}, 4)]
)
def test_without_a_number_of_repeats_there_may_be_enough(evaluation: dict[str, Any], repeats: int) -> None:
    assert load({**DIGITS, "until": "settled", "evaluation": evaluation}).evaluation.repeats == repeats
    assert load({**DIGITS, "evaluation": evaluation}).evaluation.repeats == evaluation.get("repeats", 1)


def test_it_changes_no_trial_and_no_config_without_it() -> None:
    fixed, raced = (
        experiment({"sweep": {"dropout.rate": [0, 0.5]}}),
        experiment({"sweep": {"dropout.rate": [0, 0.5]}, "until": {"name": "settled"}}),
    )
    assert [trial.id for trial in plan(fixed)] == [trial.id for trial in plan(raced)]
    assert "until" not in as_yaml(fixed)
    assert load(parse(as_yaml(raced), "config.yaml").data) == raced


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sweep": {"dropout.rate": [0.2]}}, "there is one rate only"),
        ({"sweep": {"dropout.rate": "0:0.5:0.001"}}, "there can be at most 100, got 501"),
        ({"sweep": {"dropout.rate": [0.2, 0.5]}}, "there is no rate 0 to compare the others with"),
        ({"sweep": {"dropout.rate": [0, 0.5], "training.epochs": [1, 2]}}, "leave out training.epochs, or until"),
        ({"sweep": {"dropout.rate": "0:0.5", "random": {"points": 3}}}, "leave out rates drawn at random, or until"),
        ({"until": "never"}, "until.name: expected one of settled, got 'never'"),
        ({"until": {"margn": 0.1}}, "until.margn: unknown key; did you mean margin?"),
        ({"until": {"margin": -1}}, "until.margin"),
        ({"until": 3}, "until: expected 'key: value' lines, got 3"),
    ],
)
def test_what_cannot_be_settled_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said.replace("?", r"\?").replace("(", r"\(")):
        load({**DIGITS, "until": "settled", **changes})


def test_an_override_changes_a_part_of_it() -> None:
    found = load({**DIGITS, "until": "settled"}, [parse_override("until.margin=0.02")]).until
    assert found
    assert (found.name, found.margin) == ("settled", 0.02)
