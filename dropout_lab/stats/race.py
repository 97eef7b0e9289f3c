"""A race of dropout rates: repeats are added look by look, and rates that are worse beyond doubt leave. Pure.

What a look concludes follows from the results alone, and what is trained next from that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dropout_lab.stats.pairwise import Pairwise, pairwise
from dropout_lab.stats.power import precision_of
from dropout_lab.stats.selection import best_index
from dropout_lab.stats.trial_matrix import TrialMatrix

__all__ = ["Departure", "End", "Look", "Race", "looks_for", "race"]

End = Literal["best", "same", "rows", "repeats", "no result"]

_LOOKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
"""After so many repeats the trials are judged: later repeats change less."""

_FEWEST_NETWORKS = 5
"""From fewer networks of a rate, nothing is known of how much they differ."""


@dataclass(frozen=True)
class Departure:
    """A rate that leaves the race.

    Attributes
    ----------
    rate : float
    rival : float or None
        The rate that is better; None if the rate leaves as trials of it have no result.
    diff, p : float
        Its difference from the rival, and the p-value of no difference, adjusted for all pairs in the race.
    """

    rate: float
    rival: float | None = None
    diff: float = math.nan
    p: float = math.nan


@dataclass(frozen=True)
class Look:
    """What the trials show at one look.

    Attributes
    ----------
    number : int
        Counted from 1.
    repeats : int
        That each rate in the race has.
    rates : tuple of float
        Those in the race until this look.
    departures : tuple of Departure
        Those that leave it.
    leader : float or None
        The rate with the best mean; None if none has all results.
    contenders : tuple of float
        Those that no other is better than, beyond doubt.
    end : str or None
        Why the race ends: one rate is the ``best``; all contenders are practically the ``same`` as the leader; these
        ``rows`` cannot settle it, whatever the repeats; so many ``repeats`` as there may be cannot, or they are done;
        there is ``no result``. None if it goes on.
    needed : int or None
        About how many repeats would settle the next question, if it ends for want of ``repeats``.
    """

    number: int
    repeats: int
    rates: tuple[float, ...]
    departures: tuple[Departure, ...]
    leader: float | None
    contenders: tuple[float, ...]
    end: End | None
    needed: int | None = None

    @property
    def remaining(self) -> tuple[float, ...]:
        """The rates that are still in the race."""
        gone = {departure.rate for departure in self.departures}
        return tuple(rate for rate in self.rates if rate not in gone)


@dataclass(frozen=True)
class Race:
    """A race as far as the results go.

    Attributes
    ----------
    schedule : tuple of int
        The repeats at each look that there may be.
    looks : tuple of Look
        Those that the results allow.
    rates : tuple of float
        Those that the next look is about; of a race that has ended, those that were in it to the end.
    """

    schedule: tuple[int, ...]
    looks: tuple[Look, ...]
    rates: tuple[float, ...]

    @property
    def ended(self) -> bool:
        """Whether nothing is left to train."""
        return bool(self.looks) and self.looks[-1].end is not None

    def repeats_of(self, rate: float, looks: int) -> int:
        """Return how many repeats a rate has at a number of looks; the rates of the next look have its repeats."""
        if rate in self.rates and looks > len(self.looks):
            return self.schedule[looks - 1]
        return max((look.repeats for look in self.looks[:looks] if rate in look.rates), default=0)


def looks_for(repeats: int, folds: int) -> tuple[int, ...]:
    """Return after how many repeats the trials are judged.

    Parameters
    ----------
    repeats : int
        How many there may be.
    folds : int
        Networks of a rate in a repeat. The first look has at least five of each rate.
    """
    first = min(-(-_FEWEST_NETWORKS // folds), repeats)
    return tuple(sorted({first, repeats, *(look for look in _LOOKS if first < look < repeats)}))


def race(
    rates: Sequence[float],
    schedule: Sequence[int],
    matrix_of: Callable[[Sequence[float], int], TrialMatrix | None],
) -> Race:
    """Replay a race from its results.

    Parameters
    ----------
    rates : sequence of float
        0 among them.
    schedule : sequence of int
        As from `looks_for`.
    matrix_of : callable
        ``(rates, repeats)`` -> the trials of these rates in the first so many repeats, of a `Comparison` with as many
        looks as the schedule has; None if any of them is not finished.
    """
    looks: list[Look] = []
    left = tuple(sorted(rates))
    for repeats in schedule:
        matrix = matrix_of(left, repeats)
        if matrix is None:
            break
        complete = tuple(rate for rate, whole in zip(left, matrix.complete, strict=True) if whole)
        lacking = tuple(Departure(rate) for rate in left if rate not in complete)
        found = matrix_of(complete, repeats) if lacking and complete else matrix
        look = Look(len(looks) + 1, repeats, left, lacking, None, (), "no result")
        if complete and found is not None:
            look = _judged(look, found, complete, schedule[-1])
        looks.append(look)
        if look.end is not None:
            break
        left = look.remaining
    return Race(tuple(schedule), tuple(looks), left)


def _judged(look: Look, matrix: TrialMatrix, racing: tuple[float, ...], most: int) -> Look:
    """Conclude what the trials of the rates that have all results show."""
    pairs, leader = pairwise(matrix), best_index(matrix) or 0
    better = (pairs.p < matrix.comparison.look_level) & (matrix.comparison.metric.sign * pairs.diff > 0)
    beaten = better.any(axis=1)
    contenders = np.flatnonzero(~beaten)
    leaving = np.flatnonzero(beaten)
    if 0.0 in racing and not better[racing.index(0.0), contenders].all():  # each is to be compared with no dropout
        leaving = leaving[leaving != racing.index(0.0)]
    end, needed = _end(matrix, pairs, contenders, leader, most)
    return replace(
        look,
        departures=(*look.departures, *(_departure(pairs, better, racing, int(index)) for index in leaving)),
        leader=racing[leader],
        contenders=tuple(racing[index] for index in contenders),
        end=end,
        needed=needed,
    )


def _departure(pairs: Pairwise, better: NDArray[np.bool_], racing: Sequence[float], index: int) -> Departure:
    """Return how a rate compares with the one that is ahead most, of those that are better beyond doubt."""
    rival = int(np.where(better[index], np.abs(pairs.diff[index]), -1).argmax())
    return Departure(racing[index], racing[rival], float(pairs.diff[rival, index]), float(pairs.p[rival, index]))


def _end(
    matrix: TrialMatrix, pairs: Pairwise, contenders: NDArray[np.intp], leader: int, most: int
) -> tuple[End | None, int | None]:
    """Return whether a race ends, and about how many repeats the next question would take if it ends for their want."""
    others = contenders[contenders != leader]
    if not len(others):
        return "best", None
    comparison = matrix.comparison
    if (pairs.same[leader, others] >= comparison.certainty).all():
        return "same", None
    repeats = comparison.design.repeats
    needed: list[int] = []
    for index in others:
        precision = precision_of(pairs.estimates[leader], int(index), repeats)
        if not precision.known:
            return ("repeats" if repeats == most else None), None
        ways = (
            precision.repeats_for_significance(pairs.level),
            precision.repeats_for_equivalence(comparison.margin, comparison.certainty),
        )
        needed += [way for way in ways if way is not None]
    if not needed:
        return "rows", None
    fewest = max(min(needed), repeats + 1)
    return ("repeats", fewest) if fewest > most else (None, None)
