"""Arrays found by the names that people use."""

from __future__ import annotations

import pytest

from dropout_lab.config.dataset import NPZ
from dropout_lab.datasets.arrays.array_names import ArrayNames, find_names
from dropout_lab.errors import DatasetError


def found(*available: str, **keys: str) -> ArrayNames:
    return find_names(NPZ.model_validate({"npz": "my.npz", **keys}), available, "my.npz")


@pytest.mark.parametrize(
    ("inputs", "target"),
    [("x", "y"), ("X_train", "y_train"), ("data", "target"), ("images", "labels"), ("x_train", "y_train")],
)
def test_usual_names_are_found_and_told(inputs: str, target: str) -> None:
    names = found("other", target, inputs)
    assert (names.inputs, names.target, names.test) == (inputs, target, ())
    assert names.notes == (f"my.npz: the inputs are {inputs}, the target is {target}",)


def test_names_of_the_defaults_need_no_word() -> None:
    assert found("X", "y", "x", "x_train", "y_train", "x_test", "y_test") == ArrayNames("X", "y")


def test_a_test_set_beside_training_rows_is_found_and_told() -> None:
    names = found("x_test", "y_test", "x_train", "y_train")
    assert names.test == ("x_test", "y_test")
    assert names.notes[1] == "my.npz: the test set is x_test, y_test: evaluation.split: test holds it out"
    assert found("x_train", "y_train", "x_test").test == ()
    assert found("x_train", "y_train", "x_test", "y_test", test="other.npz").test == ()


def test_other_names_are_taken_from_the_config() -> None:
    names = found("a", "b", "c", "d", inputs="a", target="b", test_inputs="c", test_target="d")
    assert names == ArrayNames("a", "b", ("c", "d"))
    assert found("x_train", "y_train", "x_test", "y_test", inputs="x_train", target="y_train").test == ()


def test_what_goes_with_a_name_that_is_given_is_found() -> None:
    assert found("pixels", "labels", inputs="pixels").target == "labels"
    assert found("images", "kind", target="kind").inputs == "images"
    assert found("x_train", "y_train", target="y_train").inputs == "x_train"


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DatasetError) as caught:
        found("imags", "kind", inputs="images", test_inputs="a", test_target="b")
    assert [*caught.value.problems] == [
        "dataset.inputs: my.npz has no array images; did you mean imags? (arrays: imags, kind)",
        "dataset.target: my.npz has no array y (arrays: imags, kind)",
        "dataset.test_inputs: my.npz has no array a (arrays: imags, kind)",
        "dataset.test_target: my.npz has no array b (arrays: imags, kind)",
    ]
    with pytest.raises(DatasetError, match="has no array X, and no other"):
        found()
