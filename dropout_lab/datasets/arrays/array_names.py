"""Which arrays of a file are inputs, targets and the test set: by the config, or by the names that people use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dropout_lab.config.dataset import NamedArrays
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.errors import DatasetError

__all__ = ["INPUT_NAMES", "TARGETS", "TEST_NAMES", "ArrayNames", "find_names"]

_PAIRS = (
    *(("X", "y"), ("x", "y"), ("X_train", "y_train"), ("x_train", "y_train"), ("train_x", "train_y")),
    *(("data", "target"), ("data", "targets"), ("data", "labels"), ("images", "labels"), ("features", "labels")),
    *(("train_images", "train_labels"), ("train_data", "train_labels"), ("X", "Y"), ("inputs", "targets")),
)
"""Names of inputs and targets that are found by themselves, the likeliest first: the config's defaults."""

TARGETS = {inputs: tuple(other for name, other in _PAIRS if name == inputs) for inputs, _ in _PAIRS}
"""Names of inputs -> those of the targets that go with them."""

TEST_NAMES = (("X_test", "y_test"), ("x_test", "y_test"))
"""The same of a test set in a file of its own."""

INPUT_NAMES = tuple(dict.fromkeys(inputs for inputs, _ in _PAIRS))


@dataclass(frozen=True)
class ArrayNames:
    """The names of arrays.

    Attributes
    ----------
    inputs, target : str
    test : tuple of str
        Those of the inputs and the target of a test set in the same file; empty if there is none.
    notes : tuple of str
        What was found that the config does not say.
    """

    inputs: str
    target: str
    test: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find_names(spec: NamedArrays, available: Sequence[str], file: str) -> ArrayNames:
    """Find out which arrays are meant.

    Parameters
    ----------
    spec : NamedArrays
    available : sequence of str
        The names of the arrays in the file.
    file : str
        Its name in messages.

    Raises
    ------
    DatasetError
        If one that is named, or needed, is not there; lists those that are.
    """
    inputs, target, notes = _pair(spec, available)
    problems = [*_missing("inputs", inputs, available, file), *_missing("target", target, available, file)]
    test: tuple[str, ...] = ()
    if spec.test_inputs is not None and spec.test_target is not None:
        test = (spec.test_inputs, spec.test_target)
        problems += [*_missing("test_inputs", test[0], available, file)]
        problems += [*_missing("test_target", test[1], available, file)]
    elif notes and "train" in inputs and spec.test is None:
        found = inputs.replace("train", "test"), target.replace("train", "test")
        test = found if {*found} <= {*available} else ()
        notes += [f"the test set is {found[0]}, {found[1]}: evaluation.split: test holds it out"] if test else []
    if problems:
        raise DatasetError(problems)
    return ArrayNames(inputs, target, test, tuple(f"{file}: {note}" for note in notes))


def _pair(spec: NamedArrays, available: Sequence[str]) -> tuple[str, str, list[str]]:
    """Return the names of inputs and target, and what was found."""
    default_inputs, default_target = _PAIRS[0]
    free = spec.inputs == default_inputs and spec.inputs not in available
    free_target = spec.target == default_target and spec.target not in available
    for inputs, target in _PAIRS:
        fits = inputs in available if free else inputs == spec.inputs
        fits_target = target in available if free_target else target == spec.target
        if fits and fits_target and (free or free_target):
            return inputs, target, [f"the inputs are {inputs}, the target is {target}"]
    if free_target and not free:  # the target that other names go with
        for target in dict.fromkeys(target for _, target in _PAIRS):
            if target in available:
                return spec.inputs, target, [f"the target is {target}"]
    if free and not free_target:
        for inputs in INPUT_NAMES:
            if inputs in available:
                return inputs, spec.target, [f"the inputs are {inputs}"]
    return spec.inputs, spec.target, []


def _missing(key: str, name: str, available: Sequence[str], file: str) -> Iterator[str]:
    if name not in available:
        others = f" (arrays: {join_names(available, 8)})" if available else ", and no other"
        yield f"dataset.{key}: {file} has no array {printable(name)}{nearest(name, list(available), '')}{others}"
