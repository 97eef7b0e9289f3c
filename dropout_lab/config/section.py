"""The base of all sections of an experiment: frozen, strict, no unknown keys; and the types of their numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

__all__ = [
    "MAX_COUNT",
    "Count",
    "Deviation",
    "Fraction",
    "Name",
    "NotNegative",
    "OpenFraction",
    "Positive",
    "Rate",
    "Section",
    "Seed",
    "TaggedUnion",
    "tagged_union",
    "without_defaults",
]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

MAX_COUNT = 100_000
"""The largest number of units, epochs, or rows of a batch."""

Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Rate = Annotated[float, Field(ge=0, lt=1), AfterValidator(abs)]  # -0 is 0
Deviation = Annotated[float, Field(ge=0, le=1), AfterValidator(abs)]  # the largest that Keras takes
Positive = Annotated[float, Field(gt=0, le=1e6)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
OpenFraction = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$", max_length=100)]

_TAGS = frozenset({"name", "kind", "split"})
"""Keys that select a section, on which the meaning of its other keys depends."""


class Section(BaseModel):
    """A section of an experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class TaggedUnion:
    """Sections of which a config has one, selected by a key.

    Attributes
    ----------
    tag : str
        The key, e.g. ``name``.
    default : str
        The key's value where it is left out.
    sections : mapping of str to type of Section
        By the key's value.
    """

    tag: str
    default: str
    sections: Mapping[str, type[Section]]

    def annotation(self) -> Any:
        """Return the type from which pydantic selects a section by the key."""

        def tag_of(value: Any) -> Any:
            return value.get(self.tag, self.default) if isinstance(value, dict) else getattr(value, self.tag, None)

        members = (Annotated[section, Tag(tag)] for tag, section in self.sections.items())
        return Annotated[reduce(or_, members), Discriminator(tag_of)]


def tagged_union(tag: str, default: str, *sections: type[Section]) -> TaggedUnion:
    """Return a union of sections, the default of whose field `tag` is the key's value that selects them."""
    return TaggedUnion(tag, default, {section.model_fields[tag].default: section for section in sections})


def without_defaults(section: Section) -> dict[str, Any]:
    """Return a section's settings that are not at their defaults, as plain data.

    So a key that a later version of the program adds changes nothing while it is at its default.
    """
    result: dict[str, Any] = {}
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, Section):
            result[key] = without_defaults(value)
        elif isinstance(value, dict) and any(isinstance(item, Section) for item in value.values()):
            result[key] = {name: without_defaults(item) for name, item in value.items()}
        elif key in _TAGS or field.is_required() or value != field.default:
            result[key] = value
    return result
