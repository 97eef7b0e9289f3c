"""The network that a config starts with where rows have several axes: the kind that their axes suggest."""

from __future__ import annotations

from dropout_lab.datasets.dataset import Dataset
from dropout_lab.errors import DatasetError

__all__ = ["NETWORKS", "network_lines"]

_MOST_STEPS = 50
"""The longest sequences that a recurrent network starts with: longer ones take it long."""

_LEAST_SIZE = 4
"""Steps, or pixels of a side, that poolings leave."""

_FILTERS = (16, 32, 64)


def network_lines(data: Dataset, units: int) -> str:
    """Return the lines ``model`` and ``dropout`` of a config.

    Parameters
    ----------
    data : Dataset
        Whose rows have two axes or three.
    units : int
        Of a dense layer.

    Raises
    ------
    DatasetError
        If its rows have more axes, which no built-in network takes.
    """
    if len(data.shape) > 3:
        raise DatasetError(
            [
                f"{data.name}: rows of shape {data.shape} need a network of your own: give a config with model: "
                "{builder: MODULE:FUNCTION}, for there is none to propose"
            ]
        )
    if len(data.shape) == 3:
        return _cnn(min(data.shape[:2]), units)
    steps, _ = data.shape
    return _conv1d(steps, units) if steps > _MOST_STEPS else _rnn(units)


def _cnn(size: int, units: int) -> str:
    return (
        f"model: {{kind: cnn, filters: {_filters(size)}, dense: [{units}]}}  # or kind: mlp, hidden: [...]\n"
        "dropout: {where: dense, rate: 0.2}\n"
    )


def _conv1d(steps: int, units: int) -> str:
    return (
        f"model: {{kind: conv1d, filters: {_filters(steps)}, dense: [{units}]}}  # or kind: rnn, units: [...]\n"
        "dropout: {where: dense, rate: 0.2}\n"
    )


def _rnn(units: int) -> str:
    return (
        f"model: {{kind: rnn, cell: gru, units: [{units}]}}  # or kind: conv1d, filters: [...]\n"
        "dropout: {where: sequence, rate: 0.2}\n"
    )


def _filters(size: int) -> list[int]:
    """Return the filters of convolutions, each of which is followed by a pooling that halves the size."""
    count = 1
    while count < len(_FILTERS) and size >> (count + 1) >= _LEAST_SIZE:
        count += 1
    return [*_FILTERS[:count]]


NETWORKS = (_rnn(1), _conv1d(1, 1), _cnn(1, 1))
"""The same lines with the smallest network of each kind."""
