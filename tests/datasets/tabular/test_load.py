"""A user's own CSV file: what can be is detected, and an error names every problem."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from csv_files import left_out, notes, problems, read, spec

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import checksum, load_dataset
from dropout_lab.datasets.tabular.load import read_table
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.table_dataset import to_dataset
from dropout_lab.errors import DatasetError

PEOPLE = "age,city,smokes,outcome\n" + "\n".join(
    f"{20 + row % 7}.5,{('Bern', 'Basel', 'Chur')[row % 3]},{('yes', 'no')[row % 2]},{('ill', 'well')[row // 3 % 2]}"
    for row in range(24)
)


def test_columns_are_numbers_or_categories_and_classes_are_in_alphabetical_order(tmp_path: Path) -> None:
    data = read(tmp_path, PEOPLE)
    assert data.table is not None
    assert [(each.name, each.kind, each.categories, each.inputs) for each in data.table.columns] == [
        ("age", "number", (), 1),
        ("city", "category", ("Basel", "Bern", "Chur"), 3),
        ("smokes", "category", ("no", "yes"), 2),
    ]
    assert (data.inputs, data.classes, data.name) == (6, ("ill", "well"), "my")
    assert data.labels.tolist() == [row // 3 % 2 for row in range(24)]
    assert data.features[:4].tolist() == [[20.5, 1, 1], [21.5, 0, 0], [22.5, 2, 1], [23.5, 1, 0]]


@pytest.mark.parametrize(
    ("separator", "decimal", "end"), [(",", ".", "\n"), (";", ",", "\r\n"), ("\t", ",", "\n"), ("|", ".", "\r\n")]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separator_decimal_sign_line_ends_and_encoding_are_detected(
    separator: str, decimal: str, end: str, encoding: str, tmp_path: Path
) -> None:
    rows = [row.split(",") for row in PEOPLE.replace("Chur", "Zürich").splitlines()]
    text = end.join(separator.join(cell.replace(".", decimal) for cell in row) for row in rows)
    there = read(tmp_path, text.encode(encoding))
    assert checksum(there) == checksum(read(tmp_path, PEOPLE.replace("Chur", "Zürich")))


def test_a_configured_separator_or_decimal_sign_overrides_detection(tmp_path: Path) -> None:
    content = "a;b,outcome\n1;2,x\n1;3,y\n"
    assert [each.name for each in read_table(spec(tmp_path, content, separator=","), tmp_path).columns] == [
        "a;b",
        "outcome",
    ]
    content = "a;outcome\n1,5;x\n2,5;y\n"
    assert read_table(spec(tmp_path, content, decimal="."), tmp_path).columns[0].categories == ("1,5", "2,5")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("plain", ["885", "1,203,251", "1,885.50"])
def test_commas_that_separate_thousands_are_not_decimal_signs(separator: str, plain: str, tmp_path: Path) -> None:
    rows = [f"{(f'{row % 9 + 3},251', plain)[row % 5 == 4]};{row % 4 / 4};{'xy'[row % 2]}" for row in range(40)]
    data = read(tmp_path, "\n".join(["income;a;outcome", *rows]).replace(";", separator))
    assert data.table is not None
    assert [(each.name, each.kind) for each in data.table.columns] == [("income", "number"), ("a", "number")]
    assert data.features[[0, 4], 0].tolist() == [3251, float(plain.replace(",", ""))]
    assert "decimal point" in data.source
    assert "income: such cells are read as numbers, 3,251 as 3251" in notes(data)


def test_ambiguous_commas_are_decimal_signs_with_a_note(tmp_path: Path) -> None:
    rows = [f"{row % 9 + 3},251;{'xy'[row % 2]}" for row in range(40)]
    data = read(tmp_path, "\n".join(["income;outcome", *rows]))
    assert data.features[0, 0] == 3.251
    assert "income: the comma in 3,251 is read as a decimal sign: if it separates thousands" in notes(data)
    assert "comma" not in notes(read(tmp_path, "\n".join(["income;outcome", *rows]), decimal=","))
    gaps = read(tmp_path, "\n".join(["income;outcome", *rows, "-999;x"]), missing=[-999])
    assert np.isnan(gaps.features[-1, 0])
    clear = [f"{row % 9 + 3},251;{row % 3},5;{'xy'[row % 2]}" for row in range(40)]
    assert "comma" not in notes(read(tmp_path, "\n".join(["income;a;outcome", *clear])))


def test_commas_in_quoted_numbers_separate_thousands_with_a_note_and_decimal_says_otherwise(tmp_path: Path) -> None:
    content = "\n".join(["income,a,outcome", *(f'"{row % 9 + 3},251",{row % 4},{"xy"[row % 2]}' for row in range(40))])
    data = read(tmp_path, content)
    assert data.features[0, 0] == 3251
    assert 'if the comma is a decimal sign, set dataset.decimal: ","' in notes(data)
    assert read(tmp_path, content, decimal=",").features[0, 0] == 3.251


def test_a_file_of_windows_is_read_with_a_note(tmp_path: Path) -> None:
    data = read(tmp_path, PEOPLE.replace("Chur", "Zürich“").encode("cp1252"))
    assert data.table is not None
    assert data.table.columns[1].categories == ("Basel", "Bern", "Zürich“")
    assert "my.csv:4: not valid UTF-8, so read as cp1252 (Western European Windows)" in notes(data)


def test_quoted_cells_may_contain_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    content = 'a,outcome\n"1, or\n""2""",x\nb,y\n" b ",x\n'
    table = read_table(spec(tmp_path, content), tmp_path)
    assert table.columns[0].categories == ('1, or\n"2"', "b")
    assert table.lines.tolist() == [3, 4, 5]


