import itertools
import typing
from typing import Any

import pytest
from builders import changed, experiment
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from dropout_lab.config import Experiment
from dropout_lab.config.optimizers import OPTIMIZERS
from dropout_lab.plan import Trial, plan

rates = st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4, unique=True)
small = st.builds(
    lambda rates, repeats, folds, seed: experiment(
        {
            "sweep": {"dropout.rate": rates},
            "evaluation": {"repeats": repeats, "folds": folds, "seed": seed},
        }
    ),
    rates,
    st.integers(1, 4),
    st.integers(2, 5),
    st.integers(0, 2**32 - 1),
)


def ids(experiment: Experiment) -> dict[tuple[float, int, int], str]:
    return {(trial.experiment.dropout.rate, trial.repeat, trial.fold): trial.id for trial in plan(experiment)}


def leaves(section: BaseModel, path: str = "") -> list[str]:
    """Return the dotted keys of everything an experiment says."""
    keys: list[str] = []
    for key in type(section).model_fields:
        value = getattr(section, key)
        keys += leaves(value, f"{path}{key}.") if isinstance(value, BaseModel) else [f"{path}{key}"]
    return keys


def smallest(section: type[BaseModel]) -> dict[str, Any]:
    """Return the data of a section that says only what it must: its first choices, and ones."""
    required = {key: field.annotation for key, field in section.model_fields.items() if field.is_required()}
    return {key: (*typing.get_args(kind), 1)[0] for key, kind in required.items()}


def another(experiment: Experiment, key: str) -> Any:
    """Return another valid value of a key, or None where only one value is allowed."""
    *sections, last = key.split(".")
    section: Any = experiment
    for part in sections:
        section = getattr(section, part)
    value, kind = getattr(section, last), type(section).model_fields[last].annotation
    sections = [each for each in typing.get_args(kind) if isinstance(each, type) and issubclass(each, BaseModel)]
    if sections:
        return smallest(sections[0])
    if typing.get_origin(kind) is typing.Literal:
        return next((choice for choice in typing.get_args(kind) if choice != value), None)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, tuple):
        items, *_ = typing.get_args(kind)
        return [*value, typing.get_args(items)[0] if typing.get_origin(items) is typing.Literal else 3]
    return "wine" if isinstance(value, str) else 0.5


@given(small)
def test_trials_come_in_the_order_rate_then_repeat_then_fold(experiment: Experiment) -> None:
    evaluation = experiment.evaluation
    expected = itertools.product(experiment.sweep["dropout.rate"], range(evaluation.repeats), range(evaluation.folds))
    order = [(trial.experiment.dropout.rate, trial.repeat, trial.fold) for trial in plan(experiment)]
    assert order == list(expected)
    assert sorted(order) == order


@given(small)
def test_all_rates_of_one_repeat_and_fold_share_a_seed_and_no_others_do(experiment: Experiment) -> None:
    places: dict[int, set[tuple[int, int]]] = {}
    for trial in plan(experiment):
        places.setdefault(trial.seed, set()).add((trial.repeat, trial.fold))
    assert all(len(shared) == 1 for shared in places.values())
    assert len(places) == experiment.evaluation.repeats * experiment.evaluation.folds


@given(small)
def test_ids_are_12_hexadecimal_digits_and_unique(experiment: Experiment) -> None:
    trials = plan(experiment)
    assert len({trial.id for trial in trials}) == len(trials)
    assert all(len(trial.id) == 12 and set(trial.id) <= set("0123456789abcdef") for trial in trials)


@given(small, rates, st.integers(0, 3))
def test_more_repeats_more_rates_and_another_name_leave_every_trial_as_it_was(
    experiment: Experiment, more: list[float], repeats: int
) -> None:
    before = {trial.id: trial.seed for trial in plan(experiment)}
    data = experiment.model_dump()
    data["name"] = "renamed"
    data["evaluation"]["repeats"] += repeats
    data["sweep"]["dropout.rate"] = sorted({*data["sweep"]["dropout.rate"], *more})
    after = {trial.id: trial.seed for trial in plan(Experiment.model_validate(data))}
    assert before.items() <= after.items()


def test_a_rate_has_the_same_ids_alone_and_in_a_sweep() -> None:
    swept = ids(experiment({"sweep": {"dropout.rate": [0, 0.2, 0.5]}}))
    alone = ids(experiment({"dropout.rate": 0.2}))
    assert alone.items() <= swept.items()


def test_the_rate_of_the_section_does_not_matter_where_rates_are_swept() -> None:
    sweep = {"dropout.rate": [0, 0.2]}
    assert ids(experiment({"sweep": sweep})) == ids(experiment({"sweep": sweep, "dropout.rate": 0.7}))


HAVE_NO_OTHER = (
    "name",
    "sweep",
    "evaluation.repeats",
    "training.optimizer.name",
    "dataset.train_rows",
    "dropout.stddev",
    "dropout.schedule",
    "dropout.noise_shape",
    "dropout.block_size",
    "dropout.initial_rate",
    "dropout.weight_regularizer",
    "dropout.dropout_regularizer",
    "training.class_weight",
    "training.augmentation",
    "until",
)
OTHERS = [
    *((key, another(experiment(), key)) for key in leaves(experiment()) if key not in HAVE_NO_OTHER),
    ("dropout.noise_shape", [None, 1]),
    ("training.class_weight", "balanced"),
    ("training.augmentation", {"flip": "horizontal"}),
    ("training.class_weight", {"setosa": 2.0}),
]


