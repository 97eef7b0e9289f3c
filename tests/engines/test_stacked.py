"""Trials in a stack do not know of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from training import MEASURED, bits, train, train_alone, trials, trials_of

from dropout_lab import engines
from dropout_lab.datasets import Dataset
from dropout_lab.engines.blocks import padding_multiple
from dropout_lab.engines.fold_data import fold_data_of
from dropout_lab.engines.stacked.block import assemble
from dropout_lab.engines.stacked.program import Program
from dropout_lab.plan import Trial

SHAPE = {"training.epochs": 3, "model.hidden": [7, 5], "regularization": {"max_norm": 1.0}, "evaluation.repeats": 1}
RATES = [0, 0.1, 0.25, 0.5, 0.75, 0.9]
VARIANTS = {
    "sgd": {"training.optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}},
    "nadam": {"training.optimizer": {"name": "nadam", "clipnorm": 0.1}, "model.activation": "selu"},
    "rmsprop": {"training.optimizer": {"name": "rmsprop"}, "model.activation": "gelu"},
    "clipped": {
        "training.optimizer": {"name": "sgd", "clipnorm": 0.1, "weight_decay": 0.01},
        "regularization": {},
        "model.activation": "leaky_relu",
    },
    "no padding": {"regularization": {}, "model.activation": "tanh"},
    "pairs": {"model.hidden": [24, 8], "model.activation": "sigmoid", "regularization": {"unit_norm": True}},
    "odd batches": {"regularization": {}, "training.batch_size": 20, "model.activation": "silu"},
}


KINDS = ("gaussian_dropout", "gaussian_noise", "alpha_dropout", "dropconnect")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("classes", [pytest.param(2, marks=pytest.mark.slow), 3])
def test_a_trial_has_the_same_bits_alone_and_in_any_block(
    variant: str, classes: int, iris: Dataset, breast_cancer: Dataset
) -> None:
    _check_bits(trials({**SHAPE, **VARIANTS[variant]}, RATES), {2: breast_cancer, 3: iris}[classes])


@pytest.mark.parametrize("variant", ["no padding", pytest.param("nadam", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_with_any_kind_of_dropout_has_the_same_bits_alone_and_in_any_block(
    kind: str, variant: str, iris: Dataset
) -> None:
    where = "hidden" if kind == "dropconnect" else "both"
    changes = {**SHAPE, **VARIANTS[variant], **MEASURED, "dropout.where": where}
    _check_bits(trials_of(kind, changes, RATES), iris)


def test_a_trial_with_a_schedule_has_the_same_bits_alone_and_in_any_block(iris: Dataset) -> None:
    changes = {"regularization": {"unit_norm": True}, "dropout.schedule": {"name": "linear", "start": 0.2}}
    _check_bits(trials({**SHAPE, **changes}, RATES), iris)


def test_a_trial_whose_rows_are_dropped_whole_has_the_same_bits_alone_and_in_any_block(iris: Dataset) -> None:
    _check_bits(trials({**SHAPE, **VARIANTS["odd batches"], "dropout.noise_shape": [None, 1]}, RATES), iris)


def test_a_trial_with_large_batches_has_the_same_bits_alone_and_in_any_block(iris: Dataset) -> None:
    """TensorFlow splits sums of more than 8192 numbers at aligned addresses, which depend on the trials before."""
    rows = np.arange(11100) % len(iris.labels)
    large = replace(iris, features=iris.features[rows], labels=iris.labels[rows])
    holdout = {"evaluation": {"split": "holdout", "test_share": 0.1, "repeats": 2}}
    changes = {**holdout, "training.batch_size": 9001, "training.epochs": 2, "training.optimizer": {"name": "sgd"}}
    _check_bits(trials(changes, [0, 0.2, 0.4, 0.6, 0.8]), large)


def _check_bits(some: tuple[Trial, ...], data: Dataset) -> None:
    engines.start("stacked", some[0].experiment)
    halves = engines.ENGINES["stacked"].split(some, data, 2)
    odd = [some[5:6], some[4:15], (*some[::-2], *some[::4])]
    work = engines.load("stacked", [some, *halves, *odd], data)
    expected = {outcome.trial.id: bits(outcome) for part in work(some, lambda _: None) for outcome in part}
    for block in (*halves, *odd):
        for outcome in next(iter(work(block, lambda _: None))):
            assert bits(outcome) == expected[outcome.trial.id]


def test_folds_that_hold_out_a_row_more_or_less_do_not_change_a_trials_bits(iris: Dataset) -> None:
    some = trials(
        {**SHAPE, **MEASURED, "evaluation.folds": 9, "evaluation.repeats": 1}, [0, 0.5]
    )  # 16 or 17 rows held out
    together = [bits(each) for each in train("stacked", some, iris)]
    assert together == [bits(each) for each in train_alone("stacked", some, iris)]


def test_nets_of_different_widths_are_in_different_blocks_and_keep_their_bits(iris: Dataset) -> None:
    some = trials({**SHAPE, "model.width": "n/(1-rate)", "evaluation.repeats": 1}, [0, 0.5])
    blocks = engines.ENGINES["stacked"].split(some, iris, 1)
    assert [{trial.experiment.hidden for trial in block} for block in blocks] == [{(7, 5)}, {(14, 10)}]
    expected = {each.trial.id: bits(each) for each in train("stacked", some, iris)}
    assert [bits(each) for each in train_alone("stacked", some[2:4], iris)] == [expected[t.id] for t in some[2:4]]


def test_a_wide_net_is_cut_into_blocks_that_fit_the_memory(iris: Dataset) -> None:
    wide = trials({**SHAPE, "model.hidden": [20000, 20000, 20000]}, RATES)
    assert max(map(len, engines.ENGINES["stacked"].split(wide, iris, 2))) < 3


def _program(data: Dataset, some: tuple[Trial, ...]) -> Program:
    groups = len({(trial.repeat, trial.fold) for trial in some})
    return Program(some[0].experiment, data.features.shape[1], len(data.classes), groups)


def test_the_gradient_of_a_trials_loss_by_another_trials_weights_is_exactly_zero(iris: Dataset) -> None:
    some = trials(SHAPE, [0.2, 0.5])[:6]
    program = _program(iris, some)
    stack = assemble(some, fold_data_of(iris), program, 50)

    @tf.function
    def jacobian() -> list[tf.Tensor]:
        weights = stack.state[1 : 1 + len(program.weights)]
        with tf.GradientTape() as tape:
            tape.watch(weights)
            state = [stack.state[0], *weights, *stack.state[1 + len(weights) :]]
            loss, _ = program.evaluate(state, stack.inputs, stack.inputs.test, stack.inputs.test_counts)
            one = loss[3]
        return tape.gradient(one, weights)

    for gradient in jacobian():
        values = gradient.numpy()
        assert np.abs(values[3]).max() > 0
        assert not np.delete(values, 3, axis=0).any()


def test_a_trial_that_is_not_a_number_leaves_its_neighbours_bits_alone(iris: Dataset) -> None:
    some = trials(SHAPE, [0.2, 0.5])
    program = _program(iris, some)
    stack = assemble(some, fold_data_of(iris), program, 50)
    orders = stack.orders(3)
    clean, *_ = program.train(stack.state, stack.best, stack.inputs, orders)
    poisoned = [
        tf.tensor_scatter_nd_update(each, [[2]], each[2:3] * np.nan) if each.ndim else each for each in stack.state
    ]
    dirty, *_ = program.train(poisoned, stack.best, stack.inputs, orders)
    stacked = [(before, after) for before, after in zip(clean, dirty, strict=True) if before.ndim]
    for before, after in stacked:
        others = np.arange(len(some)) != 2
        assert (before.numpy()[: len(some)][others] == after.numpy()[: len(some)][others]).all()
    assert np.isnan(dirty[1].numpy()[2]).any()


def _draws(data: Dataset, some: tuple[Trial, ...], steps: int) -> Iterator[list[np.ndarray]]:
    program = _program(data, some)
    stack = assemble(some, fold_data_of(data), program, 50)
    for step in range(steps):
        draws = program.draws(tf.constant(step), stack.inputs, program.batch)
        yield [each.numpy()[: len(some)] for each in draws]


def test_trials_that_differ_in_their_rate_only_share_their_draws_and_nothing_else_shares_any(iris: Dataset) -> None:
    some = trials({**SHAPE, "model.hidden": [8, 8], "evaluation.repeats": 2}, [0.2, 0.5])
    streams = {}
    for step, layers in enumerate(_draws(iris, some, 2)):
        for layer, draws in enumerate(layers):
            for trial, draw in zip(some, draws, strict=True):
                streams.setdefault((trial.repeat, trial.fold, layer, step), []).append(draw.ravel())
    for low, high in streams.values():
        assert (low == high).all()
    for (one, _), (other, _) in combinations(streams.values(), 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.5
        assert not np.intersect1d(one, other).size > 1


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate=st.floats(0.05, 0.95))
def test_the_share_of_dropped_units_is_the_rate_and_masks_are_nested(iris: Dataset, rate: float) -> None:
    some = trials({**SHAPE, "model.hidden": [64], "evaluation.repeats": 1}, [rate / 2, rate])
    dropped = {rate / 2: [], rate: []}
    for (draws,) in _draws(iris, some, 8):
        for trial, draw in zip(some, draws, strict=True):
            each = trial.experiment.dropout.rate
            dropped[each].append(draw < np.float32(each))
    low, high = np.array(dropped[rate / 2]), np.array(dropped[rate])
    assert not (low & ~high).any()
    assert high.mean() == pytest.approx(rate, abs=5 * np.sqrt(rate * (1 - rate) / high.size))


def test_each_layer_has_its_rate_times_the_factor_of_the_epoch(iris: Dataset) -> None:
    dropout = {"rate": {"visible": 0.1, "hidden": [0.4, 0.2]}, "schedule": {"name": "linear", "start": 2, "end": 1}}
    some = trials({**SHAPE, "dropout": dropout})[:5]
    strength = assemble(some, fold_data_of(iris), _program(iris, some), 50).inputs.strength.numpy()
    expected = np.float32([[0.1 * factor, 0.4 * factor, 0.2 * factor] for factor in (2, 1.5, 1)])
    assert (strength[:, :, :, 0] == expected[:, None]).all()


def test_one_trace_serves_all_rates_and_schedules(iris: Dataset) -> None:
    program = _program(iris, trials(SHAPE)[:1])
    for dropout in ({"rate": 0.2}, {"rate": 0.5, "schedule": {"name": "early", "epochs": 2}}):
        stack = assemble(trials({**SHAPE, "dropout": dropout})[:1], fold_data_of(iris), program, 50)
        program.train(stack.state, stack.best, stack.inputs, stack.orders(3))
    assert program.train.experimental_get_tracing_count() == 1


def test_a_stack_is_padded_so_that_no_array_has_a_tail_and_not_for_norms_which_have_none(iris: Dataset) -> None:
    for optimizer, multiple, length in (("adam", 16, 16), ("sgd", 1, 5)):
        some = trials({**SHAPE, "training.optimizer": {"name": optimizer}}, RATES)[:5]
        stack = assemble(some, fold_data_of(iris), _program(iris, some), 50)
        assert padding_multiple(some[0].experiment, 3) == multiple
        assert {each.shape[0] for each in stack.state if each.ndim} == {length}
        assert len(stack.trials) == 5
