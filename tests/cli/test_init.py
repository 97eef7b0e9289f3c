"""``init``: from a file as it is to a config that says what was found."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from program import call

from dropout_lab.config import load
from dropout_lab.config.dataset import CSV

ECHOES = "\n".join(
    ",".join([*(f"0.{(row * at * 37 + at) % 997:03}" for at in range(1, 9)), "MR"[row % 2]]) for row in range(40)
)


def dataset(config: Path) -> CSV:
    section = load(config).dataset
    assert isinstance(section, CSV)
    return section


def test_a_file_without_a_header_loses_no_row_and_its_config_says_so(tmp_path: Path) -> None:
    (tmp_path / "echoes.all-data").write_text(ECHOES)
    listed = call("init", "echoes.all-data", cwd=tmp_path)
    assert listed.returncode == 0
    assert listed.stdout.splitlines()[0] == "echoes.all-data: 40 rows (separator ,, decimal point, utf-8)"
    assert "  note: echoes.all-data:1: looks like values (0.001, 0.002, 0.003 and 6 more), not names" in listed.stdout
    assert listed.stdout.endswith("\n  dropout-lab init echoes.all-data --target=c9\n")
    made = call("init", "echoes.all-data", "--target=c9", cwd=tmp_path)
    assert made.stdout.startswith("echoes: 40 rows, 8 inputs")
    assert dataset(tmp_path / "echoes.yaml").header is False
    checked = call("data", "check", "echoes.yaml", cwd=tmp_path)
    assert (checked.returncode, "note" in checked.stdout) == (0, False)


@pytest.mark.parametrize(("option", "rows", "header"), [("--no-header", 31, False), ("--header", 30, True)])
def test_an_option_says_whether_the_first_line_names_the_columns(
    option: str, rows: int, header: bool, tmp_path: Path
) -> None:
    lines = [f"{row % 7},{row % 5},{row % 3}" for row in range(30)]
    (tmp_path / "my.csv").write_text("\n".join(["2019,2020,2021", *lines]))
    target = "2021" if header else "c3"
    made = call("init", "my.csv", "--target", target, option, "--out=a.yaml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert f"my: {rows} rows" in made.stdout
    assert dataset(tmp_path / "a.yaml").header is header
    (tmp_path / "my.npz").write_bytes(b"")
    refused = call("init", "my.npz", option, cwd=tmp_path)
    assert refused.stderr == f"error: {option}: only text files have one: leave the option out\n"


def test_what_the_list_of_columns_says_can_be_pasted_whatever_the_names_are(tmp_path: Path) -> None:
    rows = [f"{row % 7},{'xy'[row % 2]}" for row in range(30)]
    with gzip.open(tmp_path / "my data.csv.gz", "wt") as file:
        file.write("\n".join(["size,it's the class", *rows]))
    listed = call("init", "my data.csv.gz", cwd=tmp_path)
    command = listed.stdout.splitlines()[-1]
    assert command == "  dropout-lab init 'my data.csv.gz' '--target=it'\"'\"'s the class'"
    made = call("init", "my data.csv.gz", "--target=it's the class", cwd=tmp_path)
    assert made.stdout.endswith("my data.yaml: run it with\n  dropout-lab sweep 'my data.yaml' --rates 0:0.9:0.1\n")
    assert (dataset(tmp_path / "my data.yaml").name, dataset(tmp_path / "my data.yaml").header) == ("my-data", None)


def test_where_no_column_can_be_the_target_the_list_says_so(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("name\n" + "\n".join(f"n{row}" for row in range(20)))
    listed = call("init", "my.csv", cwd=tmp_path)
    assert listed.returncode == 0
    assert listed.stdout.endswith("no column looks like a target: name the one to predict with --target\n")


def test_what_a_refusal_suggests_can_be_set_when_the_config_is_written(tmp_path: Path) -> None:
    rows = "\n".join(f"{row * 1.25},{2024 if row % 2 else 2023}-0{row % 9 + 1}-11,{'xy'[row % 2]}" for row in range(60))
    (tmp_path / "my.csv").write_text(f"size,sold,outcome\n{rows}\nTotal,,x\n")
    refused = call("init", "my.csv", "--target", "outcome", cwd=tmp_path)
    assert refused.returncode == 2
    assert "my.csv:62: size: 'Total' is not a number" in refused.stderr
    assert "init takes such keys, too: --set 'dataset.KEY=VALUE'" in refused.stderr
    keys = (
        "-S",
        "dataset.missing=[Total]",
        "-S",
        "dataset.dates={sold: [year, month]}",
        "-S",
        "dataset.most_categories=9",
    )
    done = call("init", "my.csv", "--target", "outcome", *keys, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    dataset = load(tmp_path / "my.yaml").dataset
    assert isinstance(dataset, CSV)
    assert (dataset.missing, dataset.dates, dataset.most_categories) == (("Total",), {"sold": ("year", "month")}, 9)


def test_only_keys_of_the_data_can_be_set_when_a_config_is_written(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text("a,outcome\n1,x\n2,y\n")
    for setting, said in (
        ("training.epochs=5", "--set training.epochs=5: init takes keys of dataset only"),
        ("dataset.mising=[a]", "--set dataset.mising=[a]: dataset.mising: unknown key; did you mean missing?"),
        ("dataset.name=iris", "error: --set dataset.name=iris: the data are those of FILE: leave it out\n"),
        ("dataset=sonar", "error: --set dataset=sonar: the data are those of FILE: leave it out\n"),
        ("dataset.csv=b.csv", "error: --set dataset.csv=b.csv: the data are those of FILE: leave it out\n"),
    ):
        refused = call("init", "my.csv", "--target", "outcome", "--set", setting, cwd=tmp_path)
        assert refused.returncode == 2
        assert said in refused.stderr
    assert not (tmp_path / "my.yaml").exists()


def test_dates_are_read_as_such_by_a_config_to_start_from_and_it_runs(tmp_path: Path) -> None:
    sales = [
        f"{1950 + row // 12}-{row % 12 + 1:02},{row % 28 + 1}/{row % 12 + 1}/2024,{row * 7 % 31}.5" for row in range(96)
    ]
    for columns in ("month", "month,paid"):
        lines = [line if "," in columns else f"{line.split(',')[0]},{line.split(',')[2]}" for line in sales]
        (tmp_path / "my.csv").write_text("\n".join([f"{columns},sold", *lines]))
        made = call("init", "my.csv", "--target=sold", f"--out={len(columns)}.yaml", cwd=tmp_path)
        assert made.returncode == 0, made.stderr
        assert list(dataset(tmp_path / f"{len(columns)}.yaml").dates) == columns.split(",")
        assert "note: month: 1950-02 is read as the date 1950-02-01; its inputs are month_year" in made.stdout
        dry = call("sweep", f"{len(columns)}.yaml", "--rates=0,0.5", "--dry-run", cwd=tmp_path)
        assert dry.returncode == 0, dry.stderr


def test_dates_that_could_be_read_in_two_ways_are_left_to_the_user(tmp_path: Path) -> None:
    lines = [f"{row % 12 + 1}/{row % 12 + 1}/2024,{row},{row * 7 % 31}.5" for row in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["day,day_year,sold", *lines]))
    made = call("init", "my.csv", "--target=sold", cwd=tmp_path)
    assert (made.returncode, dict(dataset(tmp_path / "my.yaml").dates)) == (0, {})
    assert "day: looks like dates (1/1/2024), but each is a category: set dataset.dates: [day]" in made.stdout


def test_that_the_first_line_is_no_header_is_told_whatever_else_is_set(tmp_path: Path) -> None:
    lines = [f"{row * 7 % 13 / 4},{row % 10}" for row in range(59)]
    (tmp_path / "my.csv").write_text("\n".join([*lines, "0.5,40"]))
    made = call("init", "my.csv", "--target=c2", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (dataset(tmp_path / "my.yaml").header, dataset(tmp_path / "my.yaml").task) == (False, "regression")
    assert "  note: my.csv:1: looks like values (0.0, 0)" in made.stdout


def test_the_list_of_columns_reads_numbers_and_dates_as_a_config_would_and_counts_what_is_missing(
    tmp_path: Path,
) -> None:
    (tmp_path / "my.csv").write_text(
        "preis;stück;tag;name;größe\n"
        "1.628,50 €;1.020;31.1.2024;a;4,5\n959,10 €;150;1.2.2024;;\n12,00 €;7;3.2.2024;b;3\n"
    )
    listed = call("init", "my.csv", cwd=tmp_path).stdout.splitlines()
    assert listed[1:6] == [
        "  preis  number, 12 to 1628.5",
        "  stück  number, 1.02 to 150, if its points are decimal signs",
        "  tag    3 dates: 1.2.2024, 3.2.2024, 31.1.2024",
        "  name   2 texts: a, b; missing in 1",
        "  größe  number, 3 to 4.5; missing in 1",
    ]


@pytest.mark.parametrize(
    ("column", "keys", "evaluation"),
    [
        ("cv", {"fold": "cv"}, "split: predefined"),
        ("day", {"time": "day"}, "split: time_series"),
        ("other", {"test": "test.csv"}, "split: test"),
    ],
)
def test_a_split_that_the_data_determine_is_that_of_the_config(
    column: str, keys: dict[str, str], evaluation: str, tmp_path: Path
) -> None:
    lines = [f"{row % 5},{row * 37 % 101},{row * 7 % 31}.5" for row in range(60)]
    (tmp_path / "data").mkdir()
    for name in ("my.csv", "data/test.csv"):
        (tmp_path / name).write_text("\n".join([f"{column},size,sold", *lines]))
    keys = {key: value.replace("test", "data/test") for key, value in keys.items()}
    settings = [part for key, value in keys.items() for part in ("-S", f"dataset.{key}={value}")]
    made = call("init", "my.csv", "--target=sold", "--out=data/my.yaml", *settings, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert ("rows that are trained on may be held out again" in made.stdout) == (column == "other")
    assert f"  {evaluation} " in (tmp_path / "data" / "my.yaml").read_text()
    (tmp_path / "data").rename(tmp_path / "moved")
    (tmp_path / "sub").mkdir()
    dry = call("sweep", "moved/my.yaml", "--rates=0,0.5", "--dry-run", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr


def test_each_key_that_is_set_counts(tmp_path: Path) -> None:
    rows = [f"202{row % 5}-01-0{row % 9 + 1},2024-0{row % 7 + 1}-02,{'ppq'[row % 3]}" for row in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["a,b,outcome", *rows]))
    keys = ("--set=dataset.dates.a=[year]", "--set=dataset.dates.b=[month]")
    made = call("init", "my.csv", "--target=outcome", *keys, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert dataset(tmp_path / "my.yaml").dates == {"a": ("year",), "b": ("month",)}


def test_no_config_is_written_whose_folds_train_on_one_class(tmp_path: Path) -> None:
    (tmp_path / "my.csv").write_text(
        "\n".join(["x,g,k", *(f"{row % 9}.5,{'uv'[row % 2]},{'pq'[row % 2]}" for row in range(40))])
    )
    made = call("init", "my.csv", "--target=k", "--group=g", cwd=tmp_path)
    assert made.returncode == 2
    assert "all training rows of fold 0 are of one class, so there is nothing to learn" in made.stderr
    assert not (tmp_path / "my.yaml").exists()


def test_a_column_of_free_text_is_read_word_by_word_and_others_are_as_they_were(tmp_path: Path) -> None:
    rows = [f"a film {'xy'[row % 2]} of {row} long and dull scenes,{row % 7},{'xy'[row % 2]}" for row in range(60)]
    (tmp_path / "my.csv").write_text("\n".join(["review,size,class", *rows]))
    made = call("init", "my.csv", "--target=class", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "columns: 1 number and 1 text" in made.stdout
    found = dataset(tmp_path / "my.yaml").encode
    assert {name: each.model_dump() for name, each in found.items()} == {
        "review": {"kind": "text", "words": 10_000, "length": 9}
    }
    checked = call("data", "check", "my.yaml", cwd=tmp_path)
    assert "texts of 9 to 9 words" in checked.stdout
    planned = call("sweep", "my.yaml", "--rates=0,0.5", "--dry-run", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    kept = call("init", "my.csv", "--target=class", "--set=dataset.drop=[review]", "--out=a.yaml", cwd=tmp_path)
    assert kept.returncode == 0, kept.stderr
    assert dataset(tmp_path / "a.yaml").encode == {}
