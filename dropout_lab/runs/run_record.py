"""What ``run.json`` says of a run: the data, every start, and the looks of a race."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dropout_lab import results
from dropout_lab.provenance import differing
from dropout_lab.runs.interface import Backend, ProgressListener
from dropout_lab.runs.prepare import PreparedRun, RunRequest
from dropout_lab.runs.race_record import race_as_json
from dropout_lab.runs.training_targets import targets_to_save
from dropout_lab.stats import Race

__all__ = ["RunRecord"]

_LAST_DIGITS = "numbers may differ in the last digits (see run.json)"
_Starts = list[dict[str, Any]]


class RunRecord:
    """Writes ``run.json`` as a run goes on, and warns where what numbers depend on differs between starts.

    Parameters
    ----------
    prepared : PreparedRun
    checksum : str
        Of the data.
    store : Store
    listener : ProgressListener
    """

    def __init__(self, prepared: PreparedRun, checksum: str, store: results.Store, listener: ProgressListener) -> None:
        self._prepared, self._store, self._listener = prepared, store, listener
        self._saved = results.saved_run(store.folder)
        self._race = self._saved.get("race")
        self._before = results.saved_starts(store.folder)
        self._targets = targets_to_save(prepared.request.experiment, prepared.data)
        self._info = _run_info(prepared, checksum) | results.targets_as_json(self._targets)
        self._began, self._starts = _now(), 0

    def write(self, backend: Backend, race: Race | None, trained: int | None, *, ended: bool = False) -> None:
        """Write what is known by now; `trained` are the trials of this start, None before the first."""
        request = self._prepared.request
        about = {"command": request.options.command, "began": self._began, "ended": _now() if ended else None}
        starts = [about | start for start in backend.start_records(trained)]
        content = self._info | {"starts": [*self._before, *starts]}
        self._store.record(self._with_race(content, race))
        if len(starts) > self._starts:  # the first ones, or other workers joined
            _warn_of_differences(request, self._before, starts, self._listener)
        self._starts = len(starts)

    def complete(self, race: Race | None) -> None:
        """Add to the record of an earlier run what it lacks, where this one has nothing to train."""
        known = results.saved_targets(self._store.folder)
        content = self._with_race(self._saved | results.targets_as_json(self._targets), race)
        if self._saved and (self._targets.keys() - known.keys() or content.get("race") != self._saved.get("race")):
            self._store.record(content)

    def _with_race(self, content: dict[str, Any], race: Race | None) -> dict[str, Any]:
        if race is None:
            return content
        self._race = race_as_json(self._prepared.request.experiment, race, self._race, _now())
        return content | {"race": self._race}


def _run_info(prepared: PreparedRun, checksum: str) -> dict[str, Any]:
    """Return the content of ``run.json`` but for the starts."""
    data = prepared.data
    return {
        "experiment": prepared.request.experiment.name,
        "data": {
            "name": data.name,
            "rows": len(data.labels),
            "inputs": data.inputs,
            "classes": list(data.classes),
            "checksum": checksum,
            "source": data.source,
            "note": data.note,
            **(data.roles.as_dict() if data.roles else {}),
            **(data.table.as_dict() if data.table else {}),
            **({"notes": list(data.notes)} if data.roles else {}),
            **({"duplicates": data.duplicates.as_dict()} if data.duplicates else {}),
        },
        **({"splits": list(prepared.notes)} if prepared.notes else {}),
    }


def _warn_of_differences(request: RunRequest, before: _Starts, now: _Starts, listener: ProgressListener) -> None:
    """Show whether anything that the last digits depend on has changed, or differs between workers."""
    if changed := differing(before, now):
        listener.notice(
            f"earlier trials in {request.out} were trained with different {' and '.join(changed)}: {_LAST_DIGITS}"
        )
    if mixture := differing(now, now):
        listener.notice(f"the workers differ in {' and '.join(mixture)}: {_LAST_DIGITS}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
