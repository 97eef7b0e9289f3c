"""What is said of a target that cannot be classified as it is: it can be pasted, and what it leads to runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import call

from dropout_lab.config import load
from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_user_dataset
from dropout_lab.datasets.tabular.target_advice import advise

SWEEP = ("--rates", "0:0.9:0.1", "--dry-run")
COUNTS = [1 + row % 25 for row in range(250)]
KINDS = ["cat", "dog", "emu"]


def table(folder: Path, targets: list[object], texts: list[str] | None = None) -> Path:
    """Write a table of a number, perhaps a text, and a target that is called `found`."""
    rows = [f"{row / 7:.3f},{(texts or ['u', 'v'])[row % 2]},{target}" for row, target in enumerate(targets)]
    (folder / "my.csv").write_text("\n".join(["size,town,found", *rows]), encoding="utf-8")
    return folder / "my.csv"


def read(folder: Path, targets: list[object], texts: list[str] | None = None) -> Dataset:
    file = table(folder, targets, texts)
    return load_user_dataset(CSV(csv=str(file), target="found"), folder)


def test_counts_of_which_some_come_once_are_proposed_as_amounts_and_the_proposal_runs(tmp_path: Path) -> None:
    table(tmp_path, [*COUNTS, 40, 38, 36])
    made = call("init", "my.csv", "--target", "found", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (
        "  note: found has 28 different numbers, some in one row only (36, 38, 40), so it is taken for an amount "
        "(task: regression); to classify, merge classes in the file, and set task: classification"
    ) in made.stdout.splitlines()
    assert load(tmp_path / "my.yaml").task == "regression"
    assert call("sweep", "my.yaml", *SWEEP, cwd=tmp_path).returncode == 0
    as_classes = call("sweep", "my.yaml", "-S", "dataset.task=classification", *SWEEP, cwd=tmp_path)
    assert as_classes.stderr.splitlines()[-1] == (
        "error: the smallest class has only one row: it cannot be both trained on and held out: merge classes, or "
        "leave rows out, in the file; or, if found is an amount, set dataset.task: regression. Classes with too few "
        "rows: 36 (1), 38 (1), 40 (1)"
    )


def test_many_whole_numbers_are_classes_if_each_can_be_held_out_and_the_other_reading_is_told(tmp_path: Path) -> None:
    advice = advise(read(tmp_path, list(COUNTS)))
    assert advice.keys == {}
    assert advice.note == (
        "found has 25 different numbers, taken for classes: if they are amounts, set task: regression"
    )
    assert advise(read(tmp_path, [row % 5 for row in range(100)])).note == ""


def test_a_class_of_one_row_is_left_out_and_the_config_says_why_and_runs(tmp_path: Path) -> None:
    table(tmp_path, [KINDS[row % 3] for row in range(60)] + ["no: idea"])
    made = call("init", "my.csv", "--target", "found", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert '  missing: ["no: idea"]' in (tmp_path / "my.yaml").read_text(encoding="utf-8").splitlines()
    assert "note: no: idea has one row, which cannot be both trained on and held out: left out" in made.stdout
    dry = call("sweep", "my.yaml", *SWEEP, cwd=tmp_path)
    assert (dry.returncode, "1 row without found left out, of 61" in dry.stderr) == (0, True)
    without = (tmp_path / "my.yaml").read_text(encoding="utf-8").replace('  missing: ["no: idea"]\n', "")
    (tmp_path / "bare.yaml").write_text(without, encoding="utf-8")
    refused = call("sweep", "bare.yaml", *SWEEP, cwd=tmp_path).stderr.splitlines()[-1]
    advice = refused.partition("; or set ")[2].partition(". Classes")[0]
    assert advice == 'dataset.missing: ["no: idea"]'
    pasted = advice.replace(": [", "=[")
    assert call("sweep", "bare.yaml", "-S", pasted, *SWEEP, cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ([*["cat"] * 30, "dog"], "the smallest class has only one row"),
        ([*[0] * 30, 1], "the smallest class has only one row"),
        (
            [f"kind {row // 2}" if row < 10 else f"only {row}" for row in range(30)],
            "the smallest class has only one row",
        ),
    ],
    ids=["one of two classes", "one of two numbers", "most rows"],
)
def test_where_nothing_that_runs_can_be_proposed_no_config_is_written(
    targets: list[object], said: str, tmp_path: Path
) -> None:
    table(tmp_path, targets)
    refused = call("init", "my.csv", "--target", "found", cwd=tmp_path)
    assert (refused.returncode, said in refused.stderr) == (2, True)
    assert [file.name for file in tmp_path.iterdir()] == ["my.csv"]


def test_a_single_group_is_refused_before_a_config_is_written(tmp_path: Path) -> None:
    rows = "".join(f"{row / 7:.3f},{'ab'[row % 2]},w\n" for row in range(40))
    (tmp_path / "my.csv").write_text(f"size,kind,who\n{rows}", encoding="utf-8")
    refused = call("init", "my.csv", "--target", "kind", "--group", "who", cwd=tmp_path)
    assert (refused.returncode, "needs at least 2 groups of rows" in refused.stderr) == (2, True)
    assert not (tmp_path / "my.yaml").exists()


def test_a_text_that_an_input_has_too_is_not_marked_as_missing(tmp_path: Path) -> None:
    targets = [*(KINDS[row % 3] for row in range(60)), "u"]
    assert advise(read(tmp_path, targets)).keys == {}
    assert advise(read(tmp_path, targets, ["x", "y"])).keys == {"missing": ["u"]}


def test_the_way_out_of_a_rare_class_keeps_what_is_missing_already(tmp_path: Path) -> None:
    table(tmp_path, [*(KINDS[row % 3] for row in range(60)), "fox", "fox", "owl"])
    made = call("init", "my.csv", "--target", "found", cwd=tmp_path)
    assert (made.returncode, "missing: [owl]" in made.stdout) == (0, True)
    refused = call("sweep", "my.yaml", "-S", "evaluation.folds=3", *SWEEP, cwd=tmp_path).stderr.splitlines()[-1]
    advice = refused.partition("; or set ")[2].partition(". Classes")[0]
    assert advice == "dataset.missing: [owl, fox]"
    pasted = call(
        "sweep", "my.yaml", "-S", "evaluation.folds=3", "-S", advice.replace(": [", "=["), *SWEEP, cwd=tmp_path
    )
    assert pasted.returncode == 0, pasted.stderr


@pytest.mark.parametrize("shared", [True, False])
def test_groups_that_share_most_inputs_are_held_out_one_by_one(shared: bool, tmp_path: Path) -> None:
    rows = [(who, 0 if shared or who < 2 else who * 10, day) for who in range(24) for day in range(8)]
    lines = [
        f"{who},{start + day},{who % 3 if shared else 1},{40 + (who * 7 + day) % 11}.5" for who, start, day in rows
    ]
    (tmp_path / "my.csv").write_text("\n".join(["who,day,diet,weight", *lines]), encoding="utf-8")
    made = call("init", "my.csv", "--target", "weight", "--group", "who", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "  group: who, 24 of them, each held out whole" in made.stdout
    said = "of the 24 groups many share inputs, and 3 would be left if these were held out together: each group is held"
    assert (said in made.stdout) == shared
    assert ('  duplicates: "keep"' in (tmp_path / "my.yaml").read_text(encoding="utf-8")) == shared
    assert call("sweep", "my.yaml", *SWEEP, cwd=tmp_path).returncode == 0
    settings = ("-S", "dataset.duplicates=group", "-S", "evaluation.folds=3")
    together = call("data", "check", "my.yaml", *settings, cwd=tmp_path)
    joined = f"so that 24 groups become {3 if shared else 23} (dataset.duplicates: group); to hold out each group by"
    assert joined in together.stdout
    own = ("--out", "own.yaml", "-S", "dataset.duplicates=group")
    as_set = call("init", "my.csv", "--target", "weight", "--group", "who", *own, cwd=tmp_path)
    assert (joined in as_set.stdout, "one would be left" in as_set.stdout) == (True, False)
    assert load(tmp_path / "own.yaml").dataset.duplicates == "group"
