"""The user's own table goes through both engines: encoded, grouped, of many classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training import EVERY_ENGINE, bits, train, trials

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.engines.blocks import stack
from dropout_lab.engines.fold_data import fold_data_of

OWN = {"dataset": {"csv": "my.csv", "target": "outcome"}, "training.epochs": 2, "evaluation.repeats": 2}
every_engine = pytest.mark.parametrize("name", EVERY_ENGINE)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    random = np.random.default_rng(7)
    rows = [
        f"{'' if row % 9 == 0 else round(random.normal(), 3)},{random.choice(['Bern', 'Basel', 'Chur', ''])},"
        f"p{row // 3},{('no', 'yes', 'maybe')[row % 3 if row % 7 else 0]}"
        for row in range(120)
    ]
    file = tmp_path_factory.mktemp("own") / "my.csv"
    file.write_text("\n".join(["age,city,who,outcome", *rows]))
    return load_dataset(CSV(csv=str(file), target="outcome", group="who"), Path())


@every_engine
def test_an_encoded_table_is_trained_with_dropout_on_its_inputs(name: str, people: Dataset) -> None:
    outcomes = train(name, trials({**OWN, "dropout.where": "visible"}, [0, 0.5]), people)
    assert all(each.status == "ok" for each in outcomes)
    for repeat in (0, 1):
        rows = [each.test_rows for each in outcomes if each.trial.repeat == repeat]
        assert sorted(np.concatenate(rows)) == sorted([*range(120)] * 2)
    losses = {(each.trial.experiment.dropout.rate, each.history.train_loss[-1]) for each in outcomes}
    assert len(losses) == len(outcomes)


def test_both_engines_train_the_same(people: Dataset) -> None:
    some = trials({**OWN, "training.precision": "float64", "dropout.where": "both"}, [0, 0.4])[::3]
    for one, other in zip(train("keras", some, people), train("stacked", some, people), strict=True):
        np.testing.assert_allclose(one.history.train_loss, other.history.train_loss, rtol=1e-7)
        np.testing.assert_allclose(one.test_probabilities, other.test_probabilities, rtol=1e-6)
        assert (one.test_rows == other.test_rows).all()


def test_grouped_folds_of_unequal_size_give_a_trial_the_same_bits_in_any_block(people: Dataset) -> None:
    some = trials(OWN, [0, 0.3])
    together = {each.trial.id: bits(each) for each in train("stacked", some, people)}
    assert [bits(train("stacked", [trial], people)[0]) for trial in some[:3]] == [
        together[each.id] for each in some[:3]
    ]
    more = trials({**OWN, "evaluation.repeats": 3}, [0, 0.3])
    assert together.items() <= {each.trial.id: bits(each) for each in train("stacked", more, people)}.items()


def test_large_data_are_cut_into_stacks_of_few_folds_and_give_the_same_bits(
    people: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = trials(OWN, [0, 0.3])
    before = [bits(each) for each in train("stacked", some, people)]
    monkeypatch.setattr("dropout_lab.engines.blocks._MOST_DATA", 4 * people.inputs * len(people.labels))
    blocks = stack(some, people, 1)
    assert {len({(trial.repeat, trial.fold) for trial in block}) for block in blocks} == {1}
    assert [bits(each) for each in train("stacked", some, people)] == before


def test_many_rows_are_evaluated_piece_by_piece(people: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    some = trials(OWN)[:2]
    whole = train("stacked", some, people, anew=True)
    monkeypatch.setattr("dropout_lab.engines.stacked.PIECE", 16)
    monkeypatch.setattr("dropout_lab.engines.stacked.program.PIECE", 16)
    for one, other in zip(whole, train("stacked", some, people, anew=True), strict=True):
        np.testing.assert_allclose(one.history.loss, other.history.loss, rtol=1e-6)
        np.testing.assert_allclose(one.test_probabilities, other.test_probabilities, rtol=1e-6)
        np.testing.assert_allclose(one.train_probabilities, other.train_probabilities, rtol=1e-6)


def test_all_folds_have_inputs_of_the_same_width(people: Dataset) -> None:
    fold_data = fold_data_of(people)
    shapes = {fold_data(trial).features.shape for trial in trials(OWN)}
    assert shapes == {(120, people.inputs)}
