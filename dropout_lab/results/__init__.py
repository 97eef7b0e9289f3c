"""The tidy files of a result: columns, appending, reading, what is finished."""

from dropout_lab.results.axes import column_of, keys_of, located, value_at
from dropout_lab.results.directory import check, set_aside
from dropout_lab.results.journal import Journal, limits
from dropout_lab.results.read import read_history, read_predictions, read_trials
from dropout_lab.results.saved import saved_experiment, saved_run, saved_starts
from dropout_lab.results.store import Store, finished_trials, open_store

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
    "read_history",
    "read_predictions",
    "read_trials",
    "saved_experiment",
    "saved_run",
    "saved_starts",
    "set_aside",
    "value_at",
]