@pytest.mark.parametrize(("key", "value"), [pair for pair in OTHERS if pair[1] is not None])
def test_every_other_key_changes_every_id(key: str, value: object) -> None:
    before = experiment()
    after = Experiment.model_validate(changed(before.model_dump(), {key: value}))
    assert not {trial.id for trial in plan(before)} & {trial.id for trial in plan(after)}


def test_settings_that_say_what_is_the_default_leave_the_ids_as_they_are() -> None:
    """So a later version may have more settings: results of an earlier one go on."""
    spelt_out = {"preprocessing.scale": "standard", "dataset.train_rows": None, "model.kind": "mlp"}
    spelt_out |= {"evaluation.monte_carlo": 0, "evaluation.measures": []}
    assert ids(experiment(spelt_out)) == ids(experiment())


def test_when_a_sweep_ends_leaves_the_ids_as_they_are() -> None:
    sweep = {"sweep": {"dropout.rate": [0, 0.2]}, "evaluation.repeats": 3}
    assert ids(experiment({**sweep, "until": {"name": "settled"}})) == ids(experiment(sweep))


def test_a_part_of_the_rows_and_another_split_change_every_id() -> None:
    variants = [{}, {"dataset.train_rows": 50}, {"evaluation": {"split": "test"}}, {"evaluation": {"split": "holdout"}}]
    found = [set(ids(experiment(changes)).values()) for changes in variants]
    assert len(set.union(*found)) == sum(map(len, found))


def test_every_kind_of_dropout_and_another_stddev_change_every_id() -> None:
    kinds = ("dropout", "gaussian_dropout", "gaussian_noise", "alpha_dropout", "dropconnect")
    found = [set(ids(experiment({"dropout": {"kind": kind}})).values()) for kind in kinds]
    found.append(set(ids(experiment({"dropout": {"kind": "gaussian_noise", "stddev": 0.1}})).values()))
    learned: list[dict[str, Any]] = [
        {},
        {"initial_rate": 0.2},
        {"weight_regularizer": 0.1},
        {"dropout_regularizer": 0.1},
    ]
    found += [set(ids(experiment({"dropout": {"kind": "concrete_dropout", **each}})).values()) for each in learned]
    net = {"kind": "cnn", "filters": [3]}
    blocks = [{}, {"block_size": 2}]
    found += [
        set(ids(experiment({"model": net, "dropout": {"kind": "dropblock", "where": "conv", **each}})).values())
        for each in blocks
    ]
    assert len(set.union(*found)) == sum(map(len, found))


def test_every_schedule_and_rates_for_each_layer_change_every_id() -> None:
    schedules = [None, {"name": "early", "epochs": 2}, {"name": "late", "epochs": 2}, {"name": "linear"}]
    rates = [{"hidden": 0.2}, {"hidden": [0.2]}, {"hidden": 0.3}, {"visible": 0.2}, {"visible": 0.2, "hidden": 0.2}]
    variants = [{"rate": 0.2, "schedule": each} for each in schedules] + [{"rate": each} for each in rates]
    found = [{trial.id for trial in plan(experiment({"dropout": variant}))} for variant in variants]
    assert len(set.union(*found)) == sum(map(len, found))


def test_the_ids_of_dropout_are_those_that_earlier_results_have() -> None:
    trials = plan(experiment({"dropout.rate": 0.2}))
    assert [trial.id for trial in trials[:2]] == ["381a74320833", "9a65a7ccc9d4"]


@pytest.mark.parametrize("name", sorted({*OPTIMIZERS.sections} - {"sgd"}))
def test_another_optimizer_changes_every_id(name: str) -> None:
    after = experiment({"training.optimizer": {"name": name, "learning_rate": 0.1}})
    assert not {trial.id for trial in plan(experiment())} & {trial.id for trial in plan(after)}


def test_a_trial_holds_the_experiment_at_its_point_without_the_sweep() -> None:
    trials = plan(experiment({"sweep": {"dropout.rate": [0, 0.2]}}))
    assert all(trial.experiment.sweep == {} for trial in trials)
    assert {trial.experiment.dropout.rate for trial in trials} == {0.0, 0.2}


def test_an_experiment_without_a_sweep_is_one_point() -> None:
    trials = plan(experiment({"dropout.rate": 0.3}))
    assert len(trials) == 2 * 3
    assert all(isinstance(trial, Trial) and trial.experiment.dropout.rate == 0.3 for trial in trials)


def test_planning_twice_gives_equal_plans() -> None:
    swept = {"sweep": {"dropout.rate": [0, 0.2, 0.5]}}
    assert plan(experiment(swept)) == plan(experiment(swept))


def test_another_seed_of_the_split_keeps_the_seeds_of_the_training() -> None:
    before, after = plan(experiment()), plan(experiment({"evaluation": {"folds": 3, "repeats": 2, "split_seed": 8}}))
    assert [trial.seed for trial in before] == [trial.seed for trial in after]
