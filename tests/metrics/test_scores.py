"""Further metrics are scikit-learn's, and missing rather than wrong where they do not exist."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, f1_score, log_loss, roc_auc_score

from dropout_lab.metrics.scores import SCORES, score


def predictions(classes: int, rows: int = 40) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    random = np.random.default_rng(classes)
    return random.dirichlet(np.ones(classes), rows), np.arange(rows) % classes


def test_two_classes_have_scikit_learns_scores() -> None:
    shares, labels = predictions(2)
    assert score("auc", shares, labels) == pytest.approx(roc_auc_score(labels, shares[:, 1]))
    assert score("brier", shares, labels) == pytest.approx(brier_score_loss(labels, shares[:, 1]))
    assert score("log_loss", shares, labels) == pytest.approx(log_loss(labels, shares[:, 1]))


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_several_classes_have_scikit_learns_scores(classes: int) -> None:
    shares, labels = predictions(classes)
    said = shares.argmax(axis=1)
    assert score("balanced_accuracy", shares, labels) == pytest.approx(balanced_accuracy_score(labels, said))
    assert score("f1", shares, labels) == pytest.approx(f1_score(labels, said, average="macro"))
    assert score("log_loss", shares, labels) == pytest.approx(log_loss(labels, shares))
    if classes > 2:
        assert score("auc", shares, labels) == pytest.approx(roc_auc_score(labels, shares, multi_class="ovr"))
        assert score("brier", shares, labels) == pytest.approx(brier_score_loss(labels, shares))


@given(st.integers(2, 4), st.data(), st.booleans())
def test_a_score_is_a_number_or_missing_whatever_is_predicted(classes: int, data: st.DataObject, sure: bool) -> None:
    labels = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=12)))
    shares = np.random.default_rng(len(labels)).dirichlet(np.ones(classes), len(labels))
    shares = np.eye(classes)[shares.argmax(axis=1)] if sure else shares.astype(np.float32)
    for name in SCORES:
        value = score(name, shares, labels)
        assert math.isfinite(value) or (name == "auc" and len(set(labels.tolist())) < classes)
        assert name == "log_loss" or not math.isfinite(value) or 0 <= value <= 2
