from typing import Any

import builders
import pytest

from dropout_lab.config import Experiment, bundled_configs, json_schema, load
from dropout_lab.config.evaluation import OfficialTest
from dropout_lab.config.model import CNN
from dropout_lab.config.yaml_document import parse

EXPERIMENTS = builders.bundled_experiments()
BASELINE: dict[str, Any] = {
    "dataset": "sonar",
    "scale": "standard",
    "hidden": (60, 30),
    "activation": "relu",
    "initializer": "glorot_uniform",
    "where": "none",
    "rate": 0.0,
    "max_norm": None,
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "momentum": 0.8,
    "epochs": 300,
    "batch_size": 16,
    "folds": 10,
    "repeats": 1,
    "split_seed": 7,
}
LARGER_STEPS = {"max_norm": 3.0, "learning_rate": 0.1, "momentum": 0.9}
SONAR = {
    "sonar/baseline": BASELINE,
    "sonar/visible": {**BASELINE, **LARGER_STEPS, "where": "visible", "rate": 0.2},
    "sonar/hidden": {**BASELINE, **LARGER_STEPS, "where": "hidden", "rate": 0.2},
    "sonar/control": {**BASELINE, **LARGER_STEPS},
}
"""The tutorial's three experiments, and the control that has the optimizer and the max-norm but no dropout."""


def settings(experiment: Experiment) -> dict[str, Any]:
    """Return what the tutorial fixes of an experiment."""
    optimizer = experiment.training.optimizer.model_dump()
    return {
        "dataset": experiment.dataset.name,
        "scale": experiment.preprocessing.scale,
        **experiment.model.model_dump(include={"hidden", "activation", "initializer"}),
        **experiment.dropout.model_dump(include={"where", "rate"}),
        "max_norm": experiment.regularization.max_norm,
        "optimizer": optimizer["name"],
        "learning_rate": optimizer["learning_rate"],
        "momentum": optimizer["momentum"],
        **experiment.training.model_dump(include={"epochs", "batch_size"}),
        **experiment.evaluation.model_dump(include={"folds", "repeats", "split_seed"}),
    }


@pytest.mark.parametrize("name", SONAR)
def test_the_sonar_configs_are_the_tutorials_experiments(name: str) -> None:
    experiment = load(name)
    assert settings(experiment) == SONAR[name]
    assert experiment.regularization.l1 == experiment.regularization.l2 == 0
    assert experiment.sweep == {}


def test_the_cifar10_configs_are_the_published_net_and_differ_in_what_their_names_say() -> None:
    article, softmax, small = (load(f"cifar10/{name}") for name in ("article", "softmax", "small"))
    assert article.model == CNN(filters=(64, 128, 256), dense=(512, 512), output="sigmoid")
    assert (article.dropout.kind, article.dropout.where) == ("dropout", "dense")
    assert article.sweep == {"dropout.rate": tuple(rate / 10 for rate in range(10))}
    assert (article.training.epochs, article.evaluation) == (20, OfficialTest())
    assert (article.preprocessing.scale, article.training.precision) == ("unit", "float32")
    assert softmax == article.model_copy(
        update={"name": "cifar10-softmax", "model": article.model.model_copy(update={"output": "softmax"})}
    )
    assert small.model == softmax.model
    assert small.dataset.train_rows == 4000


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_shipped_config_loads_under_its_own_name(name: str) -> None:
    assert load(name) == load(bundled_configs.path(name))
    assert load(name).name == name.replace("/", "-")


@pytest.mark.parametrize("name", bundled_configs.names())
def test_every_key_of_a_shipped_config_is_in_the_schema(name: str) -> None:
    text = bundled_configs.path(name).read_text(encoding="utf-8")
    assert set(parse(text, name).data) <= set(json_schema()["properties"])


@pytest.mark.parametrize("name", bundled_configs.names())
def test_every_shipped_config_begins_with_a_comment_on_what_it_is_for(name: str) -> None:
    assert bundled_configs.path(name).read_text(encoding="utf-8").startswith("# ")


def test_shipped_names_are_in_alphabetical_order_and_include_the_quickstart() -> None:
    assert bundled_configs.names() == sorted(bundled_configs.names())
    assert {"quickstart", *SONAR} <= set(bundled_configs.names())


def test_a_variant_of_the_tutorial_differs_from_the_control_in_its_dropout_only() -> None:
    control = load("sonar/control").model_dump(exclude={"name", "dropout"})
    for name in ("sonar/visible", "sonar/hidden"):
        assert load(name).model_dump(exclude={"name", "dropout"}) == control
