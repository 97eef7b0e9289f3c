"""What is trained next: a race look by look, a budget, and what neither can do."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import writer
from builders import experiment

from dropout_lab import results
from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialOutcome, TrialResult
from dropout_lab.errors import ConfigError, ResultsError
from dropout_lab.plan import plan
from dropout_lab.results import finished_trials, read_trials, saved_run
from dropout_lab.runs.budget import Budget, parse_budget
from dropout_lab.runs.interface import ProgressListener
from dropout_lab.runs.interrupt import Stop
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunRequest, plan_run, prepare
from dropout_lab.runs.run import run
from dropout_lab.runs.shard import Shard
from dropout_lab.runs.stages import check_stages

RACE = writer.raced()


def answer(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
    for trial in block:
        yield [writer.raced_outcome(trial)]


class Listening(ProgressListener):
    def __init__(self) -> None:
        self.notices: list[str] = []
        self.trained: list[list[str]] = []

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def begin(self, run_plan: Any) -> None:
        self.trained.append([])

    def finished(self, outcomes: Any) -> None:
        self.trained[-1] += [outcome.trial.id for outcome in outcomes]


def train(out: Path, train: Any = answer, experiment: Any = RACE, **options: Any) -> Listening:
    listener = Listening()
    request = RunRequest(experiment, RunOptions(out=out, data_dir=Path(), jobs=1, **options))
    with writer.made(train, 5), prepare(request) as prepared:
        assert run(prepared, listener, Stop())
    return listener


def counts(out: Path) -> dict[float, int]:
    return {float(rate): int(count) for rate, count in read_trials(out)["rate"].value_counts().sort_index().items()}


def test_a_race_trains_look_by_look_only_what_is_still_in_it(tmp_path: Path) -> None:
    heard = train(tmp_path)
    assert [len(each) for each in heard.trained] == [3 * 2 * 3, 2 * 3]
    assert counts(tmp_path) == {0.0: 9, 0.5: 9, 0.9: 6}
    assert heard.notices[0] == "look 1 of 3: rate 0.9 is worse beyond doubt and leaves; 2 rates go on"
    assert heard.notices[-1] == "Settled after 3 repeats (look 2 of 3): no other rate may be the best."


def test_the_rule_and_every_look_are_in_run_json_and_the_rule_before_anything_is_trained(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    def looking(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        seen.append(saved_run(tmp_path)["race"])
        yield from answer(block, on_epochs)

    train(tmp_path, looking)
    assert (seen[0]["taken"], seen[0]["ended"], seen[0]["repeats_at_each_look"]) == ([], None, [2, 3, 4])
    assert seen[0]["level_of_a_look"] == pytest.approx(0.05 / 3)
    record = saved_run(tmp_path)["race"]
    assert [(look["first_repeat"], look["last_repeat"], look["trials"]) for look in record["taken"]] == [
        (0, 1, 18),
        (2, 2, 6),
    ]
    [gone] = record["taken"][0]["left"]
    assert (gone["rate"], gone["worse_than"]) == (0.9, 0.0)
    assert gone["p_adjusted"] < record["level_of_a_look"]
    assert record["ended"].startswith("Settled after 3 repeats")


def test_a_race_that_has_ended_trains_nothing_more_and_keeps_when_it_looked(tmp_path: Path) -> None:
    train(tmp_path)
    before = saved_run(tmp_path)
    assert plan_run(RunRequest(RACE, RunOptions(out=tmp_path))).pending == ()
    assert train(tmp_path).trained == [[]]
    assert saved_run(tmp_path) == before


def test_what_was_looked_at_stays_when_a_larger_budget_goes_on(tmp_path: Path) -> None:
    heard = train(tmp_path / "part", budget=parse_budget(20))
    assert heard.notices[-1] == "The budget of 20 trainings ends it before look 2 of 3, which takes it to 24."
    assert counts(tmp_path / "part") == {0.0: 6, 0.5: 6, 0.9: 6}
    looks = saved_run(tmp_path / "part")["race"]["taken"]
    train(tmp_path / "part", budget=parse_budget(24))
    assert saved_run(tmp_path / "part")["race"]["taken"][: len(looks)] == looks
    train(tmp_path / "whole")
    assert writer.without_times(tmp_path / "part") == writer.without_times(tmp_path / "whole")


def test_a_rate_whose_trials_fail_leaves_and_the_others_go_on(tmp_path: Path) -> None:
    def failing(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialOutcome]]:
        for trial in block:
            if trial.experiment.dropout.rate == 0.5 and trial.repeat == 2:
                raise MemoryError("too large")
            yield [writer.raced_outcome(trial)]

    train(tmp_path, failing)
    last = saved_run(tmp_path)["race"]["taken"][-1]
    assert last["left"] == [{"rate": 0.5, "reason": "trials without a result"}]
    assert last["contenders"] == [0.0]


def test_what_failed_can_be_trained_again_and_the_race_is_then_run_as_if_it_never_had(tmp_path: Path) -> None:
    def failing(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialOutcome]]:
        for trial in block:
            if trial.experiment.dropout.rate == 0.5 and trial.repeat == 1:
                raise MemoryError("too large")
            yield [writer.raced_outcome(trial)]

    train(tmp_path / "out", failing)
    assert saved_run(tmp_path / "out")["race"]["taken"][0]["contenders"] == [0.0]
    train(tmp_path / "out", retry_failed=True)
    train(tmp_path / "whole")
    assert writer.without_times(tmp_path / "out") == writer.without_times(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evaluation.repeats": 6}, "evaluation.repeats: 4 -> 6"),
        ({"sweep": {"dropout.rate": [0, 0.2, 0.5, 0.9]}}, "sweep.dropout.rate"),
        ({"until": {"name": "settled", "margin": 0.1}}, "until.margin"),
        ({"until": None}, "until.name: settled -> not set"),
    ],
)
def test_a_race_whose_looks_were_stated_cannot_become_another(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    train(tmp_path)
    given = {"sweep": {"dropout.rate": [0, 0.5, 0.9]}, "evaluation.repeats": 4, "until": {"name": "settled"}}
    with pytest.raises(ResultsError, match=said):
        train(tmp_path, experiment=experiment(given | change))


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({}, {"shard": Shard(1, 2)}, "--shard: no shard knows what others find"),
        ({"evaluation.repeats": 2}, {}, "evaluation.repeats: 2 makes a single look at all trials.*: allow 3 at least"),
        (
            {"until": {"name": "settled", "metric": "auc"}},
            {},
            "until.metric: expected one of accuracy, loss, got",
        ),
        ({"sweep": {}}, {}, "until: there is nothing to settle without a sweep"),
        ({}, {"budget": Budget(17)}, "--budget: 17 trainings are too few to say anything: the first look takes 18"),
        ({"until": None}, {"budget": Budget(8)}, "the first repeat takes 9"),
    ],
)
def test_what_a_race_or_a_budget_cannot_do_is_refused_before_anything_is_read(
    changes: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    given = {"sweep": {"dropout.rate": [0, 0.5, 0.9]}, "evaluation.repeats": 4, "until": {"name": "settled"}}
    with pytest.raises(ConfigError, match=said):
        check_stages(RunRequest(experiment(given | changes), RunOptions(**options)))


def test_a_budget_of_a_fixed_design_trains_the_same_folds_of_every_rate(tmp_path: Path) -> None:
    heard = train(tmp_path, experiment=writer.small(), budget=parse_budget(9))
    table = read_trials(tmp_path)
    assert len(table) == 8  # a fold of both rates did not fit in
    assert set(table.groupby(["repeat", "fold"]).size()) == {2}
    assert sorted(set(table["repeat"])) == [0, 1]
    assert heard.notices[-1] == "The budget of 9 trainings leaves 4 of the plan."
    train(tmp_path, experiment=writer.small(), budget=parse_budget(12))
    assert finished_trials(tmp_path) == {trial.id for trial in plan(writer.small())}


def test_a_budget_of_time_ends_a_race_at_a_look_and_says_what_was_left(tmp_path: Path) -> None:
    heard = train(tmp_path, budget=parse_budget("0.000001s"))
    assert counts(tmp_path) == {0.0: 6, 0.5: 6, 0.9: 6}
    assert heard.notices[-1] == "The budget of 0.000001s ends it before look 2 of 3 (6 trials)."


def test_a_budget_of_time_ends_a_fixed_design_as_an_interrupt_does(tmp_path: Path) -> None:
    gate: list[float] = []

    def slow(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        import time

        while not gate and len(finished_trials(tmp_path)) >= 5:
            time.sleep(0.01)  # until the budget is over, however slow the machine is
            if time.monotonic() > started + 1:
                gate.append(1)
        yield from answer(block, on_epochs)

    import time

    started = time.monotonic()
    train(tmp_path, slow, writer.small(), budget=parse_budget("0.5s"))
    assert 5 <= len(finished_trials(tmp_path)) < 12


def test_killed_at_some_calls_a_race_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    _kill_at_each(61, tmp_path)


@pytest.mark.slow
def test_killed_at_many_calls_a_race_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    _kill_at_each(int(os.environ.get("DROPOUT_LAB_KILL_EVERY", "7")), tmp_path)


def _kill_at_each(every: int, folder: Path) -> None:
    total = writer.calls(folder / "undisturbed", RACE)
    expected = writer.without_times(folder / "undisturbed")
    looks = results.saved_run(folder / "undisturbed")["race"]["taken"]
    assert total > 100
    for at in range(0, total, every):
        out = folder / str(at)
        assert writer.start(out, kill_at=at, torn=True, experiment=RACE) == -9
        assert writer.start(out, experiment=RACE) == 0
        assert writer.without_times(out) == expected
        again = results.saved_run(out)["race"]["taken"]
        assert [{**look, "judged": ""} for look in again] == [{**look, "judged": ""} for look in looks]
        assert json.dumps(again)
