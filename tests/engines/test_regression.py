"""Numbers are predicted in their own unit, by both engines, from what the training rows say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from training import EVERY_ENGINE, bits, train, trials

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.results.rows import history_columns, history_rows, trial_columns, trial_row

OWN = {"dataset": {"csv": "my.csv", "target": "price", "task": "regression"}, "training.epochs": 3}
WIDE = {**OWN, "evaluation.repeats": 1, "training.precision": "float64", "evaluation.monte_carlo": 2}
every_engine = pytest.mark.parametrize("name", EVERY_ENGINE)


@pytest.fixture(scope="module")
def prices(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    random = np.random.default_rng(7)
    rooms, city = random.normal(size=90), random.integers(0, 3, 90)
    price = 3000 + 500 * rooms + 300 * (city == 1) + random.normal(size=90) * 50
    rows = [f"{a:.3f},{('Bern', 'Basel', 'Chur')[b]},{c:.2f}" for a, b, c in zip(rooms, city, price, strict=True)]
    file = tmp_path_factory.mktemp("own") / "my.csv"
    file.write_text("\n".join(["rooms,city,price", *rows]))
    return load_dataset(CSV(csv=str(file), target="price"), Path())


@every_engine
def test_a_trials_row_holds_the_errors_of_its_predictions_in_the_targets_unit(name: str, prices: Dataset) -> None:
    for outcome in train(name, trials(WIDE, [0, 0.4]), prices):
        cells = trial_columns(outcome.trial.experiment)
        row = dict(zip(cells, trial_row(outcome, tuple(cells)), strict=True))
        true, said = prices.values[outcome.test_rows], outcome.test_probabilities[:, 0]  # type: ignore[index]
        assert {"loss", "accuracy", "ece"}.isdisjoint(row)
        assert row["mse"] == pytest.approx(mean_squared_error(true, said))
        assert row["mae"] == pytest.approx(mean_absolute_error(true, said))
        assert row["r2"] == pytest.approx(r2_score(true, said))
        assert 1000 < said.mean() < 5000
        *_, last = history_rows(outcome, tuple(history_columns(outcome.trial.experiment)))
        assert float(last[-2]) == pytest.approx(row["mse"], rel=1e-6)  # type: ignore[arg-type]
        assert float(last[-1]) == pytest.approx(row["r2"], rel=1e-5)  # type: ignore[arg-type]
        assert (row["mc_mse"] == pytest.approx(row["mse"])) == (outcome.trial.experiment.dropout.rate == 0)


def test_both_engines_predict_the_same_numbers(prices: Dataset) -> None:
    some = trials(WIDE, [0, 0.4])
    for one, other in zip(train("keras", some, prices), train("stacked", some, prices), strict=True):
        np.testing.assert_allclose(one.test_probabilities, other.test_probabilities, rtol=1e-7)
        np.testing.assert_allclose(one.history.train_loss, other.history.train_loss, rtol=1e-6)
        np.testing.assert_allclose(one.history.accuracy, other.history.accuracy, rtol=1e-6)


@every_engine
def test_what_held_out_targets_are_changes_no_training(name: str, prices: Dataset) -> None:
    some = trials({**OWN, "evaluation.repeats": 1})[:1]
    (before,) = train(name, some, prices)
    values = np.array(prices.values)
    values[before.test_rows] *= 100
    (after,) = train(name, some, replace(prices, values=values))
    assert before.train_probabilities.tobytes() == after.train_probabilities.tobytes()
    assert before.test_probabilities.tobytes() == after.test_probabilities.tobytes()
    assert before.history.train_loss.tobytes() == after.history.train_loss.tobytes()


def test_the_unit_of_the_target_does_not_matter_to_what_is_explained(prices: Dataset) -> None:
    some = trials(WIDE)[:2]
    other = replace(prices, values=np.asarray(prices.values) * 1e6 - 5e8)
    for one, two in zip(train("stacked", some, prices), train("stacked", some, other), strict=True):
        np.testing.assert_allclose(one.history.accuracy, two.history.accuracy, rtol=1e-6)
        np.testing.assert_allclose(one.history.loss * 1e12, two.history.loss, rtol=1e-6)


def test_a_trial_has_the_same_bits_alone_and_in_any_stack(prices: Dataset) -> None:
    some = trials({**OWN, "evaluation.repeats": 1}, [0, 0.3])
    together = [bits(each) for each in train("stacked", some, prices)]
    assert [bits(train("stacked", [trial], prices)[0]) for trial in some[2:4]] == together[2:4]


@every_engine
def test_training_that_may_end_early_is_judged_by_squared_errors_in_the_targets_unit(
    name: str, prices: Dataset
) -> None:
    early = {"training.epochs": 12, "training.early_stopping": {"patience": 2, "validation_share": 0.2}}
    for outcome in train(name, trials({**WIDE, **early}, [0.1]), prices):
        validation = outcome.history.validation_loss
        assert validation is not None
        assert outcome.best_epoch == 1 + int(np.argmin(validation))
        error = mean_squared_error(outcome.test_labels, outcome.test_probabilities[:, 0])
        assert error == pytest.approx(outcome.history.loss[outcome.best_epoch - 1], rel=1e-6)
        assert 50**2 / 4 < validation.min() < 4 * np.var(np.asarray(prices.values))


def test_an_improvement_that_counts_is_in_the_targets_unit_squared_in_both_engines(prices: Dataset) -> None:
    def ends(name: str, **early: object) -> list[tuple[int, int]]:
        settings = {"patience": 2, "validation_share": 0.2, **early}
        some = trials({**WIDE, "training.epochs": 12, "training.early_stopping": settings}, [0.1])
        outcomes = train(name, some, prices)
        for outcome in outcomes:
            losses, best = outcome.history.validation_loss, 0
            assert losses is not None
            for epoch, loss in enumerate(losses):
                best = epoch if loss + early.get("min_delta", 0) < losses[best] else best  # type: ignore[operator]
            assert outcome.best_epoch == best + 1
        return [(outcome.best_epoch or 0, len(outcome.history.loss)) for outcome in outcomes]

    assert ends("keras", min_delta=20_000.0) == ends("stacked", min_delta=20_000.0) != ends("stacked")


@pytest.mark.parametrize("monitor", ["mae", "r2"])
def test_other_metrics_of_regression_can_tell_when_to_stop(monitor: str, prices: Dataset) -> None:
    early = {"training.epochs": 12, "training.early_stopping": {"patience": 2, "monitor": monitor}}
    [outcome, *_] = train("keras", trials({**WIDE, **early}, [0.1])[:1], prices)
    seen, losses = outcome.history.monitored, outcome.history.validation_loss
    assert seen is not None
    assert losses is not None
    assert outcome.best_epoch == 1 + int(seen.argmin() if monitor == "mae" else seen.argmax())
    if monitor == "r2":
        assert np.corrcoef(seen, losses)[0, 1] == pytest.approx(-1)
    *_, last = history_rows(outcome, tuple(history_columns(outcome.trial.experiment)))
    assert float(str(last[-1])) == pytest.approx(seen[-1], rel=1e-6)


def test_a_validation_loss_that_is_never_finite_is_a_training_that_diverged_in_both_engines(prices: Dataset) -> None:
    wild = prices.features.copy()
    wild[0, 0] = 1e25  # squared, it is more than float32 holds
    early = {"training.epochs": 12, "training.early_stopping": {"patience": 2, "validation_share": 0.4}}
    some = trials({**OWN, "evaluation.repeats": 1, **early})
    data = replace(prices, features=wild)
    pairs = list(zip(train("keras", some, data), train("stacked", some, data), strict=True))
    for slow, fast in pairs:
        assert (slow.status, slow.best_epoch) == (fast.status, fast.best_epoch)
        assert len(slow.history.loss) == len(fast.history.loss)
        validation = fast.history.validation_loss
        assert validation is not None
        assert fast.status == "ok" or not np.isfinite([*validation, fast.history.loss[-1]]).all()
        assert fast.status == "diverged" or np.isfinite(validation).all()
    assert "diverged" in {fast.status for _, fast in pairs}