@pytest.mark.parametrize("word", ["", " ", "NA", "n/a", "NaN", "nan", "NULL", "None", "?"])
def test_the_usual_missing_values_are_missing_in_numbers_and_in_text(word: str, tmp_path: Path) -> None:
    content = "a,b,outcome\n" + "\n".join(f"{row % 5},{'uv'[row % 2]},{'xy'[row % 2]}" for row in range(12))
    data = read(tmp_path, f"{content}\n{word},{word},x\n")
    assert np.isnan(data.features[-1]).all()
    assert data.table is not None
    assert [each.missing for each in data.table.columns] == [1, 1]


def test_further_missing_values_can_be_configured(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 5},{'xy'[row % 2]}" for row in range(12))
    data = read(tmp_path, f"{content}\n-999,x\nunknown,y\n", missing=["-999", "unknown"])
    assert np.isnan(data.features[-2:, 0]).all()
    assert np.nanmax(data.features) == 4


def test_a_number_that_marks_missing_values_matches_however_it_is_written(tmp_path: Path) -> None:
    content = "a,b,outcome\n" + "\n".join(f"{row % 5},{row % 3},{row % 4 + 0.5}" for row in range(12))
    data = read(tmp_path, f"{content}\n-999.0,1,1.5\n-9.99e2,2,2.5\n1,1,-999.0\n2,2,-0999", missing=[-999])
    assert np.isnan(data.features[-2:, 0]).all()
    assert data.values is not None
    assert (len(data.values), data.values.min()) == (14, 0.5)


def test_a_marker_with_a_decimal_point_matches_in_a_file_with_decimal_commas(tmp_path: Path) -> None:
    content = "a;outcome\n" + "\n".join(f"{row % 5},25;{'xy'[row % 2]}" for row in range(12))
    assert np.isnan(read(tmp_path, f"{content}\n-99,90;x\n", missing=[-99.9]).features[-1, 0])


SLEEP = "level,n,outcome\n" + "\n".join(
    f"{level},{'None' if row == 7 else row % 5},{('None', 'Insomnia', 'Apnea')[row // 3 % 3]}"
    for row, level in enumerate(["None", "low", "high"] * 12)
)


def test_not_missing_makes_none_a_class_or_category(tmp_path: Path) -> None:
    data = read(tmp_path, SLEEP, not_missing=["None"])
    assert data.classes == ("Apnea", "Insomnia", "None")
    assert len(data.labels) == 36
    assert data.table is not None
    assert [(each.name, each.categories, each.missing) for each in data.table.columns] == [
        ("n", (), 1),
        ("level", ("None", "high", "low"), 0),
    ]
    assert "missing" not in notes(data)


