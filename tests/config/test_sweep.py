"""A sweep over any key: what it may hold, the points it makes, and what is said of values that cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from builders import experiment
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.config import as_yaml, load, text_of, without_defaults
from dropout_lab.config.schedules import Early, Late
from dropout_lab.errors import ConfigError

SGD = "training: {epochs: 2, optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9, weight_decay: 0.01}}\n"
BASE = """\
dataset: iris
model: {hidden: [4]}
dropout: {where: hidden, rate: 0.2}
training: {epochs: 2, optimizer: {name: sgd, learning_rate: 0.1}}
"""


def loaded(tmp_path: Path, sweep: str) -> Any:
    file = tmp_path / "my.yaml"
    file.write_text(f"{BASE}sweep:\n{sweep}", encoding="utf-8")
    return load(file)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("training.batch_size: 8:32:8", (8, 16, 24, 32)),
        ("training.optimizer.learning_rate: 0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("training.optimizer.learning_rate: [0.1, 1e-3, 0.01]", (0.001, 0.01, 0.1)),
        ("training.optimizer.learning_rate: 0.1, 0.01", (0.01, 0.1)),
        ("regularization.max_norm: null, 2, 4", (None, 2, 4)),
        ("regularization.max_norm: [null, 4, 2]", (None, 4, 2)),
        ("dropout.where: [none, visible, both]", ("none", "visible", "both")),
        ("model.hidden: [[4], [8, 4]]", ([4], [8, 4])),
        ("regularization: [{}, {l2: 0.01}, {max_norm: 3}]", ({}, {"l2": 0.01}, {"max_norm": 3})),
        ("dropout.rate: 0:0.4:0.2", (0.0, 0.2, 0.4)),
    ],
)
def test_values_are_ranges_or_lists_numbers_in_ascending_order(
    written: str, values: tuple[Any, ...], tmp_path: Path
) -> None:
    (found,) = loaded(tmp_path, f"  {written}\n").sweep.values()
    assert found == values


def test_points_are_the_product_of_the_axes_the_last_varying_fastest(tmp_path: Path) -> None:
    swept = loaded(tmp_path, "  dropout.rate: [0, 0.5]\n  training.batch_size: [8, 16]\n")
    points = [(point.dropout.rate, point.training.batch_size) for point in swept.points()]
    assert points == [(0, 8), (0, 16), (0.5, 8), (0.5, 16)]
    assert all(point.sweep == {} for point in swept.points())


def test_where_a_point_has_no_dropout_nothing_is_dropped(tmp_path: Path) -> None:
    nowhere, hidden = loaded(tmp_path, "  dropout.where: [none, hidden]\n").points()
    assert (nowhere.dropout.kind, nowhere.dropout.rate) == ("none", 0)
    assert (hidden.dropout.kind, hidden.dropout.rate) == ("dropout", 0.2)


def test_any_sweep_goes_to_a_file_and_back(tmp_path: Path) -> None:
    swept = loaded(tmp_path, "  regularization: [{}, {l2: 0.01}]\n  model.hidden: [[4], [8, 4]]\n")
    (tmp_path / "saved.yaml").write_text(as_yaml(swept), encoding="utf-8")
    assert load(tmp_path / "saved.yaml") == swept


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("  dropout.rat: [0.2]\n", "6: sweep.dropout.rat: cannot be swept; did you mean dropout.rate?"),
        ("  evaluation.folds: [3, 5]\n", "6: sweep.evaluation.folds: cannot be swept"),
        ("  dataset.name: [iris, wine]\n", "6: sweep.dataset.name: cannot be swept"),
        ("  training.batch_size: [8, a]\n", "6: sweep.training.batch_size: expected a whole number, got 'a'"),
        (
            "  training.batch_size:\n  - 8\n  - 0\n",
            "6: sweep.training.batch_size: must be greater than or equal to 1",
        ),
        ("  training.optimizer.learning_rate: [-1]\n", "6: sweep.training.optimizer.learning_rate: must be greater"),
        (
            "  regularization: [{}, {max_norm: 2}]\n  regularization.max_norm: [1, 2]\n",
            "7: sweep.regularization.max_norm: is a part of regularization, which is swept, too: keep one of them",
        ),
        ("  training.batch_size: [8, 8]\n", "6: sweep.training.batch_size: 8 is given twice"),
        (
            "  training.batch_size: 8:30:8\n",
            "6: sweep.training.batch_size: '8:30:8' steps over its end, 30: write 8:24:8",
        ),
        ("  training.batch_size: 8:x:8\n", "6: sweep.training.batch_size: 'x' is not a number"),
        ("  training.batch_size: []\n", "6: sweep.training.batch_size: "),
        (
            "  dropout.where: [none, hidden]\n  dropout.rate: [0.1, 0.2]\n",
            "5: sweep: dropout.where none, dropout.rate 0.2 is the same experiment as dropout.where none, ",
        ),
        (
            "  training.batch_size: 1:999:1\n  training.epochs: 1:99:1\n",
            "5: sweep: has more than 10,000 points",
        ),
        (
            "  training.optimizer.schedule: [null, {name: cosine, stepps: 30}]\n",
            "6: sweep.training.optimizer.schedule: stepps: unknown key; did you mean steps?",
        ),
    ],
)
def test_what_cannot_be_swept_is_refused_with_its_place(sweep: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, sweep)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{tmp_path / 'my.yaml'}:{message}")


def optimizers(tmp_path: Path, sweep: str) -> list[dict[str, Any]]:
    """Return the optimizer at each point of a sweep in a file that extends one with sgd's own settings."""
    (tmp_path / "base.yaml").write_text(BASE.replace(BASE.splitlines(keepends=True)[-1], SGD), encoding="utf-8")
    file = tmp_path / "my.yaml"
    file.write_text(f"extends: base.yaml\nsweep:\n{sweep}", encoding="utf-8")
    swept = load(file)
    file.write_text(as_yaml(swept), encoding="utf-8")
    assert load(file) == swept
    return [without_defaults(point.training.optimizer) for point in load(file).points()]


