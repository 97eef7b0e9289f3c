"""What a row of the matrix that every engine trains on consists of: numbers, and whole numbers that are indices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dropout_lab.config.model import CNN, MLP, Model, OwnModel

__all__ = ["NUMBERS", "NamedInput", "RowShape", "row_read_by"]

NUMBERS = "numbers"
"""The name of the input that holds all numbers and one-hot encoded categories."""


@dataclass(frozen=True)
class NamedInput:
    """Neighboring inputs of a row that belong together.

    Attributes
    ----------
    name : str
        `NUMBERS`, or the column's.
    shape : tuple of int
        Without the rows: ``(inputs,)`` of numbers, ``()`` of a category, ``(length,)`` of a text.
    indices : int
        The number of different indices: one more than the largest that a row can have; 0 for numbers.
    size : int
        Of the vectors that a built-in network learns for them; 0 where the model says it.
    """

    name: str
    shape: tuple[int, ...]
    indices: int = 0
    size: int = 0

    @property
    def is_text(self) -> bool:
        """Whether it is a sequence of indices of words, 0 where it is padded."""
        return self.indices > 0 and self.shape != ()

    @property
    def width(self) -> int:
        """How many columns of the matrix it takes."""
        return math.prod(self.shape)


class RowShape(tuple[int, ...]):
    """The shape of a row, ``(inputs,)``, of which some are indices.

    Parameters
    ----------
    inputs : tuple of NamedInput
        In the order of the row.
    """

    inputs: tuple[NamedInput, ...]

    def __new__(cls, inputs: tuple[NamedInput, ...]) -> RowShape:
        """Return the shape of a row of these inputs."""
        shape = super().__new__(cls, (sum(each.width for each in inputs),))
        shape.inputs = inputs
        return shape

    def __getnewargs__(self) -> tuple[Any, ...]:
        """Return what a copy is made of."""
        return (self.inputs,)

    def __eq__(self, other: object) -> bool:
        """Return whether a row consists of the same inputs."""
        return isinstance(other, RowShape) and self.inputs == other.inputs

    def __ne__(self, other: object) -> bool:
        """Return whether it does not; a tuple's own would compare the sizes."""
        return not self == other

    def __hash__(self) -> int:
        """Return a hash of the inputs."""
        return hash(self.inputs)

    def spans(self) -> Iterator[tuple[NamedInput, slice]]:
        """Yield each input with the columns of the matrix that it takes."""
        start = 0
        for each in self.inputs:
            yield each, slice(start, start + each.width)
            start += each.width

    def texts(self) -> tuple[NamedInput, ...]:
        """Return the inputs that are sequences of words."""
        return tuple(each for each in self.inputs if each.is_text)

    def embedded(self, words: int, *, as_sequence: bool) -> tuple[int, ...]:
        """Return the shape of a row whose indices are vectors.

        Parameters
        ----------
        words : int
            Size of the vector of a word.
        as_sequence : bool
            Whether the texts are a sequence of (steps, words), and other inputs are left out; else each text is the
            mean of its words.
        """
        if as_sequence and self.texts():
            return sum(each.shape[0] for each in self.texts()), words
        sizes = (words if each.is_text else each.size or each.width for each in self.inputs)
        return (sum(sizes),)


def row_read_by(model: Model, row: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a row as the layers of a network read it: with vectors in place of indices."""
    if not isinstance(row, RowShape) or isinstance(model, CNN | OwnModel):
        return row
    return row.embedded(model.embedding, as_sequence=not isinstance(model, MLP))
