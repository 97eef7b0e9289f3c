"""Each metric is scikit-learn's, missing where it is undefined, and known by one name everywhere."""

from __future__ import annotations

import math
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import get_args

import builders
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_metrics import REFERENCES, UNDEFINED, cases, in_double, is_undefined
from typer.testing import CliRunner

from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.claims.measure import SHARES
from dropout_lab.cli.configs import configs_app
from dropout_lab.config import load, parse_override
from dropout_lab.config.evaluation import MetricName
from dropout_lab.errors import ConfigError
from dropout_lab.metrics.metric import Metric, Task
from dropout_lab.metrics.registry import COLUMNS, METRICS, metric_names
from dropout_lab.report.figures.points import MEASURES
from dropout_lab.results.rows import METRIC_COLUMNS, TRIAL_COLUMNS, trial_columns
from dropout_lab.stats import held_out

every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


def test_each_metric_has_a_reference_and_each_need_a_test() -> None:
    assert REFERENCES.keys() == METRICS.keys()
    assert {metric.needs for metric in METRICS.values()} == {"", *UNDEFINED}


@every_metric
@settings(max_examples=25)
@given(st.data())
def test_a_metric_is_scikit_learns_and_missing_where_it_is_undefined(metric: Metric, data: st.DataObject) -> None:
    predictions, true = data.draw(cases(metric))
    value = metric.compute(predictions, true)
    if is_undefined(metric, predictions, true):
        assert math.isnan(value)
        return
    single = predictions.dtype == np.float32
    expected = REFERENCES[metric.name](in_double(predictions), true, None)
    assert value == pytest.approx(expected, rel=1e-6 if single else 1e-9, abs=1e-9 if single else 1e-12)


@every_metric
@settings(max_examples=25)
@given(st.data())
def test_a_value_is_in_the_range_fits_its_column_and_is_no_better_than_that_of_the_truth(
    metric: Metric, data: st.DataObject
) -> None:
    predictions, true = data.draw(cases(metric))
    value = metric.compute(predictions, true)
    right = np.eye(predictions.shape[1])[true] if metric.task == "classification" else true
    best = metric.compute(right, true)
    assert math.isnan(value) == math.isnan(best)
    if not math.isnan(value):
        assert metric.minimum <= value <= metric.maximum
        assert metric.minimum <= best <= metric.maximum
        assert metric.sign * value <= metric.sign * best + 1e-12
        assert re.fullmatch(METRIC_COLUMNS[metric.name].pattern, str(value))


def test_a_perfect_ranking_has_an_average_precision_of_1_however_its_steps_round() -> None:
    second = np.linspace(0.99, 0.01, 29)
    labels = (np.arange(29) < 9).astype(int)
    assert METRICS["average_precision"].compute(np.column_stack([1 - second, second]), labels) == 1


@every_metric
def test_a_metric_is_known_by_its_name_wherever_it_is_used(metric: Metric) -> None:
    assert METRICS[metric.name] is metric
    assert set(metric.columns) <= METRIC_COLUMNS.keys() <= TRIAL_COLUMNS.keys()
    assert (metric.name in get_args(MetricName)) == (metric.measured == "on request")
    shown = metric_format(metric.name)
    assert (shown.metric, shown.meaning) == (metric, metric.meaning)
    assert MEASURES[metric.name].share == metric.share
    assert set(metric.columns) <= SHARES if metric.share else metric.name not in SHARES - {"ece"}
    assert metric.meaning
    assert not metric.meaning.endswith(".")
    assert metric.maximum == 1 if metric.share else metric.unit != "%"


@pytest.mark.parametrize(("task", "other"), [("regression", "f1"), ("classification", "rmse")])
def test_a_metric_of_the_other_task_is_refused_once_the_task_is_known(tmp_path: Path, task: Task, other: str) -> None:
    config = tmp_path / "my.yaml"
    text = f"dataset: {{csv: my.csv, target: price, task: {task}}}\nmodel: {{hidden: [4]}}\ntraining: {{epochs: 1}}\n"
    config.write_text(f"{text}evaluation: {{metrics: [{metric_names('on request', task)[0]}, {other}]}}\n")
    with pytest.raises(
        ConfigError, match=f":4: evaluation.metrics: {other}: not for {task}: expected some of "
    ) as caught:
        load(config)
    assert str(caught.value).endswith(", ".join(metric_names("on request", task)))
    load(config, [parse_override("dataset.task=null")])


