"""Shards: equal parts of a plan, for processes that run independently. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dropout_lab.errors import ConfigError

if TYPE_CHECKING:
    from dropout_lab.plan import Trial

__all__ = ["Shard", "parse_shard"]


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of a plan.

    Attributes
    ----------
    number : int
        Counted from 1.
    count : int
        Number of shards.
    """

    number: int
    count: int

    def __str__(self) -> str:
        """Return it as it is written on the command line."""
        return f"{self.number}/{self.count}"

    def part(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """Return the trials of this shard, in the order of the plan; each trial is in exactly one shard.

        Where possible a shard holds all points of the sweep at a (repeat, fold): so each point has the same number of
        trials in it, give or take one, and few folds have to be loaded. Shards differ in size by at most one trial.

        Parameters
        ----------
        trials : sequence of Trial
            The whole plan.
        """
        ordered = sorted(trials, key=lambda trial: (trial.repeat, trial.fold))
        start, end = (len(ordered) * number // self.count for number in (self.number - 1, self.number))
        chosen = {trial.id for trial in ordered[start:end]}
        return tuple(trial for trial in trials if trial.id in chosen)


def parse_shard(text: str) -> Shard:
    """Read ``3/16``.

    Raises
    ------
    ConfigError
        If the text is not such a pair of numbers.
    """
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text, flags=re.ASCII)
    shard = Shard(*map(int, match.groups())) if match else Shard(0, 0)
    if not 1 <= shard.number <= shard.count:
        raise ConfigError([f"--shard: expected I/N with 1 <= I <= N, such as 3/16, got {text[:40]!r}"])
    return shard
