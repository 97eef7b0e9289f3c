"""What ``run.json`` says of a race: the rule, which is stated before anything is trained, and every look."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.stats import Race, compared_in, ending
from dropout_lab.stats.race import Look

__all__ = ["race_as_json"]

_RULE = (
    "each look has the same share of the level, so that what is said at all of them holds together; at a look, all "
    "pairs of rates in the race are compared at once (max-t), and a rate leaves if another is better"
)


def race_as_json(experiment: Experiment, found: Race, before: Any, now: str) -> dict[str, Any]:
    """Return the record of a race.

    Parameters
    ----------
    experiment : Experiment
    found : Race
    before
        The record as it was, from which it is known when a look was first judged.
    now : str
        The time.
    """
    comparison = compared_in(experiment)
    earlier = before.get("taken") if isinstance(before, Mapping) else None
    known = [look for look in earlier if isinstance(look, Mapping)] if isinstance(earlier, list) else []
    repeats = (0, *(look.repeats for look in found.looks))
    taken = []
    for look, since in zip(found.looks, repeats, strict=False):
        record = _look(look, since, comparison.design.folds)
        judged = [each["judged"] for each in known if record.items() <= each.items() and "judged" in each]
        taken.append({**record, "judged": judged[0] if judged else now})
    return {
        "rule": _RULE,
        "level": round(comparison.level, 12),
        "level_of_a_look": round(comparison.look_level, 12),
        "metric": comparison.metric.name,
        "margin": comparison.margin,
        "repeats_at_each_look": list(found.schedule),
        "taken": taken,
        "ended": ending(found) or None,
    }


def _look(look: Look, since: int, folds: int) -> dict[str, Any]:
    """Return the record of a look: the trials that it added, and what it led to."""
    return {
        "look": look.number,
        "rates": list(look.rates),
        "first_repeat": since,
        "last_repeat": look.repeats - 1,
        "trials": len(look.rates) * (look.repeats - since) * folds,
        "leader": look.leader,
        "contenders": list(look.contenders),
        "left": [
            {"rate": gone.rate, "reason": "trials without a result"}
            if gone.rival is None
            else {"rate": gone.rate, "worse_than": gone.rival, "diff": _number(gone.diff), "p_adjusted": gone.p}
            for gone in look.departures
        ],
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
