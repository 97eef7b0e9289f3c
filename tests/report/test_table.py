"""The table at the end of a run, against golden text."""

from __future__ import annotations

import io
from pathlib import Path

import builders
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from dropout_lab.report.table import summary_table
from dropout_lab.stats import design_of, summarize

GOLDEN = Path(__file__).parent / "golden"


def _printed(changes: dict[str, object], trials: pd.DataFrame) -> str:
    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    experiment = builders.experiment(changes)
    console.print(summary_table(experiment, "rate", summarize(trials, design_of(experiment))))
    return console.file.getvalue()


def _trials(accuracies: dict[float, list[float]]) -> pd.DataFrame:
    rows = [
        (rate, 0, fold, "ok" if np.isfinite(value) else "diverged", 18, 9, value)
        for rate, each in accuracies.items()
        for fold, value in enumerate(each)
    ]
    return pd.DataFrame(rows, columns=["rate", "repeat", "fold", "status", "train_rows", "test_rows", "accuracy"])


@pytest.mark.parametrize(
    ("name", "changes", "accuracies"),
    [
        ("sweep", {"evaluation.repeats": 1}, {0.0: [0.8, 0.9, 0.85], 0.25: [0.82, 0.93, 0.88], 0.5: [0.6, 0.7, 0.8]}),
        ("one", {"dropout": {"where": "none"}, "evaluation.repeats": 1}, {0.0: [0.8, 0.9, 1.0]}),
        ("once", {"evaluation": {"split": "holdout"}}, {0.0: [0.5], 0.5: [0.6]}),
        ("failed", {}, {0.0: [0.8, 0.9, 0.85], 0.5: [0.6, np.nan, np.nan], 0.9: [np.nan] * 3}),
    ],
)
def test_the_table_is_the_golden_one(
    name: str, changes: dict[str, object], accuracies: dict[float, list[float]]
) -> None:
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


def test_no_line_is_wider_than_a_terminal() -> None:
    printed = _printed({"name": "a" * 20, "evaluation.repeats": 10}, _trials({0.0: [0.1, 1.0], 0.9: [0.4, 0.5]}))
    assert max(map(len, printed.splitlines())) <= 80
