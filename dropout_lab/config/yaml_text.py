"""A text or a list of texts as YAML on one line: what a message suggests can be pasted into a config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

__all__ = ["inline", "listed", "quoted", "scalar"]

_WORDS = re.compile(r"[^\W\d_][\w.-]*( \w[\w.-]*)*")


def quoted(text: str) -> str:
    """Quote a text for YAML, whatever characters it contains."""
    return '"' + "".join(char if char.isprintable() and char not in '"\\' else _escaped(char) for char in text) + '"'


def scalar(text: str) -> str:
    """Return a text for YAML, in quotes unless it consists of words that mean themselves."""
    plain = _WORDS.fullmatch(text) and text.isprintable() and yaml.safe_load(text) == text
    return text if plain else quoted(text)


def listed(texts: Iterable[str]) -> str:
    """Return texts as a list for YAML: ``[id, zip code, "2019"]``."""
    return f"[{', '.join(map(scalar, texts))}]"


def inline(value: Any) -> str:
    """Return plain data for YAML on one line: a text in quotes, a number, a list, a mapping, true or false."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{quoted(key)}: {inline(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return listed(value) if all(isinstance(item, str) for item in value) else f"[{', '.join(map(inline, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


def _escaped(character: str) -> str:
    return f"\\{character}" if character in '"\\' else f"\\U{ord(character):08x}"
