"""When a sweep ends before everything that is planned has been trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dropout_lab.config.section import Section
from dropout_lab.config.sweep import RANDOM, RATE

__all__ = ["Until", "expanded", "sweep_problem", "with_repeats"]

_REPEATS = {"test": 20, "holdout": 20}
"""How many repeats there may be, by split: where a repeat is a single network, more."""

_OTHER_REPEATS = 10

_MOST_RATES = 100
"""Whose pairs are compared in seconds."""


class Until(Section):
    """Repeats are added until it is settled which rate to use; see `stats.race`.

    Notes
    -----
    All of it is stated before training: what was said at one look would otherwise hold less than it seems to.
    """

    name: Literal["settled"] = Field(
        "settled", description="settled: until one rate is best, or those that may be are practically the same"
    )
    metric: str | None = Field(None, description="the held-out metric to judge by; by default accuracy, or r2")
    margin: Annotated[float, Field(ge=0, le=1e6)] | None = Field(
        None, description="differences up to this are practically none; by default 0.01"
    )


def expanded(until: Any) -> Any:
    """Expand ``until: settled`` to ``until: {name: settled}``."""
    return {"name": until} if isinstance(until, str) else until


def with_repeats(data: Any) -> Any:
    """Return the content of a config whose sweep ends early with the number of repeats that there may be."""
    if not isinstance(data, Mapping) or not data.get("until"):
        return data
    evaluation = data.get("evaluation", {})
    if not isinstance(evaluation, Mapping) or "repeats" in evaluation:
        return data
    split = evaluation.get("split")
    repeats = _REPEATS.get(split, _OTHER_REPEATS) if isinstance(split, str) else _OTHER_REPEATS
    return {**data, "evaluation": {**evaluation, "repeats": repeats}}


def sweep_problem(sweep: Mapping[str, Any]) -> str:
    """Return why it cannot be settled which point of a sweep to use; empty if it can."""
    others = [key for key in sweep if key != RATE]
    if others:
        what = "rates drawn at random" if others == [RANDOM] else ", ".join(others)
        return f"only the rates of one sweep of {RATE} are compared until it is settled: leave out {what}, or until"
    rates = sweep[RATE]
    if len(rates) < 2:
        return "there is one rate only, so there is nothing to settle: name two or more, 0 among them"
    if len(rates) > _MOST_RATES:
        return f"all pairs of rates are compared, so there can be at most {_MOST_RATES}, got {len(rates)}"
    if 0 not in rates:
        return "there is no rate 0 to compare the others with: add it"
    return ""
