"""Tables with texts and gaps, and regression: the saved model says of raw rows what the trained one says of them."""

from __future__ import annotations

import csv
import gzip
import io
import re
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import experiment
from hypothesis import given, settings
from hypothesis import strategies as st
from program import call
from pydantic import TypeAdapter

import dropout_lab as dl
from dropout_lab import datasets
from dropout_lab.config.dataset import CSV, SOURCES
from dropout_lab.datasets import Dataset
from dropout_lab.engines import runtime
from dropout_lab.errors import DatasetError, ModelError
from dropout_lab.final_model import model_file
from dropout_lab.final_model.input_schema import InputSchema, schema_of
from dropout_lab.final_model.new_rows import read_new_rows
from dropout_lab.final_model.predict import predict
from dropout_lab.final_model.refit import refit

runtime.start(intra_op_threads=1)

import keras  # noqa: E402 - Keras must be started first

from dropout_lab.final_model.export import export  # noqa: E402
from dropout_lab.final_model.preprocessing_layers import preprocessing_layers  # noqa: E402
from dropout_lab.final_model.train import FittedModel, train_final_model  # noqa: E402

SCHEMA = TypeAdapter(InputSchema)
ODD = (
    "Zürich",
    "new\nline",
    'quo"te',
    "a;b",
    "back\\slash",
    "[unknown]",
    "[UNK]",
    "日本",
    "\N{GRINNING FACE}",
    "8001",
    "{}",
    "'",
)
ALONE = """
import sys
sys.path[:] = [path for path in sys.path if path != sys.argv[3]]
import keras, numpy as np
model = keras.models.load_model(sys.argv[1], safe_mode=True)
assert "dropout_lab" not in sys.modules
numbers = np.array([[30.0, 2.5], [np.nan, 1.25]])
texts = np.array([["Bern"], ["never seen"]])
np.save(sys.argv[2], model({"numbers": numbers, "texts": texts}).numpy())
"""


def text_of(rows: list[list[Any]], separator: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\n").writerows(rows)
    return file.getvalue()


def people(rows: int = 90) -> list[list[Any]]:
    """Make rows with gaps in numbers and texts, rare texts, and odd ones."""
    random = np.random.default_rng(7)
    table: list[list[Any]] = [["id", "age", "city", "height", "word", "outcome"]]
    for row in range(rows):
        age = "" if row % 9 == 4 else round(random.normal(40, 12), 2)
        word = "" if row % 11 == 5 else f"w{int(random.random() ** 3 * 30)}"
        cells = [age, ODD[row % len(ODD)], f"{1e9 + random.normal():.3f}", word]
        table.append([f"p{row}", *cells, ("no", "yes", "maybe")[row % 3 if row % 7 else 0]])
    return table


def described(text: str, folder: Path, **keys: Any) -> tuple[CSV, Dataset]:
    (folder / "my.csv").write_text(text, encoding="utf-8")
    spec = CSV.model_validate({"csv": str(folder / "my.csv"), "target": "outcome", **keys})
    return spec, datasets.load_dataset(spec, Path())


def said_by_file(trained: FittedModel, spec: CSV, data: Dataset, rows: Path, folder: Path) -> Any:
    """Save and load a model, and return what it says of the rows of a file."""
    assert data.table is not None
    metadata = model_file.ModelMetadata("x", "my", data.row, data.classes, False, {}, schema_of(data, spec))
    model_file.save(export(trained), metadata, folder / "model.keras")
    saved = model_file.load(folder / "model.keras")
    assert saved.metadata == metadata
    read = read_new_rows(rows, metadata.schema, saved.vocabularies)  # type: ignore[arg-type]
    return saved.predict({"numbers": read.numbers, "texts": read.texts})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "preprocessing.scale": "minmax",
            "training.class_weight": "balanced",
            "dropout": {"where": "both", "rate": 0.2},
        },
        {"preprocessing.scale": "none", "training.precision": "float64"},
    ],
    ids=["standard", "minmax", "none"],
)
def test_the_file_says_of_the_rows_what_the_trained_net_does(changes: dict[str, Any], tmp_path: Path) -> None:
    spec, data = described(text_of(people()), tmp_path, most_categories=6)
    assert data.table is not None
    assert [(each.name, each.inputs, each.missing > 0) for each in data.table.columns] == [
        ("age", 1, True),
        ("height", 1, False),
        ("city", 6, False),
        ("word", 6, True),
    ]
    trained = train_final_model(experiment({"training.epochs": 2, **changes}), data)
    said = said_by_file(trained, spec, data, tmp_path / "my.csv", tmp_path)
    assert said == pytest.approx(trained.predict(data.features), abs=1e-6)
    assert len({*said[:, 0].tolist()}) > (30 if changes.get("preprocessing.scale") != "none" else 0)  # heights are 1e9


