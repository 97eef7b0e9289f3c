"""The sentences of a verdict about networks that have learned nothing."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_lab.stats.decision import PointSummary
from dropout_lab.stats.phrases import capital, counted, joined
from dropout_lab.stats.wording import Wording, is_or_are

__all__ = ["collapsed_networks", "not_above_dummy"]

_MOST_SHARES = 5
"""Of collapsed networks, that are told one by one."""


def not_above_dummy(words: Wording) -> str:
    """Say which points are no better than predictions without a look at the inputs, if the first sentence does not."""
    decision = words.decision
    points, everyone = decision.not_above_dummy, decision.none_above_dummy
    if not points or (everyone and len(decision.points) > 1 and not decision.missing):
        return ""
    subject = f"{capital(words.names(points))} {is_or_are(points)} not"
    if len(decision.points) == 1:
        subject = f"This {decision.metric.title} is not"
    elif everyone:
        subject = f"So far no {words.noun} is"
    return f"{subject} {words.better_than_dummy(points)}."


def collapsed_networks(words: Wording) -> str:
    """Count the networks that predict the same for every row."""
    points = [point for point in words.decision.points if point.collapsed > 0]
    if not points:
        return ""
    what = "one number" if words.decision.metric.task == "regression" else "one class"
    what = f"{what} for every held-out row"
    if len(points) == 1:
        (point,) = points
        networks = f"{point.collapsed:.0f} of {counted(point.predicted, 'network')}"
        networks = "the network" if point.predicted == 1 else networks
        return f"{capital(words.at(point))}, {networks} predict{'s' if point.collapsed == 1 else ''} {what}."
    shares: dict[tuple[int, int], list[PointSummary]] = {}
    for point in points:
        shares.setdefault((int(point.collapsed), point.predicted), []).append(point)
    if len(shares) > _MOST_SHARES:
        count, of = int(sum(point.collapsed for point in points)), sum(point.predicted for point in points)
        return f"Networks that predict {what}: {count:,} of {of:,} {_where(words, points)}."
    parts = [
        f"{count:,} of {of:,}{' each' if len(some) > 1 else ''} {_where(words, some)}"
        for (count, of), some in shares.items()
    ]
    return f"Networks that predict {what}: {joined(parts)}."


def _where(words: Wording, points: Sequence[PointSummary]) -> str:
    if len(points) == 1:
        return words.at(points[0])
    everywhere = len(points) == len(words.decision.points)
    return f"at every {words.noun}" if everywhere else f"at {words.names(points)}"
