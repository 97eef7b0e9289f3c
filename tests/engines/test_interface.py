"""What every engine must do."""

from __future__ import annotations

import math
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest
from training import EVERY_ENGINE, MEASURED, bits, train, train_alone, trials, trials_of

from dropout_lab import datasets, engines
from dropout_lab.datasets import Dataset
from dropout_lab.metrics.predictions import accuracy, log_loss

KINDS = ("dropout", "gaussian_dropout", "gaussian_noise", "alpha_dropout", "dropconnect")
every_kind = pytest.mark.parametrize("kind", KINDS)
FAST = {"training.epochs": 3, "evaluation.folds": 2, "evaluation.repeats": 1}
ONE_EPOCH = {"training.epochs": 1, "evaluation.repeats": 2}


@pytest.mark.parametrize("name", EVERY_ENGINE)
class TestEveryEngine:
    def test_every_row_is_held_out_exactly_once_per_repeat_and_never_trained_on(self, name: str, iris: Dataset) -> None:
        outcomes = train(name, trials(ONE_EPOCH), iris)
        for repeat in (0, 1):
            held_out = np.concatenate([each.test_rows for each in outcomes if each.trial.repeat == repeat])
            assert sorted(held_out) == list(range(150))
        for outcome in outcomes:
            assert not set(outcome.test_rows) & set(outcome.train_rows)
            assert (outcome.test_labels == iris.labels[outcome.test_rows]).all()

    def test_history_ends_with_what_the_predictions_say(self, name: str, iris: Dataset) -> None:
        for outcome in train(name, trials({**FAST, "training.precision": "float64"}, [0, 0.5]), iris):
            held_out = outcome.test_probabilities, outcome.test_labels
            assert outcome.history.loss[-1] == pytest.approx(log_loss(*held_out), rel=1e-6)
            assert outcome.history.accuracy[-1] == pytest.approx(accuracy(*held_out), rel=1e-6)
            assert outcome.test_probabilities.sum(axis=1) == pytest.approx(1)

    def test_the_same_trials_give_the_same_bits_whatever_ran_before_and_in_whatever_order(
        self, name: str, breast_cancer: Dataset
    ) -> None:
        some = trials({**FAST, "training.batch_size": 64, "regularization": {"max_norm": 3.0}}, [0, 0.3, 0.6])
        first = {each.trial.id: bits(each) for each in train(name, some, breast_cancer)}
        again = {each.trial.id: bits(each) for each in train(name, some[::-1], breast_cancer, anew=True)}
        alone = [bits(each) for each in train_alone(name, some[3:5], breast_cancer)]
        assert first == again
        assert alone == [first[trial.id] for trial in some[3:5]]

    def test_the_points_of_a_sweep_over_any_keys_train_as_each_does_alone(self, name: str, iris: Dataset) -> None:
        sweep = {"model.hidden": [[4], [5, 3]], "dropout.rate": [0.0, 0.4]}
        some = trials({**FAST, "sweep": sweep})
        together = [bits(each) for each in train(name, some, iris, anew=True)]
        assert together[::2] == [bits(each) for each in train_alone(name, some[::2], iris)]
        assert len(set(together)) == len(some)

    def test_rate_0_is_no_dropout_wherever_it_stands(self, name: str, iris: Dataset) -> None:
        digests = {
            where: [bits(each) for each in train(name, trials({**FAST, "dropout.where": where}), iris)]
            for where in ("visible", "hidden", "both", "none")
        }
        assert digests["visible"] == digests["hidden"] == digests["both"] == digests["none"]

    @every_kind
    def test_any_kind_of_dropout_without_strength_is_no_dropout(self, name: str, kind: str, iris: Dataset) -> None:
        without = train(name, trials({**FAST, "dropout": {"kind": "none"}}), iris)
        where = "hidden" if kind == "dropconnect" else "both"
        some = trials({**FAST, "dropout": {"kind": kind, "where": where}})
        assert [bits(each) for each in train(name, some, iris)] == [bits(each) for each in without]

    @every_kind
    @pytest.mark.slow
    def test_any_kind_of_dropout_gives_a_trial_the_same_bits_whatever_is_trained_with_it(
        self, name: str, kind: str, iris: Dataset
    ) -> None:
        some = trials_of(kind, {**FAST, **MEASURED, "model.hidden": [7]}, [0, 0.3, 0.6])
        together = {each.trial.id: bits(each) for each in train(name, some, iris)}
        again = {each.trial.id: bits(each) for each in train(name, some[::-2], iris)}
        assert len({*together.values()}) == len(some)
        assert again.items() <= together.items()
        assert bits(train(name, some[3:4], iris)[0]) == together[some[3].id]

    def test_a_schedule_is_dropout_in_some_epochs_and_a_factor_of_1_changes_nothing(
        self, name: str, iris: Dataset
    ) -> None:
        variants: dict[str, dict[str, object]] = {
            "none": {"rate": 0.0},
            "always": {},
            "ones": {"schedule": {"name": "linear", "start": 1}},
            "zeros": {"schedule": {"name": "linear", "end": 0}},
            **{each: {"schedule": {"name": each, "epochs": 2}} for each in ("early", "late")},
        }
        some = [trials({**FAST, "dropout": {"where": "both", "rate": 0.4, **each}})[0] for each in variants.values()]
        made = dict(zip(variants, train(name, some, iris), strict=True))
        assert bits(made["ones"]) == bits(made["always"])
        assert bits(made["zeros"]) == bits(made["none"])
        losses = {variant: made[variant].history.train_loss.tolist() for variant in variants}
        assert losses["early"][:2] == losses["always"][:2]
        assert losses["late"][:2] == losses["none"][:2]
        assert not {*losses["early"][2:], *losses["late"][2:]} & {*losses["always"], *losses["none"]}

    def test_a_rate_for_each_layer_is_one_rate_where_they_are_equal(self, name: str, iris: Dataset) -> None:
        rates = {"visible": 0.3, "hidden": [0.3, 0.3]}, {"visible": 0.3, "hidden": [0.3, 0.2]}
        variants = [{"where": "both", "rate": 0.3}, *({"rate": each} for each in rates)]
        some = [trials({**FAST, "model.hidden": [6, 5], "dropout": each})[0] for each in variants]
        one, equal, other = map(bits, train(name, some, iris))
        assert one == equal != other

    @pytest.mark.slow
    def test_a_net_that_is_widened_is_the_net_with_so_many_units(self, name: str, iris: Dataset) -> None:
        half, rule = {"dropout.rate": 0.5}, {"hidden": [4, 3], "width": "n/(1-rate)"}
        variants: list[dict[str, object]] = [
            *({**half, "model": model} for model in ({"hidden": [8, 6]}, {**rule, "width": 2}, rule)),
            *({"model": model} for model in ({"hidden": [4, 3]}, rule)),
        ]
        some = [trials({**FAST, **changes})[0] for changes in variants]
        wide, twice, by_rate, narrow, at_0 = map(bits, train(name, some, iris))
        assert wide == twice == by_rate
        assert narrow == at_0

    def test_measuring_more_changes_no_other_number(self, name: str, iris: Dataset) -> None:
        changes = {**FAST, "dropout.where": "both"}
        without = train(name, trials(changes, [0, 0.5]), iris)
        outcomes = train(name, trials({**changes, **MEASURED}, [0, 0.5]), iris)
        bare = [replace(each, monte_carlo=None, activations=None) for each in outcomes]
        assert [bits(each) for each in bare] == [bits(each) for each in without]
        assert {each.activations for each in without} == {None}
        assert all(each.monte_carlo is None for each in without)

    @every_kind
    @pytest.mark.slow
    def test_many_passes_with_dropout_on_say_what_one_does_with_it_off_where_nothing_is_dropped(
        self, name: str, kind: str, iris: Dataset
    ) -> None:
        for outcome in train(name, trials_of(kind, {**FAST, **MEASURED}, [0, 0.5])[::2], iris):
            assert outcome.monte_carlo is not None
            assert outcome.monte_carlo.sum(axis=1) == pytest.approx(1)
            if outcome.trial.experiment.dropout.strength == 0:
                usual, sampled = outcome.test_probabilities, outcome.monte_carlo
                assert sampled == pytest.approx(usual, abs=1e-6)
                assert (sampled.argmax(axis=1) == usual.argmax(axis=1)).all()
            else:
                assert np.abs(outcome.monte_carlo - outcome.test_probabilities).max() > 1e-3

    def test_an_epochs_time_needs_a_second_epoch(self, name: str, iris: Dataset) -> None:
        (one,) = train(name, trials(ONE_EPOCH)[:1], iris)
        (more,) = train(name, trials(FAST)[:1], iris)
        assert math.isnan(one.epoch_seconds)
        assert 0 < more.epoch_seconds < more.seconds

    def test_all_rates_of_a_fold_start_alike_and_then_differ(self, name: str, iris: Dataset) -> None:
        low, high = train(name, [t for t in trials(FAST, [0, 0.5]) if t.fold == 0], iris)
        assert (low.test_rows == high.test_rows).all()
        assert low.history.train_loss[0] != high.history.train_loss[0]

    @pytest.mark.slow
    def test_more_dropout_fits_the_training_rows_less(self, name: str, iris: Dataset) -> None:
        some = trials({"training.epochs": 30, "model.hidden": [16], "evaluation.repeats": 1}, [0, 0.9])
        outcomes = train(name, some, iris)
        loss = {
            rate: np.mean(
                [
                    log_loss(each.train_probabilities, each.train_labels)
                    for each in outcomes
                    if each.trial.experiment.dropout.rate == rate
                ]
            )
            for rate in (0, 0.9)
        }
        assert loss[0.9] > loss[0] + 0.05

    @pytest.mark.slow
    def test_shuffled_labels_cannot_be_predicted(self, name: str, breast_cancer: Dataset) -> None:
        labels = np.random.default_rng(1).permutation(np.arange(len(breast_cancer.labels)) % 2)
        shuffled = Dataset("shuffled", breast_cancer.features, labels, ("a", "b"), "")
        outcomes = train(
            name, trials({"training.epochs": 20, "evaluation.folds": 5, "evaluation.repeats": 1}), shuffled
        )
        assert np.mean([accuracy(each.test_probabilities, each.test_labels) for each in outcomes]) == pytest.approx(
            0.5, abs=0.07
        )

    def test_a_training_that_leaves_the_numbers_is_diverged_and_says_when(self, name: str, iris: Dataset) -> None:
        wild = {**FAST, "training.optimizer.learning_rate": 1e6, "preprocessing": {"scale": "none"}}
        activation = {"model.activation": "linear", "model.hidden": [4, 4, 4]}
        outcomes = train(name, trials({**wild, **activation}), iris)
        assert {each.status for each in outcomes} == {"diverged"}
        assert all("epoch" in each.reason or "finite" in each.reason for each in outcomes)

    def test_progress_counts_every_epoch_of_every_trial(self, name: str, iris: Dataset) -> None:
        some = trials({**FAST}, [0, 0.5])
        counts: list[int] = []
        train(name, some, iris, jobs=2, on_epochs=counts.append)
        assert sum(counts) == len(some) * 3

    def test_blocks_hold_every_trial_once_for_any_number_of_jobs(self, name: str, iris: Dataset) -> None:
        some = trials({"evaluation.repeats": 5, "evaluation.folds": 7}, [0, 0.1, 0.2, 0.3, 0.4, 0.5])
        for jobs in (1, 2, 3, 8):
            blocks = engines.ENGINES[name].split(some, iris, jobs)
            assert sorted(trial.id for block in blocks for trial in block) == sorted(trial.id for trial in some)


