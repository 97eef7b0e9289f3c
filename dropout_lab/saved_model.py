"""A trained model as one file: Keras' own, with what its numbers mean beside the weights."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab.errors import ModelError
from dropout_lab.results.table import LEFTOVER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["About", "Saved", "load", "save"]

_ABOUT = "dropout_lab.json"
"""A further member of the archive that a ``.keras`` file is, which Keras passes over."""


@dataclass(frozen=True)
class About:
    """What a model's numbers mean.

    Attributes
    ----------
    experiment, dataset : str
        Names.
    row : tuple of int
        The shape of a row.
    columns : tuple of str
        The names of its numbers; empty if they have none.
    classes : tuple of str
    sigmoid : bool
        Whether three or more outputs are sigmoids, whose shares are the probabilities.
    versions : mapping
    """

    experiment: str
    dataset: str
    row: tuple[int, ...]
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    sigmoid: bool
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Saved:
    """A model that was loaded."""

    about: About
    model: Any

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each class: rows of shape (rows, numbers) -> (rows, classes)."""
        import numpy as np

        given = np.asarray(self.model.predict(rows.reshape(-1, *self.about.row), verbose=0), np.float64)
        if given.shape[1] == 1:
            return np.hstack([1 - given, given])
        return given / given.sum(axis=1, keepdims=True) if self.about.sigmoid else given


def save(model: Any, about: About, path: Path) -> None:
    """Write a model so that at any instant either the old or the new file is there, whole.

    Raises
    ------
    ModelError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=LEFTOVER, dir=path.parent))
        try:
            with warnings.catch_warnings():  # Keras' own way to make arrays, which NumPy 2 does not like
                warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword")
                model.save(folder / "model.keras")
            with zipfile.ZipFile(folder / "model.keras", "a") as archive:
                archive.writestr(_ABOUT, json.dumps(asdict(about), indent=2, ensure_ascii=False))
            (folder / "model.keras").replace(path)
        finally:
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror or error}") from None


def load(path: Path) -> Saved:
    """Read a model that `save` wrote, without running any code that is in the file; TensorFlow has been started.

    Raises
    ------
    ModelError
        If the file cannot be read, is no such model, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            about = _about(path, json.loads(archive.read(_ABOUT))) if _ABOUT in archive.namelist() else None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path}: is no model, or damaged: {error}: expected a file that 'refit' wrote") from None
    if damaged:
        raise ModelError(f"{path}: is damaged: {damaged} is not as it was written: make it anew with 'refit'")
    if about is None:
        raise ModelError(f"{path}: was not written by 'dropout-lab refit': it does not say what its outputs mean")
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{path}: cannot be loaded without running code of its own: {type(error).__name__}: {text}"
        ) from error
    outputs = 1 if len(about.classes) == 2 else len(about.classes)
    if (model.input_shape, model.output_shape) != ((None, *about.row), (None, outputs)):
        raise ModelError(f"{path}: its model takes and gives other shapes than it says: make it anew with 'refit'")
    return Saved(about, model)


def _about(path: Path, said: Any) -> About:
    try:
        return About(
            str(said["experiment"]),
            str(said["dataset"]),
            tuple(int(size) for size in said["row"]),
            tuple(str(name) for name in said["columns"]),
            tuple(str(name) for name in said["classes"]),
            bool(said["sigmoid"]),
            {str(name): str(version) for name, version in said["versions"].items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ModelError(f"{path}: {_ABOUT} in it is not as it was written: make it anew with 'refit'") from None
