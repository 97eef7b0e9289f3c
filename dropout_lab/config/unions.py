"""Sections of which a config has one of several kinds, and what becomes of one as its kind changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropout_lab.config.evaluation import EVALUATIONS
from dropout_lab.config.model import MODELS
from dropout_lab.config.optimizers import OPTIMIZERS
from dropout_lab.config.schedules import SCHEDULES
from dropout_lab.config.section import TaggedUnion
from dropout_lab.config.yaml_document import KeyPath

__all__ = ["TAGGED_UNIONS", "start_afresh", "tag_at", "with_values"]

TAGGED_UNIONS: dict[KeyPath, TaggedUnion] = {
    ("model",): MODELS,
    ("dropout", "schedule"): SCHEDULES,
    ("training", "optimizer"): OPTIMIZERS,
    ("evaluation",): EVALUATIONS,
}


def tag_at(key: str) -> TaggedUnion | None:
    """Return the union of which a dotted key selects the section: ``training.optimizer.name``."""
    *path, last = key.split(".")
    union = TAGGED_UNIONS.get(tuple(path))
    return union if union and union.tag == last else None


def with_values(data: dict[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """Return an experiment as plain data with the dotted keys of a point set.

    A section that becomes another kind starts from that kind's defaults; other keys of the point apply to it.

    Parameters
    ----------
    data : dict
        Is changed.
    point : mapping
    """
    for key, value in sorted(point.items(), key=lambda item: tag_at(item[0]) is None):  # kinds first
        *sections, last = key.split(".")
        section = data
        for part in sections:
            section = section[part]
        union = tag_at(key)
        if union and value in union.sections and value != section[last]:
            kept = start_afresh(section, union, value)
            section.clear()
            section |= kept
        section[last] = value
    return data


def start_afresh(section: Mapping[str, Any], union: TaggedUnion, kind: str) -> dict[str, Any]:
    """Return what a section keeps as it becomes another kind: settings that have no default there."""
    fields = union.sections[kind].model_fields
    return {key: value for key, value in section.items() if key in fields and fields[key].is_required()}
