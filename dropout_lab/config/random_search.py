"""A random search: points drawn from lists and intervals, instead of every combination of values.

Each value has a random stream of its own, so that more points include the earlier ones, and one more key leaves the
values of the others as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Annotated, Any

from pydantic import Field

from dropout_lab.config.log_spacing import DIGITS, between
from dropout_lab.config.rates import number
from dropout_lab.config.section import Section, Seed
from dropout_lab.errors import RateError
from dropout_lab.seeds import derive_seed

__all__ = ["MAX_POINTS", "Interval", "RandomSearch", "draw", "is_interval", "parse_interval"]

MAX_POINTS = 10_000
"""The largest number of points of a sweep."""

_FORMS = "write an interval, 0:0.8 or 1e-4:1e-1:log, a range, 10:50:10, or a list, [10, 50]"
_DRAWS_PER_POINT = 100
"""Draws after which no further point is expected: of ten thousand combinations, each has then come up."""


class RandomSearch(Section):
    """Points that are drawn at random."""

    points: Annotated[
        int, Field(ge=1, le=MAX_POINTS, description="how many points; more of them keep the earlier ones")
    ]
    seed: Seed = Field(7, description="which points; all trials of a repeat and fold share their seeds nonetheless")


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` up to `high`.

    Attributes
    ----------
    low, high : Decimal
    log : bool
        Whether their logarithm is uniformly distributed, not they themselves.
    whole : bool
        Whether they are whole numbers, with `high` among them; otherwise they have four digits, and are below `high`.
    """

    low: Decimal
    high: Decimal
    log: bool
    whole: bool

    def at(self, share: Decimal) -> float:
        """Return the number that a share of the distribution, 0 <= share < 1, is below."""
        high = self.high + 1 if self.whole else self.high
        value = between(self.low, high, share, ROUND_FLOOR) if self.log else self.low + share * (high - self.low)
        if self.whole:
            return int(min(max(value, self.low), self.high))
        return float(max(self.low, Context(prec=DIGITS, rounding=ROUND_FLOOR).plus(value)))


def is_interval(text: str) -> bool:
    """Return whether a text has the form of an interval: two numbers, and perhaps ``log``."""
    _, *others = text.split(":")
    return len(others) == 1 or (len(others) == 2 and others[1].strip() == "log")


def parse_interval(text: str, *, whole: bool | None = None) -> Interval:
    """Read an interval: ``0:0.8``, ``16:512``, ``1e-4:1e-1:log``.

    Parameters
    ----------
    text : str
    whole : bool or None
        Whether it is of whole numbers; None: if both ends are written so.

    Raises
    ------
    RateError
        If it is none.
    """
    first, second, *log = text.split(":")
    low, high = number(first, _FORMS), number(second, _FORMS)
    if low >= high:
        raise RateError(f"{text!r} is empty: write the smaller end first ({_FORMS})")
    if log and low <= 0:
        raise RateError(f"{text!r} starts at {low}: on a logarithmic scale both ends must be above 0")
    is_whole = not any(mark in f"{first}{second}" for mark in ".eE")
    return Interval(low, high, bool(log), is_whole if whole is None else whole)


def draw(search: RandomSearch, axes: Mapping[str, tuple[Any, ...] | Interval]) -> list[dict[str, Any]]:
    """Draw points: as scikit-learn's ``ParameterSampler``, without replacement.

    Parameters
    ----------
    search : RandomSearch
    axes : mapping of str to tuple or Interval
        The values of a tuple are equally likely.

    Returns
    -------
    list of dict
        In the order drawn, no two with the same effect; fewer than ``search.points`` if there are no more.
    """
    found: dict[str, dict[str, Any]] = {}
    for index in range(_DRAWS_PER_POINT * search.points):
        point = {key: _value(axis, _share(search.seed, key, index)) for key, axis in axes.items()}
        found.setdefault(repr(in_effect(point)), point)
        if len(found) == search.points:
            break
    return list(found.values())


def in_effect(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a point without those of dropout where it has none."""
    if "none" not in (point.get("dropout.kind"), point.get("dropout.where")):
        return dict(point)
    return {key: value for key, value in point.items() if not key.startswith("dropout.")} | {"dropout.where": "none"}


def _share(seed: int, key: str, index: int) -> Decimal:
    return Decimal(derive_seed(seed, "random search", key, index)) / 2**60


def _value(axis: tuple[Any, ...] | Interval, share: Decimal) -> Any:
    return axis.at(share) if isinstance(axis, Interval) else axis[int(share * len(axis))]
