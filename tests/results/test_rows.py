from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import builders
import numpy as np
import pytest

from dropout_lab.engines.outcome import TrialFailure, TrialOutcome, TrialResult
from dropout_lab.metrics.activations import Activations
from dropout_lab.metrics.predictions import accuracy, entropy, expected_calibration_error, log_loss
from dropout_lab.plan import plan
from dropout_lab.results.rows import prediction_columns, prediction_rows, trial_columns, trial_row

MORE = {"evaluation.monte_carlo": 3, "evaluation.measures": ["activations", "time"]}
MEASURED = builders.experiment(MORE)
ALWAYS = tuple(trial_columns(builders.experiment()))
ADDED = (
    *("ece", "mc_accuracy", "mc_loss", "mc_entropy", "mc_ece"),
    *("sparsity", "mean_activation", "coadaptation", "epoch_seconds"),
)


def measured(*, diverged: bool = False) -> TrialResult:
    """Return the outcome of a trial of which everything is measured."""
    found = builders.outcome(plan(MEASURED)[0], diverged=diverged)
    probabilities = np.random.default_rng(1).dirichlet([1, 1, 1], 4)
    return replace(
        found, monte_carlo=probabilities, activations=Activations(0.25, 0.123456789012, 0.5), epoch_seconds=0.0123
    )


def cells(outcome: TrialOutcome) -> Mapping[str, object]:
    columns = tuple(trial_columns(MEASURED))
    return dict(zip(columns, trial_row(outcome, columns), strict=True))


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({}, ()),
        ({"evaluation.monte_carlo": 1}, ADDED[:5]),
        ({"evaluation.measures": ["activations"]}, ADDED[5:8]),
        ({"evaluation.measures": ["time"]}, ADDED[8:]),
        (MORE, ADDED),
    ],
)
def test_only_what_is_asked_for_has_a_column(changes: dict[str, object], columns: tuple[str, ...]) -> None:
    found = trial_columns(builders.experiment(changes))
    assert tuple(column for column in found if column not in ALWAYS) == columns
    assert tuple(column for column in found if column in ALWAYS) == ALWAYS


def test_the_measures_are_those_of_the_monte_carlo_and_of_the_usual_prediction() -> None:
    outcome = measured()
    found, labels = cells(outcome), outcome.test_labels
    assert found["ece"] == expected_calibration_error(outcome.test_probabilities, labels)
    assert outcome.monte_carlo is not None
    assert found["mc_accuracy"] == accuracy(outcome.monte_carlo, labels)
    assert found["mc_loss"] == log_loss(outcome.monte_carlo, labels)
    assert found["mc_entropy"] == entropy(outcome.monte_carlo)
    assert found["mc_ece"] == expected_calibration_error(outcome.monte_carlo, labels)
    assert [found[column] for column in ADDED[5:]] == ["0.25", "0.123456789", "0.5", "0.012300"]


def test_a_trial_without_a_result_has_no_measures_but_its_time() -> None:
    diverged = cells(measured(diverged=True))
    assert {diverged[column] for column in ADDED[:-1]} == {""}
    assert diverged["epoch_seconds"] == "0.012300"
    failed = cells(TrialFailure(plan(MEASURED)[0], "failed", "no memory"))
    assert {failed[column] for column in ADDED} == {""}


def test_what_does_not_exist_is_empty() -> None:
    outcome = replace(
        measured(),
        monte_carlo=np.full((4, 3), np.nan),
        activations=Activations(1.0, 0.0, np.nan),
        epoch_seconds=np.nan,
    )
    found = cells(outcome)
    assert {found[column] for column in (*ADDED[1:5], "coadaptation", "epoch_seconds")} == {""}
    assert (found["sparsity"], found["mean_activation"]) == ("1", "0")
    assert found["ece"] == expected_calibration_error(outcome.test_probabilities, outcome.test_labels)


@pytest.mark.parametrize("classes", [1, 3])
def test_the_group_stands_after_the_row_and_only_where_rows_are_grouped(classes: int) -> None:
    plain, grouped = tuple(prediction_columns(classes)), tuple(prediction_columns(classes, grouped=True))
    assert grouped == (*plain[:5], "group", *plain[5:])
    assert plain[4] == "row"
    found, groups = replace(builders.outcome(plan(MEASURED)[0]), test_rows=np.array([1, 3, 4, 6])), np.arange(7) // 2
    rows = list(prediction_rows(found, grouped, groups))
    assert [row[4:6] for row in rows] == [(1, 0), (3, 1), (4, 2), (6, 3)]
    assert [row[:5] + row[6:] for row in rows] == list(prediction_rows(found, plain, groups))
    with pytest.raises(ValueError, match="need the groups"):
        next(prediction_rows(found, grouped))
