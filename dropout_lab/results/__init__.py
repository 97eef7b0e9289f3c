"""The tidy files of a result: columns, appending, reading, what is finished."""

from dropout_lab.results.axes import column_of, keys_of, located, value_at
from dropout_lab.results.journal import Journal, limits
from dropout_lab.results.read import read_trials
from dropout_lab.results.store import (
    Store,
    check,
    finished_trials,
    open_store,
    saved_experiment,
    saved_run,
    set_aside,
)

__all__ = [
    "Journal",
    "Store",
    "check",
    "column_of",
    "finished_trials",
    "keys_of",
    "limits",
    "located",
    "open_store",
    "read_trials",
    "saved_experiment",
    "saved_run",
    "set_aside",
    "value_at",
]