def test_texts_that_are_assumed_missing_are_noted_with_the_remedy(tmp_path: Path) -> None:
    told = notes(read(tmp_path, SLEEP))
    said = "None counts as missing: if it is"
    assert f"12 rows without outcome left out, of 36; in outcome, {said} a class, set dataset.not_miss" in told
    assert f"in level, {said} a value, set dataset.not_missing: [None]" in told
    assert "counts" not in notes(read(tmp_path, SLEEP, missing=["None"]))
    mostly = problems(tmp_path, SLEEP.replace("Apnea", "N/A"))[-1]
    assert "there is nothing to classify; in outcome, None, N/A count as missing: if they are a class, set" in mostly
    assert mostly.endswith('dataset.not_missing: [None, "N/A"]')
    (one,) = problems(tmp_path, SLEEP.replace("Apnea", "Insomnia"))
    numbers = "a,outcome\n" + "\n".join(f"{row * row}.5,{row + 0.5}" for row in range(30))
    assert notes(read(tmp_path, f"{numbers}\n3,NA\n")) == "1 row without outcome left out, of 31"
    assert "there is nothing to classify; in outcome, None counts as missing" in one


def test_a_target_that_most_rows_lack_is_predicted_from_the_others_with_a_question(tmp_path: Path) -> None:
    data = read(tmp_path, "a,outcome\n1,x\n2,y\n3,\n4,\n5,\n")
    assert data.features.tolist() == [[1], [2]]
    assert notes(data) == "3 rows without outcome left out, of 5: is it the right target?"


def test_not_missing_makes_a_text_among_numbers_a_class(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 5},{('0', '1', 'NA')[row % 3]}" for row in range(30))
    assert read(tmp_path, content, not_missing=["NA"]).classes == ("0", "1", "NA")
    assert read(tmp_path, content).classes == ("0", "1")


ROWS = range(20)
ODD_COLUMNS = {
    "empty": ["" for _ in ROWS],
    "same": ["7" for _ in ROWS],
    "word": ["a" if row % 2 else "" for row in ROWS],
    "number": [str(100 - row) for row in ROWS],
    "code": [f"P{row}" for row in ROWS],
    "good": [str(row % 3) for row in ROWS],
    "outcome": ["xy"[row % 2] for row in ROWS],
}
ODD = "\n".join(map(",".join, [list(ODD_COLUMNS), *zip(*ODD_COLUMNS.values(), strict=True)]))


def test_constant_columns_and_ids_are_excluded_with_the_reason(tmp_path: Path) -> None:
    data = read(tmp_path, ODD)
    assert data.table is not None
    assert [each.name for each in data.table.columns] == ["good"]
    assert left_out(data) == {
        "empty": "empty",
        "same": "the same in every row: 7",
        "word": "the same in every row that has it: a",
        "number": "an id: it numbers the rows",
        "code": "an id: a different text in every row",
    }


def test_keep_makes_a_column_that_looks_like_an_id_an_input(tmp_path: Path) -> None:
    data = read(tmp_path, ODD, keep=["number", "code"], drop=["good"])
    assert data.table is not None
    assert [(each.name, each.inputs) for each in data.table.columns] == [("number", 1), ("code", 20)]
    assert left_out(data)["good"] == "listed in drop"


def test_whole_numbers_that_differ_in_every_row_are_kept_with_a_note(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row * row},{'xy'[row % 2]}" for row in range(12))
    assert "a: a different whole number in every row: if it is an id" in notes(read(tmp_path, content))


def test_numbers_with_a_few_texts_among_them_are_a_category_with_a_note(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{'xy'[row % 2]}" for row in range(30))
    told = notes(read(tmp_path, f"{content}\nlow,x\n"))
    assert "30 of 31 values are numbers and the rest text (low), so it is a category" in told
    assert "if it stands for a missing value, set dataset.missing: [low]" in told


def test_category_makes_numbers_a_category(tmp_path: Path) -> None:
    content = "zip,outcome\n" + "\n".join(f"0{row % 4},{'xy'[row % 2]}" for row in range(30))
    data = read(tmp_path, content, category=["zip"])
    assert data.table is not None
    assert data.table.columns[0].categories == ("00", "01", "02", "03")


def test_text_after_many_thousand_numbers_makes_a_category(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{'xy'[row % 2]}" for row in range(20_001))
    data = read(tmp_path, f"{content}\nlate,x\n")
    assert data.table is not None
    assert data.table.columns[0].categories == ("0", "1", "2", "3", "4", "5", "6", "late")
    assert len(data.labels) == 20_002


def test_header_false_reads_a_file_without_column_names(tmp_path: Path) -> None:
    data = read(tmp_path, "1,0.5,x\n2,0.6,y\n1,0.7,x\n2,0.8,y\n", header=False, target="c3")
    assert data.table is not None
    assert ([each.name for each in data.table.columns], len(data.labels)) == (["c1", "c2"], 4)


def test_a_column_without_a_name_is_named_by_its_position(tmp_path: Path) -> None:
    content = ",a,outcome\n" + "\n".join(f"{row},{row % 3},{'xy'[row % 2]}" for row in range(20))
    assert left_out(read(tmp_path, content)) == {"unnamed_1": "an id: it numbers the rows"}


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (["no", "yes", "maybe"], ("maybe", "no", "yes")),
        (["2", "10", "-1"], ("-1", "2", "10")),
        (["1.0", "2", "1"], ("1", "2")),
        (["False", "True", "True"], ("False", "True")),
        ([f"{number:02}" for number in range(30)], tuple(map(str, range(30)))),
        ([f"k{number:02}" for number in range(30)], tuple(f"k{number:02}" for number in range(30))),
    ],
)
def test_targets_are_text_booleans_or_whole_numbers_with_any_number_of_classes(
    targets: list[str], classes: tuple[str, ...], tmp_path: Path
) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{targets[row % len(targets)]}" for row in range(300))
    data = read(tmp_path, content)
    assert data.classes == classes
    assert len(np.unique(data.labels)) == len(classes)


