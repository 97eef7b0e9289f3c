from __future__ import annotations

from collections.abc import Sequence

from builders import experiment
from hypothesis import given
from hypothesis import strategies as st

from dropout_lab.plan import Trial, plan
from dropout_lab.results import limits
from dropout_lab.runs.blocks import divide

TRIALS = plan(experiment({"evaluation.repeats": 4}))


def pairs(trials: Sequence[Trial], jobs: int) -> list[tuple[Trial, ...]]:
    """Cut into blocks of four."""
    return [tuple(trials[first : first + 4]) for first in range(0, len(trials), 4)]


deaths = st.dictionaries(
    st.sampled_from([trial.id for trial in TRIALS]), st.lists(st.sampled_from([4, 2, 1]), max_size=6)
)


@given(deaths, st.integers(0, len(TRIALS)))
def test_every_missing_trial_is_trained_once_or_given_up(deaths: dict[str, list[int]], count: int) -> None:
    work = divide(TRIALS[:count], deaths, pairs, 2)
    placed = [trial.id for block in (*work.blocks, *work.quarantined, work.given_up) for trial in block]
    assert sorted(placed) == sorted(trial.id for trial in TRIALS[:count])


@given(deaths)
def test_no_suspect_shares_a_block_with_more_than_its_limit_allows(deaths: dict[str, list[int]]) -> None:
    work, most = divide(TRIALS, deaths, pairs, 2), limits(deaths)
    for block in work.quarantined:
        assert all(len(block) <= most[trial.id] for trial in block)
    assert not {trial.id for block in work.blocks for trial in block} & set(most)
    assert all(most[trial.id] == 0 for trial in work.given_up)
