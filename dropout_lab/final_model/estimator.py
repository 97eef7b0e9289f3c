"""A network with dropout as scikit-learn estimators, for pipelines and searches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from dropout_lab import config, engines
from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.config.suggestions import nearest
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.roles import Roles
from dropout_lab.engines.runtime import restored_settings
from dropout_lab.errors import ConfigError, DataError, ModelError

__all__ = ["DropoutClassifier", "DropoutRegressor"]


@dataclass(eq=False, repr=False)
class _DropoutNetwork(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What both estimators have in common: the parameters, and training and predicting with them."""

    rate: float = 0.2
    where: str = "hidden"
    _: KW_ONLY
    kind: str = "dropout"
    hidden: Sequence[int] = (64,)
    activation: str = "relu"
    initializer: str = "glorot_uniform"
    scale: str = "standard"
    max_norm: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    optimizer: str = "adam"
    learning_rate: float = 0.001
    epochs: int = 100
    batch_size: int = 32
    early_stopping: bool = False
    validation_fraction: float = 0.1
    n_iter_no_change: int = 10
    random_state: Any = None

    def _train(self, experiment: config.Experiment, data: Dataset, weights: NDArray[np.float64]) -> Self:
        """Train on rows, each standing for so many."""
        share, rows, minimum = experiment.training.validation_share, len(data.labels), max(2, len(data.classes))
        if share and rows - max(1, round(rows * share)) < minimum:
            raise DataError(
                f"early_stopping: validation_fraction {share:g} of {rows} rows does not leave {minimum} to learn from: "
                "take a smaller fraction, or set early_stopping=False"
            )
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with restored_settings():
            engines.start("keras", experiment)
            from dropout_lab.final_model.train import train_final_model

            row_weight = weights if np.ptp(weights) else None
            self.model_ = train_final_model(experiment, data, seed, row_weight=row_weight)
        if self.model_.diverged:
            raise ModelError(f"training diverged ({self.model_.diverged}): choose a lower learning_rate")
        self.loss_curve_ = self.model_.history.train_loss
        self.validation_loss_curve_ = self.model_.history.validation_loss
        self.n_iter_ = len(self.loss_curve_)
        return self

    def _predict(self, X: Any) -> NDArray[np.float64]:  # noqa: N803 - scikit-learn's name
        """Return `FittedModel.predict` of rows."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, allow_nd=True, reset=False)  # noqa: N806
        if X.shape[1:] != self.model_.row:
            raise DataError(f"X: expected rows of shape {self.model_.row}, got {X.shape[1:]}")
        X = X.reshape(len(X), -1)  # noqa: N806
        with restored_settings():
            engines.start("keras", self.model_.experiment)
            return self.model_.predict(X)

    def _experiment(self, task: str, class_weight: Any = None) -> config.Experiment:
        """Return the parameters as an experiment; errors name the key of the config."""
        key = KINDS[self.kind].strength if self.kind in KINDS else "rate"
        strength = {} if "none" in (self.kind, self.where) else {key: _plain(self.rate)}
        stopping = {"patience": _plain(self.n_iter_no_change), "validation_share": _plain(self.validation_fraction)}
        return config.load(
            {
                "name": "estimator",
                "dataset": {"npz": "X.npz", "task": task},  # a placeholder: the rows are those given to fit
                "preprocessing": {"scale": self.scale},
                "model": {
                    "hidden": [_plain(units) for units in self.hidden] if np.iterable(self.hidden) else self.hidden,
                    "activation": self.activation,
                    "initializer": self.initializer,
                },
                "dropout": {"kind": self.kind, "where": self.where, **strength},
                "regularization": {"max_norm": _plain(self.max_norm), "l1": _plain(self.l1), "l2": _plain(self.l2)},
                "training": {
                    "optimizer": {"name": self.optimizer, "learning_rate": _plain(self.learning_rate)},
                    "epochs": _plain(self.epochs),
                    "batch_size": _plain(self.batch_size),
                    "class_weight": class_weight,
                    "early_stopping": stopping if self.early_stopping else None,
                },
                "engine": "keras",
            }
        )


@dataclass(eq=False, repr=False)
class DropoutClassifier(ClassifierMixin, _DropoutNetwork):  # type: ignore[misc]
    """A multilayer perceptron with dropout that classifies.

    The network of ``model: {hidden: ...}`` in a config, trained by the engine `keras` on scaled inputs; the scaling is
    fitted on the training rows. The same `random_state`, data and versions give the same bits.

    Parameters
    ----------
    rate : float
        Fraction dropped, 0 <= rate < 1; for gaussian_noise the standard deviation.
    where : str
        ``hidden``, ``visible``, ``both`` or ``none``.
    kind : str
        As ``dropout.kind`` of a config.
    hidden : sequence of int
        Units of each hidden layer.
    activation, initializer : str
        Of the hidden layers, as in a config.
    scale : str
        ``standard``, ``minmax`` or ``none``.
    max_norm : float or None
        Upper bound on the norm of the weights into a hidden unit.
    l1, l2 : float
        Penalties on the weights of the hidden layers.
    optimizer : str
        Its name in a config, e.g. ``adam`` or ``sgd``.
    learning_rate : float
    epochs, batch_size : int
    early_stopping : bool
        Stop once the loss on a part of the rows given to `fit` no longer improves, and restore the weights of the best
        epoch. The part is stratified by class.
    validation_fraction : float
        Size of that part, 0 < fraction < 1; unused without early stopping.
    n_iter_no_change : int
        Epochs without a lower validation loss after which training ends; unused without early stopping.
    random_state : int, RandomState or None
    class_weight : dict, ``balanced`` or None
        Weight of a row in the loss by its class, 1 for classes that a dict does not name; ``balanced``: inversely
        proportional to the number of rows of the class.

    Attributes
    ----------
    classes_ : array of shape (classes,)
    n_features_in_ : int
    n_iter_ : int
        Epochs trained.
    loss_curve_ : array of shape (epochs,)
        Cross-entropy over each epoch's batches, dropout on, in nats; no row is weighted.
    validation_loss_curve_ : array of shape (epochs,), or None
        Cross-entropy of the validation rows, dropout off; None without early stopping.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import dropout_lab as dl
    >>> dl.DropoutClassifier(rate=0.2, random_state=7).fit(*load_iris(return_X_y=True))  # doctest: +SKIP
    """

    _: KW_ONLY
    class_weight: Any = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on rows X of shape (rows, features), with classes y of shape (rows,).

        Parameters
        ----------
        X, y : array-like
            Of rows of several axes, such as pictures, each channel (the last axis) is scaled alike, and the network
            takes their numbers as one row.
        sample_weight : array-like of shape (rows,), optional
            How many rows each stands for, up to a common factor, in the scaling, the loss and early stopping. A row of
            weight 0 is left out. Batches are still drawn from the rows as they are, each once in an epoch.

        Raises
        ------
        ConfigError
            If parameters are invalid; names all of them.
        DataError
            If there is only one class, or there are too few rows for early stopping.
        ModelError
            If training diverges.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, allow_nd=True)  # noqa: N806
        check_classification_targets(y)
        X, y, counts = _present(X, y, sample_weight)  # noqa: N806
        self.classes_, codes = np.unique(y, return_inverse=True)
        names = tuple(map(str, self.classes_))
        weights, known = self.class_weight, dict(zip(self.classes_.tolist(), names, strict=True))  # where 0 is 0.0
        if _is_dict(weights):
            weights = {known.get(label, str(label)): _plain(weight) for label, weight in weights.items()}
        experiment = self._experiment("classification", weights)
        if unknown := [name for name in weights if name not in names] if _is_dict(weights) else []:
            raise ConfigError([f"class_weight: unknown class {name}{nearest(name, names)}" for name in unknown])
        if len(names) < 2:
            raise DataError("all rows are of one class: at least two classes are needed")
        return self._train(experiment, _rows(X, codes.astype(np.int64), names), counts)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class: shape (rows, classes)."""
        return self._predict(X)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each row: shape (rows,)."""
        codes = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[codes])


@dataclass(eq=False, repr=False)
class DropoutRegressor(RegressorMixin, _DropoutNetwork):  # type: ignore[misc]
    """A multilayer perceptron with dropout that predicts a number.

    It minimizes the squared error of the target, standardized by the training rows. `score` is R2.

    Parameters
    ----------
    rate, where, kind, hidden, activation, initializer, scale, max_norm, l1, l2, optimizer, learning_rate, epochs, \
