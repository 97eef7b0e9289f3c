"""Executors map a function over blocks. They do not depend on Keras."""

from dropout_lab.executors.interface import Executor, NeedsData, Work, WorkerDied
from dropout_lab.executors.threads import execute

__all__ = ["Executor", "NeedsData", "Work", "WorkerDied", "execute"]