def test_cells_of_new_rows_are_read_as_in_training(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    rows: list[list[Any]] = [["price", "share", "people", "outcome"]]
    for row in range(60):
        people = f"{random.integers(1, 2_000_000):,}".replace(",", ".")
        rows.append([f"${random.random() * 3000:,.2f}", f"{row % 13}%", people, ("no", "yes")[row % 2]])
    spec, data = described(text_of(rows, ";"), tmp_path)
    assert data.table is not None
    schema = schema_of(data, spec)
    assert SCHEMA.validate_json(SCHEMA.dump_json(schema)) == schema
    new = [["people", "share", "price"], ["4.512", "7 %", "$1,204.50"], ["959", "0", "($3)"]]
    (tmp_path / "new.csv").write_text(text_of(new, ";"))
    read = read_new_rows(tmp_path / "new.csv", schema, ())
    assert [each.name for each in schema.inputs] == ["price", "share", "people"]
    assert read.numbers.tolist() == [[1204.5, 7, 4512], [-3, 0, 959]]
    new[1][1] = "0.07"
    (tmp_path / "new.csv").write_text(text_of(new, ";"))
    with pytest.raises(DatasetError, match=re.escape("new.csv:2: share: '0.07' is not a number")):
        read_new_rows(tmp_path / "new.csv", schema, ())


def test_new_texts_are_spelled_as_in_training_if_case_does_not_count(tmp_path: Path) -> None:
    rows = [
        ["a", "city", "outcome"],
        *([row % 7, ("Bern", "BERN", "Chur")[row % 3], "xy"[row % 2]] for row in range(42)),
    ]
    spec, data = described(text_of(rows), tmp_path, fold_case=True)
    assert data.table is not None
    (tmp_path / "new.csv").write_text("a,city\n1,bern\n2,CHUR\n3,Genf\n")
    read = read_new_rows(tmp_path / "new.csv", schema_of(data, spec), ({"BERN", "Chur"},))
    assert read.texts[:, 0].tolist() == ["BERN", "Chur", "Genf"]
    assert data.table.columns[1].categories == ("BERN", "Chur")


def test_dates_of_new_rows_are_read_in_the_order_of_the_training_data(tmp_path: Path) -> None:
    rows = [
        ["a", "sold", "outcome"],
        *([row % 7, f"{row % 28 + 1}/{row % 12 + 1}/2024", "xy"[row % 2]] for row in range(56)),
    ]
    spec, data = described(text_of(rows), tmp_path, dates={"sold": ["month", "day"]})
    assert data.table is not None
    schema = schema_of(data, spec)
    assert SCHEMA.validate_json(SCHEMA.dump_json(schema)) == schema
    (tmp_path / "new.csv").write_text("sold,a\n3/4/2025,1\n5/12/2025,2\n")
    read = read_new_rows(tmp_path / "new.csv", schema, ())
    assert read.numbers.tolist() == [[1, 4, 3], [2, 12, 5]]
    (tmp_path / "new.csv").write_text("sold,a\n3/4/2025,1\n5/13/2025,2\n,3\n")
    with pytest.raises(DatasetError) as caught:
        read_new_rows(tmp_path / "new.csv", schema, ())
    assert [problem.split("new.csv:")[1] for problem in caught.value.problems] == [
        "3: sold: '5/13/2025' is not a date as in training",
        "4: sold_month: is missing; it never was in training, so there is no value to fill in",
        "4: sold_day: is missing; it never was in training, so there is no value to fill in",
    ]
    (tmp_path / "new.csv").write_text("a\n1\n")
    with pytest.raises(DatasetError, match=r"new.csv: has no column sold\n"):
        read_new_rows(tmp_path / "new.csv", schema, ())


def test_a_file_without_names_is_matched_by_position_beside_dates(tmp_path: Path) -> None:
    rows = [[row % 7, f"2024-{row % 12 + 1:02}-11", "xy"[row % 2]] for row in range(56)]
    spec, data = described(text_of(rows), tmp_path, dates=["c2"], header=False, target="c3")
    assert data.table is not None
    (tmp_path / "new.csv").write_text("3,2025-05-02\n")
    read = read_new_rows(tmp_path / "new.csv", schema_of(data, spec), ())
    assert [column.name for column in data.table.columns] == ["c1", "c2_month", "c2_weekday", "c2_elapsed_days"]
    assert read.numbers.tolist() == [[3, 5, 4, 20210]]


def test_what_is_missing_rare_or_unknown_in_new_rows_counts_as_in_training(tmp_path: Path) -> None:
    spec, data = described(text_of(people()), tmp_path, most_categories=6)
    assert data.table is not None
    trained = train_final_model(experiment({"training.epochs": 2}), data)
    new = [["word", "outcome", "height", "city", "age"], ["", "", 1e9, "nowhere", ""], ["never", "", 1e9 + 1, "", 7]]
    (tmp_path / "new.csv").write_text(text_of(new))
    median = np.nanmedian(data.features[:, 0])
    common = np.bincount(data.features[:, 2].astype(int)).argmax()
    features = np.array([[np.nan, 1e9, -1, np.nan], [7, 1e9 + 1, np.nan, -1]])
    said = said_by_file(trained, spec, data, tmp_path / "new.csv", tmp_path)
    assert said == pytest.approx(trained.predict(features), abs=1e-6)
    features[0, 0], features[1, 2] = median, common
    assert said == pytest.approx(trained.predict(features), abs=1e-6)


@pytest.mark.parametrize("kind", ["numbers", "texts"])
def test_a_number_is_predicted_in_the_targets_unit_from_numbers_or_texts_alone(kind: str, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    rows: list[list[Any]] = [["a", "b", "outcome"]]
    for row in range(60):
        a, b = (f"{random.normal():.3f}", row % 4 / 2) if kind == "numbers" else (f"t{row % 5}", f"u{row % 3}")
        rows.append([a, b, f"{5e8 + 1000 * (row % 5) + random.normal():.2f}"])
    spec, data = described(text_of(rows, ";").replace(".", ","), tmp_path)
    assert data.values is not None
    trained = train_final_model(
        experiment({"dataset": {"csv": "my.csv", "target": "outcome", "task": "regression"}, "training.epochs": 3}),
        data,
    )
    said = said_by_file(trained, spec, data, tmp_path / "my.csv", tmp_path)
    assert said.shape == (60, 1)
    assert said == pytest.approx(trained.predict(data.features), rel=1e-12)
    assert abs(said.mean() - data.values.mean()) < 2000
    assert np.ptp(said) > 1


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6)
numbers = st.one_of(st.floats(-1e30, 1e30).map(repr), st.integers(-3, 3).map(str), st.sampled_from(["", "1e-31", "?"]))


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    kinds = draw(st.lists(st.sampled_from([numbers, words]), min_size=1, max_size=3))
    columns = [draw(st.lists(kind, min_size=1, max_size=8)) for kind in kinds]
    cells = [[column[row % len(column)] for column in columns] for row in range(16)]
    return [
        [*(f"c{at}" for at in range(len(kinds))), "outcome"],
        *([*row, "yn"[at % 2]] for at, row in enumerate(cells)),
    ]


@given(tables(), st.sampled_from(["standard", "minmax", "none"]))
@settings(max_examples=40)
def test_whatever_a_table_holds_the_front_of_a_saved_model_makes_the_inputs_of_training(
    rows: list[list[str]], scale: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            spec, data = described(text_of(rows), folder, separator=",", most_categories=3)
        except DatasetError:
            return
        assert data.table is not None
        encode = datasets.encoding(data.table, data.features, np.arange(len(data.labels)), scale)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword")
            keras.Model(*preprocessing_layers(encode, data.row)).save(folder / "front.keras")
        model = keras.models.load_model(folder / "front.keras", compile=False, safe_mode=True)
        known = [each.categories for each in data.table.columns if each.kind == "category"]
        read = read_new_rows(folder / "my.csv", schema_of(data, spec), known)
        assert read.notes == ()
        given = {"numbers": read.numbers, "texts": read.texts}
        there = {name: array for name, array in given.items() if array.shape[1]}
        said = model.predict_on_batch(there if len(there) > 1 else next(iter(there.values())))
        np.testing.assert_allclose(said, encode(data.features, "float64"), rtol=1e-9, atol=1e-9)


def test_a_word_that_keras_cannot_tell_from_another_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    from dropout_lab.config.dataset import Parquet

    frame = pd.DataFrame({"w": ["a", "a\0"] * 20, "outcome": ["x", "y", "y", "x"] * 10})
    frame.to_parquet(tmp_path / "my.parquet")
    data = datasets.load_dataset(Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome"), Path())
    with pytest.raises(ModelError, match=r"w: the text a.? ends in a zero byte"):
        export(train_final_model(experiment({"training.epochs": 1}), data))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("schema")
    spec, data = described(text_of(people()), folder, missing=["-9"], category=["word"])
    assert data.table is not None
    return schema_of(data, spec)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ["new.csv: is empty"]),
        ("age,city,height,word\n", ["new.csv: has no rows below its column names"]),
        (
            "age,cty,word\n1,2,3\n",
            ["has no column city; did you mean cty?", "no column height", "its columns are age, cty"],
        ),
        ("age,city,height,word\n1,x,2\n", ["new.csv:2: expected 4 cells, got 3"]),
        (
            "age,city,height,word\nold,x,,u\n1,x,3,u\n1e40,x,inf,u\n",
            [
                "new.csv:2: age: 'old' is not a number",
                "new.csv:2: height: is missing",
                "new.csv:4: age: '1e40'",
                "new.csv:4: height",
            ],
        ),
        ("age,city,height,word\n" + "x,x,x,x\n" * 9, ["new.csv:6: height", "and 8 more"]),
    ],
)
def test_rows_that_are_not_like_those_of_training_are_told_line_by_line(
    text: str, said: list[str], schema: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "new.csv").write_text(text)
    with pytest.raises(DatasetError) as caught:
        read_new_rows(Path("new.csv"), schema, [frozenset(), frozenset()])
    for each in said:
        assert each in str(caught.value)
    assert len(caught.value.problems) <= 11


