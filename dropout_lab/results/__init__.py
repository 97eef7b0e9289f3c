"""The files of a result: their columns, writing and reading them, and which trials are finished."""

from dropout_lab.results.compatibility import differences
from dropout_lab.results.detail_tables import has_groups
from dropout_lab.results.directory import check, hidden_beside, holds_results, reveal, set_aside
from dropout_lab.results.files import TRIALS, saved_experiment, saved_run, saved_starts
from dropout_lab.results.journal import Journal, limits
from dropout_lab.results.read import read_history, read_predictions, read_trials
from dropout_lab.results.rows import trial_columns
from dropout_lab.results.saved_race import saved_race
from dropout_lab.results.store import Rows, Store, finished_trials, open_store, read_rows
from dropout_lab.results.sweep_columns import column_of, keys_of, value_at, with_sweep_columns
from dropout_lab.results.training_targets import saved_targets, targets_as_json

__all__ = [
    "TRIALS",
    "Journal",
    "Rows",
    "Store",
    "check",
    "column_of",
    "differences",
    "finished_trials",
    "has_groups",
    "hidden_beside",
    "holds_results",
    "keys_of",
    "limits",
    "open_store",
    "read_history",
    "read_predictions",
    "read_rows",
    "read_trials",
    "reveal",
    "saved_experiment",
    "saved_race",
    "saved_run",
    "saved_starts",
    "saved_targets",
    "set_aside",
    "targets_as_json",
    "trial_columns",
    "value_at",
    "with_sweep_columns",
]
