"""Executors: map a function over blocks. They know nothing of Keras."""

from dropout_lab.executors.interface import Died, Executor, Lacking, Work
from dropout_lab.executors.threads import execute

__all__ = ["Died", "Executor", "Lacking", "Work", "execute"]
