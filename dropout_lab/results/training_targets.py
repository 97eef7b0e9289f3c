"""What a dummy learns from training rows, in ``run.json``, where predictions do not tell it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dropout_lab.metrics.dummy import TrainingTargets
from dropout_lab.results.files import saved_run

__all__ = ["saved_targets", "targets_as_json"]

_KEY = "training_targets"


def targets_as_json(targets: Mapping[tuple[int, int], TrainingTargets]) -> dict[str, Any]:
    """Return what ``run.json`` holds of training targets, by repeat and fold; nothing if there are none."""
    entries = []
    for (repeat, fold), learned in targets.items():
        numbers = (
            {"counts": list(learned.counts)} if learned.counts else {"mean": learned.mean, "median": learned.median}
        )
        persistence = {"persistence": dict(learned.persistence)} if learned.persistence else {}
        entries.append({"repeat": repeat, "fold": fold, **numbers, **persistence})
    return {_KEY: entries} if entries else {}


def saved_targets(folder: Path) -> dict[tuple[int, int], TrainingTargets]:
    """Read the training targets of a result, by repeat and fold; empty where ``run.json`` has none that make sense."""
    entries = saved_run(folder).get(_KEY)
    found = {}
    for entry in entries if isinstance(entries, list) else []:
        learned = _learned(entry) if isinstance(entry, dict) else None
        if learned is not None:
            found[entry["repeat"], entry["fold"]] = learned
    return found


def _learned(entry: Mapping[str, Any]) -> TrainingTargets | None:
    if not all(isinstance(entry.get(key), int) for key in ("repeat", "fold")):
        return None
    counts, numbers = entry.get("counts"), (entry.get("mean"), entry.get("median"))
    found = entry.get("persistence")
    persistence = {
        str(name): float(value)
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, int | float) and math.isfinite(value)
    }
    if isinstance(counts, list) and all(isinstance(count, int) and count >= 0 for count in counts) and sum(counts):
        return TrainingTargets(tuple(counts), persistence=persistence)
    if all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return TrainingTargets(mean=float(entry["mean"]), median=float(entry["median"]), persistence=persistence)
    return None
