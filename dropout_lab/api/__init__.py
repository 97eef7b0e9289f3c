"""The program from Python: what ``import dropout_lab`` offers."""

from dropout_lab.api.experiments import load, read, run, sweep
from dropout_lab.api.results import Results

__all__ = ["Results", "load", "read", "run", "sweep"]
