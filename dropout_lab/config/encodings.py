"""How single columns of a table reach a network: category by category through an embedding, or word by word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dropout_lab.config.section import Count, Section, tagged_union
from dropout_lab.config.suggestions import nearest

__all__ = ["ENCODINGS", "ColumnEncoding", "Embedding", "Encoding", "Text"]


class Embedding(Section):
    """Each category has a vector that is learned, in place of an input of its own."""

    kind: Literal["embedding"] = Field("embedding", description="embedding: a learned vector for each category")
    size: Count | None = Field(
        None, description="numbers in a vector; by default 1.6 times the categories to the power of 0.56, at most 600"
    )

    def size_for(self, categories: int) -> int:
        """Return the size of the vectors of so many categories; by default fastai's rule."""
        return self.size or min(600, max(1, round(1.6 * categories**0.56)))


class Text(Section):
    """Each word of a text is an index, as by Keras' TextVectorization with its defaults."""

    kind: Literal["text"] = Field("text", description="text: a sequence of words, each with a learned vector")
    words: Annotated[int, Field(ge=3, le=1_000_000)] = Field(
        10_000,
        description="size of the vocabulary: the most frequent words of the training rows, with two places for the "
        "padding and for unknown words",
    )
    length: Annotated[int, Field(ge=1, le=10_000)] = Field(
        100, description="words of a text that are read; shorter texts are padded"
    )


ENCODINGS = tagged_union("kind", "", Embedding, Text)


def _expanded(value: Any) -> Any:
    """Return an encoding that is named only as the section that it stands for."""
    kinds = list(ENCODINGS.sections)
    if isinstance(value, Section):
        return value
    if isinstance(value, str):
        if value not in kinds:
            raise ValueError(f"expected {' or '.join(kinds)}, got {value!r}{nearest(value, kinds, '')}")
        return {"kind": value}
    if not isinstance(value, Mapping) or "kind" not in value:
        raise ValueError(
            f"expected {' or '.join(kinds)}, or settings with their kind: {{kind: embedding, size: 8}}, {{kind: text, "
            f"words: 10000, length: 100}}, got {value!r}"
        )
    return value


Encoding = Embedding | Text

if TYPE_CHECKING:
    ColumnEncoding = Embedding | Text
else:
    ColumnEncoding = Annotated[
        ENCODINGS.annotation(),
        BeforeValidator(_expanded, json_schema_input_type=Literal["embedding", "text"] | Embedding | Text),
    ]
