"""The section training.augmentation."""

from __future__ import annotations

import pytest

from dropout_lab.config import load
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan

CONFIG = {"dataset": "digits", "model": {"hidden": [4]}}


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({}, "training.augmentation: nothing is changed: set one of flip, rotation, translation, zoom, contrast"),
        ({"flip": "sideways"}, "training.augmentation.flip: expected one of horizontal, vertical, horizontal_and_vert"),
        ({"rotation": 0}, "training.augmentation.rotation: must be greater than 0, got 0"),
        ({"zoom": 1.5}, "training.augmentation.zoom: must be less than or equal to 1, got 1.5"),
        ({"shear": 0.1}, "training.augmentation.shear: unknown key"),
        (5, "training.augmentation: expected 'key: value' lines, got 5"),
    ],
)
def test_what_is_wrong_is_told_with_its_key(section: object, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({**CONFIG, "training": {"epochs": 1, "augmentation": section}})
    assert any(expected in problem for problem in caught.value.problems), caught.value.problems


def test_it_decides_a_trial_only_where_it_is_set() -> None:
    ids = {
        plan(load({**CONFIG, "training": {"epochs": 1, "augmentation": section}}))[0].id
        for section in ({"flip": "vertical"}, {"flip": "vertical", "zoom": None}, None)
    }
    assert len(ids) == 2
    assert plan(load({**CONFIG, "training": {"epochs": 1}}))[0].id in ids