@pytest.mark.parametrize("task", get_args(Task))
def test_a_result_has_a_column_of_each_metric_and_is_judged_by_those_of_the_held_out_rows(task: Task) -> None:
    metrics = metric_names("on request", task)
    changes = {"evaluation.metrics": list(metrics), "evaluation.monte_carlo": 2}
    data = {"csv": "my.csv", "target": "price", "task": "regression"}
    experiment = builders.experiment(changes | ({"dataset": data} if task == "regression" else {}))
    columns = {column for column, metric in COLUMNS.items() if metric.task == task}
    assert columns == COLUMNS.keys() & trial_columns(experiment).keys()
    assert held_out(experiment) == (*metric_names("always", task), *sorted(metrics))


@every_metric
@settings(max_examples=25)
@given(st.data())
def test_a_mean_over_rows_is_the_mean_of_single_rows(metric: Metric, data: st.DataObject) -> None:
    predictions, true = data.draw(cases(metric))
    if metric.mean_over_rows and not is_undefined(metric, predictions, true):
        single = [metric.compute(predictions[row : row + 1], true[row : row + 1]) for row in range(len(true))]
        assert np.mean(single) == pytest.approx(metric.compute(predictions, true), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "true", "predictions"),
    [
        ("balanced_accuracy", [0, 0, 1], [0.2, 0.2, 0.2]),
        ("auc", [0, 1, 1], [0.2, 0.3, 0.4]),
        ("f1", [0, 0, 1], [0.2, 0.2, 0.2]),
        ("mcc", [0, 1, 1], [0.2, 0.9, 0.2]),
        ("precision", [0, 0, 1, 1], [0.2, 0.2, 0.2, 0.9]),
        ("recall", [0, 0, 1], [0.2, 0.2, 0.2]),
        ("average_precision", [0, 1, 1], [0.2, 0.3, 0.4]),
        ("ece", [0, 0, 1], [0.2, 0.2, 0.2]),
        ("r2", [0, 1, 3], [0.0, 1.5, 2.0]),
        ("rmse", [0, 1, 3], [0.0, 1.5, 2.0]),
        ("median_ae", [0, 1, 3], [0.0, 1.5, 3.5]),
    ],
)
def test_other_metrics_are_not(name: str, true: list[int], predictions: list[float]) -> None:
    """So leave-one-out, which knows single rows only, is not judged by them."""
    metric, columns = METRICS[name], np.array(predictions)
    given_as = columns if metric.task == "regression" else np.column_stack([1 - columns, columns])
    labels = np.array(true, dtype=np.float64 if metric.task == "regression" else np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, about single rows
        single = [metric.compute(given_as[row : row + 1], labels[row : row + 1]) for row in range(len(true))]
    assert not metric.mean_over_rows
    assert np.mean(single) != pytest.approx(metric.compute(given_as, labels), abs=1e-6)


def test_leave_one_out_is_judged_by_means_over_rows_only() -> None:
    data = {"csv": "my.csv", "target": "price", "task": "regression"}
    evaluation = {"split": "leave_one_out", "metrics": ["mape"]}
    assert held_out(builders.experiment({"dataset": data, "evaluation": evaluation})) == ("mse", "mae", "mape")
    assert held_out(builders.experiment({"evaluation": {"split": "leave_one_out"}})) == ("accuracy", "loss")


def test_the_program_lists_each_metric_with_its_meaning() -> None:
    lines = CliRunner().invoke(configs_app, ["metrics"]).stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Classification, in every result:",
        "Classification, with evaluation.monte_carlo:",
        "Classification, if evaluation.metrics names them:",
        "Regression, in every result:",
        "Regression, if evaluation.metrics names them:",
    ]
    listed = [line.split(maxsplit=4) for line in lines if line.startswith(" ")]
    assert listed == [
        [name, "higher" if metric.sign > 0 else "lower", "is", "better", metric.meaning]
        for name, metric in METRICS.items()
    ]


def test_the_registry_and_the_config_load_nothing_slow() -> None:
    program = """
import sys, dropout_lab.config, dropout_lab.metrics.registry
print({name.partition(".")[0] for name in sys.modules} & {"numpy", "sklearn", "scipy", "pandas", "keras"})
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