@pytest.mark.parametrize("keys", [{"target": "n", "task": "classification"}, {"category": ["n"], "target": "outcome"}])
def test_numeric_classes_and_categories_have_their_usual_notation(keys: dict[str, Any], tmp_path: Path) -> None:
    values = [0.1, 0.30000000000000004, 2, 1e16, -5]
    table = RawTable(
        "my",
        (
            RawColumn("n", np.array(values * 8)),
            RawColumn("a", np.arange(40.0) % 7),
            RawColumn("outcome", np.arange(40) % 2, ("x", "y")),
        ),
    )
    data = to_dataset(table, CSV.model_validate({"csv": "my.csv", **keys}), keys["target"])
    assert data.table is not None
    (names,) = [each.categories for each in data.table.columns if each.name == "n"] or [data.classes]
    assert sorted(names) == sorted(["0.1", "0.30000000000000004", "2", "10000000000000000", "-5"])


def test_rows_without_a_target_are_left_out_and_counted(tmp_path: Path) -> None:
    data = read(tmp_path, f"{PEOPLE}\n30,Bern,yes,\n31,Bern,no,NA\n")
    assert len(data.labels) == 24
    assert "2 rows without outcome left out, of 26" in notes(data)


def test_rows_of_a_group_have_the_same_number_and_the_group_is_no_input(tmp_path: Path) -> None:
    content = "who,a,outcome\n" + "\n".join(f"{row // 4},{row * row},{'xy'[row % 2]}" for row in range(40))
    data = read(tmp_path, content, group="who")
    assert data.groups is not None
    assert [len(np.unique(data.groups[data.groups == each])) for each in np.unique(data.groups)] == [1] * 10
    assert data.table is not None
    assert [each.name for each in data.table.columns] == ["a"]


