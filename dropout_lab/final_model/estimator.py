"""A network with dropout as a scikit-learn estimator, for pipelines and searches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from dropout_lab import config, engines
from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.datasets import Dataset
from dropout_lab.engines.runtime import restored_settings
from dropout_lab.errors import DataError

__all__ = ["DropoutClassifier"]


class DropoutClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A multilayer perceptron with dropout.

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
    random_state : int, RandomState or None

    Attributes
    ----------
    classes_ : array of shape (classes,)
    n_features_in_ : int
    loss_curve_ : array of shape (epochs,)
        Cross-entropy over each epoch's batches, dropout on, in nats.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import dropout_lab as dl
    >>> dl.DropoutClassifier(rate=0.2, random_state=7).fit(*load_iris(return_X_y=True))  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913 - scikit-learn: each hyperparameter is an argument
        self,
        rate: float = 0.2,
        where: str = "hidden",
        *,
        kind: str = "dropout",
        hidden: Sequence[int] = (64,),
        activation: str = "relu",
        initializer: str = "glorot_uniform",
        scale: str = "standard",
        max_norm: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str = "adam",
        learning_rate: float = 0.001,
        epochs: int = 100,
        batch_size: int = 32,
        random_state: Any = None,
    ) -> None:
        self.rate = rate
        self.where = where
        self.kind = kind
        self.hidden = hidden
        self.activation = activation
        self.initializer = initializer
        self.scale = scale
        self.max_norm = max_norm
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Train on rows X of shape (rows, features), with classes y of shape (rows,).

        Raises
        ------
        ConfigError
            If parameters are invalid; names all of them.
        DataError
            If there is only one class.
        """
        experiment = self._experiment()
        X, y = validate_data(self, X, y, dtype=np.float64)  # noqa: N806
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError("all rows are of one class: at least two classes are needed")
        data = Dataset("X", X, codes.astype(np.int64), tuple(map(str, self.classes_)), "")
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with restored_settings():
            engines.start("keras", experiment)
            from dropout_lab.final_model.train import train_final_model

            self.model_ = train_final_model(experiment, data, seed)
        self.loss_curve_ = self.model_.history.train_loss
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each class: shape (rows, classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)  # noqa: N806
        with restored_settings():
            engines.start("keras", self.model_.experiment)
            return self.model_.predict(X)

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each row: shape (rows,)."""
        codes = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[codes])

    def _experiment(self) -> config.Experiment:
        """Return the parameters as an experiment; errors name the key of the config."""
        key = KINDS[self.kind].strength if self.kind in KINDS else "rate"
        strength = {} if "none" in (self.kind, self.where) else {key: _plain(self.rate)}
        return config.load(
            {
                "name": "estimator",
                "dataset": "iris",  # a placeholder: the rows are those given to fit
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
                },
                "engine": "keras",
            }
        )


def _plain(value: Any) -> Any:
    """Return a NumPy number, as scikit-learn's searches pass them, as a Python number."""
    return value.item() if isinstance(value, np.generic) else value
