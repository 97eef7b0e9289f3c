"""What a report says of a result."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import pytest
from report.made import DATA, GROUPED, START, result, rewrite, right, without_predictions

from dropout_lab.analysis.study import read_study
from dropout_lab.errors import ResultsError
from dropout_lab.plan import Trial
from dropout_lab.report.comparison import comparison, names_of
from dropout_lab.report.section import ReportSection, section


def told(folder: Path) -> ReportSection:
    return section(read_study(folder))


def banners(some: ReportSection) -> dict[str, str]:
    """Return every banner's lines and commands, by its title."""
    return {banner.title: " ".join((*banner.lines, *banner.commands)) for banner in some.banners}


# One result


def test_a_finished_result_warns_of_nothing(tmp_path: Path) -> None:
    assert told(result(tmp_path / "whole")).banners == ()


def test_a_half_finished_result_says_what_is_missing_and_how_to_go_on(tmp_path: Path) -> None:
    def trains(trial: Trial) -> bool:
        return trial.experiment.dropout.rate == 0 or (trial.experiment.dropout.rate == 0.2 and trial.fold > 0)

    folder = result(tmp_path / "half way", trains=trains)
    some = told(folder)
    assert some.sentence.startswith("Unfinished (10 of 18 trials): no dropout is the only rate with complete results")
    text = banners(some)["Unfinished: 8 of 18 trials are missing"]
    assert text.startswith("Rate 0.5: all 6 trials; rate 0.2: 2 of 6 trials. To resume:")
    command = shlex.split(text[text.index("dropout-lab") :])
    assert command == ["dropout-lab", "run", str(folder / "config.yaml"), "--out", str(folder)]


def test_a_result_of_which_no_trial_is_finished_says_so(tmp_path: Path) -> None:
    some = told(result(tmp_path / "none", trains=lambda trial: False))
    assert some.sentence == "No trial is finished yet."
    assert banners(some)["Unfinished: 18 of 18 trials are missing"].startswith("Every rate: all 6 trials each. ")
    assert some.tables == ()


def test_a_fold_that_is_missing_at_every_rate_is_told_everywhere(tmp_path: Path) -> None:
    some = told(result(tmp_path / "part", trains=lambda trial: trial.fold != 1))
    assert some.sentence.startswith("Unfinished (12 of 18 trials): no rate can be called best yet")
    title = "Unfinished: 6 of 18 trials are missing"
    assert banners(some)[title].startswith("Every rate: 2 of 6 trials each. ")
    assert dict(some.tables[0].terms)["accuracy"].endswith("mean over 2 x 3 folds (unfinished)")
    assert {row[some.tables[1].head.index("pairs")] for row in some.tables[1].rows} == {"4"}


def test_rates_without_any_trial_stand_in_the_table(tmp_path: Path) -> None:
    some = told(result(tmp_path / "first", trains=lambda trial: trial.experiment.dropout.rate == 0))
    assert some.sentence.endswith("(2 x 3 folds).")
    assert some.details[0].startswith("So far no rate is better than always guessing the most frequent class (")
    assert some.details[1] == "No other rate has finished a trial yet."
    assert [row[:3] for row in some.tables[0].rows][1:] == [("0.2", "0", "-"), ("0.5", "0", "-")]


def test_the_loss_can_be_concluded_from(tmp_path: Path) -> None:
    def sure(trial: Trial) -> list[float]:
        return [math.exp(trial.experiment.dropout.rate * (0.5 + trial.fold / 50) - 0.5)] * 4

    folder = result(tmp_path / "loss", sure=sure)
    some = section(read_study(folder, metric="loss"))
    assert some.sentence.startswith("Rate 0.5 is best (loss 0.240) and significantly better than no dropout: -0.260")
    summary, differences = some.tables
    assert summary.head[2:7] == ("loss (nats)", "95% interval", "sd (nats)", "p best", "dummy")
    assert [row[2] for row in summary.rows] == ["0.500", "0.396", "0.240"]
    assert [row[1] for row in differences.rows] == ["\u22120.104", "\u22120.260"]
    assert [row[differences.head.index("better")] for row in differences.rows] == ["> 99%", "> 99%"]
    assert dict(differences.terms)["better"] == "probability of more than 0.01 nats below rate 0"


def test_a_metric_that_is_not_known_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="metric: 'train_loss' is not known: expected one of accuracy, loss"):
        read_study(result(tmp_path / "some"), metric="train_loss")


