"""The figures: the same bytes every time, and words that are true to the data."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
import writer
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from report.made import result, rewrite, right, without_predictions

from dropout_lab.analysis.axis import axis_of
from dropout_lab.analysis.formatting import percent
from dropout_lab.analysis.study import Study, read_study
from dropout_lab.engines import Block
from dropout_lab.engines.outcome import TrialResult
from dropout_lab.plan import Trial
from dropout_lab.report.figures import PALETTE, Picture, inline, main_pictures, overlay, pictures
from dropout_lab.report.figures.axis_style import spread_out, tilt
from dropout_lab.report.figures.box_plot import box_plot
from dropout_lab.report.figures.captions import extremes
from dropout_lab.report.figures.curves import curves
from dropout_lab.report.figures.points import MEASURES, plot_against
from dropout_lab.report.figures.race import race_plot
from dropout_lab.report.section import section

TEN = {"sweep": {"dropout.rate": [round(step / 10, 1) for step in range(10)]}, "evaluation.folds": 10}
SVG = "{http://www.w3.org/2000/svg}"
NO_PYPLOT = """
import sys
from pathlib import Path
from dropout_lab.report.figures import main_pictures
from dropout_lab.analysis.study import read_study
assert main_pictures(read_study(Path(sys.argv[1])))
print("matplotlib.pyplot" in sys.modules)
"""


Pictures = tuple[Picture, ...]


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a result of ten rates x 2 x 10 folds that has figures of all kinds, and a note."""
    folder = result(tmp_path_factory.mktemp("ten") / "ten", TEN, data={"note": "costs $5 & <b>$6</b>"})
    return read_study(folder)


@pytest.fixture(scope="module")
def drawn(ten: Study) -> Pictures:
    """Return its figures."""
    return pictures(ten)


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_the_same_result_gives_the_same_bytes(ten: Study, drawn: Pictures) -> None:
    first, second = drawn, pictures(read_study(ten.folder))
    assert [each.text.name for each in first] == [each.text.name for each in second]
    assert {each.text.name for each in first} >= {
        "accuracy",
        "loss",
        "gap",
        "curves-accuracy",
        "curves-loss",
        "spread",
    }
    for one, other in zip(first, second, strict=True):
        assert one.svg == other.svg
        assert one.png == other.png


def test_the_users_own_settings_change_nothing_and_are_left_alone(ten: Study, drawn: Pictures) -> None:
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        settings = dict(mpl.rcParams)
        assert main_pictures(ten)[0].svg == drawn[0].svg
        assert dict(mpl.rcParams) == settings


