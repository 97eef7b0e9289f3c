"""A claim and the outcome of its test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dropout_lab import results
from dropout_lab.analysis.predictions import read_predictions
from dropout_lab.claims.measure import SHARES, measured
from dropout_lab.claims.verdict import Effect, Verdict, judge
from dropout_lab.config import Claim, bundled_configs, load_claim
from dropout_lab.errors import ConfigError
from dropout_lab.metrics.registry import METRICS
from dropout_lab.plan import plan
from dropout_lab.stats import design_of

__all__ = ["Assessment", "claim_named", "interval_text", "names", "read_assessment"]

_FOLDER = "claims/"


@dataclass(frozen=True)
class Assessment:
    """One claim.

    Attributes
    ----------
    name : str
    claim : Claim
    verdict : str
    sentence : str
        What was measured.
    effects : tuple of Effect
        None for a fact.
    folder : Path or None
        Its results; None for a fact.
    """

    name: str
    claim: Claim
    verdict: Verdict
    sentence: str
    effects: tuple[Effect, ...]
    folder: Path | None


def names() -> list[str]:
    """Return the names of the claims that come with the program, in alphabetical order."""
    return [name.removeprefix(_FOLDER) for name in bundled_configs.names() if name.startswith(_FOLDER)]


def claim_named(name: str) -> Claim:
    """Return a claim that comes with the program.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    claim = load_claim(_FOLDER + name)
    if claim is None:
        raise ConfigError([f"{_FOLDER}{name}: has no section 'claim'"])
    return claim


def read_assessment(name: str, folder: Path) -> Assessment:
    """Judge a claim by the results of its experiment.

    Raises
    ------
    ResultsError
        If they cannot be read.
    """
    claim = claim_named(name)
    experiment = results.saved_experiment(folder)
    trials = results.with_sweep_columns(results.read_trials(folder), plan(experiment), experiment)
    values, predictions = measured(claim, trials, folder), read_predictions(folder, experiment, trials)
    finding = judge(claim, trials, values, design_of(experiment), predictions)
    sentence = "; ".join(f"{effect.name}: {interval_text(claim, effect)}" for effect in finding.effects)
    if finding.verdict == "undecided":
        sentence += _open_questions(claim, finding.effects, by_row=predictions is not None)
    return Assessment(name, claim, finding.verdict, f"{sentence}.", finding.effects, folder)


def _open_questions(claim: Claim, effects: Sequence[Effect], *, by_row: bool) -> str:
    """Say what would decide an undecided claim, or why that is not known."""
    metric = METRICS.get(claim.measure)
    needed = [f". To decide on {effect.name} would take {effect.needed}" for effect in effects if effect.needed]
    if needed:
        return "".join(f"{text}, if it stays as it is" for text in needed)
    if metric is None or not metric.has_row_values or claim.scale == "ratio":
        return ". This is known of whole trainings only, not row by row, so the interval is that of the folds, or seeds"
    return "" if by_row else ". Predictions are missing, so the interval is that of the folds, or seeds"


def interval_text(claim: Claim, effect: Effect) -> str:
    """Write an effect with its interval: ``+0.6 points (+0.1 to +1.1)``, ``2.1 times (1.8 to 2.4)``."""
    if not math.isfinite(effect.mean):
        return "no pair of trials has a result"
    if claim.scale == "ratio":
        return f"{effect.mean:.2f} times ({effect.low:.2f} to {effect.high:.2f})"
    if claim.measure in SHARES:
        mean, low, high = (f"{100 * number + 0.0:+.1f}" for number in (effect.mean, effect.low, effect.high))
        return f"{mean} points ({low} to {high})"
    return f"{effect.mean:+.3g} ({effect.low:+.3g} to {effect.high:+.3g})"