BAD: dict[str, tuple[str | bytes, dict[str, Any], list[str]]] = {
    "an empty file": ("", {}, ["my.csv: is empty: expected a line of column names"]),
    "no rows": ("a,outcome\n", {}, ["my.csv: has no rows below its column names"]),
    "an unknown target": (
        PEOPLE,
        {"target": "outcom"},
        ["dataset.target: my.csv has no column outcom; did you mean out"],
    ),
    "values for names": (
        "1.5,2.5,x\n1.5,3.5,y\n",
        {"header": True},
        ["has no column outcome (columns: 1.5, 2.5, x); if the first line holds values, not names, set dataset.header"],
    ),
    "a value for a name": (
        "1.5,2.5,x\n1.5,3.5,y\n2.5,3.5,x\n",
        {"target": "x"},
        ["no column x (columns: c1, c2, c3); it is the value of c3 in the first line; if that"],
    ),
    "unknown columns all at once": (
        PEOPLE,
        {"drop": ["agee"], "group": "who", "keep": ["cty"], "category": ["smoke"]},
        [
            "dataset.group: my.csv has no column who (columns: age, city, smokes, outcome)",
            "dataset.drop: my.csv has no column agee; did you mean age?",
            "dataset.keep: my.csv has no column cty; did you mean city?",
            "dataset.category: my.csv has no column smoke; did you mean smokes?",
        ],
    ),
    "columns of one name": ("a,b,a,outcome\n1,2,3,x\n", {}, ["my.csv:1: 2 columns are called a"]),
    "ragged lines": (
        "a,outcome\n1,x\n1\n\n2,y,z\n2,y\n",
        {},
        ["my.csv:3: expected 2 cells, got 1", "my.csv:5: expected 2 cells, got 3"],
    ),
    "an open quotation mark": (
        'a,outcome\n"1,x\n2,y\n',
        {},
        ["my.csv:2: cannot be read as CSV: a quotation mark is never closed"],
    ),
    "one class only": ("a,outcome\n1,x\n2,x\n", {}, ["target outcome is x in every row that has it"]),
    "no target at all": ("a,outcome\n1,\n2,\n", {}, ["target outcome has no value in any row"]),
    "no column to learn from": ("a,outcome\n1,x\n1,y\n", {}, ["no column is left to learn from (a: the same in every"]),
    "infinite numbers": (
        "a,b,outcome\n1,2,x\ninf,3,y\n2,1e31,x\n-inf,2,y\n",
        {},
        ["my.csv:3: a is inf, and 2 rows in all", "my.csv:4: b is 1e+31, and 1 row in all"],
    ),
    "a missing group": ("a,g,outcome\n1,u,x\n2,,y\n3,v,x\n", {"group": "g"}, ["my.csv:3: group g is missing"]),
    "a workbook": (b"\xd0\xcf\x11\xe0rest", {}, ["my.csv: not a CSV file but an old Excel workbook: export it as CSV"]),
    "bytes": (b"a,outcome\n1,\0\n", {}, ["my.csv:2: not a CSV file: it contains a zero byte"]),
    "half of a UTF-16": (b"\xff\xfea", {}, ["it starts like UTF-16 text but is not valid"]),
    "texts for numbers": (
        "a,outcome\n1,0.5\n2,low\n3,0.7\n",
        {"task": "regression"},
        [
            "my.csv:3: outcome: 'low' is not a number, but 2 of 3 values of the column are: if it stands for a missing "
            "value, set dataset.missing: [low] (dataset.task: regression needs numbers)"
        ],
    ),
    "an infinite target": ("a,outcome\n1,0.5\n2,inf\n3,0.7\n", {}, ["my.csv:3: outcome is inf, and 1 row in all"]),
    "one number only": (
        "a,outcome\n1,0.5\n2,0.5\n",
        {},
        ["target outcome is 0.5 in every row that has it: there is"],
    ),
    "a target that is dropped": (PEOPLE, {"drop": ["outcome"]}, ["dataset.drop: outcome is the target"]),
    "a target that is the group": (PEOPLE, {"group": "outcome"}, ["dataset.group: outcome is the target"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_with_every_problem_and_its_line(case: str, tmp_path: Path) -> None:
    content, keys, expected = BAD[case]
    found = problems(tmp_path, content, **keys)
    assert len(found) == len(expected), found
    for fragment, problem in zip(expected, found, strict=True):
        assert fragment in problem


@pytest.mark.parametrize("targets", [["0.5", "1.25"], [str(number) for number in range(101)]])
def test_a_continuous_target_is_regression_unless_task_says_otherwise(targets: list[str], tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{targets[row % len(targets)]}" for row in range(900))
    data = read(tmp_path, content)
    assert data.values is not None
    assert (data.task, data.classes, set(data.labels)) == ("regression", (), {0})
    assert data.values[:2].tolist() == [float(each) for each in targets[:2]]
    classes = read(tmp_path, content, task="classification")
    assert (classes.values, len(classes.classes)) == (None, len(targets))


def test_few_whole_numbers_are_classes_unless_task_says_otherwise(tmp_path: Path) -> None:
    content = "a,outcome\n" + "\n".join(f"{row % 7},{row % 3}" for row in range(60))
    assert read(tmp_path, content).classes == ("0", "1", "2")
    assert read(tmp_path, content, task="regression").values is not None


def test_rows_without_a_target_value_are_left_out_in_regression(tmp_path: Path) -> None:
    content = "a;outcome\n" + "\n".join(f"{row % 7};{row},5" for row in range(60))
    data = read(tmp_path, f"{content}\n3;\n")
    assert data.values is not None
    assert data.values.tolist() == [row + 0.5 for row in range(60)]
    assert "1 row without outcome left out" in notes(data)


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    for file, expected in ((tmp_path / "none.csv", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(DatasetError, match=f"{re.escape(file.name)}: {expected}"):
            load_dataset(CSV(csv=str(file), target="outcome"), tmp_path)


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "a\x1b[31m,b\n1,2\n")
    assert "\x1b" not in found
    assert "a\ufffd[31m" in found
