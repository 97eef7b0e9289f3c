import math

import pytest

from dropout_lab.engines.runtime import epoch_seconds


def test_the_first_stretch_does_not_count_and_a_stretch_is_shared_by_its_epochs() -> None:
    assert epoch_seconds([100, 104, 107, 117], [4, 2, 2, 2]) == 2


def test_a_single_stretch_has_compiled_so_there_is_nothing_to_tell() -> None:
    assert math.isnan(epoch_seconds([1.0], [1]))
    assert epoch_seconds([1.0, 3.0], [1, 1]) == pytest.approx(2)
