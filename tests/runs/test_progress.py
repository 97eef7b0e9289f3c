"""What is told while trials are trained."""

from __future__ import annotations

import io

from builders import experiment

from dropout_lab.plan import plan
from dropout_lab.runs.options import RunOptions
from dropout_lab.runs.prepare import RunPlan, RunRequest
from dropout_lab.runs.progress import progress_listener, span_of_epochs


def test_progress_counts_the_epochs_of_each_trial_where_they_differ() -> None:
    swept = experiment({"sweep": {"training.epochs": [10, 30]}})
    trials = plan(swept)
    assert span_of_epochs(trials) == "10 to 30 epochs"
    assert span_of_epochs(trials[:1]) == "10 epochs"
    log = io.StringIO()
    with progress_listener(log, quiet=False) as listener:
        listener.begin(RunPlan(RunRequest(swept, RunOptions()), trials, trials))
        for trial in trials:
            listener.epochs(trial.experiment.training.epochs)
    lines = log.getvalue().splitlines()
    assert "12 trials of 10 to 30 epochs" in lines[0]
    assert lines[-1].startswith("100% trained")
    assert sum(line.startswith("100%") for line in lines) == 1