def test_no_global_figure_is_made(ten: Study) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_PYPLOT, str(ten.folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_every_figure_has_a_title_a_caption_and_axes_with_units(drawn: Pictures) -> None:
    units = ("%", "nats", "percentage points", "fraction dropped", "epoch", "dropout rate")
    for each in drawn:
        said = texts(each.svg)
        assert " ".join(said).count(each.text.title) == 1
        assert each.text.caption.endswith(".")
        assert sum(any(unit in text for unit in units) for text in said) >= 2, each.text.name


def test_the_note_stands_in_every_figure_as_it_is(drawn: Pictures) -> None:
    for each in drawn:
        assert texts(each.svg).count("costs $5 & <b>$6</b>") == 1


def test_no_text_is_smaller_than_9_points(drawn: Pictures) -> None:
    for each in drawn:
        sizes = [float(size) for size in re.findall(rb"font-size: (\d+(?:\.\d+)?)px", each.svg)]
        assert sizes
        assert min(sizes) >= 9


def test_every_colour_has_one_for_the_dark(drawn: Pictures) -> None:
    light, dark = {color.light for color in PALETTE}, {color.dark for color in PALETTE}
    assert len(light) == len(PALETTE) == len({color.name for color in PALETTE})
    assert not light & dark
    for each in drawn:
        used = set(re.findall(r"(?<=: )#[0-9a-f]{6}\b", each.svg.decode()))
        assert used <= light, each.text.name
        assert "#" not in re.sub(r"var\([^)]*\)|(href=\"|url\()#", "", inline(each, "x")), each.text.name


def test_figures_on_one_page_share_no_id(drawn: Pictures) -> None:
    parts = [inline(each, each.text.name) for each in drawn]
    ids = [found for text in parts for found in re.findall(r'\bid="([^"]+)"', text)]
    assert len(ids) == len(set(ids))
    for text in parts:
        own = set(re.findall(r'\bid="([^"]+)"', text))
        assert set(re.findall(r'(?:url\(|href=")#([^")]+)', text)) <= own


def test_a_png_is_twice_as_sharp_as_a_page_needs(drawn: Pictures) -> None:
    for each in drawn:
        with Image.open(io.BytesIO(each.png)) as image:
            assert image.width == 840
            assert image.text["Description"] == each.text.alt


def test_the_alternative_text_names_the_best_the_worst_and_the_range(tmp_path: Path) -> None:
    folder = result(tmp_path / "told")
    accuracies = {0.0: 0.71, 0.2: 0.93, 0.5: 0.52}
    rewrite(folder, "trials.csv", "accuracy", lambda table: table["rate"].map(accuracies) + table["fold"] / 100)
    rewrite(folder, "trials.csv", "train_accuracy", lambda table: table["accuracy"] + 0.04)
    named = {each.text.name: each.text.alt for each in pictures(read_study(folder))}
    assert "3 rates from 0 to 0.5" in named["accuracy"]
    assert "highest at rate 0.2 (94.0%) and lowest at rate 0.5 (53.0%)" in named["accuracy"]
    assert "Single folds range from 52.0% to 95.0%." in named["accuracy"]
    assert "At rate 0 it is 72.0%." in named["accuracy"]
    assert "The mean is +4.0 points at every rate." in named["gap"]


def test_a_dotted_line_marks_what_guessing_reaches_where_it_is_near_what_is_drawn(tmp_path: Path) -> None:
    """Of the four held-out rows of each fold, two are of the most frequent class."""
    near = {each.text.name: each for each in pictures(read_study(result(tmp_path / "near")))}
    assert "Dotted: always guessing the most frequent class, 50.0%." in near["accuracy"].text.caption
    assert "dummy (50.0%)" in texts(near["accuracy"].svg)
    assert "Dotted: always predicting the class shares, 1.04 nats." in near["loss"].text.caption
    assert "dummy (1.04 nats)" in texts(near["loss"].svg)
    folder = result(tmp_path / "far", sure=lambda trial: [0.99, 0.98, 0.97, 0.9 + trial.fold / 100])
    rewrite(folder, "trials.csv", "loss", lambda table: table["loss"] / 10)
    far = {each.text.name: each for each in pictures(read_study(folder))}
    assert "Always predicting the class shares (1.04 nats) is too far away to be drawn." in far["loss"].text.caption
    assert not any(text.startswith("dummy") for text in texts(far["loss"].svg))
    unknown = pictures(read_study(without_predictions(folder)))
    assert not any("lways" in each.text.caption for each in unknown)


def test_the_joint_figure_marks_what_guessing_reaches_if_it_is_the_same_of_all(tmp_path: Path) -> None:
    studies = [(name, read_study(result(tmp_path / name, {"name": name}))) for name in ("a", "b")]
    both = overlay(studies, "")
    assert both is not None
    assert "Dotted: always guessing the most frequent class, 50.0%." in both.text.caption
    assert "dummy (50.0%)" in texts(both.svg)
    without_predictions(tmp_path / "b")
    one = overlay([studies[0], ("b", read_study(tmp_path / "b"))], "")
    assert one is not None
    assert "Dotted" not in one.text.caption


def test_the_alternative_text_of_curves_tells_their_ends_and_their_turn(tmp_path: Path) -> None:
    folder = result(tmp_path / "curves")
    rewrite(folder, "history.csv", "loss", lambda table: (table["epoch"] - 2).abs() + table["rate"])
    named = {each.text.name: each.text for each in pictures(read_study(folder))}
    text = named["curves-loss"]
    assert "After epoch 3: The mean is highest at rate 0.5 (1.5 nats) and lowest at rate 0 (1 nats)." in text.alt
    assert "At rate 0 it is lowest after epoch 2 (0 nats)." in text.alt


@given(st.dictionaries(st.sampled_from([0.0, 0.1, 0.25, 0.5]), st.floats(0, 1), min_size=2))
def test_the_sentence_on_means_names_their_extremes(means: dict[float, float]) -> None:
    axis = axis_of("rate", sorted(means))
    said = extremes(axis, means, repr)
    assert repr(max(means.values())) in said
    if "every" not in said:
        high = said.partition(" and lowest at ")[0]
        assert axis.text(max(means, key=means.__getitem__)) in high
        assert repr(min(means.values())) in said


def test_failed_trials_are_left_out_and_the_caption_says_so(tmp_path: Path) -> None:
    folder = result(tmp_path / "failed", diverges=lambda trial: trial.experiment.dropout.rate == 0.5)
    study = read_study(folder)
    drawn = pictures(study)
    for each in drawn:
        if each.text.name != "difference":
            assert "6 failed trials" in each.text.caption
    assert drawn[0].text.alt.count("rate 0.5") == 0
    assert set(study.history["rate"]) == {0.0, 0.2}


def test_without_a_history_there_are_no_learning_curves(tmp_path: Path) -> None:
    folder = result(tmp_path / "bare")
    (folder / "history.csv").unlink()
    assert [each.text.name for each in pictures(read_study(folder))] == ["accuracy", "difference", "loss", "gap"]


def test_a_note_that_cannot_be_written_in_a_file_is_still_drawn(tmp_path: Path) -> None:
    folder = result(tmp_path / "odd", data={"note": "a\x00b\x1b\ud800c \u4e2d\u6587 \U0001f600"})
    (drawn, *_) = pictures(read_study(folder))
    assert any(text.startswith("a\ufffdb\ufffd\ufffdc") for text in texts(drawn.svg))
    assert drawn.png  # with boxes for letters that the font lacks


def test_intervals_and_differences_are_those_of_the_summary(tmp_path: Path) -> None:
    rows = {0.0: 35, 0.2: 39, 0.5: 30}

    def sure(trial: Trial) -> list[float]:
        return right(rows[trial.experiment.dropout.rate] + trial.fold % 3, 50)

    study = read_study(result(tmp_path / "sure", {"evaluation.folds": 10}, sure=sure))
    named = {each.text.name: each for each in pictures(study)}
    assert "95% interval" in texts(named["accuracy"].svg)
    text = named["difference"].text
    assert text.title == "Difference in accuracy to rate 0"
    assert "The interval lies above 0 at rate 0.2. The interval lies below 0 at rate 0.5." in text.alt
    assert "The largest difference is +8.0 points at rate 0.2 (+5.6 to +10.4)." in text.alt
    low, high = study.intervals[0.2]
    assert (low, high) == tuple(study.summary.loc[1, ["ci_low", "ci_high"]])


def test_an_interval_ends_where_shares_end(tmp_path: Path) -> None:
    once = {"evaluation.repeats": 1}
    study = read_study(result(tmp_path / "wide", once, sure=lambda trial: right(2 * trial.fold, 4)))
    assert study.summary["ci_high"].max() > 1
    assert set(study.intervals.values()) == {(0.0, 1.0)}


def test_one_training_a_rate_has_the_intervals_of_its_rows(tmp_path: Path) -> None:
    folder = result(tmp_path / "one", {"evaluation": {"split": "holdout", "repeats": 1}})
    named = {each.text.name: each for each in pictures(read_study(folder))}
    assert "95% interval" in texts(named["accuracy"].svg)
    assert "mean" not in texts(named["accuracy"].svg)
    caption = named["accuracy"].text.caption
    assert "Bars are 95% intervals, for other rows of this kind. One training says nothing about the spread" in caption
    assert named["difference"].text.caption.startswith("Paired difference over 1 pair of trials")


def test_one_training_a_rate_without_predictions_has_neither_intervals_nor_differences(tmp_path: Path) -> None:
    folder = without_predictions(result(tmp_path / "one", {"evaluation": {"split": "holdout", "repeats": 1}}))
    named = {each.text.name: each for each in pictures(read_study(folder))}
    assert "difference" not in named
    assert "one training" in texts(named["accuracy"].svg)
    assert not {"95% interval", "mean", "one fold", "one seed"} & set(texts(named["accuracy"].svg))
    assert "mean" not in named["accuracy"].text.alt
    assert "One training says nothing about the spread between seeds." in named["accuracy"].text.caption
    assert not any("fold" in each.text.caption for each in named.values())
    assert "nan" not in named["accuracy"].svg.decode().lower()


def test_a_trial_that_lacks_the_metric_is_left_out_of_boxes_and_rows(tmp_path: Path) -> None:
    study = read_study(result(tmp_path / "swept", {"evaluation": {"repeats": 7}}))
    trials = study.trials.assign(accuracy=study.trials["accuracy"].where(study.trials.index != 0))
    drawn = box_plot(replace(study, trials=trials), study.axis)
    assert drawn is not None
    drawn.png  # noqa: B018 - draws
    boxes = drawn.figure.axes[0].patches
    assert len(boxes) == len(study.axis.values)
    assert all(np.isfinite(box.get_path().vertices).all() for box in boxes)
    one = read_study(result(tmp_path / "one", {"sweep": {}}))
    trials = one.trials.assign(accuracy=one.trials["accuracy"].where(one.trials.index != 0))
    overlaid = overlay([("one", replace(one, trials=trials)), ("other", one)], "")
    assert overlaid is not None
    dots = [np.asarray(line.get_xdata(), float) for line in overlaid.figure.axes[0].lines]
    assert all(np.isfinite(place).all() for place in dots)
    assert sum(len(place) for place in dots) >= 2 * len(trials) - 1


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_axis_of_a_metric_goes_beyond_what_the_metric_can_be(value: float, tmp_path: Path) -> None:
    changes = {"evaluation": {"split": "holdout", "repeats": 1, "metrics": ["balanced_accuracy"]}}
    folder = result(tmp_path / "one", changes, sure=lambda trial: [value] * 30)
    alone = result(tmp_path / "alone", {**changes, "sweep": {}}, sure=lambda trial: [value] * 30)
    study, single = (read_study(each, metric="balanced_accuracy") for each in (folder, alone))
    for drawn, which in (
        (plot_against(study, study.axis, MEASURES["balanced_accuracy"]), "y"),
        (overlay([("one", single)], ""), "x"),
    ):
        assert drawn is not None
        low, high = getattr(drawn.figure.axes[0], f"get_{which}lim")()
        assert -0.05 < low <= value <= high < 1.05
    (area, *_) = curves(study, study.axis, "loss").figure.axes  # type: ignore[union-attr]
    assert area.get_ylim()[0] > -0.05


def test_where_no_trial_has_a_result_nothing_is_drawn(tmp_path: Path) -> None:
    assert pictures(read_study(result(tmp_path / "failed", diverges=lambda trial: True))) == ()
    assert pictures(read_study(result(tmp_path / "none", trains=lambda trial: False))) == ()


@pytest.mark.parametrize("count", [1, 2, 30, pytest.param(100, marks=pytest.mark.slow)])
def test_any_number_of_rates_is_drawn(tmp_path: Path, count: int) -> None:
    rates = [round(step / 100, 2) for step in range(count)]
    folder = result(tmp_path / "many", {"sweep": {"dropout.rate": rates}, "evaluation": {"folds": 2, "repeats": 1}})
    for each in pictures(read_study(folder)):
        assert len(each.svg) < 500_000
        assert len(texts(each.svg)) < 80


def test_points_of_several_axes_are_named_whole_in_every_figure(tmp_path: Path) -> None:
    axes = {"dropout.rate": [0, 0.5], "regularization": [{}, {"max_norm": 3}], "training.batch_size": [8, 16]}
    for count in (2, 3):
        folder = result(tmp_path / str(count), {"sweep": dict(list(axes.items())[:count])})
        study = read_study(folder)
        drawn = pictures(study)
        assert {each.text.name for each in drawn} >= {"accuracy", "loss", *(["heat"] if count == 2 else [])}
        for each in drawn:
            said = " ".join(texts(each.svg))
            if each.text.name != "heat":
                words = {word for value in study.axis.values for word in value.replace(",", " ").split()}
                assert all(word in said for word in words), each.text.name
            assert "..." not in said
            assert not re.search(r"  | [;.,]|at one \(|each [;.]", f"{each.text.caption} {each.text.alt}")


def test_random_points_are_drawn_against_each_axis_and_not_as_a_grid(tmp_path: Path) -> None:
    axes = {
        "dropout.rate": "0:0.8",
        "training.optimizer.learning_rate": "1e-4:1:log",
        "dropout.where": ["hidden", "both"],
    }
    study = read_study(result(tmp_path / "out", {"sweep": {"random": {"points": 20}, **axes}}))
    drawn = {each.text.name: each for each in pictures(study)}
    assert list(drawn) == ["slice-1", "slice-2", "slice-3"]
    for each, axis in zip(drawn.values(), study.axes, strict=True):
        (area,) = each.figure.axes
        dots = next(line for line in area.lines if len(line.get_xdata()) == 20)
        assert sorted(np.asarray(dots.get_ydata())) == pytest.approx(sorted(study.means.values()))
        assert set(np.asarray(dots.get_xdata())) == set(axis.places())
        labels = [label.get_window_extent() for label in area.get_xticklabels() if label.get_text()]
        assert not any(left.overlaps(right) for left, right in itertools.pairwise(labels))
    assert drawn["slice-2"].figure.axes[0].get_xscale() == "log"
    assert "at 20 random points, against learning rate: 20 learning rates from" in drawn["slice-2"].text.alt
    assert not any(each.text.name == "heat" for each in drawn.values())
    assert section(study).lead.count("20 random points with 20 rates from 0.0") == 1


def test_names_that_have_no_room_beside_one_another_stand_upright() -> None:
    short, long = axis_of("where", ["none", "both"]), axis_of("where", ["a" * 20, "b" * 20, "c" * 20, "d" * 20])
    assert (tilt(short), tilt(axis_of("rate", [0.01 * step for step in range(30)]))) == (0, 0)
    assert 1 < tilt(long) < 2


def test_a_single_trial_at_each_rate_is_no_mean(tmp_path: Path) -> None:
    folder = result(tmp_path / "first", trains=lambda trial: (trial.repeat, trial.fold) == (0, 0))
    (accuracy, *_) = pictures(read_study(folder))
    assert {"one fold", "95% interval"} <= set(texts(accuracy.svg))
    assert "mean" not in texts(accuracy.svg)
    assert accuracy.text.caption.startswith("Each diamond is one fold of 2 x 3 folds.")
    assert "spread" not in accuracy.text.caption
    assert accuracy.text.caption.endswith("Unfinished: 15 of 18 trials missing.")


def test_figures_tell_how_many_pairs_a_difference_rests_on_and_what_is_missing(tmp_path: Path) -> None:
    def trains(trial: Trial) -> bool:
        return trial.experiment.dropout.rate < 0.5 or trial.fold == 0

    named = {each.text.name: each.text for each in pictures(read_study(result(tmp_path / "part", trains=trains)))}
    assert "over 2 to 6 pairs of trials" in named["difference"].caption
    assert all("Unfinished: 4 of 18 trials missing." in text.caption for text in named.values())


def test_with_the_loss_concluded_from_it_has_the_intervals_and_the_differences(tmp_path: Path) -> None:
    drawn = {each.text.name: each for each in pictures(read_study(result(tmp_path / "loss"), metric="loss"))}
    assert "95% interval" in texts(drawn["loss"].svg)
    assert "95% interval" not in texts(drawn["accuracy"].svg)
    assert drawn["difference"].text.title == "Difference in loss to rate 0"
    assert "difference to rate 0 (nats)" in texts(drawn["difference"].svg)
    assert "within 0.01 nats of rate 0" in texts(drawn["loss"].svg)


def test_results_that_share_no_axis_have_no_joint_figure(ten: Study) -> None:
    other = Study(
        **{
            **{name: getattr(ten, name) for name in Study.__dataclass_fields__},
            "axis": axis_of("training.learning_rate", [0.1, 0.2]),
        }
    )
    assert overlay([("a", ten), ("b", other)], "") is None


def test_single_results_are_drawn_as_rows(tmp_path: Path) -> None:
    named = [(name, read_study(result(tmp_path / name, {"sweep": {}}))) for name in ("one", "two")]
    drawn = overlay(named, "")
    assert drawn is not None
    assert drawn.text.title == "Held-out accuracy of each result"
    for name, study in named:
        assert f"{name}: {percent(study.trials['accuracy'].mean())}." in drawn.text.alt


@given(arrays.arrays(float, st.integers(0, 60), elements=st.floats(0, 1)), st.floats(0.01, 10))
def test_dots_of_like_value_lie_side_by_side_about_the_middle(values: np.ndarray, width: float) -> None:
    offsets = spread_out(values, 1.0, width)
    assert np.all(np.abs(offsets) <= width / 2 + 1e-9)
    for row in np.unique(np.round(values * 40)):
        some = offsets[np.round(values * 40) == row]
        assert len(np.unique(some)) == len(some)
        assert abs(some.sum()) < 1e-6


@pytest.mark.parametrize(
    ("column", "values", "scale", "ordered"),
    [
        ("rate", [0.5, 0.0, 0.25], "linear", (0.0, 0.25, 0.5)),
        ("training.optimizer.learning_rate", [0.1, 0.001, 0.01], "log", (0.001, 0.01, 0.1)),
        ("training.epochs", [10, 20], "linear", (10, 20)),
        ("dropout.where", ["visible", "hidden"], "names", ("visible", "hidden")),
    ],
)
def test_an_axis_is_drawn_as_its_values_are(column: str, values: list[object], scale: str, ordered: object) -> None:
    axis = axis_of(column, values)
    assert (axis.scale, axis.values) == (scale, ordered)
    assert axis.places() == sorted(axis.places())
    assert axis.spacing() > 0


def test_a_race_has_a_bar_for_each_rate_and_says_when_it_left(tmp_path: Path) -> None:
    def train(block: Block, on_epochs: Callable[[int], None]) -> Iterator[list[TrialResult]]:
        yield [writer.raced_outcome(trial) for trial in block]

    with writer.made(train, 5):
        writer.run_here(writer.raced(), tmp_path)
    drawn = race_plot(read_study(tmp_path))
    assert drawn
    bars = [(round(bar.get_width()), bar.get_y()) for bar in drawn.figure.axes[0].patches]
    assert [width for width, _ in sorted(bars, key=lambda bar: bar[1])] == [3, 3, 2]
    assert "24 trainings: 67% of those of the fixed design" in drawn.text.caption
    assert drawn.text.alt.endswith("Left: after 2 repeats 0.9; after 3 repeats 0.5.")
    assert "race" in [picture.text.name for picture in main_pictures(read_study(tmp_path))]


def test_without_a_race_none_is_drawn(tmp_path: Path) -> None:
    assert race_plot(read_study(result(tmp_path))) is None
