from __future__ import annotations

import numpy as np
import pandas as pd

from dropout_lab.stats.collapse import collapsed


def answers(**trials: tuple[list[int], list[list[float]]]) -> pd.DataFrame:
    """Return predictions of trials, each by its labels and probabilities."""
    frames = [
        pd.DataFrame(probabilities, columns=["p0", "p1", "p2"]).assign(trial=trial, label=labels)
        for trial, (labels, probabilities) in trials.items()
    ]
    return pd.concat(frames, ignore_index=True)


FIRST, SECOND = [0.5, 0.3, 0.2], [0.1, 0.8, 0.1]


def test_a_network_that_predicts_one_class_for_rows_of_several_has_collapsed() -> None:
    found = collapsed(
        answers(
            one_class=([0, 1], [FIRST, [0.9, 0.1, 0.0]]),
            two_classes=([0, 1], [FIRST, SECOND]),
            right=([0, 0], [FIRST, FIRST]),
            a_single_row=([1], [FIRST]),
            diverged=([0, 1], [[np.nan] * 3, [np.nan] * 3]),
        ).sample(frac=1, random_state=1)
    )
    assert found.to_dict() == {"one_class": True, "two_classes": False, "right": False, "a_single_row": False}


def test_in_regression_a_network_that_predicts_one_number_has_collapsed() -> None:
    predicted = {"same": [2.5, 2.5], "others": [2.5, 2.6]}
    frames = [
        pd.DataFrame({"trial": trial, "label": [1.0, 9.0], "prediction": each}) for trial, each in predicted.items()
    ]
    assert collapsed(pd.concat(frames)).to_dict() == {"same": True, "others": False}


def test_the_first_of_equally_probable_classes_is_the_predicted_one() -> None:
    found = collapsed(answers(tied=([0, 1], [[0.4, 0.4, 0.2], [0.6, 0.2, 0.2]])))
    assert found.to_dict() == {"tied": True}