def test_columns_are_found_by_name_and_what_is_missing_is_so_as_in_training(schema: Any, tmp_path: Path) -> None:
    text = "more;word;city;height;age\n1;8001;8001;1,5;-9\n2;-9; Bern ;2,5;NA\n"
    (tmp_path / "new.csv").write_text(text)
    read = read_new_rows(tmp_path / "new.csv", schema, [frozenset({"8001"}), frozenset({"8001"})])
    np.testing.assert_array_equal(read.numbers, [[np.nan, 1.5], [np.nan, 2.5]])
    assert read.texts.tolist() == [["8001", "8001"], ["Bern", ""]]
    (note,) = read.notes
    assert note.endswith("new.csv: city: 1 row has a text that did not occur in training: Bern")


@pytest.mark.parametrize("keys", [{"header": False}, {}])
def test_rows_without_names_are_taken_in_their_order_with_or_without_the_target(
    keys: dict[str, Any], tmp_path: Path
) -> None:
    rows = [[row % 7, ("y", "n")[row % 3 % 2], f"w{row % 4}"] for row in range(40)]
    spec, data = described(text_of(rows), tmp_path, **keys, target="c2")
    assert data.table is not None
    like = schema_of(data, spec)
    for text in ("5,y,w2\n", "5,w2\n"):
        (tmp_path / "new.csv").write_text(text)
        read = read_new_rows(tmp_path / "new.csv", like, [frozenset({"w2"})])
        assert (read.numbers.tolist(), read.texts.tolist()) == ([[5]], [["w2"]])
    (tmp_path / "new.csv").write_text("5,y,w2,1\n")
    with pytest.raises(DatasetError, match=r"expected 3 columns, or 2 without the target \(c2\), got 4"):
        read_new_rows(tmp_path / "new.csv", like, [frozenset()])


