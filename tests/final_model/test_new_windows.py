"""Windows of new rows: the saved model says of them what the trained one says, and what cannot be cut is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import experiment
from numpy.typing import NDArray
from series import lines, text, windows

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, Encoding
from dropout_lab.engines import runtime
from dropout_lab.errors import DatasetError
from dropout_lab.final_model import model_file
from dropout_lab.final_model.input_schema import InputSchema, schema_of
from dropout_lab.final_model.new_rows import read_new_rows

runtime.start(intra_op_threads=1)

from dropout_lab.final_model.export import export  # noqa: E402 - Keras must be started first
from dropout_lab.final_model.train import FittedModel, _logits, _traced_net, train_final_model  # noqa: E402

SERIES: dict[str, Any] = {"series": "station", "drop": []}
SPEC: dict[str, Any] = {
    "csv": "/my.csv",
    "target": "outcome",
    "task": "regression",
    "window": 5,
    "horizon": 2,
    "time": "day",
    **SERIES,
}
CONTENT = text(lines(60, "a"), lines(50, "b", seed=8)).replace(",clear\n", ",\n", 3)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return windows(tmp_path_factory.mktemp("series"), CONTENT, **SERIES)


def schema(data: Dataset) -> InputSchema:
    found = schema_of(data, CSV.model_validate(SPEC))
    assert found is not None
    return found


def saved(data: Dataset, folder: Path) -> tuple[FittedModel, model_file.LoadedModel]:
    """Return the fitted model and the one that was saved and loaded."""
    fitted = train_final_model(experiment({"dataset": SPEC, "evaluation": {"folds": 2}}), data)
    metadata = model_file.ModelMetadata("made", "my", data.row, (), False, {}, schema(data))
    model_file.save(export(fitted), metadata, folder / "model.keras")
    return fitted, model_file.load(folder / "model.keras")


def test_a_saved_model_predicts_new_windows_as_those_of_the_training_file(tmp_path: Path, data: Dataset) -> None:
    fitted, loaded = saved(data, tmp_path)
    assert loaded.metadata.inputs == {"numbers": (5, 2), "texts": (5, 1)}
    (tmp_path / "new.csv").write_text(CONTENT)
    rows = read_new_rows(tmp_path / "new.csv", schema(data), loaded.vocabularies)
    assert rows.windows is not None
    found = loaded.predict(rows.inputs)[:, 0]
    assert len(found) == 56 + 46, "also where no target follows"
    assert data.windows is not None
    assert isinstance(fitted.preprocessing, Encoding)
    encoded = fitted.preprocessing(data.features, "float32")
    known = {
        (row, name): value
        for row, name, value in zip(rows.windows.ends["time"], rows.windows.ends["series"], found, strict=True)
    }
    again = outputs(fitted, data.windows.flat(encoded))
    last = data.windows.first + 4
    for at, value in zip(last.tolist(), again, strict=True):
        station, day = ("a", at) if at < 60 else ("b", at - 60)
        assert value == pytest.approx(known[str(day), station], rel=1e-5)


def outputs(fitted: FittedModel, inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return what the trained network says of encoded windows."""
    with _traced_net(fitted.experiment, fitted._placeholder()) as net:
        for variable, value in zip(net.logits.weights, fitted.weights, strict=True):
            variable.assign(value)
        logits = np.concatenate([_logits(net, inputs[at : at + 256]) for at in range(0, len(inputs), 256)])
    assert fitted.target_scaler is not None
    return fitted.target_scaler.inverse_transform(logits)[:, 0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text(lines(4, "a"), lines(3, "b")), "the model predicts from 5 rows that follow one another, but series a"),
        (text(lines(9)).replace("day,station", "day,place"), "has no column station"),
        (text(lines(9)).replace("day,station", "date,station"), "has no column day"),
        (text(lines(9)).replace("\n3,a,", "\n3,,"), "new.csv:5: series station is missing"),
        (text(lines(9)).replace("\n3,a,", "\n,a,"), "new.csv:5: time day is missing"),
        ("day,station,outcome,wind,sky\n1,a,,2.5,grey\n", "new.csv:2: outcome: is missing"),
    ],
)
def test_rows_of_which_no_windows_can_be_cut_are_refused(
    tmp_path: Path, data: Dataset, content: str, expected: str
) -> None:
    (tmp_path / "new.csv").write_text(content)
    with pytest.raises(DatasetError) as caught:
        read_new_rows(tmp_path / "new.csv", schema(data), [{"clear", "grey", "rain"}])
    assert expected in str(caught.value)


def test_a_series_that_is_too_short_is_told_while_others_are_predicted(tmp_path: Path, data: Dataset) -> None:
    made = lines(9, "a")
    (tmp_path / "new.csv").write_text(text([*made[1:], made[0]], lines(4, "c")))
    rows = read_new_rows(tmp_path / "new.csv", schema(data), [{"clear", "grey", "rain"}])
    assert rows.windows is not None
    assert rows.windows.ends == {"series": ("a",) * 5, "time": ("4", "5", "6", "7", "8")}
    assert any("day: 1 row is earlier than the row before" in note for note in rows.notes)
    assert any("nothing is predicted of series with fewer than 5 rows: c" in note for note in rows.notes)