def test_a_result_whose_trials_all_failed_says_so_and_why(tmp_path: Path) -> None:
    some = told(result(tmp_path / "failed", diverges=lambda trial: True))
    assert some.sentence == "Every trial failed: there is no result."
    assert "All failed: none of the 18 finished trials has a result" in banners(some)
    assert {row[4] for row in some.tables[-1].rows} == {"the loss was no longer finite from epoch 3"}


def test_failed_trials_are_counted_and_listed_with_their_reasons(tmp_path: Path) -> None:
    def diverges(trial: Trial) -> bool:
        return trial.experiment.dropout.rate == 0.5 and trial.fold == 1

    some = told(result(tmp_path / "some", diverges=diverges))
    assert "Failed: 2 of 18 finished trials" in banners(some)
    summary, _, failed = some.tables
    assert [row[summary.head.index("failed")] for row in summary.rows] == ["0", "0", "2"]
    reason = "the loss was no longer finite from epoch 3"
    assert [row[:5] for row in failed.rows] == [("0.5", str(each), "1", "diverged", reason) for each in (0, 1)]


def test_of_very_many_failed_trials_the_first_ones_are_listed(tmp_path: Path) -> None:
    folder = result(tmp_path / "many", {"evaluation.repeats": 20}, diverges=lambda trial: True)
    table = told(folder).tables[-1]
    assert len(table.rows) == 50
    assert table.caption.startswith("Failed trials: 180 of 180; the first 50")


def test_a_note_on_the_data_stands_on_the_page(tmp_path: Path) -> None:
    some = told(result(tmp_path / "noted", data={"note": "made up"}))
    assert banners(some) == {"About these data": "made up"}


def test_starts_with_other_versions_or_processors_are_pointed_out(tmp_path: Path) -> None:
    other = {**START, "processor": "another processor"}
    title = "Trained on different processors or with different versions"
    assert title in banners(told(result(tmp_path / "mixed", starts=[START, other])))
    assert title not in banners(told(result(tmp_path / "same", starts=[START, START])))


@pytest.mark.parametrize("run", ["{}", '{"data": 1, "starts": 2}', '{"data": {"classes": 3}, "starts": [4, {}]}'])
def test_a_run_that_says_little_or_nonsense_leaves_lines_out(tmp_path: Path, run: str) -> None:
    folder = result(tmp_path / "odd")
    (folder / "run.json").write_text(run, encoding="utf-8")
    facts = told(folder).facts
    assert facts.note == facts.checksum == ""
    assert not any(start.lines for start in facts.starts)


def test_the_summary_holds_the_numbers_of_the_trials(tmp_path: Path) -> None:
    folder = result(tmp_path / "numbers")
    rewrite(folder, "trials.csv", "accuracy", lambda table: 0.5 + table["rate"] / 2 + table["fold"] / 100)
    rewrite(folder, "trials.csv", "loss", lambda table: table["rate"])
    table = told(folder).tables[0]
    columns = {head: [row[at] for row in table.rows] for at, head in enumerate(table.head)}
    assert columns["dropout rate"] == ["0", "0.2", "0.5"]
    assert columns["accuracy"] == ["51.0%", "61.0%", "76.0%"]
    assert columns["sd (points)"] == ["0.9", "0.9", "0.9"]
    assert columns["loss (nats)"] == ["0", "0.2", "0.5"]
    assert {term for term, _ in table.terms} <= set(table.head)


def test_differences_are_to_the_rate_without_dropout(tmp_path: Path) -> None:
    folder = result(tmp_path / "differences", sure=half_and_more)
    table = told(folder).tables[1]
    assert table.caption == "Differences to rate 0"
    columns = {head: [row[at] for row in table.rows] for at, head in enumerate(table.head)}
    assert columns["dropout rate"] == ["0.2", "0.5"]
    assert columns["difference (points)"] == ["+10.0", "+25.0"]
    assert columns["pairs"] == ["6", "6"]
    summary = read_study(folder).summary[1:]
    for head, ends in (("95% interval", "diff"), ("95% joint interval", "joint")):
        numbers = zip(summary[f"{ends}_low"], summary[f"{ends}_high"], strict=True)
        assert columns[head] == [f"{100 * low:+.1f} to {100 * high:+.1f}" for low, high in numbers]
    assert columns["p adjusted"] == [f"{summary['p_adjusted'][1]:.3f}", "< 0.001"]
    assert {term for term, _ in table.terms} <= set(table.head)


