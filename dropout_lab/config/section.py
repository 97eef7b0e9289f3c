"""What all parts of an experiment share: frozen, strict, nothing unknown allowed; and the kinds of numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, StringConstraints

__all__ = [
    "MOST",
    "Count",
    "Deviation",
    "Fraction",
    "Name",
    "NotNegative",
    "Part",
    "Positive",
    "Rate",
    "Section",
    "Seed",
    "TaggedUnion",
    "without_defaults",
]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

MOST = 100_000
"""The largest count: of units, epochs, rows of a batch."""

Count = Annotated[int, Field(ge=1, le=MOST)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Rate = Annotated[float, Field(ge=0, lt=1), AfterValidator(abs)]  # -0 is 0
Deviation = Annotated[float, Field(ge=0, le=1), AfterValidator(abs)]  # as far as Keras goes
Positive = Annotated[float, Field(gt=0, le=1e6)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Part = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$", max_length=100)]

_TAGS = frozenset({"name", "kind", "split"})
"""Keys that say which section it is: what its other keys mean depends on them."""


class Section(BaseModel):
    """A part of an experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class TaggedUnion:
    """Sections of which a config takes one, told apart by a key.

    Attributes
    ----------
    tag : str
        The key, e.g. ``name``.
    default : str
        Its value where it is left out.
    sections : mapping
        The key's value -> section.
    """

    tag: str
    default: str
    sections: Mapping[str, type[Section]]

    def discriminator(self) -> Discriminator:
        """Return what tells pydantic which section a value is for."""

        def tag(value: Any) -> Any:
            return value.get(self.tag, self.default) if isinstance(value, dict) else getattr(value, self.tag, None)

        return Discriminator(tag)


def without_defaults(section: Section) -> dict[str, Any]:
    """Return what a section says that is not a default, as plain data.

    A key that is new in a later version of the program, at its default, leaves it as it was.
    """
    result: dict[str, Any] = {}
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        if isinstance(value, Section):
            result[key] = without_defaults(value)
        elif key in _TAGS or field.is_required() or value != field.default:
            result[key] = value
    return result