def test_new_rows_are_read_as_the_config_says_that_text_files_are_written(tmp_path: Path) -> None:
    keys = {"separator": "whitespace", "encoding": "cp1250", "comment": "%", "skip_rows": 1, "quoting": "single"}
    lines = [f"{row % 7}  '{('Łódź', 'New York')[row % 2]}' {'yn'[row % 3 % 2]}" for row in range(40)]
    (tmp_path / "my.csv").write_bytes("\n".join(["title", "% more", "a city outcome", *lines]).encode("cp1250"))
    spec = CSV.model_validate({"csv": str(tmp_path / "my.csv"), "target": "outcome", **keys})
    data = datasets.load_dataset(spec, tmp_path)
    assert data.table is not None
    (tmp_path / "new.csv.gz").write_bytes(gzip.compress("title\ncity a\n'Łódź' 3\n% no row\n".encode("cp1250")))
    new = read_new_rows(tmp_path / "new.csv.gz", schema_of(data, spec), [frozenset({"Łódź"})])
    assert (new.numbers.tolist(), new.texts.tolist(), new.notes) == ([[3]], [["Łódź"]], ())


def test_a_parquet_file_gives_the_same_rows_as_a_text_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    from dropout_lab.config.dataset import Parquet

    random = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"zip": [8000.0 + row % 3 for row in range(40)], "a": random.normal(size=40), "outcome": ["x", "y"] * 20}
    )
    frame.loc[3, "a"] = np.nan
    frame.to_parquet(tmp_path / "my.parquet")
    spec = Parquet(parquet=str(tmp_path / "my.parquet"), target="outcome", category=("zip",))
    data = datasets.load_dataset(spec, Path())
    assert data.table is not None
    like, known = schema_of(data, spec), [frozenset(data.table.columns[1].categories)]
    frame.to_csv(tmp_path / "my.csv", index=False)  # which writes 8000.0 where the words are 8000
    one, other = (read_new_rows(tmp_path / name, like, known) for name in ("my.parquet", "my.csv"))
    np.testing.assert_array_equal(one.numbers, other.numbers)
    assert one.texts.tolist() == other.texts.tolist()
    assert one.texts[:3, 0].tolist() == ["8000", "8001", "8002"]
    assert one.notes == other.notes == ()


