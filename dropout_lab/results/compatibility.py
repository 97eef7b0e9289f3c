"""Whether an experiment may be resumed in a directory that holds results."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.data_files import identity
from dropout_lab.config.sweep import RANDOM

__all__ = ["differences", "settings_of"]

_RANDOM_POINTS = f"sweep.{RANDOM}.points"
_NOTES = {"model.checksum": " (the source of the builder's module has changed)"}


def differences(old: Experiment, new: Experiment) -> list[str]:
    """List the settings because of which `new` cannot resume the results of `old`; empty if it can.

    More repeats, and more values or more random points in the sweep, extend an experiment; any other change makes it
    another one, and so does any change of a sweep that ends when it is settled.

    Parameters
    ----------
    old, new : Experiment
        With their engines resolved.

    Returns
    -------
    list of str
        ``key: old value -> new value``.
    """
    before, after = dict(settings_of(old)), dict(settings_of(new))
    keys = list(dict.fromkeys([*before, *after]))
    changed = [key for key in keys if before.get(key) != after.get(key) and not _extends(key, before, after)]
    return [f"{key}: {_text(before.get(key))} -> {_text(after.get(key))}{_NOTES.get(key, '')}" for key in changed]


def _extends(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if "until.name" in before:  # its looks are stated before training: others would be wrong more often
        return False
    if key == "evaluation.repeats":
        return bool(before[key] < after[key])
    swept = key.removeprefix("sweep.")
    if key.startswith("sweep.") and (_RANDOM_POINTS in before or _RANDOM_POINTS in after):  # other values, other draws
        return key == _RANDOM_POINTS and before.get(key, math.inf) < after.get(key, 0)
    if key.startswith("sweep."):
        return key in before and key in after and all(value in after[key] for value in before[key])
    return f"sweep.{swept}" in before and f"sweep.{swept}" in after  # the sweep's values are used, not its own


def settings_of(experiment: Experiment) -> Iterator[tuple[str, Any]]:
    """Yield all settings of an experiment by dotted keys, except the directories of its files."""

    def walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}" if path else key)
        else:
            yield path, value

    settings = experiment.model_dump(mode="json")
    settings["model"].pop("folder", None)  # its checksum identifies a builder
    yield from walk({**settings, "dataset": identity(settings["dataset"])}, "")


def _text(value: Any) -> str:
    return "not set" if value is None else str(value)
