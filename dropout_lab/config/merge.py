"""The settings of one config in place of those of another: `extends`, and overrides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from dropout_lab.config.dataset import source_of
from dropout_lab.config.unions import TAGGED_UNIONS
from dropout_lab.config.yaml_document import Document, KeyPath

__all__ = ["merge"]


def merge(base: Document, change: Document) -> Document:
    """Merge `change` into `base`: mappings key by key, anything else is replaced.

    A section that becomes another one (another optimizer, data set, kind of model or split) is replaced, too: the
    settings of its predecessor do not apply to it. An empty sweep removes the sweep.
    """
    locations = dict(base.locations)

    def merged(old: Any, new: Any, path: KeyPath) -> Any:
        if isinstance(old, dict) and isinstance(new, dict) and not _is_another(old, new, path):
            return old | {key: merged(old[key], new[key], (*path, key)) if key in old else new[key] for key in new}
        for replaced in [key for key in locations if key[: len(path)] == path]:
            del locations[replaced]
        return new

    data = merged(base.data, change.data, ())
    return Document(data, MappingProxyType(locations | dict(change.locations)))


def _is_another(old: Mapping[str, Any], new: Mapping[str, Any], path: KeyPath) -> bool:
    """Return whether the section at a path becomes another one, or is removed."""
    if path == ("sweep",):
        return not new
    if path == ("dataset",) and None not in (before := source_of(old), after := source_of(new)):
        return before != after or (before == "name" and new["name"] != old["name"])
    union = TAGGED_UNIONS.get(path)
    if union:
        tag = old.get(union.tag, union.default)
        return bool(new.get(union.tag, tag) != tag)
    return bool(path) and "name" in new and "name" in old and new["name"] != old["name"]
