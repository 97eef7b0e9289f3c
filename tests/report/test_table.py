"""The table at the end of a run, against golden text."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import builders
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dropout_lab.analysis.axis import axis_of
from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.metrics.registry import METRICS
from dropout_lab.report.table import summary_table
from dropout_lab.stats import Comparison, design_of, metric_named, summarize, trial_matrix

GOLDEN = Path(__file__).parent / "golden"

Accuracies = Mapping[float, Sequence[float | None]]
"""By rate; missing is a trial that has diverged, None one that is not finished."""


def _printed(changes: dict[str, object], trials: pd.DataFrame, width: int = 80, metric: str = "accuracy") -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    experiment = builders.experiment(changes)
    matrix = trial_matrix(trials, Comparison(design_of(experiment), metric_named(metric)))
    summary = summarize(matrix)
    axis = axis_of("rate", list(summary["rate"]))
    console.print(summary_table(experiment, axis, summary, metric_format(metric), width, matrix.basis))
    return console.file.getvalue()


def _trials(accuracies: Accuracies) -> pd.DataFrame:
    rows = [
        (rate, 0, fold, "missing" if value is None else "ok" if np.isfinite(value) else "diverged", 18, 9, value)
        for rate, each in accuracies.items()
        for fold, value in enumerate(each)
    ]
    columns = ["rate", "repeat", "fold", "status", "train_rows", "test_rows", "accuracy"]
    return pd.DataFrame(rows, columns=columns).assign(loss=lambda trials: 1.3 - trials["accuracy"])


ONCE = {"evaluation.repeats": 1}
SOME_FAILED = {0.0: [0.8, 0.9, 0.85], 0.25: [0.82, 0.93, np.nan], 0.5: [0.6, 0.7, 0.8]}
WIDEST = {0.0: [1.0, 1.0, 0.0], 0.333333333333: [0.0, 0.0, 1.0], 0.5: [0.0, np.nan, 1.0]}


@pytest.mark.parametrize(
    ("name", "changes", "accuracies"),
    [
        ("sweep", ONCE, {0.0: [0.8, 0.9, 0.85], 0.25: [0.82, 0.93, 0.88], 0.5: [0.6, 0.7, 0.8]}),
        ("one", {"dropout": {"where": "none"}, **ONCE}, {0.0: [0.8, 0.9, 1.0]}),
        ("once", {"evaluation": {"split": "holdout"}}, {0.0: [0.5], 0.5: [0.6]}),
        ("failed", ONCE, {0.0: [0.8, 0.9, 0.85], 0.5: [0.6, np.nan, np.nan], 0.9: [np.nan] * 3}),
        ("unfinished", ONCE, {0.0: [0.8, 0.9, 0.85], 0.25: [0.82, 0.93, None], 0.5: [None] * 3}),
        ("failed-compared", ONCE, SOME_FAILED),
        ("widest", ONCE, WIDEST),
    ],
)
def test_the_table_is_the_golden_one(name: str, changes: dict[str, object], accuracies: Accuracies) -> None:
    printed = _printed(changes, _trials(accuracies))
    lines = [line.rstrip() for line in printed.splitlines()]
    assert lines == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("dropout", "said"),
    [
        ({"kind": "none"}, "small: iris, no dropout"),
        ({"where": "both"}, "small: iris, dropout on the inputs and after hidden layers"),
        ({"kind": "gaussian_noise", "where": "visible"}, "small: iris, gaussian noise on the inputs"),
        ({"kind": "dropconnect"}, "small: iris, dropconnect on the weights of hidden layers"),
    ],
)
def test_the_title_says_what_is_dropped_and_where(dropout: dict[str, object], said: str) -> None:
    assert _printed({"dropout": dropout}, _trials({0.0: [0.5, 0.6]})).splitlines()[0].strip() == said


@pytest.mark.parametrize(("name", "accuracies"), [("failed-compared", SOME_FAILED), ("widest", WIDEST)])
def test_the_table_on_60_columns_is_the_golden_one(name: str, accuracies: Accuracies) -> None:
    lines = [line.rstrip() for line in _printed(ONCE, _trials(accuracies), width=60).splitlines()]
    assert lines == (GOLDEN / f"{name}-60.txt").read_text(encoding="utf-8").splitlines()


def test_the_table_of_the_loss_is_the_golden_one() -> None:
    trials = _trials({0.0: [0.8, 0.9, 0.85], 0.25: [0.82, 0.93, 0.88]})
    lines = [line.rstrip() for line in _printed(ONCE, trials, metric="loss").splitlines()]
    assert lines == (GOLDEN / "loss.txt").read_text(encoding="utf-8").splitlines()


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Return numbers that metrics have: none is tiny and yet not 0."""
    return st.floats(low, high).map(lambda number: round(number, 6))