@every_kind
@pytest.mark.slow
def test_both_engines_agree_on_any_kind_of_dropout(kind: str, iris: Dataset) -> None:
    exact = {**FAST, **MEASURED, "training.precision": "float64", "training.epochs": 10, "model.hidden": [7, 5]}
    some = trials_of(kind, exact, [0.2, 0.5])[::2]
    for slow, fast in zip(train("keras", some, iris), train("stacked", some, iris), strict=True):
        assert slow.history.train_loss == pytest.approx(fast.history.train_loss, abs=1e-9)
        assert slow.test_probabilities == pytest.approx(fast.test_probabilities, abs=1e-9)
        assert slow.monte_carlo == pytest.approx(fast.monte_carlo, abs=1e-9)
        assert astuple(slow.activations) == pytest.approx(astuple(fast.activations), abs=1e-9)


def test_both_engines_agree_on_sonar_to_rounding_while_chaos_has_not_set_in(sonar_folder: Path) -> None:
    data = datasets.load_builtin("sonar", sonar_folder)
    settings = {
        "model.hidden": [60, 30],
        "regularization": {"max_norm": 3.0},
        "training": {
            "optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9},
            "epochs": 8,
            "batch_size": 16,
            "precision": "float64",
        },
        "evaluation": {"folds": 10},
    }
    some = trials(settings, [0, 0.2, 0.4])[::10]
    for slow, fast in zip(train("keras", some, data), train("stacked", some, data), strict=True):
        assert slow.history.train_loss == pytest.approx(fast.history.train_loss, abs=1e-7)
        assert slow.test_probabilities == pytest.approx(fast.test_probabilities, abs=1e-6)
