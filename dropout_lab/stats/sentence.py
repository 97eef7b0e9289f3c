"""What a decision says in one sentence."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping

from dropout_lab.stats.decision import Decision, PointSummary
from dropout_lab.stats.missing_trials import MISSING
from dropout_lab.stats.phrases import basis, capital, counted, figure, level
from dropout_lab.stats.subjects import (
    called,
    introduced,
    is_or_are,
    measured,
    on_a_part,
    ranked,
    so_far,
    the_others,
    thing,
)

__all__ = ["sentence"]


def sentence(decision: Decision, controls: Mapping[str, str]) -> str:
    """Say what a sweep tells about its best point; of an unfinished one, that it is unfinished, first of all.

    Parameters
    ----------
    decision : Decision
    controls : mapping
        As of `verdict`.
    """
    text = _told(decision, controls)
    if not decision.missing:
        return capital(text)
    done = decision.planned - decision.missing
    return f"Unfinished ({done:,} of {counted(decision.planned, 'trial')}): {text}"


def _told(decision: Decision, controls: Mapping[str, str]) -> str:
    best, base = decision.best, decision.baseline
    if decision.case == "nothing":
        what = f"no trial has {_a_result(decision)}, so there is nothing to compare"
        return f"{what}{' by it' if decision.without_metric else ''}{so_far(decision)}."
    if decision.case == "alone":
        return _alone(decision, next(each for each in decision.points if each.n))
    if best is None:
        why = f"each has trials without {_a_result(decision)}"
        why = "each lacks trials" if set(dict(decision.without_result)) == {MISSING} else why
        return f"no {thing(decision)} can be called best{' yet, for' if decision.missing else ':'} {why}."
    if base is None:
        return f"{introduced(decision, best)}, but {_no_baseline(decision, best, controls)}."
    if decision.case == "too few":
        return _too_few(decision, best, base)
    if decision.case == "baseline best":
        return _baseline_best(decision, best)
    return _contrast(decision, best, base)


def _a_result(decision: Decision) -> str:
    """Say what trials lack: a result, or only the metric."""
    return decision.metric.name.replace("_", " ") if decision.without_metric else "a result"


def _alone(decision: Decision, one: PointSummary) -> str:
    seen = level(decision.metric, one.mean)
    if decision.metric.name != "accuracy":
        seen = f"a {decision.metric.name.replace('_', ' ')} of {figure(decision.metric, one.mean)}"
    text = f"{called(decision, one)} comes to {seen}"
    if math.isfinite(one.ci_low):
        text += " every time" if one.ci_low == one.ci_high else f", 95% interval {_ends(decision, one)}"
    return f"{text} ({basis(decision.design, one.n)})."


def _ends(decision: Decision, one: PointSummary) -> str:
    """Write the interval of a mean; of a share, as much of it as lies between 0% and 100%."""
    low, high = one.ci_low, one.ci_high
    if decision.metric.share:
        low, high = max(low, 0.0), min(high, 1.0)
    return f"{figure(decision.metric, low)} to {figure(decision.metric, high)}"


def _no_baseline(decision: Decision, best: PointSummary, controls: Mapping[str, str]) -> str:
    why, how = "no point is named to compare it with", "name one"
    if "rate" in decision.comparison.columns and not any(
        each.point[decision.comparison.columns.index("rate")] == 0 for each in decision.points
    ):
        why, how = "the sweep has no rate 0 to compare it with", "name another"
    if len(decision.comparison.columns) > 1:
        return why
    other = next(each.point[0] for each in decision.points if each is not best)
    named = controls.get(str(best.point[0]), f"{other:g}" if isinstance(other, int | float) else str(other))
    return f"{why}: {how} by --baseline {shlex.quote(named)}, of show or report"


def _too_few(decision: Decision, best: PointSummary, base: PointSummary) -> str:
    head, reference = introduced(decision, best), called(decision, base)
    if base.n == 0:
        where = "without dropout" if reference == "no dropout" else f"at {reference}"
        return f"{head}, but there is no result {where} to compare it with{so_far(decision)}."
    if decision.design.trials == 1:
        return f"{head}, but one training of each says nothing of chance: take more repeats."
    if best is base:
        others = f"the other {thing(decision)}s"
        return f"{head}, but too few trials of {others} have a result to compare with it{so_far(decision)}."
    return f"{head}, but too few trials have a result to compare it with {reference}{so_far(decision)}."


def _baseline_best(decision: Decision, best: PointSummary) -> str:
    rivals = (*decision.worse, *decision.not_distinguished)
    if len(rivals) == 1:
        verb = _is_alike(decision) if decision.not_distinguished else "is worse"
        link = ", but" if decision.not_distinguished else ", and"
        return (
            f"{introduced(decision, best)}{link} {called(decision, rivals[0])} {verb}{measured(decision, rivals[0])}."
        )
    rank = ranked(decision) if rivals or decision.missing else "best of those with all their results"
    seen = f"{level(decision.metric, best.mean)}, {basis(decision.design, best.n)}"
    head = f"{called(decision, best)} is {rank} ({seen})"
    if not rivals:
        return f"{head}."
    worse = f"{the_others(decision, decision.worse)} {is_or_are(decision.worse)} worse" if decision.worse else ""
    worse += on_a_part(decision, decision.worse)
    not_distinguished = (
        f"{the_others(decision, decision.not_distinguished)} {_is_alike(decision)}"
        if decision.not_distinguished
        else ""
    )
    if worse and not_distinguished:
        return f"{head}: {worse}, but {not_distinguished}."
    if worse:
        return f"{head}: {worse}."
    return f"{head}, but {not_distinguished}."


def _is_alike(decision: Decision) -> str:
    if decision.outcome == "same":
        return "does practically the same" if len(decision.not_distinguished) == 1 else "do practically the same"
    return "cannot be told apart from it"


def _contrast(decision: Decision, best: PointSummary, base: PointSummary) -> str:
    head, reference, numbers = introduced(decision, best), called(decision, base), measured(decision, best)
    if decision.case == "behind":
        of = "" if decision.missing else " of those with all their results"
        return f"{head}{of}, but worse than {reference} where both have one{numbers}."
    if decision.outcome == "winner":
        return f"{head} and better than {reference}{numbers}."
    if decision.outcome == "same":
        return f"{head}, but practically the same as {reference}{numbers}."
    return f"{head}, but it cannot be told apart from {reference}{numbers}."
