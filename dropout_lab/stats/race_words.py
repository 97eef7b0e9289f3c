"""What happened in a race, in words."""

from __future__ import annotations

from collections.abc import Sequence

from dropout_lab.stats.phrases import counted, listed
from dropout_lab.stats.race import Look, Race

__all__ = ["dropped", "ending", "so_far"]


def _rates(rates: Sequence[float], every: Sequence[float]) -> str:
    """Name rates: ``rates 0.8 and 0.9``, ``no dropout``."""
    ordered = sorted(every)
    return listed(("rate",), [ordered.index(rate) for rate in sorted(rates)], [(rate,) for rate in ordered])


def dropped(look: Look, every: Sequence[float]) -> str:
    """Say what a look led to, of all rates: ``rate 0.9 is worse beyond doubt and leaves; 8 rates go on``."""
    worse = [gone.rate for gone in look.departures if gone.rival is not None]
    lacking = [gone.rate for gone in look.departures if gone.rival is None]
    parts = []
    if worse:
        verb = "is worse beyond doubt and leaves" if len(worse) == 1 else "are worse beyond doubt and leave"
        parts.append(f"{_rates(worse, every)} {verb}")
    if lacking:
        verb = (
            "has trials without a result and leaves" if len(lacking) == 1 else "have trials without a result and leave"
        )
        parts.append(f"{_rates(lacking, every)} {verb}")
    if look.end is None:
        parts.append(f"{counted(len(look.remaining), 'rate')} {'goes' if len(look.remaining) == 1 else 'go'} on")
    return "; ".join(parts)


def ending(found: Race) -> str:
    """Say why a race ended, as a sentence; empty as long as it has not."""
    if not found.ended:
        return ""
    last = found.looks[-1]
    after = f"after {counted(last.repeats, 'repeat')} (look {last.number} of {len(found.schedule)})"
    if last.end == "best":
        return f"Settled {after}: no other rate may be the best."
    if last.end == "same":
        return f"Settled {after}: {_rates(last.contenders, found.looks[0].rates)} are practically the same."
    if last.end == "no result":
        return f"Ended {after}: no rate has a result of every trial."
    every = found.looks[0].rates
    others = "which rate is best" if last.contenders == every else f"which of {_rates(last.contenders, every)} is best"
    if last.end == "rows":
        return f"Ended {after}: these rows cannot settle {others}, with however many repeats."
    if last.needed is not None:
        return f"Ended {after}: to settle {others} would take about {last.needed:,} repeats, more than there may be."
    return f"Ended {after}, all that there may be: it is open {others}."


def so_far(found: Race) -> str:
    """Say how far a race has come that has not ended, as a sentence."""
    done = len(found.looks)
    if not done:
        return f"The first of {counted(len(found.schedule), 'look')} is not finished."
    last = found.looks[-1]
    return (
        f"Not settled after {counted(last.repeats, 'repeat')} (look {done} of {len(found.schedule)}): "
        f"{counted(len(found.rates), 'rate')} would go on."
    )