@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_what_is_missing_in_further_rows_is_what_was_missing_in_training(source: str, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    import pandas as pd

    frame = pd.DataFrame(
        {
            "a": [1.5, -999, 2.5] * 8,
            "b": ["u", "None", "x", "NA"] * 6,
            "zip": [1.0, 2, -999] * 8,
            "outcome": ["y", "z"] * 12,
        }
    )
    frame.to_parquet(tmp_path / "my.parquet")
    frame.to_csv(tmp_path / "my.csv", index=False)
    keys = {"target": "outcome", "missing": [-999, "x"], "not_missing": ["None"], "category": ["zip"]}
    spec = SOURCES[source].model_validate({source: str(tmp_path / f"my.{source}"), **keys})
    data = datasets.load_dataset(spec, Path())  # type: ignore[arg-type]
    assert data.table is not None
    words = [frozenset(each.categories) for each in data.table.columns if each.kind == "category"]
    schema = schema_of(data, spec)  # type: ignore[arg-type]
    for name in ("my.csv", "my.parquet"):
        read = read_new_rows(tmp_path / name, SCHEMA.validate_json(SCHEMA.dump_json(schema)), words)
        np.testing.assert_array_equal(read.numbers[:3, 0], [1.5, np.nan, 2.5])
        assert read.texts[:4, 0].tolist() == ["u", "None", "", ""]
        if source == name.rpartition(".")[2] or source == "parquet":
            assert read.texts[2, 1] == ""
            assert read.texts[0, 1] in words[1]


def mixed(folder: Path) -> Path:
    """Run a sweep on a table."""
    rows: list[list[Any]] = [["age", "height", "city", "outcome"]]
    rows += [
        ["" if row % 8 == 3 else row % 13, row % 5 / 4, ("Bern", "Basel", "Chur")[row % 3], "xyz"[row % 3]]
        for row in range(60)
    ]
    (folder / "mixed.csv").write_text(text_of(rows))
    config = {
        "dataset": {"csv": str(folder / "mixed.csv"), "target": "outcome"},
        "model": {"hidden": [4]},
        "dropout": {"where": "hidden"},
        "training": {"epochs": 2},
        "evaluation": {"folds": 2},
        "sweep": {"dropout.rate": [0, 0.5]},
        "engine": "stacked",
    }
    dl.run(config, out=folder / "out", quiet=True)
    return folder / "out"


def test_a_table_is_refitted_and_its_new_rows_are_predicted_and_the_card_says_how(tmp_path: Path) -> None:
    done = refit(mixed(tmp_path), tmp_path)
    metadata = model_file.load(done.model).metadata
    assert metadata.schema is not None
    assert [each.name for each in metadata.schema.inputs] == ["age", "height", "city"]
    (tmp_path / "rows.csv").write_text("city,age,height,id\nBern,,0.5,1\nGenf,3,0.25,2\n")
    notes: list[str] = []
    text = predict(done.model, tmp_path / "rows.csv", on_note=notes.append)
    assert text.startswith("row,class,p_x,p_y,p_z\n0,")
    assert len(text.splitlines()) == 3
    assert [note.rpartition(": ")[2] for note in notes] == ["Genf"]
    card = done.card.read_text()
    assert str(tmp_path) not in card
    for said in (
        "mixed: all 60 rows.",
        "Target: outcome, classes 0: x, 1: y, 2: z.",
        "Numeric columns: 2, in this order: age, height.",
        "Categorical columns: 1, in this order: city.",
        "- A missing number is replaced by the median of these rows: age.",
        "- A number is required, because none was missing in these rows: height.",
        "- An unknown text, one that is not in these rows, belongs to none of the categories.",
        'model({"numbers": numbers, "texts": texts})',
        "Held-out accuracy was ",
    ):
        assert said in card


@pytest.mark.slow
def test_plain_keras_loads_a_tables_model_and_the_command_line_predicts_the_same(tmp_path: Path) -> None:
    model, root = refit(mixed(tmp_path), tmp_path).model, str(Path(dl.__file__).parents[1])
    command = [sys.executable, "-P", "-c", ALONE, str(model), "given.npy", root]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env={})
    (tmp_path / "rows.csv").write_text("city;height;age\nBern;2,5;30\nnever seen;1,25;\n")
    done = call("predict", model, "rows.csv", "--out", "said.csv", cwd=tmp_path)
    told = "note: rows.csv: city: 1 row has a text that did not occur in training: never seen\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, "said.csv\n", told)
    lines = (tmp_path / "said.csv").read_text().splitlines()[1:]
    shares = [[float(cell) for cell in line.split(",")[2:]] for line in lines]
    assert np.array(shares) == pytest.approx(np.load(tmp_path / "given.npy"), abs=1e-5)


