"""Whether an experiment may go on in a directory that holds results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dropout_lab.config import Experiment
from dropout_lab.config.dataset import without_folder

__all__ = ["differences", "settings_of"]

_MEANS = {"model.checksum": " (the source of the builder's module has changed)"}


def differences(old: Experiment, new: Experiment) -> list[str]:
    """List what keeps `new` from going on where `old` stopped; empty if nothing does.

    More repeats, and more values in the sweep, extend an experiment; anything else makes it another one.

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
    return [f"{key}: {_text(before.get(key))} -> {_text(after.get(key))}{_MEANS.get(key, '')}" for key in changed]


def _extends(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    if key == "evaluation.repeats":
        return bool(before[key] < after[key])
    swept = key.removeprefix("sweep.")
    if key.startswith("sweep."):
        return key in before and key in after and all(value in after[key] for value in before[key])
    return f"sweep.{swept}" in before and f"sweep.{swept}" in after  # its own value is not used: the sweep's are


def settings_of(experiment: Experiment) -> Iterator[tuple[str, Any]]:
    """Yield all that an experiment says, by dotted keys, but for where its files lie."""

    def walk(value: Any, path: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from walk(inner, f"{path}.{key}" if path else key)
        else:
            yield path, value

    said = experiment.model_dump(mode="json")
    said["model"].pop("folder", None)  # what a builder is, its checksum says
    yield from walk({**said, "dataset": without_folder(said["dataset"])}, "")


def _text(value: Any) -> str:
    return "not set" if value is None else str(value)
