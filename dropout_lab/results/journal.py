"""A journal of the trials in training, from which crashes are attributed to trials.

The trials of a block are recorded before it is trained, and again when it has ended. Trials that were begun and not
ended were in training when the process died. The death is attributed to them if there is evidence: the process crashed,
or the system has since killed processes for lack of memory. Without evidence somebody may have killed the process, so
that only many such deaths count. Requested stops and restarts of the machine do not count.
"""

from __future__ import annotations

import faulthandler
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dropout_lab.errors import ResultsError
from dropout_lab.provenance import oom_kills

__all__ = ["JOURNALS", "Journal", "limits"]

JOURNALS = (".journal", ".crash")
_DEATHS_TO_HALVE = 2
_DEATHS_ALONE = 3
_WITHOUT_EVIDENCE = 5
"""Deaths without evidence of a crash that count as one crash."""

_ENTRIES: tuple[Mapping[str, type], ...] = (
    {"begun": list, "boot": str, "starved": int},
    {"ended": list},
    {"died": list, "evidence": bool},
)
"""The kinds of entries: their keys, and the types of the values. A list is of trial ids."""


class Journal:
    """The journal of one output directory; safe to use from several threads.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.path, self._crash = (folder / name for name in JOURNALS)
        self._lock = threading.Lock()
        self._in_flight: set[tuple[str, ...]] = set()
        self._stopped = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Attribute the death of the last process, if it died; record it if this one crashes."""
        self._settle()
        try:
            file = self._crash.open("w")
        except OSError as error:
            raise ResultsError(f"{self._crash}: cannot be written: {error.strerror}") from None
        with file:
            was_on = faulthandler.is_enabled()
            faulthandler.enable(file)
            try:
                yield
            finally:
                faulthandler.disable()
                if was_on:
                    faulthandler.enable()

    def begin(self, ids: Sequence[str]) -> None:
        """Record that these trials are about to be trained, together."""
        with self._lock:
            if self._stopped:
                return
            self._in_flight.add(tuple(ids))
            self._write({"begun": list(ids), "boot": _boot(), "starved": oom_kills()})

    def end(self, ids: Sequence[str]) -> None:
        """Record that the training of these trials has ended, whatever the outcome."""
        with self._lock:
            if tuple(ids) in self._in_flight:
                self._in_flight.discard(tuple(ids))
                self._write({"ended": list(ids)})

    def stop(self) -> None:
        """Record that a stop was requested: an end of the process from now on is not attributed to any trial."""
        with self._lock:
            self._stopped = True
            for ids in self._in_flight:
                self._write({"ended": list(ids)})
            self._in_flight.clear()

    def record_deaths(self, ids: Sequence[str], evidence: bool, times: int = 1) -> None:
        """Record that other processes died while they trained these trials, together."""
        with self._lock:
            for _ in range(times):
                self._write({"died": list(ids), "evidence": evidence})

    def deaths(self) -> dict[str, list[int]]:
        """Return, for each trial to which deaths are attributed, the sizes of the blocks it was in."""
        crashes: dict[str, list[int]] = {}
        unexplained: dict[str, list[int]] = {}
        for entry in self._entries():
            for trial in entry.get("died", ()):
                (crashes if entry["evidence"] else unexplained).setdefault(trial, []).append(len(entry["died"]))
        for trial, sizes in unexplained.items():
            crashes.setdefault(trial, []).extend(sizes[_WITHOUT_EVIDENCE - 1 :: _WITHOUT_EVIDENCE])
        return {trial: sizes for trial, sizes in crashes.items() if sizes}

    def forget(self) -> None:
        """Start a new journal."""
        for path in (self.path, self._crash):
            path.unlink(missing_ok=True)

    def _settle(self) -> None:
        """Record the death of blocks that were begun and not ended, and whether there is evidence of a crash."""
        opened: list[Mapping[str, Any]] = []
        for entry in self._entries():
            if "begun" in entry:
                opened.append(entry)
            ended = entry.get("ended", entry.get("died"))
            opened = [begin for begin in opened if begin["begun"] != ended]
        crashed = self._crash.exists() and self._crash.stat().st_size > 0
        for entry in opened:
            if entry["boot"] == _boot():
                self._write({"died": entry["begun"], "evidence": crashed or oom_kills() > entry["starved"]})
            else:
                self._write({"ended": entry["begun"]})

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        """Yield the valid entries of the journal; other lines are ignored."""
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be read: {error.strerror}") from None
        for line in text[: text.rfind("\n") + 1].splitlines():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):  # empty, or cut off by a kill
                continue
            if _is_valid(entry):
                yield entry

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = f"\n{json.dumps(entry, separators=(',', ':'))}\n"  # the last line may be cut off
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
            try:
                os.write(file, line.encode())
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be written: {error.strerror}") from None


def limits(deaths: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return the largest block that each suspected trial may be in; 0 for a trial that must not be tried again.

    A block that crashed the process twice is halved, and so on; a trial that did so three times on its own is given up.

    Parameters
    ----------
    deaths : mapping of str to sequence of int
        As from `Journal.deaths`.
    """
    largest = {}
    for trial, sizes in deaths.items():
        ordered = sorted(sizes)
        if len(ordered) >= _DEATHS_TO_HALVE:
            largest[trial] = max(1, ordered[_DEATHS_TO_HALVE - 1] // 2)
        if ordered.count(1) >= _DEATHS_ALONE:
            largest[trial] = 0
    return largest


def _is_valid(entry: Any) -> bool:
    kind = next((kind for kind in _ENTRIES if isinstance(entry, dict) and entry.keys() == kind.keys()), None)
    return kind is not None and all(
        isinstance(entry[key], expected)
        and (expected is not list or all(isinstance(trial, str) for trial in entry[key]))
        for key, expected in kind.items()
    )


def _boot() -> str:
    """Return an identifier of this start of the machine; empty if the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