def test_regression_is_refitted_and_told_by_its_own_measures(tmp_path: Path) -> None:
    rows = [["a", "city", "price"]]
    rows += [
        [f"{row * 7 % 11 / 3:.3f}", ("u", "v")[row % 2], f"{1000 + 31.5 * (row * 7 % 11):.2f}"] for row in range(60)
    ]
    (tmp_path / "my.csv").write_text(text_of(rows))
    config = {"dataset": {"csv": str(tmp_path / "my.csv"), "target": "price"}, "evaluation": {"folds": 2}}
    config |= {"model": {"hidden": [4]}, "dropout": {"where": "hidden"}, "sweep": {"dropout.rate": [0, 0.5]}}
    config |= {"training": {"epochs": 2}}
    dl.run(config, out=tmp_path / "out", quiet=True)
    done = refit(tmp_path / "out", tmp_path)
    head, first, *_ = predict(done.model, tmp_path / "my.csv").splitlines()
    assert head == "row,prediction"
    assert 500 < float(first.split(",")[1]) < 2000
    card = done.card.read_text()
    assert "Target: price, a number, 1000 to 1315 in these rows." in card
    assert "Held-out R2 was " in card
    assert "share of the variance of the held-out rows' targets that is explained" in card
    assert re.search(r"Further metrics: MSE [\d.,e+]+ unit², MAE [\d.,]+ unit\. The unit is the target's\.", card)
    assert "ccuracy" not in card


def test_a_schema_is_saved_as_json_and_one_that_is_not_valid_is_refused(schema: Any) -> None:
    plain = SCHEMA.dump_python(schema)
    assert SCHEMA.validate_json(SCHEMA.dump_json(schema)) == SCHEMA.validate_python(plain) == schema
    for key, value in {"decimal": "x", "separator": "ab", "inputs": [], "target": "", "missing": None}.items():
        with pytest.raises(ValueError, match=key):
            SCHEMA.validate_python(plain | {key: value})
