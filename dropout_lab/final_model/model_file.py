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
from dropout_lab.final_model.input_schema import InputSchema, form_from
from dropout_lab.results.append_only_csv import LEFTOVER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LoadedModel", "ModelMetadata", "load", "save"]

_ABOUT = "dropout_lab.json"
"""A further member of the archive that a ``.keras`` file is, which Keras passes over."""

_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class ModelMetadata:
    """What a model's numbers mean.

    Attributes
    ----------
    experiment, dataset : str
        Names.
    row : tuple of int
        The shape of an array's row; of a table's inputs.
    classes : tuple of str
        Empty where a number is predicted.
    sigmoid : bool
        Whether three or more outputs are sigmoids, whose shares are the probabilities.
    versions : mapping
    form : InputSchema or None
        Of a table, how its rows are read.
    """

    experiment: str
    dataset: str
    row: tuple[int, ...]
    classes: tuple[str, ...]
    sigmoid: bool
    versions: Mapping[str, str]
    form: InputSchema | None = None

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """What a model takes: the shape of each of its inputs without the rows."""
        if self.form is None:
            return {"rows": self.row}
        counts = {"numbers": len(self.form.of("number")), "texts": len(self.form.of("category"))}
        return {name: (count,) for name, count in counts.items() if count}


@dataclass(frozen=True)
class LoadedModel:
    """A model that was loaded.

    Attributes
    ----------
    about : ModelMetadata
    model : keras.Model
    words : tuple of set of str
        The texts of each category that it knows.
    """

    about: ModelMetadata
    model: Any
    words: tuple[frozenset[str], ...]

    def predict(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Return what the model says of rows.

        Keras' own `predict` would round the rows to float32, and takes no arrays of texts.

        Parameters
        ----------
        inputs : mapping
            Each of `ModelMetadata.inputs` by its name: arrays of shape (rows, ...).

        Returns
        -------
        array of shape (rows, classes) or (rows, 1)
            Probabilities; or numbers in the target's unit.
        """
        import numpy as np

        given = {name: inputs[name].reshape(-1, *shape) for name, shape in self.about.inputs.items()}
        rows = len(next(iter(given.values())))
        parts = []
        for start in range(0, rows, _ROWS_AT_ONCE):
            some = {name: array[start : start + _ROWS_AT_ONCE] for name, array in given.items()}
            parts.append(self.model.predict_on_batch(some if len(some) > 1 else next(iter(some.values()))))
        said = np.concatenate(parts).astype(np.float64)
        if not self.about.classes:
            return said
        if said.shape[1] == 1:
            return np.hstack([1 - said, said])
        return said / said.sum(axis=1, keepdims=True) if self.about.sigmoid else said


def save(model: Any, about: ModelMetadata, path: Path) -> None:
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


def load(path: Path) -> LoadedModel:
    """Read a model that `save` wrote, without running any code that is in the file; TensorFlow has been started.

    Raises
    ------
    ModelError
        If the file cannot be read, is no such model, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            said = json.loads(archive.read(_ABOUT)) if _ABOUT in archive.namelist() else None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path}: is no model, or damaged: {error}: expected a file that 'refit' wrote") from None
    if damaged:
        raise ModelError(f"{path}: is damaged: {damaged} is not as it was written: make it anew with 'refit'")
    if said is None:
        raise ModelError(f"{path}: was not written by 'dropout-lab refit': it does not say what its outputs mean")
    about = _about(path, said)
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise ModelError(
            f"{path}: cannot be loaded without running code of its own: {type(error).__name__}: {text}"
        ) from error
    outputs = 1 if len(about.classes) in (0, 2) else len(about.classes)
    taken = [tuple(each.shape[1:]) for each in model.inputs]
    try:
        words = _words(about, model)
    except (ValueError, AttributeError):
        taken = []
    if (taken, model.output_shape) != ([*about.inputs.values()], (None, outputs)):
        raise ModelError(f"{path}: its model takes and gives other shapes than it says: make it anew with 'refit'")
    return LoadedModel(about, model, words)


def _words(about: ModelMetadata, model: Any) -> tuple[frozenset[str], ...]:
    """Return the texts of each category that a model knows."""
    categories = about.form.of("category") if about.form else ()
    layers = (model.get_layer(f"words_{at}") for at in range(len(categories)))
    return tuple(frozenset(layer.get_vocabulary(include_special_tokens=False)) for layer in layers)


def _about(path: Path, said: Any) -> ModelMetadata:
    if isinstance(said, dict) and said.get("columns"):
        raise ModelError(f"{path}: an earlier version wrote it, which read tables otherwise: make it anew with 'refit'")
    try:
        return ModelMetadata(
            str(said["experiment"]),
            str(said["dataset"]),
            tuple(int(size) for size in said["row"]),
            tuple(str(name) for name in said["classes"]),
            bool(said["sigmoid"]),
            {str(name): str(version) for name, version in said["versions"].items()},
            form_from(said["form"]) if said.get("form") else None,
        )
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ModelError(f"{path}: {_ABOUT} in it is not as it was written: make it anew with 'refit'") from None
