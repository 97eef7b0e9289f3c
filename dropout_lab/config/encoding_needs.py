"""What the encoding of columns means for a network."""

from __future__ import annotations

from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.encodings import Text
from dropout_lab.config.model import MLP, RNN, Conv1D, Model
from dropout_lab.config.section import Section

__all__ = ["has_indices", "has_texts", "unused_size"]


def has_indices(dataset: Section) -> bool:
    """Return whether some inputs of the network are indices of categories or words."""
    return isinstance(dataset, UserDataset) and bool(dataset.encode)


def has_texts(dataset: Section) -> bool:
    """Return whether some inputs of the network are texts."""
    return isinstance(dataset, UserDataset) and any(isinstance(each, Text) for each in dataset.encode.values())


def unused_size(dataset: Section, model: Model) -> str:
    """Return what is said of a size of the vectors of words where there are none; empty if it is not set."""
    if not isinstance(model, MLP | RNN | Conv1D) or has_texts(dataset):
        return ""
    if model.embedding == type(model).model_fields["embedding"].default:
        return ""
    return (
        "model.embedding: it is the size of the vectors of words, but no column is a text, so it has no effect: leave "
        "it out, or set dataset.encode: {COLUMN: text} (the vectors of categories have their size there)"
    )