batch_size, early_stopping, validation_fraction, n_iter_no_change, random_state
        As of `DropoutClassifier`.

    Attributes
    ----------
    n_features_in_ : int
    n_iter_ : int
        Epochs trained.
    loss_curve_ : array of shape (epochs,)
        Mean squared error over each epoch's batches, dropout on, in the target's unit squared; no row is weighted.
    validation_loss_curve_ : array of shape (epochs,), or None
        Mean squared error of the validation rows, dropout off; None without early stopping.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> import dropout_lab as dl
    >>> dl.DropoutRegressor(rate=0.1, random_state=7).fit(*load_diabetes(return_X_y=True))  # doctest: +SKIP
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on rows X of shape (rows, features), with numbers y of shape (rows,).

        Parameters
        ----------
        X, y : array-like
            As of `DropoutClassifier.fit`.
        sample_weight : array-like of shape (rows,), optional
            As of `DropoutClassifier.fit`, also in the standardization of the target.

        Raises
        ------
        ConfigError
            If parameters are invalid; names all of them.
        DataError
            If there are too few rows for early stopping.
        ModelError
            If training diverges.
        """
        experiment = self._experiment("regression")
        X, y = validate_data(self, X, y, dtype=np.float64, allow_nd=True, y_numeric=True)  # noqa: N806
        X, y, counts = _present(X, y, sample_weight)  # noqa: N806
        values = y.astype(np.float64)
        return self._train(experiment, _rows(X, np.zeros(len(y), np.int64), (), values), counts)

    def predict(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return a number for each row, in the target's unit: shape (rows,)."""
        return self._predict(X)[:, 0]


def _rows(
    features: NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    values: NDArray[np.float64] | None = None,
) -> Dataset:
    """Return rows of any number of axes as a data set."""
    shape = features.shape[1:] if features.ndim > 2 else ()
    flat = features.reshape(len(features), -1)
    return Dataset("X", flat, labels, classes, "", shape, values=values, roles=Roles("y") if shape else None)


def _present(features: Any, target: Any, sample_weight: Any) -> tuple[Any, Any, NDArray[np.float64]]:
    """Return the rows with a weight above 0, their targets, and their weights, all 1 by default."""
    if sample_weight is None:
        return features, target, np.ones(len(features))
    weights = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != (len(features),):
        raise DataError(f"sample_weight: expected shape ({len(features)},), got {weights.shape}")
    if (weights < 0).any():
        raise DataError(f"sample_weight: expected weights of at least 0, got {weights.min():g}")
    rows = weights > 0
    if not rows.any():
        raise DataError("sample_weight: all weights are zero: there is nothing to learn from")
    return features[rows], target[rows], weights[rows]


def _is_dict(value: Any) -> bool:
    return isinstance(value, Mapping)


def _plain(value: Any) -> Any:
    """Return a NumPy number, as scikit-learn's searches pass them, as a Python number."""
    return value.item() if isinstance(value, np.generic) else value
