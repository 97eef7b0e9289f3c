"""What predictions without a look at the inputs reach, from the predictions of a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, cross_val_score
from stats.sweeps import arranged

from dropout_lab.metrics.dummy import training_targets
from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Design, TrialMatrix, decide, summarize

RNG = np.random.default_rng(5)
CLASSES = RNG.permutation(np.repeat([0, 1, 2], [12, 70, 38]))
NUMBERS = RNG.exponential(size=120)
SCORES = {
    "accuracy": ("accuracy", 1),
    "balanced_accuracy": ("balanced_accuracy", 1),
    "loss": ("neg_log_loss", -1),
    "mae": ("neg_mean_absolute_error", -1),
    "median_ae": ("neg_median_absolute_error", -1),
    "r2": ("r2", 1),
    "rmse": ("neg_root_mean_squared_error", -1),
}
"""What scikit-learn calls some metrics, and the sign of its score."""


def splitter(repeat: int, *, stratified: bool) -> Any:
    return (StratifiedKFold if stratified else KFold)(5, shuffle=True, random_state=repeat)


def made(
    targets: NDArray[Any],
    metric: str,
    *,
    predict: Any = None,
    rates: tuple[float, ...] = (0.0, 0.5),
    repeats: int = 2,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the trials and predictions of a cross-validation; `predict` makes predictions from a rate and targets."""
    classes = targets.dtype.kind == "i"
    trials, predictions = [], []
    for rate in rates:
        for repeat in range(repeats):
            folds = splitter(repeat, stratified=classes).split(np.zeros(len(targets)), targets)
            for fold, (train, test) in enumerate(folds):
                trial = {"trial": f"{rate}/{repeat}/{fold}", "rate": rate, "repeat": repeat, "fold": fold}
                known = {"train_rows": len(train), "test_rows": len(test), "status": "ok", metric: 0.5}
                trials.append(trial | known)
                predicted = (
                    predict(rate, targets[train], targets[test]) if predict else RNG.dirichlet([1] * 3, len(test))
                )
                columns = ["p0", "p1", "p2"] if classes else ["prediction"]
                predicted = predicted if classes else predicted[:, :1]
                frame = pd.DataFrame(predicted, columns=columns).assign(**trial, row=test, label=targets[test])
                predictions.append(frame)
    return pd.DataFrame(trials), pd.concat(predictions, ignore_index=True)


