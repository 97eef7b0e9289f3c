"""What a measurement rests on: processor, versions, date."""

from __future__ import annotations

import os
import shlex
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import joblib

from dropout_lab.provenance import environment

__all__ = ["describe"]

_PEERS = ("jax", "jaxlib", "joblib", "scikeras")


def describe(
    settings: dict[str, Any], module: str = "benchmarks", packages: tuple[str, ...] = _PEERS
) -> dict[str, Any]:
    """Return the content of ``machine.json``.

    Parameters
    ----------
    settings : dict
        Of the benchmark: epochs, runs and the like.
    module : str
        Which was run.
    packages : tuple of str
        Whose versions are recorded besides this project's own dependencies.
    """
    found = environment()
    found["versions"].update({package: version(package) for package in packages})
    found["cores"] = joblib.cpu_count()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", "-m", module, *sys.argv[1:]]),
        "load_before": round(os.getloadavg()[0], 2),
        **settings,
        **found,
    }
