"""What ``run.json`` says of a result, as lines of text: the data, and every start with its versions and processor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Facts", "Start", "facts_of"]


@dataclass(frozen=True)
class Start:
    """One start of the program that contributed to a result, every line (what, text)."""

    command: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Facts:
    """Where a result comes from; what is not known is left out.

    Attributes
    ----------
    checksum : str
        Of the data's values; empty if not known.
    note : str
        What must be said wherever results from these data are shown; mostly empty.
    splits : tuple of str
        What must be known of the rows that are trained on and held out: equal ones, and folds that lack a class.
    data : tuple of (what, text)
    starts : tuple of Start
    """

    checksum: str
    note: str
    splits: tuple[str, ...]
    data: tuple[tuple[str, str], ...]
    starts: tuple[Start, ...]

    @property
    def mixed(self) -> bool:
        """Whether the starts differ in what their numbers depend on: versions, processor and threads."""
        depends = ("processor", "threads per operation", "versions")
        return len({tuple(line for line in start.lines if line[0] in depends) for start in self.starts}) > 1


def facts_of(run: Mapping[str, Any]) -> Facts:
    """Read the content of ``run.json``, which may lack anything and hold anything.

    Parameters
    ----------
    run : mapping
        As from `results.saved_run`.
    """
    data = _mapping(run.get("data"))
    starts = run.get("starts")
    named = [("data set", "name"), ("rows", "rows"), ("inputs", "inputs"), ("classes", "classes")]
    named += [("source", "source"), ("SHA-256 of the values", "checksum")]
    return Facts(
        checksum=_text(data.get("checksum")),
        note=_text(data.get("note")).strip(),
        splits=tuple(filter(None, (_text(_mapping(data.get("duplicates")).get("note")), *_texts(run.get("splits"))))),
        data=_lines({label: _text(data.get(key)) for label, key in named}),
        starts=tuple(_start(_mapping(each)) for each in (starts if isinstance(starts, list) else [])),
    )


def _start(start: Mapping[str, Any]) -> Start:
    versions = _mapping(start.get("versions"))
    cores = _text(start.get("cores"))
    processor = ", ".join(part for part in (_text(start.get("processor")), cores and f"{cores} cores") if part)
    lines = {
        "began": _text(start.get("began")),
        "ended": _text(start.get("ended")),
        "trials trained": _text(start.get("trained")),
        "Dask workers": _text(start.get("workers")),
        "processor": processor,
        "threads per operation": _text(start.get("threads")),
        "system": _text(start.get("system")),
        "versions": ", ".join(f"{name} {_text(version)}" for name, version in versions.items()),
    }
    return Start(_text(start.get("command")), _lines(lines))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value) if isinstance(value, str | int | float) else ""


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in value] if isinstance(value, list) else []


def _lines(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in texts.items() if text)
