"""What must be known of an experiment's splits before it is trained: folds that lack a class, or are far larger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dropout_lab.config import Experiment
from dropout_lab.config.evaluation import CrossValidation, Evaluation
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.lacking_classes import LackingFold, lacking_folds
from dropout_lab.datasets.message_text import join_names
from dropout_lab.errors import DataError
from dropout_lab.metrics.registry import METRICS
from dropout_lab.runs.window_notes import window_notes
from dropout_lab.stats import held_out
from dropout_lab.stats.phrases import counted, joined

__all__ = ["split_notes"]

_MOST_REPEATS, _MOST_GROUPS = 10, 20_000
"""Repeats that are looked at, and groups in all of them: folds of many groups take long to make."""

_MOST_LISTED, _LARGE = 5, 2


def split_notes(experiment: Experiment, data: Dataset) -> tuple[str, ...]:
    """Say which folds lack a class, and what that does to the metrics; whether one is far larger than the others.

    Of windows it says, too, which are not trained on, and what a forecast without a network reaches.

    Parameters
    ----------
    experiment : Experiment
        `check_data` has found nothing wrong with it.
    data : Dataset

    Returns
    -------
    tuple of str
        Sentences; empty where every fold trains on each class and holds it out, and none is far larger than others.

    Raises
    ------
    DataError
        If the training rows of a fold are all of one class: there is nothing to learn.
    """
    evaluation = experiment.evaluation
    repeats = min(evaluation.repeats, _most_repeats(data)) if isinstance(evaluation, CrossValidation) else 1
    notes: dict[str, None] = dict.fromkeys([*_large_group(data, evaluation), *window_notes(experiment, data)])
    points = experiment.points()
    for rows, share in {(point.dataset.train_rows, point.training.validation_share): None for point in points}:
        lacking = list(lacking_folds(data, evaluation, repeats, rows, share))
        for fold in lacking:
            if fold.classes_trained < 2:
                more = "a larger dataset.train_rows, " if rows else ""
                raise DataError(
                    f"evaluation: all training rows of {_name(fold, repeats)} are of one class, so there is nothing to "
                    f"learn: take {more}other folds (evaluation.folds, evaluation.split_seed) or another dataset.group"
                )
        of = counted(repeats * evaluation.folds, "fold")
        of = f"the first {of}" if isinstance(evaluation, CrossValidation) and repeats < evaluation.repeats else of
        notes |= dict.fromkeys(_not_trained(data, [fold for fold in lacking if fold.not_trained], of, repeats))
        unseen = [fold for fold in lacking if fold.not_held_out]
        notes |= dict.fromkeys(_not_held_out(experiment, data, unseen, of, repeats))
    return tuple(notes)


def _large_group(data: Dataset, evaluation: Evaluation) -> Iterator[str]:
    """Yield a note if rows that are held out together are more than twice as many as a fold would have."""
    groups = data.split_groups
    if groups is None or not isinstance(evaluation, CrossValidation):
        return
    largest, rows = int(np.unique(groups, return_counts=True)[1].max()), len(groups)
    if largest * evaluation.folds > _LARGE * rows:
        alike = "have equal inputs" if data.grouped_by_inputs else "are of one group"
        yield (
            f"{largest:,} of {rows:,} rows {alike}, and are held out in one fold, which is larger than the others but "
            "weighs the same"
        )


def _most_repeats(data: Dataset) -> int:
    groups = 1 if data.groups is None or data.grouped_by_inputs else len(np.unique(data.groups))
    return max(1, min(_MOST_REPEATS, _MOST_GROUPS // groups))


def _not_trained(data: Dataset, folds: Sequence[LackingFold], of: str, repeats: int) -> Iterator[str]:
    if folds:
        classes = _classes(data, [code for fold in folds for code in fold.not_trained])
        lost = counted(sum(fold.lost for fold in folds), "row")
        verb = "trains" if len(folds) == 1 else "train"
        yield (
            f"{_some(folds, of, repeats)} {verb} on no row of {classes}: {lost} of it held out there can only be "
            "predicted wrong, which lowers the accuracy whatever is learned"
        )


def _not_held_out(
    experiment: Experiment, data: Dataset, folds: Sequence[LackingFold], of: str, repeats: int
) -> Iterator[str]:
    if not folds:
        return
    classes = _classes(data, [code for fold in folds for code in fold.not_held_out])
    single = sum(fold.classes_held_out < 2 for fold in folds)
    used = [METRICS[name] for name in held_out(experiment)]
    undefined = [
        metric.title for metric in used if "each class" in metric.needs or (single and "two classes" in metric.needs)
    ]
    effect = "the accuracy there is that of the other classes alone"
    if single:
        effect += "" if single == len(folds) == 1 else f", in {single:,} of them"
        effect += " that of a single class" if single < len(folds) or single > 1 else ", a single one"
    if undefined:
        effect += f"; {joined(undefined)} {'has' if len(undefined) == 1 else 'have'} no value there"
    verb = "holds" if len(folds) == 1 else "hold"
    yield f"{_some(folds, of, repeats)} {verb} out no row of {classes}: {effect}"


def _classes(data: Dataset, codes: Sequence[int]) -> str:
    names = [data.classes[code] for code in sorted(set(codes))]
    return f"class {join_names(names)}" if len(names) == 1 else f"classes {join_names(names)}"


def _some(folds: Sequence[LackingFold], of: str, repeats: int) -> str:
    names = [_name(fold, repeats) for fold in folds[:_MOST_LISTED]]
    more = f" and {len(folds) - _MOST_LISTED:,} more" if len(folds) > _MOST_LISTED else ""
    return f"{len(folds):,} of {of} ({'; '.join(names)}{more})"


def _name(fold: LackingFold, repeats: int) -> str:
    return f"fold {fold.fold}" if repeats == 1 else f"repeat {fold.repeat}, fold {fold.fold}"
