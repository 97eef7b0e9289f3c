"""YAML text -> plain data, with the location (file and line) of every key and value.

Only the part of YAML that a config needs is supported: mappings with text keys, lists, and scalars by YAML 1.2's core
schema for decimal numbers (so that ``1e-3`` is a number, ``no`` is text and ``1:30`` is not sexagesimal). Anchors,
aliases and tags are refused, and size and depth are bounded, so that no file can construct an object or exhaust
memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml

from dropout_lab.errors import ConfigError

__all__ = ["Document", "KeyPath", "dump", "parse"]

KeyPath = tuple[str | int, ...]

_MAX_CHARACTERS = 200_000
_MAX_DEPTH = 20
_PLAIN: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"~|null|Null|NULL|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]+"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"), lambda text: float(text.replace(".", ""))),
)


@dataclass(frozen=True)
class Document:
    """A parsed file.

    Attributes
    ----------
    data : dict
        Plain values: dict, list, str, int, float, bool, None.
    locations : mapping of key path to str
        ``file:line`` of every key path in `data`; the empty path is the file itself.
    """

    data: dict[str, Any]
    locations: Mapping[KeyPath, str] = field(default_factory=lambda: MappingProxyType({}))

    def location(self, path: KeyPath) -> str:
        """Return the location of `path`, or of its nearest parent that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.locations:
                return self.locations[path[:end]]
        return ""


def parse(text: str, source: str) -> Document:
    """Read one YAML file.

    Parameters
    ----------
    text : str
        The file's text.
    source : str
        The file's name in messages.

    Returns
    -------
    Document
        The mapping at the top of the file; empty if the file is.

    Raises
    ------
    ConfigError
        If the text is not YAML, or uses a part of YAML that is not supported.
    """
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError([f"{source}: larger than {_MAX_CHARACTERS:,} characters, the most that a config may have"])
    reader = _Reader(source)
    try:
        data = reader.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError([f"{source}{line}: not valid YAML: {error.problem or error.context}"]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, ConfigError):
            raise
        first = str(error).splitlines()[0]
        raise ConfigError([f"{source}: not valid YAML: {first}"]) from None
    if not isinstance(data, dict):
        raise ConfigError([f"{source}:1: expected 'key: value' lines, got {_name(data)}"])
    return Document(data, MappingProxyType(reader.locations))


def dump(data: Mapping[str, Any]) -> str:
    """Write plain data as YAML text that `parse` reads back to the same data."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, default_flow_style=None, width=100, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """PyYAML writes YAML 1.1; text that `parse` would read as a number is quoted."""

    def represent_text(self, text: str) -> yaml.Node:
        plain = "\x85" not in text and not any(pattern.fullmatch(text) for pattern, _ in _PLAIN)
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(str, _Dumper.represent_text)


class _Reader:
    """Builds values from PyYAML's events, so that depth is checked before anything is constructed."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.locations: dict[KeyPath, str] = {(): source}

    def fail(self, event: yaml.Event, message: str) -> ConfigError:
        return ConfigError([f"{self.location(event)}: {message}"])

    def location(self, event: yaml.Event) -> str:
        return f"{self.source}:{event.start_mark.line + 1}" if event.start_mark else self.source

    def document(self, events: Iterator[yaml.Event]) -> Any:
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.fail(event, "a second document starts here, but a file holds one experiment")
            elif isinstance(event, yaml.NodeEvent):
                value = self.value(event, events, ())
        return {} if value is None else value

    def value(self, event: yaml.Event, events: Iterator[yaml.Event], path: KeyPath) -> Any:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self.fail(event, "anchors and aliases (&, *) are not supported: use 'extends' to share settings")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self.fail(event, f"tags are not supported, got {tag!r}: write the plain value")
        if len(path) > _MAX_DEPTH:
            raise self.fail(event, f"nested more than {_MAX_DEPTH} deep, the most that a config may be")
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(events, path)
        return self.scalar(event)

    def mapping(self, events: Iterator[yaml.Event], path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                raise self.fail(event, "a key must be a single word")
            key = str(event.value)
            if key in result:
                raise self.fail(event, f"{key}: given twice in one mapping")
            self.locations[*path, key] = self.location(event)
            result[key] = self.value(next(events), events, (*path, key))
        return result

    def sequence(self, events: Iterator[yaml.Event], path: KeyPath) -> list[Any]:
        result: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            item = (*path, len(result))
            self.locations[item] = self.location(event)
            result.append(self.value(event, events, item))
        return result

    def scalar(self, event: Any) -> Any:
        text = str(event.value)
        if not event.implicit[0]:  # quoted: always text
            return text
        for pattern, convert in _PLAIN:
            if pattern.fullmatch(text):
                try:
                    return convert(text)
                except ValueError:  # more digits than Python converts
                    raise self.fail(event, f"a number of {len(text)} digits is too long") from None
        return text


def _name(value: Any) -> str:
    return "a list" if isinstance(value, list) else f"{value!r}"
