"""What is said of a sweep, against golden text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stats.sweeps import arranged, arranged_by_row, design, sweep

from dropout_lab.metrics.registry import METRICS
from dropout_lab.stats import Design, Forecast, Verdict, decide, summarize, verdict

GOLDEN = Path(__file__).parent / "golden"
NAN = np.nan
TEN = tuple(round(0.1 * step, 1) for step in range(10))

Values = Mapping[float, Any]


def values(
    effects: Mapping[float, float],
    *,
    spread: float = 0.03,
    level: float = 0.85,
    shape: tuple[int, int] = (10, 10),
    lost: Mapping[float, int] | None = None,
) -> Values:
    """Return a result by repeat and fold for each rate.

    All rates share the luck of the fold. `effects` are the mean differences from `level`, exactly, `spread` the sd of
    each rate's own luck, and `lost` how many of a rate's first trials have no result.
    """
    rng = np.random.default_rng(11)
    luck = rng.normal(level, 0.05, shape)
    luck += level - luck.mean()
    table = {}
    for rate, effect in effects.items():
        own = rng.normal(0, spread, shape)
        own = own - own.mean() if own.size > 1 else own * 0
        table[rate] = luck + effect + own * (rate > 0)
        table[rate].ravel()[: (lost or {}).get(rate, 0)] = NAN
    return table


def say(table: Values, *, trials: pd.DataFrame | None = None, metric: str = "accuracy", **options: Any) -> Verdict:
    """Return the verdict on these values."""
    trials = sweep(table, metric=metric) if trials is None else trials
    compared = {name: options.pop(name) for name in ("columns", "baseline", "margin") if name in options}
    matrix = arranged(trials, design(table), metric=metric, **compared)
    return verdict(decide(matrix, summarize(matrix)), **options)


def _forecast(estimate: float, points: int = 10) -> Forecast:
    return Forecast(estimate, estimate - 0.03, estimate + 0.03, estimate + 0.02, points, 200)


def _curve(best: float, height: float) -> dict[float, float]:
    """Return effects of ten rates: `height` at `best`, falling steeply from 0.5 on."""
    return {rate: height - 0.3 * abs(rate - best) * (rate > 0) - 0.2 * (rate >= 0.5) for rate in TEN} | {0.0: 0.0}


def _with_fates() -> Verdict:
    table = values({0.0: 0, 0.2: 0.02, 0.8: 0.01, 0.9: 0.05}, lost={0.8: 1, 0.9: 4})
    trials = sweep(table)
    lost = trials.index[trials["accuracy"].isna()]
    trials.loc[lost[:3], "status"] = "failed", "killed", "killed"
    trials.loc[lost[:3], ["train_rows", "test_rows"]] = NAN
    return say(table, trials=trials)


def _unfinished() -> Verdict:
    table = values({0.0: 0, 0.2: 0.02, 0.5: -0.02})
    return say(table, trials=sweep(table).iloc[:-7])


def _part(keep: str, effects: Mapping[float, float], **options: Any) -> Verdict:
    """Return the verdict on the trials that a condition on their columns keeps, of a sweep of these rates."""
    table = values(effects, **options)
    trials = sweep(table)
    return say(
        table, trials=_without(trials, trials.index.difference(trials.query(keep).index)), forecast=_forecast(0.8)
    )


def _without(trials: pd.DataFrame, absent: Iterable[int]) -> pd.DataFrame:
    """Return trials of which some are missing."""
    found = trials.astype({"train_rows": float, "test_rows": float})
    found.loc[list(absent), ["status", "accuracy", "loss", "train_rows", "test_rows"]] = "missing", NAN, NAN, NAN, NAN
    return found[trials.columns]


def _two_axes(**options: Any) -> Verdict:
    slow, fast = values({0.0: 0, 0.5: 0.03}), values({0.0: -0.05, 0.5: 0.05})
    frames = (sweep(slow, axis={"training.epochs": 10}), sweep(fast, axis={"training.epochs": 50}))
    return say(slow, trials=pd.concat(frames), columns=("rate", "training.epochs"), **options)


def _another_axis() -> Verdict:
    trials = sweep(values({0.0: 0, 0.5: 0.03, 0.6: -0.1, 0.7: -0.1})).rename(columns={"rate": "training.l2"})
    return say(values({0.0: 0}), trials=trials, columns=("training.l2",), baseline=(0.0,))


def _partly(metric: str, which: str, instead: str, status: str = "ok") -> Verdict:
    """Return the verdict by a metric that trials lack though nothing went wrong, but for the first of them."""
    table = values({0.0: 0, 0.2: 0.02}, shape=(1, 10))
    trials = sweep(table, metric=metric).assign(**{instead: 0.5})
    trials.loc[trials.query(which).index, metric] = NAN
    trials.loc[0, ["status", metric, instead]] = status, *([NAN, NAN] if status != "ok" else [trials[metric][0], 0.5])
    return say(table, trials=trials, metric=metric)


def rows_say(
    effects: Mapping[float, float], *, repeats: int = 1, rows: int = 500, folds: int = 10, **options: Any
) -> Verdict:
    """Return the verdict on answers of which so many more are right at each rate, of rows that differ in difficulty.

    All rates find the same rows easy; the luck of the training is each network's own. `options` as of
    `arranged_by_row`.
    """
    rng = np.random.default_rng(12)
    ease = rng.permutation(np.linspace(-1, 2.5, rows))
    values = {
        rate: (ease + 5 * effect + rng.normal(0, 0.5, (repeats, rows)) > 0).astype(float)
        for rate, effect in effects.items()
    }
    return _verdict_of(values, folds, **options)


def _verdict_of(values: Mapping[float, Any], folds: int, **options: Any) -> Verdict:
    matrix = arranged_by_row(values, folds=folds, **options)
    return verdict(decide(matrix, summarize(matrix)))


def _seeds(effect: float, *, repeats: int = 5, rows: int = 2000) -> Verdict:
    return rows_say({0.0: 0, 0.2: effect}, repeats=repeats, rows=rows, folds=1)


def _by_another_metric(loss: float, accuracy: float = 0.0) -> Verdict:
    """Return the verdict where the accuracy differs by so much, and the loss by so much."""
    table = values({0.0: 0, 0.2: accuracy, 0.5: accuracy - 0.001}, spread=0.002)
    losses = values({0.0: 0, 0.2: loss, 0.5: 2 * loss}, level=0.6, spread=0.02)
    trials = sweep(table).assign(loss=sweep(losses, metric="loss")["loss"])
    by_loss = arranged(trials, design(table), metric="loss")
    matrix = arranged(trials, design(table))
    return verdict(decide(matrix, summarize(matrix)), other=decide(by_loss, summarize(by_loss)))


def _rare(
    found: Mapping[float, int],
    *,
    alarms: int = 0,
    collapsed: Mapping[float, int] | None = None,
    repeats: int = 1,
    metric: str = "accuracy",
    last: int = 0,
) -> Verdict:
    """Return the verdict on 500 rows, of which 25 are of the second class and the rest of the first.

    Parameters
    ----------
    found : mapping
        For each rate how many rows of the second class are predicted right.
    alarms : int
        How many rows of the first class are not.
    collapsed : mapping, optional
        For each rate how many networks predict the first class only.
    last : int
        How many trials are missing.
    """
    row = np.arange(500)
    label, fold = (row % 20 == 0).astype(int), row // 50
    trials, answers = [], []
    for rate, right in found.items():
        for repeat in range(repeats):
            said = np.where(label, np.cumsum(label) <= right, np.cumsum(1 - label) * 97 % 475 < alarms).astype(int)
            said[fold < (collapsed or {}).get(rate, 0)] = 0
            for each in range(10):
                rows = row[fold == each]
                trial = {"trial": f"{rate}/{repeat}/{each}", "rate": rate, "repeat": repeat, "fold": each}
                p1 = 0.1 + 0.8 * said[rows]
                shares = np.column_stack([1 - p1, p1])
                value = METRICS[metric].compute(shares, label[rows])
                trials.append(trial | {"train_rows": 450, "test_rows": 50, "status": "ok", metric: value})
                frame = pd.DataFrame({"p0": 1 - p1, "p1": p1, "row": rows, "label": label[rows]})
                answers.append(frame.assign(**trial))
    table = pd.DataFrame(trials)
    lost = table["trial"][len(table) - last :]
    table = _without(table.assign(loss=0.0), table.index[len(table) - last :]) if last else table
    kept = [each for each in answers if each["trial"][0] not in set(lost)]
    matrix = arranged(table, Design(10, repeats), metric=metric, predictions=pd.concat(kept))
    return verdict(decide(matrix, summarize(matrix)))


CASES: dict[str, Callable[[], Verdict]] = {
    "winner": lambda: say(values(_curve(0.2, 0.06)), forecast=_forecast(0.9)),
    "winner, others too": lambda: say(values({0.0: 0, 0.1: 0.05, 0.2: 0.08, 0.3: 0.07, 0.4: 0})),
    "winner by next to nothing": lambda: say(values({0.0: 0, 0.2: 0.004}, spread=0.003)),
    "winner by exactly the same in each fold": lambda: say(values({0.0: 0, 0.2: 0.03}, spread=0)),
    "same": lambda: say(values({0.0: 0, 0.2: 0.002}, spread=0.01)),
    "equal in each fold": lambda: say(values({0.0: 0, 0.2: 0}, spread=0)),
    "unclear, below the floor": lambda: say(values(_curve(0.2, 0.006)), forecast=_forecast(0.849)),
    "unclear, more repeats settle it": lambda: say(values({0.0: 0, 0.2: 0.03}, shape=(1, 10), spread=0.05)),
    "unclear, very many repeats": lambda: say(values({0.0: 0, 0.2: 0.01407}, spread=0.03, shape=(1, 10))),
    "unclear, more repeats show it to be the same": lambda: say(
        values({0.0: 0, 0.2: 0.001}, shape=(1, 10), spread=0.018)
    ),
    "unclear among many": lambda: say(values(dict.fromkeys(TEN, 0.019) | {0.0: 0, 0.3: 0.021}, spread=0.027)),
    "unclear, another rate is better": lambda: say(
        {
            0.0: values({0.0: 0})[0.0],
            0.1: values({0.0: 0.03})[0.0],
            0.2: values({0.0: 0, 0.2: 0.04}, spread=0.1)[0.2],
        }
    ),
    "no dropout is best": lambda: say(values(_curve(0.1, -0.01)), forecast=_forecast(0.8499)),
    "no dropout beats one": lambda: say(values({0.0: 0, 0.5: -0.1})),
    "no dropout beats all": lambda: say(values({0.0: 0, 0.5: -0.1, 0.6: -0.1})),
    "no dropout, one is like it": lambda: say(values({0.0: 0, 0.5: -0.005})),
    "no dropout, all are like it": lambda: say(values({0.0: 0, 0.2: -0.004, 0.5: -0.005})),
    "no dropout, all the same": lambda: say(values({0.0: 0, 0.2: -0.001, 0.5: -0.002}, spread=0.003)),
    "no dropout, one the same, one worse": lambda: say(values({0.0: 0, 0.2: -0.001, 0.5: -0.1}, spread=0.003)),
    "no dropout is best, repeats would tell": lambda: say(values({0.0: 0, 0.2: -0.03}, shape=(1, 10), spread=0.05)),
    "no dropout is best, repeats would show it to be the same": lambda: say(
        values({0.0: 0, 0.2: -0.001, 0.3: -0.1}, shape=(1, 10), spread=0.018)
    ),
    "no dropout is best of the whole ones": lambda: say(values({0.0: 0, 0.2: 0.1}, lost={0.2: 2})),
    "scattered rates are worse": lambda: say(
        values(dict.fromkeys(TEN, -0.2) | {0.0: 0, 0.2: -0.001, 0.4: -0.001, 0.8: -0.001})
    ),
    "many scattered rates are worse": lambda: say(
        values({round(0.05 * step, 2): -0.2 * (step % 2) for step in range(19)}, spread=0.01)
    ),
    "behind": lambda: say(
        {0.0: values({0.0: 0}, lost={0.0: 50})[0.0], 0.2: np.where(np.arange(100) < 50, 0.99, 0.7).reshape(10, 10)}
    ),
    "another baseline": lambda: say(values({0.0: 0, 0.2: 0.01, 0.5: -0.2}), baseline=(0.5,)),
    "another baseline is best": lambda: say(values({0.0: -0.2, 0.1: -0.2, 0.2: 0}, spread=0.01), baseline=(0.2,)),
    "two axes": lambda: _two_axes(baseline=(0.0, 10)),
    "two axes, no baseline": _two_axes,
    "another axis": _another_axis,
    "no baseline": lambda: say(values({0.2: 0.01, 0.5: 0.0}), forecast=_forecast(0.855, 2)),
    "no result without dropout": lambda: say(values({0.0: 0, 0.2: 0.01, 0.5: 0.0}, lost={0.0: 100})),
    "no result at the baseline": lambda: say(values({0.2: 0.01, 0.5: 0.0}, lost={0.5: 100}), baseline=(0.5,)),
    "too few pairs": lambda: say(values({0.0: 0, 0.2: 0.01}, lost={0.0: 99})),
    "too few results of the others": lambda: say(values({0.0: 0, 0.2: 0.01}, lost={0.2: 99})),
    "one training": lambda: say(values({0.0: 0, 0.2: 0.01}, shape=(1, 1))),
    "one rate": lambda: say(values({0.2: 0}), forecast=_forecast(0.84, 1)),
    "one rate, near the top": lambda: say(values({0.0: 0}, level=0.99, shape=(1, 10))),
    "one rate, one training": lambda: say(values({0.2: 0}, shape=(1, 1))),
    "one rate, one failure": lambda: say(values({0.2: 0}, shape=(1, 10), lost={0.2: 1})),
    "all failed": lambda: say(values({0.0: 0, 0.2: 0}, shape=(1, 10), lost={0.0: 10, 0.2: 10})),
    "one rate, all failed": lambda: say(values({0.0: 0}, shape=(1, 1), lost={0.0: 1})),
    "each rate has failures": lambda: say(values({0.0: 0, 0.2: 0, 0.5: 0}, lost={0.0: 1, 0.2: 2, 0.5: 3})),
    "other fates": _with_fates,
    "unfinished": _unfinished,
    "unfinished, a fold is missing at every rate": lambda: _part("fold != 3", {0.0: 0, 0.2: 0.02, 0.5: -0.2}),
    "unfinished, a repeat is missing at every rate": lambda: _part("repeat < 9", {0.0: 0, 0.2: 0.02}),
    "unfinished, some rates are": lambda: _part("rate < 0.3", _curve(0.2, 0.06)),
    "unfinished, no dropout is best so far": lambda: _part(
        "rate < 0.3 or rate == 0.9 and repeat < 3", dict.fromkeys(TEN, -0.1) | {0.0: 0}
    ),
    "unfinished, behind": lambda: _part("rate > 0 or repeat < 5", {0.0: 0, 0.2: -0.1, 0.5: -0.1}),
    "unfinished, all but one in part": lambda: _part(
        "rate == 0 or repeat < 5", {0.0: 0, 0.2: 0.002, 0.5: -0.2, 0.6: -0.2}
    ),
    "unfinished, only no dropout": lambda: _part("rate == 0", {0.0: 0, 0.2: 0.02}, shape=(1, 10)),
    "unfinished, one fold of one rate": lambda: _part("rate == 0 and fold == 0", {0.0: 0, 0.2: 0.02}, shape=(1, 10)),
    "unfinished, one rate alone": lambda: _part("fold < 5", {0.2: 0}, shape=(1, 10)),
    "unfinished, nothing without dropout yet": lambda: _part("rate > 0", {0.0: 0, 0.1: 0, 0.2: 0.1}),
    "unfinished, one training": lambda: _part("rate < 0.3", {0.0: 0, 0.2: 0.1, 0.5: 0}, shape=(1, 1)),
    "unfinished, with failures": lambda: _part("rate < 0.3", {0.0: 0, 0.2: 0.1, 0.5: 0}, lost={0.0: 2, 0.2: 1}),
    "unfinished, all failed": lambda: _part("rate == 0", {0.0: 0, 0.2: 0}, shape=(1, 10), lost={0.0: 10}),
    "a few pairs that all differ by the same": lambda: say(values({0.0: 0, 0.2: 0.03}, spread=0, shape=(1, 3))),
    "a few pairs that do not differ": lambda: say(values({0.0: 0, 0.2: 0, 0.5: -0.2}, spread=0, shape=(1, 3))),
    "equal in each fold of few rows": lambda: say(
        values({0.0: 0, 0.2: 0}), trials=sweep(values({0.0: 0, 0.2: 0}, spread=0), rows=50)
    ),
    "one rate, always the same": lambda: say({0.0: np.ones((1, 10))}),
    "loss": lambda: say(values(_curve(0.2, 0.1), level=0.5), metric="loss"),
    "loss, winner": lambda: say(values({0.0: 0, 0.2: -0.1, 0.5: 0.2}, level=0.5), metric="loss"),
    "balanced accuracy": lambda: say(values({0.0: 0, 0.2: -0.1}), metric="balanced_accuracy"),
    "no trial has the metric": lambda: _partly("r2", "fold >= 0", "mse"),
    "each rate lacks the metric in a fold": lambda: _partly("auc", "fold == 1", "accuracy"),
    "each rate lacks the metric, and one has a failure": lambda: _partly("auc", "fold == 1", "accuracy", "failed"),
    "one rate lacks the metric in a fold": lambda: _partly("r2", "fold == 1 and rate == 0", "mse"),
    "seeds, nothing settles it": lambda: say(values({0.0: 0, 0.2: 0}, spread=0.05, shape=(5, 1)), margin=0),
    "rows, winner": lambda: rows_say({0.0: 0, 0.1: 0.08, 0.2: 0.1, 0.9: -0.2}, repeats=3),
    "rows, no dropout is best": lambda: rows_say({0.0: 0, 0.1: -0.005, 0.5: -0.2}, repeats=3),
    "rows, open": lambda: rows_say({rate: 0.01 - 0.2 * (rate > 0.4) for rate in TEN} | {0.0: 0.0}, repeats=3),
    "rows, open, one repeat": lambda: rows_say({0.0: 0, 0.2: 0.02}),
    "rows, more repeats settle it": lambda: rows_say({0.0: 0, 0.2: 0.004}, repeats=2, rows=2000),
    "rows, equal": lambda: _verdict_of({0.0: np.ones((2, 20)), 0.2: np.ones((2, 20))}, 2),
    "rows, equal, of many": lambda: _verdict_of({0.0: np.ones((2, 500)), 0.2: np.ones((2, 500))}, 10),
    "rows, few of each class": lambda: rows_say({0.0: 0, 0.2: 0.1}, rows=200, labels=np.arange(200) // 20),
    "groups, few of each class": lambda: rows_say(
        {0.0: 0, 0.2: 0.1}, groups=np.arange(500) // 5, labels=np.arange(500) // 50
    ),
    "groups": lambda: rows_say({0.0: 0, 0.2: 0.1}, repeats=2, groups=np.arange(500) // 5),
    "seeds, winner": lambda: _seeds(0.04),
    "seeds, unclear": lambda: _seeds(0.002),
    "seeds, one": lambda: _seeds(0.04, repeats=1),
    "by the loss": lambda: _by_another_metric(-0.1),
    "by the loss, worse": lambda: _by_another_metric(0.1, 0.05),
    "no rate is above the dummy": lambda: _rare({0.0: 5, 0.2: 8, 0.5: 2}, alarms=20),
    "no rate is significantly above the dummy": lambda: _rare({0.0: 12, 0.2: 12, 0.5: 10}, alarms=8),
    "no rate is above the dummy, by the loss": lambda: _rare({0.0: 0, 0.2: 1}, alarms=5, metric="loss"),
    "all networks have collapsed": lambda: _rare({0.0: 0, 0.2: 0}),
    "one rate, not above the dummy": lambda: _rare({0.2: 5}, alarms=20),
    "unfinished, none is above the dummy": lambda: _rare({0.0: 5, 0.2: 8}, alarms=20, last=3),
    "some rates are not above the dummy": lambda: _rare({0.0: 22, 0.2: 24, 0.5: 0, 0.6: 1}),
    "one network has collapsed": lambda: _rare({0.0: 24, 0.2: 25}, collapsed={0.2: 1}),
    "networks have collapsed": lambda: _rare({0.0: 24, 0.2: 24, 0.5: 24}, collapsed={0.0: 2, 0.2: 4, 0.5: 10}),
    "networks of many rates have collapsed": lambda: _rare(
        dict.fromkeys(TEN, 24), collapsed={rate: round(10 * rate) for rate in TEN}
    ),
    "by the loss, the same": lambda: _by_another_metric(-0.1, 0.05),
}


def _text(found: Verdict) -> str:
    lines = [f"[{found.outcome}] {found.sentence}", *(f"- {each}" for each in found.details)]
    return "\n".join([*lines, *(f"+ {each}" for each in found.notes)]) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_golden_one(case: str) -> None:
    sections = dict(re.findall(r"^# (.*)\n((?:.+\n)+)", (GOLDEN / "verdicts.txt").read_text(encoding="utf-8"), re.M))
    assert _text(CASES[case]()) == sections[case]


def test_every_golden_text_is_of_a_case() -> None:
    assert re.findall(r"^# (.*)$", (GOLDEN / "verdicts.txt").read_text(encoding="utf-8"), re.M) == list(CASES)


cells = st.one_of(st.just(NAN), st.floats(0, 1, width=16))


@given(
    st.sampled_from([(1, 1), (1, 3), (3, 1), (2, 2)]).flatmap(
        lambda shape: st.lists(
            st.lists(cells, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
                lambda each: np.reshape(each, shape)
            ),
            min_size=1,
            max_size=4,
        )
    ),
    st.sampled_from(["accuracy", "loss"]),
    st.booleans(),
    st.sets(st.integers(0, 15)),
)
def test_whatever_the_results_every_sentence_is_whole(
    tables: list[Any], metric: str, zero: bool, absent: set[int]
) -> None:
    table = dict(zip((0.0, 0.1, 0.5, 0.9) if zero else (0.2, 0.3, 0.5, 0.9), tables, strict=False))
    trials = sweep(table, metric=metric)
    missing = [each for each in absent if each < len(trials)]
    trials = _without(trials, missing)
    found = say(table, trials=trials, metric=metric, forecast=_forecast(0.5, len(table)))
    for text in (found.sentence, *found.details, *found.notes):
        assert re.match("[A-Z0-9]", text)
        assert text.endswith(".")
        assert not re.search(
            r"nan|inf|None|  |\b(1|one) (trials|pairs|seeds|results|rates)\b|[^.]\.\.|\d points? points", text
        ), text
    best, done = found.decision.best, len(trials) - len(missing)
    assert best is None or best.n == design(table).trials
    assert found.sentence.startswith(f"Unfinished ({done} of {len(trials)} trial") == bool(missing)
    assert (found.outcome == "unfinished") == bool(missing)


@given(st.sets(st.integers(0, 17)))
def test_whether_missing_trials_have_a_row_makes_no_difference(absent: set[int]) -> None:
    table = values({0.0: 0, 0.1: 0.01, 0.2: 0.02}, shape=(2, 3))
    trials = _without(sweep(table), absent)
    left = trials.drop(index=list(absent))
    if left["rate"].nunique() == 3:
        assert _text(say(table, trials=left)) == _text(say(table, trials=trials))


def test_the_verdict_does_not_depend_on_the_order_of_the_rows() -> None:
    table = values(_curve(0.2, 0.06), shape=(2, 10))
    trials = sweep(table)
    assert _text(say(table, trials=trials.sample(frac=1, random_state=2))) == _text(say(table, trials=trials))


def test_no_trials_are_no_result() -> None:
    trials = sweep({0.0: [[0.5, 0.5]]}).iloc[:0]
    matrix = arranged(trials, Design(2, 1))
    found = verdict(decide(matrix, summarize(matrix)))
    assert found.sentence == "No trial has a result, so there is nothing to compare."
