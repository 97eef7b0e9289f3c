"""Claims about the layer itself, checked exactly or over many masks, without an experiment.

Import only after TensorFlow has been started by `engines.runtime`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from dropout_lab.claims.verdict import Verdict

__all__ = ["FACTS", "Fact"]

Array = NDArray[np.float64]

_RATE = 0.5
_EXACT = 1e-12


@dataclass(frozen=True)
class Fact:
    """What a check shows about a claim.

    Attributes
    ----------
    verdict : str
    sentence : str
        What was measured.
    """

    verdict: Verdict
    sentence: str


def _scaled_at_evaluation() -> Fact:
    """Compare the layer's output at evaluation with its input, for every rate."""
    inputs = np.random.default_rng(1).normal(size=(100, 50)).astype(np.float32)
    rates = [step / 10 for step in range(1, 10)]
    outputs = [np.asarray(keras.layers.Dropout(rate)(inputs, training=False)) for rate in rates]
    same = all((output == inputs).all() for output in outputs)
    scaled = [float(np.abs(output - (1 - rate) * inputs).max()) for output, rate in zip(outputs, rates, strict=True)]
    return Fact(
        "contradicted" if same and min(scaled) > 0 else "supported",
        f"At evaluation keras.layers.Dropout {'is the identity, to the bit' if same else 'changes its input'}, at "
        "every rate from 0.1 to 0.9. It divides by 1 - rate in training instead.",
    )


def _sum_is_kept() -> Fact:
    """Sum the output of the layer over many masks."""
    units, masks = 100, 20_000
    inputs = np.random.default_rng(2).uniform(0.5, 1.5, units).astype(np.float32)
    layer = keras.layers.Dropout(_RATE, seed=2)
    outputs = np.asarray(layer(np.broadcast_to(inputs, (masks, units)), training=True), np.float64)
    ratios = outputs.sum(axis=1) / inputs.astype(np.float64).sum()
    error = ratios.std(ddof=1) / np.sqrt(masks)
    kept = float((np.abs(ratios - 1) < 0.01).mean())
    expected = abs(ratios.mean() - 1) < 5 * error
    return Fact(
        "contradicted" if kept < 0.5 else "supported",
        f"Over {masks:,} masks on {units} units at rate {_RATE:g}, the sum is within 1% of what it was in {kept:.0%} "
        f"of them; its sd is {ratios.std():.1%}. Its mean ratio is {ratios.mean():.4f} +- {error:.4f}: it "
        f"{'is' if expected else 'is not even'} kept in expectation.",
    )


def _subnetworks_are_averaged() -> Fact:
    """Enumerate all sub-networks of a net with one hidden layer, and of one with two."""
    rng = np.random.default_rng(3)
    hidden, rows = 8, 50
    inputs, first = rng.normal(size=(rows, 4)), rng.normal(size=(4, hidden))
    second, third, last = rng.normal(size=(hidden, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    masks = np.array(list(itertools.product((0.0, 1 / (1 - _RATE)), repeat=hidden)))
    units = np.maximum(inputs @ first, 0)

    def linear(kept: Array) -> Array:
        return np.asarray(kept @ second)

    def probabilities(kept: Array) -> Array:
        logits = np.maximum(kept @ second, 0) @ third @ last
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    gaps = {}
    for name, net in (("linear", linear), ("not", probabilities)):
        average = np.mean([net(units * mask) for mask in masks], axis=0)
        gaps[name] = float(np.abs(average - net(units)).max())
    exact = gaps["not"] < _EXACT
    return Fact(
        "supported" if exact else "contradicted",
        f"A layer of {hidden} units has {len(masks)} = 2^{hidden} sub-networks. Their average equals the output at "
        f"evaluation where everything after the layer is linear (largest difference {gaps['linear']:.0e}), but not "
        f"through a further nonlinear layer and a softmax (up to {gaps['not']:.2f} in a probability): there it is an "
        "approximation.",
    )


def _ridge() -> Fact:
    """Compare the loss of a linear regression, averaged over all masks on its inputs, with ridge regression's."""
    rng = np.random.default_rng(4)
    rows, inputs = 40, 8
    features, weights = rng.normal(size=(rows, inputs)), rng.normal(size=inputs)
    targets = features @ rng.normal(size=inputs) + rng.normal(size=rows)
    masks = np.array(list(itertools.product((0.0, 1 / (1 - _RATE)), repeat=inputs)))
    dropped = np.mean([((targets - features * mask @ weights) ** 2).sum() for mask in masks])
    penalty = _RATE / (1 - _RATE) * (weights**2 * (features**2).sum(axis=0)).sum()
    ridge = ((targets - features @ weights) ** 2).sum() + penalty
    gap = float(abs(dropped / ridge - 1))
    return Fact(
        "supported" if gap < _EXACT else "contradicted",
        f"The squared error of a linear regression, averaged over all {len(masks)} masks on its {inputs} inputs, "
        "equals ridge regression's with the penalty rate / (1 - rate) times each weight's square times its input's sum "
        f"of squares (relative difference {gap:.0e}, tolerance {_EXACT:g}).",
    )


FACTS: dict[str, Callable[[], Fact]] = {
    "scaled_at_evaluation": _scaled_at_evaluation,
    "sum_is_kept": _sum_is_kept,
    "subnetworks_are_averaged": _subnetworks_are_averaged,
    "ridge": _ridge,
}
"""By the names that ``claim.fact`` may be."""