def half_and_more(trial: Trial) -> list[float]:
    """Predict right half of 20 rows in each fold, and with dropout more of them."""
    return right(10 + round(10 * trial.experiment.dropout.rate), 20)


def test_differences_that_are_the_same_in_each_pair_have_no_interval_by_trial(tmp_path: Path) -> None:
    table = told(without_predictions(result(tmp_path / "differences", sure=half_and_more))).tables[1]
    columns = {head: [row[at] for row in table.rows] for at, head in enumerate(table.head)}
    assert columns["dropout rate"] == ["0.2", "0.5"]
    assert columns["difference (points)"] == ["+10.0", "+25.0"]
    assert columns["95% interval"] == ["+10.0 to +10.0", "+25.0 to +25.0"]
    assert columns["pairs"] == ["6", "6"]
    assert columns["better"] == ["> 99%", "> 99%"]
    assert {term for term, _ in table.terms} <= set(table.head)


def test_the_sentence_on_top_is_the_verdict_of_the_statistics(tmp_path: Path) -> None:
    study = read_study(result(tmp_path / "verdict"))
    assert study.verdict is not None
    some = section(study)
    assert some.sentence == study.verdict.sentence
    assert some.details == (*study.verdict.details, *study.verdict.notes)


def test_what_the_best_will_do_on_new_rows_is_said_if_the_predictions_are_there(tmp_path: Path) -> None:
    folder = result(tmp_path / "forecast")
    assert any("on new data" in detail for detail in told(folder).details)
    packed = (folder / "predictions.csv.gz").read_bytes()
    for content in (packed[:-20], b"not packed", None):
        (folder / "predictions.csv.gz").unlink()
        if content is not None:
            (folder / "predictions.csv.gz").write_bytes(content)
        assert not any("on new data" in detail for detail in told(folder).details)


@pytest.mark.parametrize(
    ("evaluation", "said"),
    [
        (
            {"folds": 3, "repeats": 2},
            "Intervals are for new {} of this kind and networks trained on as many rows as in",
        ),
        ({"split": "holdout", "repeats": 3}, "Intervals are for other test {} of this kind"),
    ],
)
def test_rows_that_belong_together_are_taken_as_one(evaluation: dict[str, object], said: str, tmp_path: Path) -> None:
    for name, changes in (("rows", {}), ("groups", GROUPED)):
        some = told(result(tmp_path / name, {**changes, "evaluation": evaluation}))
        assert said.format(name) in " ".join(some.details)
        assert dict(some.tables[0].terms)["95% interval"].startswith("of the mean accuracy, for other ")
        assert ("groups of rows" in dict(some.tables[0].terms)["95% interval"]) == (name == "groups")


def test_one_training_has_no_spread_and_the_words_say_so(tmp_path: Path) -> None:
    changes = {"evaluation": {"split": "holdout", "repeats": 1}}
    folder = result(tmp_path / "one", changes)
    some = told(folder)
    assert not any("sd" in head for head in some.tables[0].head)
    other = "With one training of each this speaks of other test rows, not of other seeds: use more repeats for those."
    assert other in some.details
    assert "one training, tested on one part of the rows held out" in some.lead
    bare = told(without_predictions(folder))
    assert "one training of each says nothing about chance" in bare.sentence
    assert not any("seeds" in detail for detail in bare.details)
    alone = result(tmp_path / "alone", {**changes, "sweep": {}})
    assert other.replace(" of each", "") in told(alone).details
    assert "One training says nothing about other seeds: use more repeats." in told(without_predictions(alone)).details


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("trials.csv", lambda text: text.replace("accuracy", "precision")),
        ("trials.csv", lambda text: text.replace(",ok,,", ",ok,,high")),
        ("trials.csv", lambda text: text.replace(",rate,", ",ratio,")),
        ("history.csv", lambda text: text.replace("epoch", "step")),
        ("history.csv", lambda text: text.replace(",1,", ",first,")),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, damage: object) -> None:
    folder = result(tmp_path / "damaged")
    text = (folder / name).read_text(encoding="utf-8")
    (folder / name).write_text(damage(text), encoding="utf-8")
    with pytest.raises(ResultsError, match=name):
        read_study(folder)


