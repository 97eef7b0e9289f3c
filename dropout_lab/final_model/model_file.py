"""A trained model as one file: Keras' own format, with what the outputs mean beside the weights."""

from __future__ import annotations

import json
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from dropout_lab.errors import ModelError, describe_error
from dropout_lab.final_model.input_schema import InputSchema
from dropout_lab.results.atomic_write import LEFTOVER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LoadedModel", "ModelMetadata", "load", "save"]

_METADATA = "dropout_lab.json"
"""An additional member of the ``.keras`` archive, which Keras ignores."""

_BATCH = 1000
_REFIT = "create it again with 'dropout-lab refit'"


@dataclass(frozen=True)
class ModelMetadata:
    """What the inputs and outputs of a model mean. Saved as JSON, and validated by pydantic when it is loaded.

    Attributes
    ----------
    experiment, dataset : str
        Names.
    row : tuple of int
        Shape of one row of an array, or of a table's inputs.
    classes : tuple of str
        Empty for regression.
    sigmoid : bool
        Whether three or more outputs are sigmoids, to be divided by their sum.
    versions : mapping
        Of the packages it was trained with, by name.
    schema : InputSchema or None
        How rows are read, for a table; ``form`` in the JSON.
    array : str
        The name of the array of inputs in the training file; empty if there was none.
    of_bytes : bool
        Whether the training rows were bytes, 0 to 255.
    """

    experiment: str
    dataset: str
    row: tuple[int, ...]
    classes: tuple[str, ...]
    sigmoid: bool
    versions: Mapping[str, str]
    schema: Annotated[InputSchema | None, Field(alias="form")] = None
    array: str = ""
    of_bytes: bool = False

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """Shape of each input of the model, without the rows."""
        if self.schema is None:
            return {"rows": self.row}
        counts = {"numbers": len(self.schema.of("number")), "texts": len(self.schema.of("category", "text"))}
        steps = (self.schema.windows.length,) if self.schema.windows else ()
        return {name: (*steps, count) for name, count in counts.items() if count}


@dataclass(frozen=True)
class LoadedModel:
    """A model read from its file.

    Attributes
    ----------
    metadata : ModelMetadata
    model : keras.Model
    vocabularies : tuple of set of str
        The known texts of each categorical column; none of a column of text.
    """

    metadata: ModelMetadata
    model: Any
    vocabularies: tuple[frozenset[str], ...]

    def predict(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Predict raw rows.

        Keras' own `predict` would round the inputs to float32, and does not take arrays of texts.

        Parameters
        ----------
        inputs : mapping
            Arrays of shape (rows, ...), by the names in `ModelMetadata.inputs`.

        Returns
        -------
        array of shape (rows, classes) or (rows, 1)
            Probabilities; for regression, values in the target's unit.
        """
        import numpy as np

        arrays = {name: inputs[name].reshape(-1, *shape) for name, shape in self.metadata.inputs.items()}
        rows = len(next(iter(arrays.values())))
        parts = []
        for start in range(0, rows, _BATCH):
            batch = {name: array[start : start + _BATCH] for name, array in arrays.items()}
            parts.append(self.model.predict_on_batch(batch if len(batch) > 1 else next(iter(batch.values()))))
        outputs = np.concatenate(parts).astype(np.float64)
        if not self.metadata.classes:
            return outputs
        if outputs.shape[1] == 1:
            return np.hstack([1 - outputs, outputs])
        return outputs / outputs.sum(axis=1, keepdims=True) if self.metadata.sigmoid else outputs


def save(model: Any, metadata: ModelMetadata, path: Path) -> None:
    """Write a model atomically: at any moment the file is complete, either the old one or the new one.

    Raises
    ------
    ModelError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", suffix=LEFTOVER, dir=path.parent))
        try:
            with warnings.catch_warnings():  # Keras creates arrays in a way that NumPy 2 deprecates
                warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword")
                model.save(folder / "model.keras")
            with zipfile.ZipFile(folder / "model.keras", "a") as archive:
                archive.writestr(_METADATA, TypeAdapter(ModelMetadata).dump_json(metadata, by_alias=True, indent=2))
            (folder / "model.keras").replace(path)
        finally:
            shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{path}: cannot be written: {error.strerror or error}") from None


def load(path: Path) -> LoadedModel:
    """Read a model that `save` wrote, without running any code in the file. TensorFlow must have been started.

    Raises
    ------
    ModelError
        If the file cannot be read, is damaged, or was not written by `save`.
    """
    metadata = _read_metadata(path)
    import keras

    try:
        model = keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        why = describe_error(error, 300)
        raise ModelError(f"{path}: cannot be loaded without running code in the file: {why}") from error
    outputs = 1 if len(metadata.classes) in (0, 2) else len(metadata.classes)
    shapes = [tuple(tensor.shape[1:]) for tensor in model.inputs], model.output_shape
    try:
        vocabularies = _vocabularies(metadata, model)
    except (ValueError, AttributeError):
        vocabularies = None
    if vocabularies is None or shapes != ([*metadata.inputs.values()], (None, outputs)):
        raise ModelError(f"{path}: the inputs or outputs of the model are not those in its metadata: {_REFIT}")
    return LoadedModel(metadata, model, vocabularies)


def _read_metadata(path: Path) -> ModelMetadata:
    """Check the archive and read what it says about the model."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            text = archive.read(_METADATA) if _METADATA in archive.namelist() else None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path}: not a model, or damaged: {error}: expected a file written by 'refit'") from None
    if damaged:
        raise ModelError(f"{path}: damaged: the checksum of {damaged} is wrong: {_REFIT}")
    if text is None:
        raise ModelError(f"{path}: not written by 'dropout-lab refit': it does not say what its outputs mean")
    try:
        metadata = TypeAdapter(ModelMetadata).validate_json(text)
    except ValueError:
        raise ModelError(f"{path}: {_METADATA} in it was changed or is damaged: {_REFIT}") from None
    if json.loads(text).get("columns"):
        raise ModelError(f"{path}: written by an earlier version, which read tables differently: {_REFIT}")
    return metadata


def _vocabularies(metadata: ModelMetadata, model: Any) -> tuple[frozenset[str], ...]:
    """Return the texts of each categorical column that a model knows."""
    columns = metadata.schema.of("category", "text") if metadata.schema else ()
    layers = [model.get_layer(f"words_{index}") for index in range(len(columns))]
    return tuple(
        frozenset(layer.get_vocabulary(include_special_tokens=False) if column.kind == "category" else ())
        for column, layer in zip(columns, layers, strict=True)
    )
