"""What a config may say of an optimizer."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropout_lab.config import load
from dropout_lab.config.optimizers import OPTIMIZERS, SGD
from dropout_lab.errors import ConfigError


def _file(folder: Path, optimizer: str) -> Path:
    file = folder / "my.yaml"
    file.write_text(f"dataset: iris\nmodel: {{hidden: [4]}}\ntraining:\n  epochs: 2\n  optimizer: {optimizer}\n")
    return file


@pytest.mark.parametrize("name", OPTIMIZERS.sections)
def test_each_can_be_named_and_decay_weights_and_clip_gradients(name: str, tmp_path: Path) -> None:
    found = load(_file(tmp_path, f"{{name: {name}, weight_decay: 0.1, clipnorm: 1}}")).training.optimizer
    assert type(found) is OPTIMIZERS.sections[name]
    assert (found.name, found.weight_decay, found.clipnorm, found.clipvalue) == (name, 0.1, 1, None)


def test_the_default_neither_decays_nor_clips() -> None:
    assert (SGD().weight_decay, SGD().clipnorm, SGD().clipvalue) == (0, None, None)


@pytest.mark.parametrize(
    ("optimizer", "problem"),
    [
        ("{name: sgd, beta_1: 0.9}", "training.optimizer.beta_1: unknown key (known: "),
        ("{name: adam, momentum: 0.9}", "training.optimizer.momentum: unknown key (known: "),
        ("{name: adam, beta_1: 1}", "training.optimizer.beta_1: must be less than 1, got 1"),
        ("{name: lamb, weight_decay: -0.1}", "training.optimizer.weight_decay: must be greater than or equal to 0, "),
        ("{name: adam, weightdecay: 0.1}", "training.optimizer.weightdecay: unknown key; did you mean weight_decay?"),
        ("{name: adagrad, beta_1: 0.9}", "training.optimizer.beta_1: unknown key (known: "),
        ("{name: nadam, beta_2: -1}", "training.optimizer.beta_2: must be greater than or equal to 0, got -1"),
        ("{name: adamx}", "training.optimizer: expected one of sgd, "),
        ("{clipnorm: 0}", "training.optimizer.clipnorm: must be greater than 0, got 0"),
        ("{clipvalue: yes}", "training.optimizer.clipvalue: expected a number, got "),
        (
            "{name: rmsprop, clipnorm: 1, clipvalue: 0.5}",
            "training.optimizer: clipnorm is 1 and clipvalue is 0.5: Keras clips gradients in one way only, "
            "so leave one of them out (or null)",
        ),
    ],
)
def test_a_mistake_is_reported_for_the_optimizer_that_was_named(optimizer: str, problem: str, tmp_path: Path) -> None:
    file = _file(tmp_path, optimizer)
    with pytest.raises(ConfigError) as caught:
        load(file)
    [found] = caught.value.problems
    assert found.startswith(f"{file}:5: {problem}")
