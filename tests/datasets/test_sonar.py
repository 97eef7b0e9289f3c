import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dropout_lab import datasets
from dropout_lab.datasets import sonar
from dropout_lab.errors import DataError

REMEDY = "remove it and run 'dropout-lab data fetch sonar', or put the original file at "


def lines(folder: Path) -> list[str]:
    return (folder / "sonar.all-data").read_text(encoding="ascii").splitlines(keepends=True)


def test_the_published_file_has_208_rows_of_60_inputs_and_two_classes(sonar_folder: Path) -> None:
    data = sonar.load(sonar_folder)
    assert data.name == "sonar"
    assert data.features.shape == (208, 60)
    assert data.features.dtype == np.float64
    assert data.labels.dtype == np.int64
    assert data.classes == ("M", "R")
    assert np.bincount(data.labels).tolist() == [111, 97]
    assert data.source == "sonar.all-data, verified"


def test_rows_keep_the_order_and_the_values_of_the_file(sonar_folder: Path) -> None:
    data = sonar.load(sonar_folder)
    for number, line in enumerate(lines(sonar_folder)):
        *cells, label = line.strip().split(",")
        assert data.features[number].tolist() == [float(cell) for cell in cells]
        assert data.classes[data.labels[number]] == label


def test_a_file_called_sonar_csv_is_found_too(sonar_folder: Path, tmp_path: Path) -> None:
    shutil.copy(sonar_folder / "sonar.all-data", tmp_path / "sonar.csv")
    assert datasets.checksum(sonar.load(tmp_path)) == datasets.checksum(sonar.load(sonar_folder))
    assert datasets.local_files("sonar", tmp_path) == [tmp_path / "sonar.csv"]


@pytest.mark.parametrize(
    "damaged",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: text.replace(",", ", "),
        lambda text: text.replace("1.0000", "1.0"),
    ],
    ids=["CRLF", "no end of line", "blank lines at the end", "blanks", "fewer digits"],
)
def test_other_ways_to_write_the_same_values_give_the_same_data(
    sonar_folder: Path, tmp_path: Path, damaged: Callable[[str], str]
) -> None:
    file = tmp_path / "sonar.all-data"
    file.write_bytes(damaged("".join(lines(sonar_folder))).encode())
    assert datasets.checksum(sonar.read(file)) == datasets.checksum(sonar.load(sonar_folder))


DAMAGES: dict[str, tuple[Callable[[list[str]], str], str]] = {
    "empty": (lambda rows: "", ": expected 208 lines, got 0"),
    "a row is missing": (lambda rows: "".join(rows[:-1]), ": expected 208 lines, got 207"),
    "a row too many": (lambda rows: "".join([*rows, rows[0]]), ": expected 208 lines, got 209"),
    "cut in a row": (lambda rows: "".join(rows)[:-20], ":208: expected 60 numbers and R or M, got 58 cells"),
    "a value altered": (
        lambda rows: "".join([rows[0].replace("0.0200", "0.0201"), *rows[1:]]),
        ": its values differ from the published ones",
    ),
    "a label altered": (
        lambda rows: "".join([rows[0].replace("R", "M"), *rows[1:]]),
        ": its values differ from the published ones",
    ),
    "rows in another order": (lambda rows: "".join(reversed(rows)), ": its values differ from the published ones"),
    "not a number": (
        lambda rows: "".join([rows[0], rows[1].replace("0.0453", "nan"), *rows[2:]]),
        ": its values differ from the published ones",
    ),
    "a wrong label": (
        lambda rows: "".join([rows[0], rows[1].replace("R", "X"), *rows[2:]]),
        ":2: expected R or M in the last cell, got 'X'",
    ),
    "a word": (
        lambda rows: "".join([*rows[:2], rows[2].replace("0.0262", "low"), *rows[3:]]),
        ":3: expected 60 numbers before the label",
    ),
    "a cell is missing": (
        lambda rows: "".join([rows[0].replace("0.0200,", ""), *rows[1:]]),
        ":1: expected 60 numbers and R or M, got 60 cells",
    ),
    "a page of the web": (lambda rows: "<html>\n404\n", ":1: expected 60 numbers and R or M, got 1 cells"),
    "binary": (lambda rows: "\x1f\x8b\x08\x00\xff\xfe" * 100, ": not a text file"),
    "bytes of zero": (lambda rows: "\x00" * 10_000, ""),
    "one endless cell": (lambda rows: "1" * 200_000, ": cannot be read"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_with_its_name_the_place_and_the_way_out(
    sonar_folder: Path, tmp_path: Path, damage: str
) -> None:
    damaged, problem = DAMAGES[damage]
    file = tmp_path / "sonar.all-data"
    file.write_bytes(damaged(lines(sonar_folder)).encode("latin-1"))
    with pytest.raises(DataError) as caught:
        sonar.load(tmp_path)
    assert str(caught.value).startswith(f"{file}{problem}")
    assert str(caught.value).endswith(f"{REMEDY}{file}")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sonar.all-data"
    file.mkdir()
    with pytest.raises(DataError) as caught:
        sonar.load(tmp_path)
    assert str(caught.value).startswith(f"{file}: cannot be read: ")
    assert str(caught.value).endswith(f"{REMEDY}{file}")


def test_a_damaged_file_stays_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "sonar.all-data"
    file.write_text("mine\n", encoding="ascii")
    with pytest.raises(DataError):
        sonar.load(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["sonar.all-data"]
    assert file.read_text(encoding="ascii") == "mine\n"


def test_the_checksum_is_of_values_labels_and_class_names(sonar_folder: Path) -> None:
    data = sonar.load(sonar_folder)
    same = datasets.Dataset("other", data.features.copy(), data.labels.copy(), data.classes, "elsewhere")
    assert datasets.checksum(same) == datasets.checksum(data)
    for features, labels, classes in (
        (np.nextafter(data.features, 2), data.labels, data.classes),
        (data.features, 1 - data.labels, data.classes),
        (data.features, data.labels, ("R", "M")),
        (data.features.reshape(104, 120), data.labels, data.classes),
    ):
        other = datasets.Dataset(data.name, features, labels, classes, data.source)
        assert datasets.checksum(other) != datasets.checksum(data)
