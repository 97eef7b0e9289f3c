"""One of several parts of a plan, for as many processes that know nothing of each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dropout_lab.errors import ConfigError
from dropout_lab.plan import Trial

__all__ = ["Shard", "parse_shard"]


@dataclass(frozen=True)
class Shard:
    """A part of a plan.

    Attributes
    ----------
    number : int
        Counted from 1.
    of : int
        How many parts there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        """Return it as it is written on the command line."""
        return f"{self.number}/{self.of}"

    def part(self, trials: Sequence[Trial]) -> tuple[Trial, ...]:
        """Return the trials of this part, in the order of the plan; each trial is in one part.

        A part holds whole (repeat, fold) places where that is possible, each with all its points: so it has as many
        trials of each point as of any other, but for one, and the data of few places. No part has two trials more
        than another.

        Parameters
        ----------
        trials : sequence of Trial
            The whole plan.
        """
        ordered = sorted(trials, key=lambda trial: (trial.repeat, trial.fold))
        start, end = (len(ordered) * number // self.of for number in (self.number - 1, self.number))
        chosen = {trial.id for trial in ordered[start:end]}
        return tuple(trial for trial in trials if trial.id in chosen)


def parse_shard(text: str) -> Shard:
    """Read ``3/16``.

    Raises
    ------
    ConfigError
        If it is no such thing.
    """
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text, flags=re.ASCII)
    shard = Shard(*map(int, found.groups())) if found else Shard(0, 0)
    if not 1 <= shard.number <= shard.of:
        raise ConfigError([f"--shard: expected I/N with 1 <= I <= N, such as 3/16, got {text[:40]!r}"])
    return shard