halves = st.one_of(st.just(np.nan), numbers(0, 0.1), numbers(0, 1e4))


@pytest.mark.parametrize("width", [60, 80, 100])
@given(st.data())
def test_no_line_is_wider_than_the_terminal_and_no_number_is_cut(width: int, data: st.DataObject) -> None:
    repeats, folds = data.draw(st.sampled_from([(1, 2), (10, 10), (1000, 1000)]))
    changes = {"name": "a" * 100, "evaluation": {"repeats": repeats, "folds": folds}}
    rates = data.draw(st.lists(numbers(0, 0.999999), min_size=1, max_size=3, unique=True))
    rows = []
    for rate in rates:
        mean, difference, half, other = (data.draw(each) for each in (numbers(0, 1), numbers(-1, 1), halves, halves))
        row = {"rate": rate, "mean": mean, "sd": half / 2, "ci_low": mean - half, "ci_high": mean + half}
        row |= {"diff": difference, "diff_low": difference - other, "diff_high": difference + other}
        rows.append(row | {"n": data.draw(st.integers(0, repeats * folds))})
    summary = pd.DataFrame(rows).assign(failed=lambda frame: repeats * folds - frame["n"])
    summary["sd"] = summary["sd"].clip(upper=0.71)
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    shares = (name for name, metric in METRICS.items() if metric.share)
    scale = metric_format(data.draw(st.sampled_from(sorted(shares if width == 60 else METRICS))))
    console.print(summary_table(builders.experiment(changes), axis_of("rate", rates), summary, scale, width))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "\u2026" not in console.file.getvalue()
    (rule,) = (number for number, line in enumerate(lines) if set(line.strip()) == {"\u2500"} and line[1] != " ")
    assert lines[rule + len(rows) + 1].strip() == ""


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_the_axis_of_equal_shares_lies_between_0_and_100_percent(value: float) -> None:
    head = _printed(ONCE, _trials({0.0: [value] * 3})).splitlines()[2]
    low, high = (int(end) for end in re.findall(r"(\d+)%", head))
    assert 0 <= low <= 100 * value <= high <= 100
    assert low < high


@pytest.mark.parametrize(
    ("metric", "value", "ends"),
    [
        ("auc", 0.57, (0, 1)),
        ("auc", 1.0, (0, 1)),
        ("mcc", -0.4, (-0.4, 0.6)),
        ("r2", 0.8, (0, 1)),
        ("loss", 0.5, (0.5, 1.5)),
    ],
)
def test_the_axis_of_a_single_value_stays_within_what_the_metric_can_be(
    metric: str, value: float, ends: tuple[float, float]
) -> None:
    trials = _trials({0.0: [0.5]}).assign(**{metric: value})
    head = _printed({**ONCE, "evaluation": {"split": "holdout"}}, trials, metric=metric).splitlines()[2]
    assert tuple(map(float, head.split()[-2:])) == ends


@pytest.mark.parametrize(
    ("model", "where", "said"),
    [
        ({"kind": "cnn", "filters": [4]}, "all", "dropout after convolutions and dense layers"),
        ({"kind": "rnn", "units": [4]}, "sequence", "dropout after recurrent layers"),
        ({"kind": "rnn", "units": [4]}, "all", "dropout on the inputs and after recurrent and dense layers"),
        ({"kind": "conv1d", "filters": [4]}, "sequence", "dropout after convolutions"),
    ],
)
def test_the_title_names_the_layers_of_the_model(model: dict[str, object], where: str, said: str) -> None:
    printed = _printed({"model": model, "dropout.where": where}, _trials({0.0: [0.5, 0.6]}))
    assert printed.splitlines()[0].strip() == f"small: iris, {said}"
