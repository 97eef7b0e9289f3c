"""What pydantic found wrong with a config -> sentences, each with its place."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dropout_lab.config.dataset import SOURCES
from dropout_lab.config.evaluation import EVALUATIONS
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.model import MODELS
from dropout_lab.config.optimizers import OPTIMIZERS
from dropout_lab.config.schedules import SCHEDULES
from dropout_lab.config.schema import Experiment
from dropout_lab.config.section import Section, TaggedUnion
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.sweep import SweepError
from dropout_lab.config.yaml_document import Document, KeyPath

__all__ = ["CHOICES", "in_words", "problems", "short", "told"]

CHOICES: dict[KeyPath, TaggedUnion] = {
    ("model",): MODELS,
    ("dropout", "schedule"): SCHEDULES,
    ("training", "optimizer"): OPTIMIZERS,
    ("evaluation",): EVALUATIONS,
}
_BRANCHES: dict[KeyPath, Mapping[str, type[Section]]] = {
    **{path: choice.sections for path, choice in CHOICES.items()},
    ("dropout", "rate"): {"layers": LayerRates},
    **{("dropout", "rate", place): {} for place in ("hidden", "conv", "dense")},
    ("model", "width"): {},
    ("dataset",): SOURCES,
    ("training", "class_weight"): {},
}
"""Where a value may be of several types: pydantic's mark for the one it took -> section, if it is one."""


def problems(error: ValidationError, document: Document) -> list[str]:
    """Return what is wrong, each thing once."""
    details = [detail for detail in error.errors() if not _follows_from_others(detail)]
    return list(dict.fromkeys(problem for detail in details for problem in _problems(detail, document)))


def _follows_from_others(detail: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because its items were refused."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problems(detail: ErrorDetails, document: Document) -> Iterator[str]:
    path, section = _follow(detail["loc"])
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, SweepError):
        for inner, found in error.problems:
            yield told(document, ("sweep", *inner), found if isinstance(found, str) else _in_a_point(found, inner))
    else:
        yield told(document, path, in_words(detail, path, section))


def _in_a_point(detail: ErrorDetails, inner: KeyPath) -> str:
    """Write what is wrong with a point; within a value that is a section, by the key there."""
    path, section = _follow(detail["loc"])
    swept = str(inner[0]).split(".") if inner else []
    within = path[len(swept) :] if list(path[: len(swept)]) == swept else ()
    return ": ".join(part for part in (".".join(map(str, within)), in_words(detail, path, section)) if part)


def told(document: Document, path: KeyPath, message: str) -> str:
    """Write a message with its place: file, line and key."""
    key = ".".join(str(part) for part in path)
    return ": ".join(part for part in (document.place(path), key, message) if part)


def _follow(loc: Iterable[str | int]) -> tuple[KeyPath, type[Section]]:
    """Return a location's key path, without pydantic's marks for the branch of a union, and its last section."""
    path: list[str | int] = []
    section: type[Section] = Experiment
    branch: Mapping[str, type[Section]] | None = None
    for part in loc:
        if branch is not None:
            section, branch = branch.get(str(part), section), None
        else:
            path.append(part)
            branch = _BRANCHES.get(tuple(path))
            kind = section.model_fields[part].annotation if part in section.model_fields else None
            sections = [each for each in (kind, *get_args(kind)) if inspect.isclass(each) and issubclass(each, Section)]
            section = sections[0] if len(sections) == 1 else section
    return tuple(path), section


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


_SWEEP = "name a key and its values, e.g. sweep.dropout.rate=0:0.9:0.1; {} takes a sweep out"


def in_words(detail: ErrorDetails, path: KeyPath, section: type[Section]) -> str:
    """Write what is wrong with the value at a path, in the section that it belongs to."""
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden" and path[:-1] == ("dataset",) and path[-1] in SOURCES:
        return f"the data have a {', a '.join(set(SOURCES) & set(section.model_fields))} already: leave one of them out"
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(path[-1]), list(section.model_fields))}"
    if kind == "missing":
        about = section.model_fields[str(path[-1])].description if path[-1] in section.model_fields else None
        return "missing" + (f": {about}" if about else "")
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        return f"expected one of {', '.join(choices)}, got {got!r}{nearest(str(got), choices, '')}"
    if kind.startswith("union_tag") and path in CHOICES:
        choice = CHOICES[path]
        known = list(choice.sections)
        if not isinstance(got, dict):
            meant = str(got) if got in known else f"one of {', '.join(known)}"
            return f"{_EXPECTED['dict_type']}, got {short(got)}: set {'.'.join(map(str, path))}.{choice.tag} to {meant}"
        name = got.get(choice.tag)
        return f"expected one of {', '.join(known)} as {choice.tag}, got {name!r}{nearest(str(name), known, '')}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("too_short", "too_long"):
        most = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"expected {most} of them, got {context['actual_length']}"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, got {short(got)}" + (": " + _SWEEP if path == ("sweep",) else "")
    return f"{detail['msg'].replace('Input should', 'must')}, got {short(got)}"


def short(value: Any) -> str:
    """Write a value in at most 60 letters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
