"""Pydantic's validation errors -> messages with file, line and key."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dropout_lab.config.dataset import SOURCES
from dropout_lab.config.encodings import ENCODINGS
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.random_search import RandomSearch
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import Section, TaggedUnion
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.sweep import RANDOM, SweepError
from dropout_lab.config.unions import TAGGED_UNIONS
from dropout_lab.config.yaml_document import Document, KeyPath

__all__ = ["describe", "messages", "shorten", "with_location"]

_BRANCHES: dict[KeyPath, Mapping[str, type[Section]]] = {
    **{path: choice.sections for path, choice in TAGGED_UNIONS.items()},
    ("dropout", "rate"): {"layers": LayerRates},
    **{("dropout", "rate", site): {} for site in ("hidden", "conv", "dense")},
    ("model", "width"): {},
    ("dataset",): SOURCES,
    ("training", "class_weight"): {},
}
"""Where a value may be of several types: pydantic's tag for the type it chose -> section, if it is one."""

_SWEPT: Mapping[str, type[Section]] = {RANDOM: RandomSearch}


def messages(error: ValidationError, document: Document) -> list[str]:
    """Return a message for each distinct problem."""
    details = [detail for detail in error.errors() if not _is_consequence(detail)]
    return list(dict.fromkeys(message for detail in details for message in _messages(detail, document)))


def _is_consequence(detail: ErrorDetails) -> bool:
    """Return whether a list is called too short only because its items were refused."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _messages(detail: ErrorDetails, document: Document) -> Iterator[str]:
    path, section = _key_path(detail["loc"])
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, SweepError):
        for key, problem in error.problems:
            message = problem if isinstance(problem, str) else _describe_point(problem, key)
            yield with_location(document, ("sweep", *key), message)
    else:
        yield with_location(document, path, describe(detail, path, section))


def _describe_point(detail: ErrorDetails, swept: KeyPath) -> str:
    """Describe a problem of a point of the sweep: the key inside a section that is swept, and the section's kind."""
    path, section = _key_path(detail["loc"])
    prefix = str(swept[0]).split(".") if swept else []
    inner = path[len(prefix) :] if list(path[: len(prefix)]) == prefix else ()
    union = TAGGED_UNIONS.get(path[:-1]) if detail["type"] == "extra_forbidden" else None
    kind = (
        f"with {'.'.join(map(str, path[:-1]))}.{union.tag} {section.model_fields[union.tag].default}" if union else ""
    )
    return _join(".".join(map(str, inner)), kind, describe(detail, path, section))


def with_location(document: Document, path: KeyPath, message: str) -> str:
    """Return ``file:line: key: message``; where there is no path, the message may begin with the key by itself."""
    key = path or tuple(message.partition(":")[0].split("."))
    return _join(document.location(key), ".".join(map(str, path)), message)


def _join(*parts: str) -> str:
    return ": ".join(filter(None, parts))


def _key_path(loc: Iterable[str | int]) -> tuple[KeyPath, type[Section]]:
    """Return the key path of pydantic's location, without the tags of unions, and the last section on it."""
    path: list[str | int] = []
    section: type[Section] = Experiment
    branch: Mapping[str, type[Section]] | None = None
    for part in loc:
        if branch is not None:
            section, branch = branch.get(str(part), section), None
        else:
            path.append(part)
            branch = _SWEPT if path[0] == "sweep" and len(path) == 2 else _BRANCHES.get(tuple(path))
            branch = ENCODINGS.sections if _is_encoding(path) else branch
            kind = section.model_fields[part].annotation if part in section.model_fields else None
            sections = [cls for cls in (kind, *get_args(kind)) if inspect.isclass(cls) and issubclass(cls, Section)]
            section = sections[0] if len(sections) == 1 else section
    return tuple(path), section


def _is_encoding(path: Sequence[str | int]) -> bool:
    """Return whether a path is that of the encoding of a column."""
    return len(path) == 3 and tuple(path[:2]) == ("dataset", "encode")


def _union_at(path: KeyPath) -> TaggedUnion | None:
    return ENCODINGS if _is_encoding(path) else TAGGED_UNIONS.get(path)


_EXPECTED = {
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "string_type": "expected text",
    "string_pattern_mismatch": "expected letters, digits, - and _, the first a letter or digit",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "dict_type": "expected 'key: value' lines",
    "model_type": "expected 'key: value' lines",
    "union_tag_not_found": "expected a name, or 'key: value' lines",
    "model_attributes_type": "expected 'key: value' lines",
}


_SWEEP = "give a key and its values, e.g. sweep.dropout.rate=0:0.9:0.1; {} for no sweep"


def describe(detail: ErrorDetails, path: KeyPath, section: type[Section]) -> str:
    """Describe what is wrong with the value at a path of a section: what was expected, and what was found."""
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden" and path[:-1] == ("dataset",) and path[-1] in SOURCES:
        return f"the data already have a {', a '.join(set(SOURCES) & set(section.model_fields))}: leave one of them out"
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(path[-1]), list(section.model_fields))}"
    if kind == "missing":
        about = section.model_fields[str(path[-1])].description if path[-1] in section.model_fields else None
        return "missing" + (f": {about}" if about else "")
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        return f"expected one of {', '.join(choices)}, got {got!r}{nearest(str(got), choices, '')}"
    if kind.startswith("union_tag") and (choice := _union_at(path)):
        known = list(choice.sections)
        if not isinstance(got, dict):
            meant = str(got) if got in known else f"one of {', '.join(known)}"
            return (
                f"{_EXPECTED['dict_type']}, got {shorten(got)}: set {'.'.join(map(str, path))}.{choice.tag} to {meant}"
            )
        name = got.get(choice.tag)
        return f"expected one of {', '.join(known)} as {choice.tag}, got {name!r}{nearest(str(name), known, '')}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("too_short", "too_long"):
        most = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"expected a length of {most}, got {context['actual_length']}"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, got {shorten(got)}" + (": " + _SWEEP if path == ("sweep",) else "")
    return f"{detail['msg'].replace('Input should', 'must')}, got {shorten(got)}"


def shorten(value: Any) -> str:
    """Return a value's repr in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