def test_a_section_that_becomes_another_kind_starts_from_its_defaults(tmp_path: Path) -> None:
    sgd = {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01}
    assert optimizers(tmp_path, "  training.optimizer.name: [sgd, adam, adamw]\n") == [
        *(sgd, {"name": "adam"}, {"name": "adamw"})
    ]
    assert optimizers(
        tmp_path, "  training.optimizer.learning_rate: [0.01]\n  training.optimizer.name: [adam, sgd]\n"
    ) == [
        {"name": "adam", "learning_rate": 0.01},
        {key: value for key, value in sgd.items() if key != "learning_rate"},  # 0.01 is its default
    ]


def test_what_has_no_default_is_kept_by_a_section_of_another_kind() -> None:
    schedule = {"name": "early", "epochs": 2}
    swept = experiment(
        {"dropout": {"rate": 0.2, "schedule": schedule}, "sweep": {"dropout.schedule.name": ["early", "late"]}}
    )
    assert [point.dropout.schedule for point in swept.points()] == [Early(epochs=2), Late(epochs=2)]


def test_a_swept_key_that_another_kind_does_not_have_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        optimizers(tmp_path, "  training.optimizer.name: [sgd, adam]\n  training.optimizer.momentum: [0, 0.9]\n")
    (problem,) = caught.value.problems
    where = f"{tmp_path / 'my.yaml'}:4: sweep.training.optimizer.momentum: "
    assert problem.startswith(f"{where}with training.optimizer.name adam: unknown key (known: name, learning_rate, ")


@given(st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True))
def test_every_point_is_the_experiment_with_that_value_set(sizes: list[int]) -> None:
    swept = experiment({"sweep": {"training.batch_size": sizes}})
    alone = [experiment({"training.batch_size": size}) for size in sorted(sizes)]
    assert list(swept.points()) == alone


@pytest.mark.parametrize(
    ("text", "values"), [("10:50:20", [10, 30, 50]), ("1e-3:5e-3:2e-3", [0.001, 0.003, 0.005]), ("1.0:2:1", [1.0, 2.0])]
)
def test_a_range_is_of_whole_numbers_only_where_it_is_written_so(text: str, values: list[float]) -> None:
    key = "training.batch_size" if text == "10:50:20" else "training.optimizer.learning_rate"
    swept = experiment({"sweep": {key: text}}).sweep[key]
    assert (list(swept), {type(value) for value in swept}) == (values, {type(values[0])})


def test_values_are_written_as_people_read_them() -> None:
    values = [None, {}, True, 0.30, 12, [60, 30], {"l2": 0.01, "max_norm": 3.0}, "tanh"]
    assert [text_of(value) for value in values] == [
        *("none", "none", "true", "0.3", "12", "60-30"),
        *("l2=0.01 max_norm=3", "tanh"),
    ]