def test_trials_of_another_experiment_are_refused(tmp_path: Path) -> None:
    folder = result(tmp_path / "changed")
    config = (folder / "config.yaml").read_text(encoding="utf-8")
    (folder / "config.yaml").write_text(config.replace("epochs: 3", "epochs: 4"), encoding="utf-8")
    with pytest.raises(ResultsError, match=r"trials\.csv:2: trial [0-9a-f]{12} is not in the plan"):
        read_study(folder)


def test_a_directory_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="holds no results"):
        read_study(tmp_path)


def test_the_torn_last_line_of_a_table_is_left_out(tmp_path: Path) -> None:
    folder = result(tmp_path / "torn")
    for name in ("trials.csv", "history.csv"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text[:-5], encoding="utf-8")
    study = read_study(folder)
    assert len(study.trials) == 17
    assert len(study.history) == 17 * 3


# Several results


def test_results_are_named_by_experiment_or_where_that_is_not_enough_by_directory(tmp_path: Path) -> None:
    folders = [result(tmp_path / "a", {"name": "one"}), result(tmp_path / "b"), result(tmp_path / "c")]
    assert names_of([read_study(folder) for folder in folders]) == ["one", str(folders[1]), str(folders[2])]


def test_results_of_the_same_data_share_a_figure_and_a_table(tmp_path: Path) -> None:
    folders = [result(tmp_path / "a", {"name": "one"}), result(tmp_path / "b", {"name": "two", "sweep": {}})]
    both = comparison([read_study(folder) for folder in folders])
    assert both.banners == ()
    assert both.picture is not None
    assert [row[0] for row in both.tables[0].rows] == ["one", "two"]
    assert len(both.tables) == 1
    for name in ("one", "two"):
        assert name in both.picture.text.alt
        assert name.encode() in both.picture.svg


@pytest.mark.parametrize(
    "other",
    [
        {"data": {"checksum": "d" * 64}, "changes": {"sweep": {}}},
        {"changes": {"dataset": {"name": "wine"}, "sweep": {}}},
    ],
)
def test_results_of_different_data_are_warned_of_and_not_drawn_together(
    tmp_path: Path, other: dict[str, dict[str, object]]
) -> None:
    folders = [result(tmp_path / "a", {"sweep": {}}), result(tmp_path / "b", **other)]
    both = comparison([read_study(folder) for folder in folders])
    assert [banner.title for banner in both.banners] == ["These results are on different data and cannot be compared"]
    assert both.picture is None
    assert [len(table.rows) for table in both.tables] == [2]


def test_results_of_one_point_each_are_compared_with_the_first(tmp_path: Path) -> None:
    single = {"sweep": {}}
    folders = [result(tmp_path / name, {"name": name, **single}) for name in ("a", "b", "c")]
    rewrite(folders[1], "trials.csv", "accuracy", lambda table: table["accuracy"] + 0.02)
    table = comparison([read_study(folder) for folder in folders]).tables[1]
    assert table.caption == "Differences in held-out accuracy to a"
    assert [row[0] for row in table.rows] == ["b", "c"]
    assert [row[1] for row in table.rows] == ["+2.0", "0.0"]
    assert {row[-1] for row in table.rows} == {"6 pairs"}
    assert {term for term, _ in table.terms} <= set(table.head)


def test_results_that_hold_out_other_rows_are_said_not_to_be_paired(tmp_path: Path) -> None:
    folders = [result(tmp_path / "a"), result(tmp_path / "b", {"evaluation.split_seed": 8})]
    both = comparison([read_study(folder) for folder in folders])
    assert [banner.title for banner in both.banners] == [
        "These results hold out different rows: their trials are not paired"
    ]
    assert both.picture is not None


def test_notes_on_the_data_stand_in_the_joint_figure_once(tmp_path: Path) -> None:
    folders = [result(tmp_path / name, data={"note": "made up"}) for name in ("a", "b")]
    both = comparison([read_study(folder) for folder in folders])
    assert both.picture is not None
    assert both.picture.svg.count(b">made up<") == 1


def test_a_result_that_failed_is_listed_beside_the_others(tmp_path: Path) -> None:
    folders = [
        result(tmp_path / "a", {"name": "a"}),
        result(tmp_path / "b", {"name": "b"}, diverges=lambda trial: True),
    ]
    both = comparison([read_study(folder) for folder in folders])
    assert both.tables[0].rows[1] == ("b", DATA["name"], "3 rates from 0 to 0.5", "18 of 18", "18", "-", "-", "-")