def measured(trials: pd.DataFrame, predictions: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Give trials the metric of their predictions."""
    columns = [name for name in predictions if name in ("p0", "p1", "p2", "prediction")]
    values = {}
    for trial, each in predictions.groupby("trial"):
        predicted = each[columns].to_numpy()
        predicted = predicted if len(columns) > 1 else predicted[:, 0]
        values[trial] = METRICS[metric].compute(predicted, each["label"].to_numpy())
    return trials.assign(**{metric: trials["trial"].map(values)})


def matrix_of(metric: str, targets: NDArray[Any] | None = None, **options: Any) -> TrialMatrix:
    targets = (
        (CLASSES if metric in ("accuracy", "balanced_accuracy", "loss") else NUMBERS) if targets is None else targets
    )
    trials, predictions = made(targets, metric, **options)
    return arranged(measured(trials, predictions, metric), Design(5, 2), metric=metric, predictions=predictions)


@pytest.mark.parametrize("metric", SCORES)
def test_it_is_scikit_learns_dummy_on_the_same_folds(metric: str) -> None:
    """The classifier guesses by the class shares; the regressor takes the median for absolute errors, else the mean."""
    matrix, (scoring, sign) = matrix_of(metric), SCORES[metric]
    classes = metric in ("accuracy", "balanced_accuracy", "loss")
    targets = CLASSES if classes else NUMBERS
    strategy = "median" if metric in ("mae", "median_ae") else "mean"
    dummy = DummyClassifier(strategy="prior") if classes else DummyRegressor(strategy=strategy)
    folds = [splitter(repeat, stratified=classes) for repeat in range(2)]
    scores = [sign * cross_val_score(dummy, np.zeros((120, 1)), targets, cv=cv, scoring=scoring) for cv in folds]
    assert matrix.dummy is not None
    assert matrix.dummy.values == pytest.approx(np.concatenate(scores))
    assert matrix.dummy.mean == pytest.approx(np.mean(scores))
    assert summarize(matrix)["dummy"].to_numpy() == pytest.approx(np.mean(scores))


def test_networks_are_compared_with_it_as_with_a_rate_that_predicts_the_same() -> None:
    """Row by row and pair by pair: the p-values are those of a sweep whose baseline is the dummy."""

    def predict(rate: float, train: NDArray[Any], test: NDArray[Any]) -> NDArray[Any]:
        shares = np.tile(np.bincount(train, minlength=3) / len(train), (len(test), 1))
        hint = 0.9 * (RNG.random(len(test)) < rate)[:, None] * np.eye(3)[test]
        return shares * (1 - hint.sum(axis=1, keepdims=True)) + hint

    matrix = matrix_of("loss", predict=predict, rates=(0.0, 0.03, 0.1, 0.6))
    summary = summarize(matrix)
    assert summary["dummy"].to_numpy() == pytest.approx(summary["mean"][0])
    assert summary["p_dummy"][0] == 1
    assert summary["p_dummy"][1:].to_numpy() == pytest.approx(summary["p_adjusted"][1:].to_numpy(), abs=0.01)
    assert summary["p_dummy"][1] > 0.05 > summary["p_dummy"][3]
    decision = decide(matrix, summary)
    assert decision.dummy == pytest.approx(summary["mean"][0])
    assert [point.point for point in decision.above_dummy] == [(0.1,), (0.6,)]
    assert [point.point for point in decision.not_above_dummy] == [(0.0,), (0.03,)]
    assert not decision.none_above_dummy


def test_worse_than_the_dummy_is_not_above_it() -> None:
    matrix = matrix_of("accuracy", predict=lambda rate, train, test: np.eye(3)[(test + 1) % 3])
    summary = summarize(matrix)
    assert (summary["p_dummy"] < 0.001).all()
    assert summary["collapsed"].tolist() == [0, 0]
    decision = decide(matrix, summary)
    assert decision.above_dummy == ()
    assert decision.none_above_dummy


def test_where_networks_are_trained_on_a_part_of_the_other_rows_it_is_unknown_unless_it_is_saved() -> None:
    trials, predictions = made(CLASSES, "accuracy")
    part = trials.assign(train_rows=trials["train_rows"] - 1)
    unknown = arranged(part, Design(5, 2), predictions=predictions)
    assert unknown.dummy is None
    assert summarize(unknown)[["dummy", "p_dummy"]].isna().all(axis=None)
    assert np.isnan(decide(unknown, summarize(unknown)).dummy)
    learned = training_targets(np.array([0, 0, 1]), 3)
    saved = {(repeat, fold): learned for repeat in range(2) for fold in range(5)}
    known = arranged(part, Design(5, 2), predictions=predictions, saved=saved)
    assert known.dummy is not None
    assert known.dummy.mean == pytest.approx(12 / 120, abs=0.01)


def test_of_a_fixed_split_what_is_saved_of_repeat_0_serves_every_repeat() -> None:
    train, test = next(ShuffleSplit(1, random_state=0).split(CLASSES))
    trials, predictions = made(CLASSES, "accuracy")
    trials, predictions = trials[trials["fold"] == 0], predictions[predictions["fold"] == 0]
    predictions = predictions.groupby("trial").head(len(test))
    predictions = predictions.assign(row=np.tile(test, 4), label=np.tile(CLASSES[test], 4))
    saved = {(0, 0): training_targets(CLASSES[train], 3)}
    assert arranged(trials, Design(1, 2), predictions=predictions).dummy is None
    dummy = arranged(trials, Design(1, 2), predictions=predictions, saved=saved).dummy
    assert dummy is not None
    score = DummyClassifier().fit(train[:, None], CLASSES[train]).score(test[:, None], CLASSES[test])
    assert dummy.values == pytest.approx([score, score])


def test_a_time_series_of_which_one_fold_has_as_many_training_rows_as_the_others_hold_out_is_unknown() -> None:
    trials, predictions = made(CLASSES, "accuracy", repeats=1)
    trials["train_rows"] = 24 * (1 + trials["fold"])
    assert (trials["train_rows"] == 96).any()
    assert arranged(trials, Design(5, 1, "fold"), predictions=predictions).dummy is None


def test_while_a_fold_is_missing_everywhere_it_is_unknown_and_with_one_repeat_it_is_known() -> None:
    trials, predictions = made(CLASSES, "accuracy")

    def after(keep: pd.Series[bool]) -> TrialMatrix:
        kept = trials[keep.to_numpy()]
        return arranged(kept, Design(5, 2), predictions=predictions[predictions["trial"].isin(kept["trial"])])

    assert after(trials["fold"] != 3).dummy is None
    whole, first = after(trials["fold"] >= 0).dummy, after(trials["repeat"] == 0).dummy
    assert whole is not None
    assert first is not None
    np.testing.assert_array_equal(first.values[:5], whole.values[:5])
    assert np.isnan(first.values[5:]).all()


def test_the_order_of_predictions_and_trials_changes_nothing() -> None:
    trials, predictions = made(CLASSES, "accuracy")
    trials = measured(trials, predictions, "accuracy")
    plain = summarize(arranged(trials, Design(5, 2), predictions=predictions))
    mixed = (frame.sample(frac=1, random_state=3) for frame in (trials, predictions))
    shuffled = summarize(arranged(next(mixed), Design(5, 2), predictions=next(mixed)))
    pd.testing.assert_frame_equal(plain, shuffled)


def test_without_predictions_nothing_is_known_of_dummies_and_collapsed_networks() -> None:
    trials, _ = made(CLASSES, "accuracy")
    summary = summarize(arranged(trials, Design(5, 2)))
    assert summary[["dummy", "p_dummy", "collapsed"]].isna().all(axis=None)
