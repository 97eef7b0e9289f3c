"""The calibration study: its populations, designs, methods and figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, roc_auc_score

from benchmarks.calibration.cells import CELLS, DESIGNED, FURTHER, Cell
from benchmarks.calibration.designs import DESIGNS, train_design
from benchmarks.calibration.methods import METHODS, DataSet, answers
from benchmarks.calibration.plot import plot
from benchmarks.calibration.populations import POPULATIONS
from benchmarks.calibration.simulate import METRICS, Trainer, file_of, per_class, save, simulate, truth_of
from benchmarks.calibration.tables import design_rows, overview, rows_of

TINY = {
    "model": {"hidden": (4,)},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 10, "batch_size": 16},
}
CELL = Cell("linear", 60, 2, recipe=TINY, folds=5, rates=(0.0, 0.5))
SIMULATED = ("linear", "near_chance", "interaction", "unbalanced", "clusters", "noise", "digits", "digits_five")


@pytest.fixture(scope="module", autouse=True)
def few_fresh_rows() -> object:
    """Draw 300 fresh rows instead of 10,000."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("benchmarks.calibration.populations.FRESH_ROWS", 300)
        yield


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where two data sets of a tiny cell, and of each design, have been trained."""
    folder, trainer = tmp_path_factory.mktemp("work"), Trainer(CELL.experiment(0))
    for number in range(2):
        save(file_of(folder, CELL.name, number), simulate(trainer, CELL, number, folder))
        for name in DESIGNS:
            kept = train_design(trainer, CELL, name, number, folder)
            save(file_of(folder, f"{CELL.name}-{name}", number), kept)
    return folder


@pytest.mark.parametrize("name", SIMULATED)
def test_a_population_draws_the_same_rows_for_the_same_seed_and_each_class_often_enough(name: str) -> None:
    population = POPULATIONS[name]
    one, again = (population.sample(np.random.default_rng(3), 200, Path(), 10) for _ in range(2))
    np.testing.assert_array_equal(one.features, again.features)
    assert np.bincount(one.labels[:200], minlength=population.classes).min() >= 10
    assert len(one.labels) == len(one.features) > 200


def test_each_cell_has_a_name_of_its_own_and_a_valid_experiment() -> None:
    every = (*CELLS, *FURTHER)
    assert len({cell.name for cell in every}) == len(every)
    for cell in (*every, *DESIGNED):
        assert len(list(cell.experiment(1).points())) == len(cell.rates)


def test_what_is_kept_of_a_data_set_is_predicted_by_the_network_that_did_not_see_the_row(work: Path) -> None:
    found = np.load(file_of(work, CELL.name, 0))
    assert found["logits"].shape == (2, 2, 60, 1)
    assert [np.bincount(folds).tolist() for folds in found["folds"]] == [[12] * 5] * 2
    for metric in METRICS:
        assert found[metric].shape == (2, 2, 5)
    data = DataSet.of(dict(found))
    right = (data.probabilities.argmax(axis=-1) == data.labels).mean()
    assert right > 0.6


def test_a_data_set_is_the_same_whenever_it_is_trained(work: Path) -> None:
    again = simulate(Trainer(CELL.experiment(0)), CELL, 1, work)
    for name, array in np.load(file_of(work, CELL.name, 1)).items():
        np.testing.assert_array_equal(array, again[name])


def test_the_truth_is_what_scikit_learn_measures() -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(200, 1)).astype(np.float32), rng.integers(2, size=200)
    shares = 1 / (1 + np.exp(-logits[:, 0].astype(float)))
    found = truth_of(logits, labels)
    assert found["accuracy"] == pytest.approx(((logits[:, 0] > 0) == labels).mean())
    assert found["loss"] == pytest.approx(log_loss(labels, shares))
    assert found["brier"] == pytest.approx(brier_score_loss(labels, shares))
    assert found["auc"] == pytest.approx(roc_auc_score(labels, shares))
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(labels, logits[:, 0] > 0))
    assert per_class(logits).shape == (200, 2)


def test_nested_splits_leave_out_one_fold_or_two() -> None:
    labels = np.arange(100) % 2
    (usual, *_), design = DESIGNS["nested"].splits(labels, 0), DESIGNS["nested"]
    assert len(usual) == design.folds
    assert {len(split.test) for split in usual[:10]} == {10}
    assert {len(split.test) for split in usual[10:]} == {20}
    for split in usual:
        assert sorted([*split.train, *split.test]) == list(range(100))


def test_halves_of_the_conservative_z_share_no_row() -> None:
    parts = DESIGNS["conservative_z"].splits(np.arange(100) % 2, 0)
    halves = [set(split.train) | set(split.test) for split in (part[0] for part in parts)]
    for one, other in zip(halves[::2], halves[1::2], strict=True):
        assert not one & other
        assert len(one | other) == 100


def test_5x2cv_is_dietterichs() -> None:
    rng = np.random.default_rng(5)
    values = np.full((5, 2, 20), np.nan)
    for repeat in values:
        repeat[0, :10], repeat[1, 10:] = rng.normal(size=(2, 10))
    low, high = DESIGNS["5x2cv"].interval(values)
    means = np.nanmean(values, axis=2)
    variances = [(one - (one + other) / 2) ** 2 + (other - (one + other) / 2) ** 2 for one, other in means]
    assert (low + high) / 2 == pytest.approx(means[0, 0])
    assert (high - low) / 2 == pytest.approx(2.5706 * np.sqrt(np.mean(variances)), rel=1e-4)


def test_intervals_of_nested_cross_validation_are_between_the_plain_one_and_its_limit() -> None:
    rng = np.random.default_rng(6)
    design = DESIGNS["nested"]
    (parts,) = design.splits(np.arange(100) % 2, 0)[:1]
    values = np.full((1, design.folds, 100), np.nan)
    for place, split in enumerate(parts):
        values[0, place, split.test] = rng.normal(size=len(split.test))
    low, high = design.interval(values)
    usual = np.nanmean(values[:, :10], axis=(0, 1))
    plain = 1.96 * usual.std(ddof=1) / 10
    assert plain * 0.999 <= (high - low) / 2 <= plain * np.sqrt(10) * 1.001


def test_every_method_answers_and_the_default_is_the_programs(work: Path) -> None:
    data = DataSet.of(dict(np.load(file_of(work, CELL.name, 0))))
    found = answers(data, "accuracy")
    assert tuple(found) == METHODS
    for answer in found.values():
        assert answer.low[0] < answer.high[0]
    default, corrected = found["default"], found["corrected"]
    assert (default.low + default.high) / 2 == pytest.approx((corrected.low + corrected.high) / 2)
    assert default.joint_low == pytest.approx(default.low)  # a single comparison


def test_intervals_of_many_classes_of_few_rows_are_wider_as_in_the_program() -> None:
    rng = np.random.default_rng(2)
    folds = np.stack([rng.permutation(np.arange(100) % 5) for _ in range(2)])
    right, widths = rng.random((2, 1, 100)).repeat(2, axis=1) < 0.7, []  # in both repeats, at each of two rates
    for classes in (10, 5):
        labels = np.arange(100) % classes
        predicted = np.where(right, labels, (labels + 1) % classes)
        said = answers(DataSet(labels, folds, np.eye(classes)[predicted], {}), "accuracy")["default"]
        widths.append(said.high[0] - said.low[0])
    assert 1 < widths[0] / widths[1] < 1.4


def test_the_table_has_a_row_for_each_metric_method_and_number_of_repeats(work: Path, tmp_path: Path) -> None:
    rows = [*rows_of(CELL, work), *(row for name in DESIGNS for row in design_rows(CELL, name, work))]
    table = pd.DataFrame(rows)
    assert len(table) == len(METRICS) * len(METHODS) + 2 * len(DESIGNS)
    assert table["coverage"].between(0, 1).all()
    assert (table["data_sets"] == 2).all()
    assert (table["half_width"] > 0).all()
    assert len(overview(table).splitlines()) == 2 + len(METRICS)
    plot(table, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"coverage.png", "coverage.svg"}


def test_coverage_counts_the_intervals_that_hold_the_truth(work: Path) -> None:
    whole = pd.DataFrame(rows_of(CELL, work)).set_index(["metric", "method"])
    data_sets = [DataSet.of(dict(np.load(file_of(work, CELL.name, number)))) for number in range(2)]
    held = []
    for data in data_sets:
        said, means = answers(data.first(1), "accuracy")["default"], data.true_means("accuracy")
        held.append(said.low[0] <= means[1] - means[0] <= said.high[0])
    assert whole.loc[("accuracy", "default"), "coverage"] == pytest.approx(np.mean(held))


def test_a_cell_may_have_other_rates() -> None:
    assert [point.dropout.strength for point in replace(CELL, rates=(0.2,)).experiment(0).points()] == [0.2]
