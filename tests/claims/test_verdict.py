"""What trials say of a claim."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from report.made import GROUPED, result
from stats.sweeps import arranged, trials_with_predictions

from dropout_lab.analysis.predictions import read_predictions
from dropout_lab.analysis.study import read_study
from dropout_lab.claims.verdict import judge
from dropout_lab.config import Claim
from dropout_lab.stats import Comparison, Design, design_of, summarize, trial_matrix

PAIRS = [(repeat, fold) for repeat in range(2) for fold in range(5)]
DESIGN = Design(5, 2)
NOISE = np.random.default_rng(1).normal(0, 0.01, len(PAIRS))


def trials(**means: float) -> pd.DataFrame:
    """Return trials of a sweep over rate (the first digit after r) and batch size, each mean with the same noise."""
    rows = []
    for number, (name, mean) in enumerate(means.items()):
        rate, size = int(name[1]) / 10, int(name[3:] or 8)
        for (repeat, fold), noise in zip(PAIRS, np.roll(NOISE, number), strict=True):
            rows.append((rate, size, repeat, fold, 90, 10, mean + noise))
    columns = ["rate", "training.batch_size", "repeat", "fold", "train_rows", "test_rows", "accuracy"]
    return pd.DataFrame(rows, columns=columns)


def claim(**changes: Any) -> Claim:
    usual = {"says": "It helps.", "source": "somebody", "study": "a sweep"}
    contrasts = [{"of": {"dropout.rate": 0.5}, "against": {"dropout.rate": 0}}]
    return Claim.model_validate({**usual, "contrasts": contrasts, **changes})


def verdict(frame: pd.DataFrame, **changes: Any) -> str:
    return judge(claim(**changes), frame, frame["accuracy"], DESIGN).verdict


@pytest.mark.parametrize(
    ("gain", "changes", "expected"),
    [
        (0.2, {}, "supported"),
        (0.2, {"smallest": 0.1}, "supported"),
        (0.05, {"smallest": 0.1}, "contradicted"),
        (-0.2, {}, "contradicted"),
        (-0.2, {"direction": "lower"}, "supported"),
        (0.2, {"direction": "lower"}, "contradicted"),
        (0.0, {}, "undecided"),
        (0.001, {"smallest": 0.001}, "undecided"),
        (0.0, {"smallest": -0.1}, "supported"),  # as good, but for a tenth
        (-0.2, {"smallest": -0.1}, "contradicted"),
        (-0.1, {"smallest": -0.1}, "undecided"),
        (0.0, {"smallest": -0.1, "direction": "lower"}, "supported"),
        (0.2, {"smallest": -0.1, "direction": "lower"}, "contradicted"),
        (0.6, {"scale": "ratio", "smallest": 1.5}, "supported"),
        (0.6, {"scale": "ratio", "smallest": 3}, "contradicted"),
    ],
)
def test_a_claim_stands_if_the_interval_is_on_its_side_and_the_mean_reaches_what_counts(
    gain: float, changes: dict[str, Any], expected: str
) -> None:
    assert verdict(trials(r0_=0.5, r5_=0.5 + gain), **changes) == expected


def test_an_effect_is_the_corrected_paired_difference_that_a_summary_has() -> None:
    frame = trials(r0_=0.5, r5_=0.55)
    (effect,) = judge(claim(), frame, frame["accuracy"], DESIGN).effects
    row = summarize(trial_matrix(frame, Comparison(DESIGN))).iloc[1]
    assert [effect.mean, effect.low, effect.high] == pytest.approx(row[["diff", "diff_low", "diff_high"]].tolist())
    assert effect.n == len(PAIRS)


@pytest.mark.parametrize("changes", [{}, GROUPED, {"evaluation": {"split": "holdout", "repeats": 3}}])
@pytest.mark.parametrize("measure", ["accuracy", "loss"])
def test_an_effect_on_a_metric_has_the_interval_by_row_that_a_summary_has(
    measure: str, changes: dict[str, Any], tmp_path: Path
) -> None:
    study = read_study(result(tmp_path / "out", changes), metric=measure)
    predictions = read_predictions(study.folder, study.experiment, study.trials)
    assert predictions is not None
    frame, tested = study.trials, claim(measure=measure)
    (effect,) = judge(tested, frame, frame[measure], design_of(study.experiment), predictions).effects
    row = study.summary.set_index("rate").loc[0.5]
    assert [effect.mean, effect.low, effect.high] == pytest.approx(row[["diff", "diff_low", "diff_high"]].tolist())
    (by_trial,) = judge(tested, frame, frame[measure], design_of(study.experiment)).effects
    assert (by_trial.mean, by_trial.n) == (pytest.approx(effect.mean), effect.n)
    assert by_trial.low != pytest.approx(effect.low)


@pytest.mark.parametrize(("folds", "wider"), [(4, True), (1, False)])
def test_an_effect_allows_for_few_rows_of_each_class_as_a_summary_does(folds: int, wider: bool) -> None:
    """Not on a fixed split, of which the test rows are not trained on."""
    rng, design, widths = np.random.default_rng(5), Design(folds, 2), []
    values = {rate: np.tile(rng.integers(0, 2, 40), (2, 1)) for rate in (0.0, 0.5)}
    for labels in (np.repeat(np.arange(8), 5), np.repeat(np.arange(5), 8)):
        frame, predictions = trials_with_predictions(values, folds=folds, labels=labels)
        row = summarize(arranged(frame, design, predictions=predictions)).iloc[1]
        (effect,) = judge(claim(), frame, frame["accuracy"], design, predictions).effects
        assert [effect.low, effect.high] == pytest.approx(row[["diff_low", "diff_high"]].tolist())
        widths.append(effect.high - effect.low)
    assert (widths[0] > 1.01 * widths[1]) == wider


def test_an_interaction_is_the_difference_of_two_differences() -> None:
    frame = trials(r0_8=0.5, r5_8=0.6, r0_32=0.5, r5_32=0.9)
    large, small = (
        {
            "of": {"dropout.rate": 0.5, "training.batch_size": size},
            "against": {"dropout.rate": 0, "training.batch_size": size},
        }
        for size in (32, 8)
    )
    found = judge(claim(contrasts=[{**large, "less": small}]), frame, frame["accuracy"], DESIGN)
    assert found.effects[0].mean == pytest.approx(0.3)
    assert found.verdict == "supported"


def test_what_a_point_leaves_out_is_averaged_over() -> None:
    frame = trials(r0_8=0.5, r5_8=0.6, r0_32=0.5, r5_32=0.9)
    assert judge(claim(), frame, frame["accuracy"], DESIGN).effects[0].mean == pytest.approx(0.25)


@pytest.mark.parametrize(("holds", "expected"), [("all", "contradicted"), ("any", "supported"), ("most", "undecided")])
def test_several_contrasts_conclude_as_the_claim_says(holds: str, expected: str) -> None:
    frame = trials(r0_=0.5, r2_=0.9, r3_=0.1, r5_=0.5)
    contrasts = [{"of": {"dropout.rate": rate}, "against": {"dropout.rate": 0}} for rate in (0.2, 0.3, 0.5)]
    assert verdict(frame, contrasts=contrasts, holds=holds) == expected


def test_a_pair_without_one_result_is_left_out() -> None:
    frame = trials(r0_=0.5, r5_=0.7)
    frame.loc[0, "accuracy"] = np.nan
    assert judge(claim(), frame, frame["accuracy"], DESIGN).effects[0].n == len(PAIRS) - 1


def test_without_any_result_nothing_is_decided() -> None:
    frame = trials(r0_=0.5, r5_=0.7).assign(accuracy=np.nan)
    assert verdict(frame) == "undecided"


@given(st.floats(-0.5, 0.5), st.floats(0, 0.3), st.sampled_from(["higher", "lower"]))
def test_turning_effect_and_direction_around_leaves_the_verdict(gain: float, smallest: float, way: str) -> None:
    assume(abs(abs(gain) - smallest) > 1e-9)
    other = {"higher": "lower", "lower": "higher"}[way]
    up, down = trials(r0_=0.5, r5_=0.5 + gain), trials(r0_=0.5, r5_=0.5)
    down["accuracy"] = 1 - up["accuracy"]
    assert verdict(up, smallest=smallest, direction=way) == verdict(down, smallest=smallest, direction=other)


def test_of_an_undecided_contrast_it_is_said_how_many_repeats_or_rows_would_decide_it(tmp_path: Path) -> None:
    study = read_study(result(tmp_path / "out"), metric="loss")
    predictions = read_predictions(study.folder, study.experiment, study.trials)
    (row,) = (each for each in study.summary.to_dict("records") if each["rate"] == 0.5)
    reach = (row["diff_high"] - row["diff_low"]) / 2
    undecided = claim(measure="loss", smallest=max(row["diff"] + 0.9 * reach, 0))
    frame = study.trials
    (effect,) = judge(undecided, frame, frame["loss"], design_of(study.experiment), predictions).effects
    assert effect.verdict == "undecided"
    assert "repeats" in effect.needed or "rows like these" in effect.needed
    decided = claim(measure="loss", smallest=max(row["diff"] + 1.1 * reach, 0))
    (effect,) = judge(decided, frame, frame["loss"], design_of(study.experiment), predictions).effects
    assert (effect.verdict, effect.needed) == ("contradicted", "")
