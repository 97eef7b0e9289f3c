"""Which trials were being trained when a process died, and what follows from it.

Before a block is trained its trials are written down, and again when the block is through. What was begun and not
ended was in flight when the process died. It is to blame if there is evidence: the process crashed, or the system
has killed processes for want of memory since. Without evidence somebody may have killed the process, so that it
takes many such deaths to mean anything. A stop that was asked for, and a machine that was started anew, mean nothing.
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
"""Deaths that count as one where nothing says that the process was taken down from within."""

_ENTRIES: tuple[Mapping[str, type], ...] = (
    {"begun": list, "boot": str, "starved": int},
    {"ended": list},
    {"died": list, "evidence": bool},
)
"""The kinds of lines: their keys, and what each holds. A list is of ids."""


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
        """Settle what was in flight when the last process died; take note if this one crashes."""
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
        """Note that these trials are about to be trained, together."""
        with self._lock:
            if self._stopped:
                return
            self._in_flight.add(tuple(ids))
            self._write({"begun": list(ids), "boot": _boot(), "starved": oom_kills()})

    def end(self, ids: Sequence[str]) -> None:
        """Note that these trials are through, whatever came of them."""
        with self._lock:
            if tuple(ids) in self._in_flight:
                self._in_flight.discard(tuple(ids))
                self._write({"ended": list(ids)})

    def stop(self) -> None:
        """Note that a stop was asked for: what is in flight from now on is not to blame if the process ends."""
        with self._lock:
            self._stopped = True
            for ids in self._in_flight:
                self._write({"ended": list(ids)})
            self._in_flight.clear()

    def record_deaths(self, ids: Sequence[str], evidence: bool, times: int = 1) -> None:
        """Note that other processes ended while they trained these trials, together."""
        with self._lock:
            for _ in range(times):
                self._write({"died": list(ids), "evidence": evidence})

    def deaths(self) -> dict[str, list[int]]:
        """Return, for each trial that is to blame for a death, the sizes of the blocks it was in."""
        blamed: dict[str, list[int]] = {}
        others: dict[str, list[int]] = {}
        for entry in self._entries():
            for trial in entry.get("died", ()):
                (blamed if entry["evidence"] else others).setdefault(trial, []).append(len(entry["died"]))
        for trial, sizes in others.items():
            blamed.setdefault(trial, []).extend(sizes[_WITHOUT_EVIDENCE - 1 :: _WITHOUT_EVIDENCE])
        return {trial: sizes for trial, sizes in blamed.items() if sizes}

    def forget(self) -> None:
        """Begin a new journal."""
        for path in (self.path, self._crash):
            path.unlink(missing_ok=True)

    def _settle(self) -> None:
        """Write down who died, and whether there is evidence."""
        opened: list[Mapping[str, Any]] = []
        for entry in self._entries():
            if "begun" in entry:
                opened.append(entry)
            through = entry.get("ended", entry.get("died"))
            opened = [each for each in opened if each["begun"] != through]
        crashed = self._crash.exists() and self._crash.stat().st_size > 0
        for entry in opened:
            if entry["boot"] == _boot():
                self._write({"died": entry["begun"], "evidence": crashed or oom_kills() > entry["starved"]})
            else:
                self._write({"ended": entry["begun"]})

    def _entries(self) -> Iterator[Mapping[str, Any]]:
        """Yield the whole lines of the journal that make sense."""
        try:
            text = self.path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise ResultsError(f"{self.path}: cannot be read: {error.strerror}") from None
        for line in text[: text.rfind("\n") + 1].splitlines():
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):  # empty, or torn by a kill
                continue
            if any(_is_a(entry, kind) for kind in _ENTRIES):
                yield entry

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = f"\n{json.dumps(entry, separators=(',', ':'))}\n"  # the last line may be torn
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
    """Return how many trials a block that holds a suspect may have at most; 0 for one that must not be tried again.

    A block that took the process down twice is halved, and so on; a trial that did so three times on its own is
    given up.

    Parameters
    ----------
    deaths : mapping
        As `Journal.deaths` gives them.
    """
    found = {}
    for trial, sizes in deaths.items():
        ordered = sorted(sizes)
        if len(ordered) >= _DEATHS_TO_HALVE:
            found[trial] = max(1, ordered[_DEATHS_TO_HALVE - 1] // 2)
        if ordered.count(1) >= _DEATHS_ALONE:
            found[trial] = 0
    return found


def _is_a(entry: Any, kind: Mapping[str, type]) -> bool:
    """Tell whether a line of the journal is of a kind."""
    if not isinstance(entry, dict) or entry.keys() != kind.keys():
        return False
    values = [(entry[key], expected) for key, expected in kind.items()]
    ids = [each for value, expected in values if expected is list and isinstance(value, list) for each in value]
    return all(isinstance(value, expected) for value, expected in values) and all(isinstance(id_, str) for id_ in ids)


def _boot() -> str:
    """Return what tells this start of the machine from any other; nothing where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
