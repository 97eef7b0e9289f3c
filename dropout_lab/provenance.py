"""What results depend on: versions and processor."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dropout_lab import __version__

__all__ = ["LANES", "cores", "differing", "environment", "memory", "oom_kills"]

LANES = 16
"""float32 elements in the widest vector register of today's processors."""

_DEPENDS = ("versions", "processor", "threads")
_PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "pandas")


def environment(packages: Sequence[str] = ()) -> dict[str, Any]:
    """Return the versions, also those of these further packages, and the processor that this process computes with."""
    return {
        "versions": {
            "dropout-lab": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in (*_PACKAGES, *packages)},
        },
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": cores(),
    }


def differing(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which of versions, processor and threads differ between two lists of starts (see ``run.json``)."""
    pairs = [(start, other) for start in first for other in second]
    return sorted(
        {
            key
            for start, other in pairs
            for key in _DEPENDS
            if key in start and key in other and start[key] != other[key]
        }
    )


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # Linux; elsewhere a process may use them all
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def memory() -> int:
    """Return the bytes of memory that are free now, or all there is where the system does not tell."""
    pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES"
    return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def oom_kills() -> int:
    """Return how many processes have been killed for lack of memory, in the system and in this control group."""
    total = 0
    for path in (Path("/proc/vmstat"), _group() / "memory.events"):
        try:
            lines = path.read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return total


def _group() -> Path:
    try:
        name = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().rpartition("::")[2]
    except OSError:
        name = ""
    return Path("/sys/fs/cgroup") / name.lstrip("/")
