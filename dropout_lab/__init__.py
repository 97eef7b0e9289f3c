"""Dropout Lab: paired, repeatable dropout experiments from one YAML file."""

import importlib

__version__ = "0.1.0"

_OFFERED = {
    **dict.fromkeys(("DropoutClassifier", "DropoutRegressor"), "dropout_lab.final_model.estimator"),
    **dict.fromkeys(("Results", "load", "read", "run", "sweep"), "dropout_lab.api"),
}
"""What is imported once it is asked for: the types of all this are in ``__init__.pyi``."""

__all__ = ["DropoutClassifier", "DropoutRegressor", "Results", "__version__", "load", "read", "run", "sweep"]


def __getattr__(name: str) -> object:
    if name not in _OFFERED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_OFFERED[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
