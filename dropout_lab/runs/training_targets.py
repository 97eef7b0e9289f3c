"""What a dummy learns from the training rows of each fold, where predictions do not tell it."""

from __future__ import annotations

from dataclasses import replace

from dropout_lab.config import Experiment
from dropout_lab.datasets import Dataset, splits
from dropout_lab.metrics.dummy import TrainingTargets, training_targets
from dropout_lab.runs.persistence import persistence
from dropout_lab.stats import design_of

__all__ = ["targets_to_save"]


def targets_to_save(experiment: Experiment, data: Dataset) -> dict[tuple[int, int], TrainingTargets]:
    """Learn from the training rows of each repeat and fold; a fixed split counts as repeat 0.

    Parameters
    ----------
    experiment : Experiment
    data : Dataset

    Returns
    -------
    dict
        Empty where all rows that are not held out are trained on, as each is held out by another fold (but for windows,
        of which `persistence` is to be known), and where the points of a sweep are trained on different rows.
    """
    ways = {
        (point.evaluation, point.dataset.train_rows, point.training.validation_share) for point in experiment.points()
    }
    if len(ways) > 1:
        return {}
    (evaluation, train_rows, validation_share) = ways.pop()
    targets, classes = (data.labels, len(data.classes)) if data.values is None else (data.values, 0)
    found: dict[tuple[int, int], TrainingTargets] = {}
    for repeat in range(1 if design_of(experiment).fixed else evaluation.repeats):
        parts = splits(data, evaluation, train_rows, repeat, validation_share)
        rows = len(data.split_labels)
        once = sum(len(each.test) for each in parts) == rows
        if data.windows is None and once and all(len(each.train) + len(each.test) == rows for each in parts):
            return {}
        learned = [training_targets(targets[each.train], classes) for each in parts]
        better = persistence(experiment, data, parts, learned)
        found |= {
            (repeat, fold): replace(each, persistence={name: values[fold] for name, values in better.items()})
            for fold, each in enumerate(learned)
        }
    return found
