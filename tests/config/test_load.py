import copy
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import experiment_data, experiments, plain, texts
from hypothesis import example, given
from hypothesis import strategies as st

from dropout_lab.config import (
    Experiment,
    as_yaml,
    bundled_configs,
    json_schema,
    load,
    locate,
    make_override,
    parse_override,
)
from dropout_lab.config.evaluation import CrossValidation, Holdout, OfficialTest
from dropout_lab.config.model import CNN, MLP, RNN, Conv1D
from dropout_lab.config.optimizers import SGD, Adam
from dropout_lab.config.sweep import RATE
from dropout_lab.config.training import Training
from dropout_lab.config.yaml_document import dump
from dropout_lab.errors import ConfigError

Write = Callable[..., Path]
SMALL = """\
dataset: iris
model: {hidden: [4]}
training: {epochs: 2}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a config into the test's folder."""

    def write(text: str, name: str = "my.yaml") -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write


def problems(config: str | Path, *changes: str) -> tuple[str, ...]:
    """Return what is wrong with a config."""
    with pytest.raises(ConfigError) as caught:
        load(config, [parse_override(change) for change in changes])
    return caught.value.problems


# Laws


@given(experiments())
@example(
    Experiment.model_validate(
        {"name": "1e5", "dataset": {"name": "iris"}, "model": {"hidden": [1]}, "training": {"epochs": 1}}
    )
)
def test_a_written_experiment_loads_as_the_same_experiment(experiment: Experiment) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(as_yaml(experiment), encoding="utf-8")
        loaded = load(file)
    assert loaded == experiment
    assert as_yaml(loaded) == as_yaml(experiment)


KEYS = st.sampled_from(sorted(Experiment.model_fields)) | texts


@given(st.dictionaries(KEYS, plain(st.sampled_from(["name", "kind", "dropout.rate", "optimizer"]) | texts)))
def test_any_mapping_is_loaded_or_refused_with_a_config_error(data: dict[str, Any]) -> None:
    accept_or_refuse(data)


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the data of a valid experiment in which one value was replaced or one key added."""
    data = copy.deepcopy(draw(experiment_data()))
    section = data
    while nested := [item for item in section.values() if isinstance(item, dict)]:
        if draw(st.booleans()):
            break
        section = draw(st.sampled_from(nested))
    section[draw(st.sampled_from(sorted(section)) | texts if section else texts)] = draw(plain())
    return data


@given(damaged())
def test_an_experiment_with_anything_in_one_place_is_loaded_or_refused_with_a_config_error(
    data: dict[str, Any],
) -> None:
    accept_or_refuse(data)


def accept_or_refuse(data: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(dump(data), encoding="utf-8")
        messages = None
        try:
            assert isinstance(load(file), Experiment)
        except ConfigError as error:
            messages = error.problems
        assert messages is None or (messages and all(problem.startswith(f"{file}:") for problem in messages))


@given(st.text())
def test_any_override_is_read_or_refused_with_a_config_error(text: str) -> None:
    messages: tuple[str, ...] = ()
    try:
        load("quickstart", [parse_override(f"training.epochs={text}")])
    except ConfigError as error:
        messages = error.problems
    assert all(problem.startswith("--set training.epochs=") for problem in messages)


# What is read


def test_what_a_config_leaves_out_has_its_default(write: Write) -> None:
    experiment = load(write(SMALL))
    assert experiment.dropout.where == "none"
    assert experiment.evaluation.folds == 10
    assert experiment.training.optimizer.name == "sgd"


def test_a_data_set_may_be_given_by_its_name_alone(write: Write) -> None:
    assert load(write(SMALL)) == load(write(SMALL.replace("iris", "{name: iris}")))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("my.yaml", "my"),
        ("my study.v2.yaml", "my-study-v2"),
        ("configs/sonar/hidden.yaml", "sonar-hidden"),
        ("configs/old/configs/new.yaml", "new"),
        ("_.yaml", "experiment"),
    ],
)
def test_an_experiment_without_a_name_is_called_by_its_path_below_configs(write: Write, path: str, name: str) -> None:
    assert load(write(SMALL, path)).name == name


def test_dropout_is_none_where_either_kind_or_where_says_so(write: Write) -> None:
    nowhere = load(write(SMALL + "dropout: {where: none}\n")).dropout
    assert nowhere == load(write(SMALL + "dropout: {kind: none}\n")).dropout
    assert (nowhere.kind, nowhere.where, nowhere.rate) == ("none", "none", 0.0)


def test_swept_rates_are_sorted_and_may_be_a_range(write: Write) -> None:
    text = SMALL + "dropout: {where: hidden}\nsweep: {dropout.rate: %s}\n"
    assert load(write(text % "[0.2, 0, 0.1]")) == load(write(text % '"0:0.2:0.1"')) == load(write(text % "'0,0.1,0.2'"))


# extends


def test_a_config_changes_only_what_it_names_of_the_one_it_extends(write: Write) -> None:
    write(SMALL + "regularization: {max_norm: 3, l2: 1e-4}\n", "base.yaml")
    experiment = load(write("extends: base.yaml\nregularization: {max_norm: 4}\n"))
    assert (experiment.regularization.max_norm, experiment.regularization.l2) == (4.0, 0.0001)
    assert experiment.training.epochs == 2


def test_a_list_is_replaced_whole(write: Write) -> None:
    write(SMALL, "base.yaml")
    assert load(write("extends: base.yaml\nmodel: {hidden: [5, 6]}\n")).model.hidden == (5, 6)


def test_each_extended_path_is_relative_to_the_file_that_names_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(SMALL, "shared/base.yaml")
    write("extends: base.yaml\ntraining: {batch_size: 8}\n", "shared/middle.yaml")
    top = write("extends: ../shared/middle.yaml\ntraining: {epochs: 5}\n", "mine/top.yaml")
    monkeypatch.chdir(top.parent)
    for config in (top, "top.yaml"):
        experiment = load(config)
        assert (experiment.training.epochs, experiment.training.batch_size) == (5, 8)


def test_a_shipped_config_is_extended_by_its_name(write: Write) -> None:
    assert load(write("extends: sonar/hidden\ntraining: {epochs: 5}\n")).dataset.name == "sonar"


def test_a_file_goes_before_a_shipped_config_of_the_same_name(write: Write) -> None:
    write(SMALL, "quickstart")
    assert load(write("extends: quickstart\n")).dataset.name == "iris"


def test_a_variant_has_its_own_name(write: Write) -> None:
    write("name: base\n" + SMALL, "base.yaml")
    assert load(write("extends: base.yaml\n", "variant.yaml")).name == "variant"
    assert load(write("extends: base.yaml\nname: other\n", "variant.yaml")).name == "other"


def test_another_optimizer_starts_afresh(write: Write) -> None:
    write(SMALL.replace("2}", "2, optimizer: {name: sgd, learning_rate: 0.5, momentum: 0.9}}"), "base.yaml")
    changed = load(write("extends: base.yaml\ntraining: {optimizer: {name: adam}}\n")).training
    assert changed.optimizer == Adam()
    assert changed.epochs == 2


def test_the_same_optimizer_named_again_goes_on(write: Write) -> None:
    write(SMALL.replace("2}", "2, optimizer: {name: sgd, learning_rate: 0.5, momentum: 0.9}}"), "base.yaml")
    optimizer = load(
        write("extends: base.yaml\ntraining: {optimizer: {name: sgd, momentum: 0.8}}\n")
    ).training.optimizer
    assert optimizer == SGD(learning_rate=0.5, momentum=0.8)


def test_a_problem_is_blamed_on_the_file_it_is_in(write: Write) -> None:
    base = write(SMALL + "engine: stakced\n", "base.yaml")
    top = write("extends: base.yaml\n\ntraining: {epoch: 5}\n")
    assert {problem.split(": ")[0] for problem in problems(top)} == {f"{base}:4", f"{top}:3"}


def test_a_value_that_was_replaced_is_not_blamed(write: Write) -> None:
    write(SMALL + "engine: stakced\n", "base.yaml")
    assert load(write("extends: base.yaml\nengine: keras\n")).engine == "keras"


def test_an_item_of_a_list_is_blamed_on_what_set_the_list(write: Write) -> None:
    file = write(SMALL.replace("[4]", "[4, 5]"))
    assert problems(file, "model.hidden=[4, 0]") == (
        "--set model.hidden=[4, 0]: model.hidden.1: must be greater than or equal to 1, got 0",
    )


def test_configs_that_extend_each_other_are_refused_with_the_chain(write: Write) -> None:
    first = write("extends: b.yaml\n", "a.yaml")
    second = write("extends: c.yaml\n", "b.yaml")
    third = write("extends: a.yaml\n", "c.yaml")
    (problem,) = problems(first)
    chain = " -> ".join(str(file.resolve()) for file in (first, second, third, first))
    assert problem.endswith(f"extends itself: {chain}")


def test_a_config_that_extends_itself_through_a_link_is_refused(write: Write, tmp_path: Path) -> None:
    first = write("extends: link.yaml\n", "a.yaml")
    (tmp_path / "link.yaml").symlink_to(first)
    (problem,) = problems(first)
    assert "extends itself" in problem


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ("missing.yaml", "extends: missing.yaml: no such file, and no bundled config has that name"),
        ("sonar/hiden", "did you mean sonar/hidden?"),
        ("[1]", "extends: expected the path of a config, got [1]"),
        ("", "extends: expected the path of a config, got None"),
        (".", "extends: .: is a directory"),
    ],
)
def test_what_cannot_be_extended_is_refused_at_its_line(write: Write, extends: str, message: str) -> None:
    file = write(f"training: {{epochs: 1}}\nextends: {extends}\n")
    (problem,) = problems(file)
    assert problem.startswith(f"{file}:2: extends: ")
    assert message in problem


# Overrides


def test_an_override_goes_before_the_file(write: Write) -> None:
    experiment = load(
        write(SMALL), [parse_override("training.epochs=50"), parse_override("dataset=wine"), parse_override("name=n")]
    )
    assert (experiment.training.epochs, experiment.dataset.name, experiment.name) == (50, "wine", "n")


def test_of_two_overrides_the_last_counts(write: Write) -> None:
    assert (
        load(write(SMALL), [parse_override("training.epochs=5"), parse_override("training.epochs=6")]).training.epochs
        == 6
    )


@pytest.mark.parametrize(
    ("text", "read"),
    [("1e-3", 0.001), (" 0.5 ", 0.5), ("'0.5'", "0.5"), ("[1, a]", [1, "a"]), ("no", "no"), ("", None)],
)
def test_the_value_of_an_override_is_read_as_in_a_file(text: str, read: object) -> None:
    assert parse_override(f"a.b={text}").data == {"a": {"b": read}}


def test_only_the_first_equals_sign_of_an_override_ends_its_key() -> None:
    assert parse_override("name=a=b").data == {"name": "a=b"}


def test_a_renamed_section_in_an_override_starts_afresh(write: Write) -> None:
    text = SMALL.replace("2}", "2, optimizer: {name: sgd, learning_rate: 0.5, momentum: 0.9}}")
    optimizer = load(write(text), [parse_override("training.optimizer.name=adam")]).training.optimizer
    assert optimizer == Adam()


def test_a_key_that_the_renamed_section_does_not_have_is_blamed_on_its_override(write: Write) -> None:
    text = SMALL.replace("2}", "2, optimizer: {name: sgd, learning_rate: 0.5, momentum: 0.9}}")
    (problem,) = problems(write(text), "training.optimizer.name=adam", "training.optimizer.momentum=0.5")
    where = "--set training.optimizer.momentum=0.5: training.optimizer.momentum: "
    assert problem.startswith(f"{where}unknown key (known: name, learning_rate, ")


def test_an_empty_sweep_takes_a_sweep_out(write: Write) -> None:
    swept = write(f"{SMALL}dropout: {{where: hidden, rate: 0.2}}\nsweep: {{dropout.rate: [0, 0.5]}}\n")
    for changed in (
        load(swept, [parse_override("sweep={}")]),
        load(write(f"extends: {swept}\nsweep: {{}}\n", "less.yaml")),
    ):
        assert (changed.sweep, changed.dropout.rate) == ({}, 0.2)
    assert load(swept, [parse_override("sweep={}"), parse_override("sweep.dropout.rate=0.3,0.4")]).sweep == {
        RATE: (0.3, 0.4)
    }


def test_another_kind_of_model_or_split_starts_afresh(write: Write) -> None:
    base = "dataset: digits\nmodel: {hidden: [8]}\ntraining: {epochs: 1}\nevaluation: {folds: 3, repeats: 2}\n"
    write(base, "base.yaml")
    path = write("extends: base.yaml\nmodel: {kind: cnn, filters: [4]}\nevaluation: {split: holdout}\n", "net.yaml")
    experiment = load(path)
    assert experiment.model == CNN(filters=(4,))
    assert experiment.evaluation == Holdout()
    assert load(path, [parse_override("model.kernel=5"), parse_override("evaluation.repeats=4")]).model == CNN(
        filters=(4,), kernel=5
    )


@pytest.mark.parametrize("text", ["training.epochs", "=5", "training..epochs=5", ".epochs=5", ""])
def test_an_override_without_a_key_or_a_value_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_override(text)
    assert str(caught.value) == f"--set {text}: expected KEY=VALUE with a dotted key, e.g. training.epochs=50"


def test_a_problem_of_an_override_is_blamed_on_it(write: Write) -> None:
    (problem,) = problems(write(SMALL), "training.epohcs=5")
    assert problem == "--set training.epohcs=5: training.epohcs: unknown key; did you mean epochs?"
    (problem,) = problems(write(SMALL), "training.epochs=five")
    assert problem == "--set training.epochs=five: training.epochs: expected a whole number, got 'five'"


def test_an_override_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"--set training.epochs=\[.*not valid YAML"):
        parse_override("training.epochs=[")


def test_an_option_is_blamed_by_its_own_name(write: Write) -> None:
    with pytest.raises(ConfigError, match=r"^--folds 1: evaluation.folds: must be greater than or equal to 2, got 1$"):
        load(write(SMALL), [make_override("--folds 1", ["evaluation", "folds"], 1)])


# What is wrong


def test_all_problems_are_told_at_once_with_file_line_key_and_the_nearest_choice(write: Write) -> None:
    file = write(
        "dataset: iris\n"
        "model:\n"
        "  hidden: [4, 0]\n"
        "  activation: rleu\n"
        "dropout: {where: hiden, rate: 1.5}\n"
        "training:\n"
        "  epochs: 2.5\n"
        "  batchsize: 16\n"
        "  optimizer: {name: adma}\n"
        "evalution: {folds: 3}\n"
    )
    messages = problems(file)
    expected = [
        f"{file}:3: model.hidden.1: must be greater than or equal to 1, got 0",
        f"{file}:4: model.activation: expected one of relu, ",
        f"{file}:5: dropout.where: expected one of none, ",
        f"{file}:5: dropout.rate: must be less than 1, got 1.5",
        f"{file}:7: training.epochs: expected a whole number, got 2.5",
        f"{file}:8: training.batchsize: unknown key; did you mean batch_size?",
        f"{file}:9: training.optimizer: expected one of sgd, ",
        f"{file}:10: evalution: unknown key; did you mean evaluation?",
    ]
    assert [next((line for line in messages if line.startswith(start)), start) for start in expected] == sorted(
        messages, key=lambda line: int(line.removeprefix(f"{file}:").split(":")[0])
    )
    assert any("got 'rleu'; did you mean relu?" in line for line in messages)
    assert any("got 'hiden'; did you mean hidden?" in line for line in messages)
    assert any("got 'adma'; did you mean adam?" in line for line in messages)


def test_an_empty_config_names_what_is_missing(write: Write) -> None:
    file = write("")
    assert [problem.split(": ")[:3] for problem in problems(file)] == [
        [str(file), key, "missing"] for key in ("dataset", "model", "training")
    ]


def test_a_missing_key_says_what_it_is_for(write: Write) -> None:
    file = write("dataset: iris\nmodel: {}\ntraining: {}\n")
    assert problems(file) == (
        f"{file}:2: model.hidden: missing: units of each hidden layer, e.g. [60, 30]",
        f"{file}:3: training.epochs: missing: passes over the training rows",
    )


def test_an_unknown_key_unlike_any_other_lists_those_there_are(write: Write) -> None:
    (problem,) = problems(write(SMALL + "preprocessing: {zzz: 1}\n"))
    assert problem.endswith("my.yaml:4: preprocessing.zzz: unknown key (known: scale)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropout: {where: hidden, rate: 1}", "4: dropout.rate: must be less than 1, got 1"),
        (
            "dropout: {where: none, rate: 0.2}",
            "4: dropout: kind or where is none, so rate must be 0 or left out, got 0.2",
        ),
        (
            "dropout: {kind: gaussian_noise, stddev: 0.1, rate: 0.2}",
            "4: dropout: gaussian_noise has no rate, so it must be 0 or left out, got 0.2: set stddev",
        ),
        (
            "dropout: {kind: alpha_dropout, stddev: 0.1}",
            "4: dropout: alpha_dropout has no stddev, so it must be 0 or left out, got 0.1: set rate",
        ),
        (
            "dropout: {where: none, stddev: 0.2}",
            "4: dropout: kind or where is none, so stddev must be 0 or left out, got 0.2",
        ),
        ("dropout: {kind: gaussian_noise, stddev: 2}", "4: dropout.stddev: must be less than or equal to 1, got 2"),
        (
            "dropout: {kind: gaussian_noise, stddev: -1}",
            "4: dropout.stddev: must be greater than or equal to 0, got -1",
        ),
        ("dropout: {kind: gausian_noise}", "4: dropout.kind: expected one of none, dropout, "),
        (
            "sweep: {dropout.rate: [0, 0.2]}\ndropout: {kind: gaussian_noise}",
            "4: sweep: gaussian_noise has no rate that could vary: leave dropout.rate out and set dropout.stddev, "
            "or choose another dropout.kind",
        ),
        ("dropout: hidden", "4: dropout: expected 'key: value' lines, got 'hidden'"),
        ("dropout: {where: hidden, rate: a lot}", "4: dropout.rate: expected a number, got 'a lot'"),
        ("dropout: {where: hidden, rate: true}", "4: dropout.rate: expected a number, got True"),
        ("regularization: {l2: .inf}", "4: regularization.l2: expected a finite number, got inf"),
        ("regularization: {l2: .nan}", "4: regularization.l2: expected a finite number, got nan"),
        ("regularization: {max_norm: 0}", "4: regularization.max_norm: must be greater than 0, got 0"),
        (
            "regularization: {max_norm: 3, unit_norm: true}",
            "4: regularization: unit_norm makes every norm 1, so max_norm must be left out (or null), got 3",
        ),
        ("evaluation: {folds: 1}", "4: evaluation.folds: must be greater than or equal to 2, got 1"),
        ("evaluation: {monte_carlo: -1}", "4: evaluation.monte_carlo: must be greater than or equal to 0, got -1"),
        (
            "evaluation: {monte_carlo: 10001}",
            "4: evaluation.monte_carlo: must be less than or equal to 10000, got 10001",
        ),
        ("evaluation: {measures: time}", "4: evaluation.measures: expected a list, got 'time'"),
        (
            "evaluation: {measures: [time, activation]}",
            "4: evaluation.measures.1: expected one of activations, time, got 'activation'; did you mean activations?",
        ),
        ("evaluation: {seed: -1}", "4: evaluation.seed: must be greater than or equal to 0, got -1"),
        ("name: a/b", "4: name: expected letters, digits, - and _, the first a letter or digit, got 'a/b'"),
        (
            "evaluation: folds",
            "4: evaluation: expected 'key: value' lines, got 'folds': set evaluation.split to folds",
        ),
        (
            "evaluation: 3",
            "4: evaluation: expected 'key: value' lines, got 3: set evaluation.split to one of folds, test, holdout",
        ),
        (
            "sweep: 0:0.9:0.1",
            "4: sweep: expected 'key: value' lines, got '0:0.9:0.1': give a key and its values, "
            "e.g. sweep.dropout.rate=0:0.9:0.1; {} for no sweep",
        ),
        ("sweep: {dropout.rate: []}", "4: sweep.dropout.rate: expected a length of at least 1, got 0"),
        ("name: 12", "4: name: expected text, got 12"),
        ("sweep: {dropout.rate: [0, 0.2]}", ": there is no dropout whose rate could vary (dropout.where is none)"),
    ],
)
def test_a_value_that_cannot_be_says_what_was_expected_and_what_was_found(
    write: Write, text: str, message: str
) -> None:
    file = write(f"{SMALL}{text}\n")
    (problem,) = problems(file)
    assert problem.removeprefix(f"{file}:").lstrip(": ").startswith(message.lstrip(": "))


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ('"0:0.9:0.4"', "4: sweep.dropout.rate: '0:0.9:0.4' steps over its end, 0.9: write 0:0.8:0.4"),
        ("[0.2, 0.2]", "4: sweep.dropout.rate: 0.2 is given twice: give each value once"),
        ("0.2", "4: sweep.dropout.rate: expected a list, got 0.2"),
    ],
)
def test_rates_that_cannot_be_swept_are_refused(write: Write, rates: str, message: str) -> None:
    file = write(f"{SMALL}sweep: {{dropout.rate: {rates}}}\ndropout: {{where: hidden}}\n")
    (problem,) = problems(file)
    assert problem.startswith(f"{file}:{message}")


NET = "name: net\ndataset: digits\ntraining: {epochs: 1}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model: {kind: cnn, filters: [4]}\ndropout: {where: hidden}\n",
            "dropout.where: hidden does not exist in a model of kind cnn: expected one of none, dense, conv, all",
        ),
        (
            "model: {hidden: [4]}\ndropout: {where: conv}\n",
            "dropout.where: conv does not exist in a model of kind mlp: expected one of none, visible, hidden, both",
        ),
        (
            "model: {kind: cnn, filters: [4]}\ndropout: {kind: spatial_dropout, where: dense}\n",
            "dropout.kind: spatial_dropout drops the channels of images and sequences: it needs dropout.where "
            "conv or all",
        ),
        (
            "model: {kind: rnn, units: [4]}\ndropout: {kind: spatial_dropout, where: sequence}\n",
            "dropout.kind: spatial_dropout drops the channels of images and sequences: it needs dropout.where "
            "visible or all",
        ),
        (
            "model: {hidden: [4]}\ndropout: {kind: spatial_dropout, where: hidden}\n",
            "dropout.kind: spatial_dropout drops the channels of images and sequences: it needs a model of kind cnn, "
            "rnn, conv1d or transformer",
        ),
        (
            "model: {kind: cnn, filters: [4]}\ndropout: {kind: concrete_dropout, where: all}\n",
            "dropout.kind: concrete_dropout drops inputs of dense layers: it needs dropout.where dense",
        ),
        (
            "model: {hidden: [4]}\ndropout: {kind: concrete_dropout, rate: 0.2}\n",
            "dropout: concrete_dropout has no rate, so it must be 0 or left out, got 0.2: set initial_rate",
        ),
        (
            "model: {hidden: [4]}\ndropout: {kind: concrete_dropout, schedule: {name: early, epochs: 2}}\n",
            "dropout: concrete_dropout learns its rate, so schedule must be left out",
        ),
        (
            "model: {hidden: [4]}\ndropout: {initial_rate: 0.2, rate: 0.2}\n",
            "dropout: dropout has no initial_rate, so it must be left out: it is for concrete_dropout",
        ),
        (
            "model: {hidden: [4]}\ndropout: {kind: dropblock}\n",
            "dropout.kind: dropblock drops blocks of images and sequences: it needs a model of kind cnn, rnn, conv1d "
            "or transformer",
        ),
        (
            "model: {kind: conv1d, filters: [4]}\ndropout: {kind: dropblock, where: dense}\n",
            "dropout.kind: dropblock drops blocks of images and sequences: it needs dropout.where visible or sequence "
            "or all",
        ),
        (
            "model: {kind: cnn, filters: [4]}\ndropout: {kind: stochastic_depth, where: conv}\n",
            "dropout.kind: stochastic_depth drops residual branches, and no built-in network has one: build a network "
            "of your own (model.builder), and call dropout() on the branch there",
        ),
        (
            "model: {kind: rnn, units: [4]}\ndropout: {kind: gaussian_dropout, where: recurrent}\n",
            "dropout.kind: gaussian_dropout does not exist within recurrent layers: set it to dropout, or "
            "dropout.where to another of visible, sequence, dense, all",
        ),
        (
            "model: {kind: rnn, units: [4]}\ndropout: {where: recurrent, noise_shape: [null, 1]}\n",
            "dropout.noise_shape: it does not exist within recurrent layers, whose masks are the same at all steps "
            "anyway: leave it out",
        ),
        *(
            (
                f"model: {model}\ndropout: {{kind: dropconnect, where: {where}}}\n",
                f"dropout.kind: dropconnect drops weights of dense layers: it needs dropout.where {needs}",
            )
            for model, where, needs in (
                ("{hidden: [4]}", "visible", "hidden"),
                ("{hidden: [4]}", "both", "hidden"),
                ("{kind: cnn, filters: [4]}", "all", "dense"),
                ("{kind: conv1d, filters: [4]}", "sequence", "dense"),
            )
        ),
    ],
)
def test_dropout_that_the_model_has_no_place_for_is_refused_with_the_places_there_are(
    write: Write, text: str, message: str
) -> None:
    path = write(NET + text, "net.yaml")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.problems == (f"{path}:5: {message}",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "model: {kind: cmn, filters: [4]}",
            "model: expected one of mlp, cnn, rnn, conv1d, transformer, own, saved as kind, got 'cmn'; did you mean",
        ),
        ("model: {kind: rnn, cell: ltsm, units: [4]}", "net.yaml:4: model.cell: expected one of lstm, gru, simple"),
        ("model: {kind: rnn, units: []}", "net.yaml:4: model.units: "),
        ("model: {kind: conv1d, filters: [4], output: sigmoid}", "net.yaml:4: model.output: unknown key (known: "),
        ("model: {kind: cnn}", "net.yaml:4: model.filters: missing: filters of each convolution, e.g. [64, 128, 256]"),
        ("model: {hidden: [4], kernel: 3}", "net.yaml:4: model.kernel: unknown key (known: "),
        ("model: {hidden: [4]}\nevaluation: {split: tset}", "net.yaml:5: evaluation: expected one of folds, test, "),
        ("model: {hidden: [4]}\nevaluation: {split: test, folds: 3}", "net.yaml:5: evaluation.folds: unknown key"),
    ],
)
def test_a_mistake_in_a_section_of_several_kinds_is_told_for_the_kind_that_was_chosen(
    write: Write, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(f"{NET}{text}\n", "net.yaml"))
    [problem] = caught.value.problems
    assert message in problem


NOISY = "name: net\ndataset: digits\ntraining: {epochs: 1}\nmodel: {kind: rnn, units: [5, 6], dense: [7]}\n"


@pytest.mark.parametrize(
    ("dropout", "message"),
    [
        ("{noise_shape: 1, where: visible}", ":5: dropout.noise_shape: expected a list, got 1"),
        (
            "{noise_shape: [32, 1, null], where: visible}",
            ":5: dropout.noise_shape: the first entry is the batch, which has no fixed size: it must be null, got 32",
        ),
        (
            "{noise_shape: [null, 0, 1], where: all}",
            ":5: dropout.noise_shape.1: must be greater than or equal to 1, got 0",
        ),
        ("{noise_shape: [null, a, 1], where: all}", ":5: dropout.noise_shape.1: expected a whole number, got 'a'"),
        (
            "{noise_shape: [null, 1, 4], where: all}",
            ":5: dropout.noise_shape.2: 4 does not fit the input of recurrent_1_dropout, (batch, steps, 5): "
            "expected null, 1 or 5",
        ),
        (
            "{noise_shape: [null, 1], where: visible}",
            ":5: dropout.noise_shape: expected an entry for each axis of a layer's input, the batch included, got 2 "
            "entries: that of visible_dropout is (batch, steps, features)",
        ),
        (
            "{noise_shape: [null, 1, null], where: dense}",
            ":5: dropout.noise_shape: expected an entry for each axis of a layer's input, the batch included, got 3 "
            "entries: that of dense_1_dropout is (batch, 7)",
        ),
        *(
            (
                f"{{noise_shape: [null, 1, null], kind: {kind}}}",
                f":5: dropout: {kind} has no noise_shape, so it must be left out: it is for dropout and alpha_dropout",
            )
            for kind in ("gaussian_dropout", "gaussian_noise", "spatial_dropout", "dropconnect", "dropblock", "none")
        ),
    ],
)
def test_a_noise_shape_that_does_not_fit_is_refused_with_what_would(write: Write, dropout: str, message: str) -> None:
    path = write(f"{NOISY}dropout: {dropout}\n", "net.yaml")
    assert problems(path) == (f"{path}{message}",)


def test_a_missing_config_names_the_nearest_shipped_one() -> None:
    assert problems("sonar/hiden") == (
        "sonar/hiden: no such file, and no bundled config has that name; did you mean sonar/hidden?",
    )


@pytest.mark.parametrize("name", ["sonar", "sonar/"])
def test_a_folder_of_shipped_configs_is_refused_with_those_it_has(name: str) -> None:
    here = [config for config in bundled_configs.names() if config.startswith("sonar/")]
    assert "sonar/baseline" in here
    assert problems(name) == (f"{name}: is a folder of bundled configs: name one of {', '.join(here)}",)


def test_of_a_folder_of_many_shipped_configs_the_first_are_named_and_how_to_list_the_others() -> None:
    here = [config for config in bundled_configs.names() if config.startswith("claims/")]
    (problem,) = problems("claims")
    assert f"{here[11]} and {len(here) - 12} more: 'dropout-lab configs list' lists them" in problem
    assert here[12] not in problem


def test_a_directory_is_refused_and_its_saved_config_named(tmp_path: Path) -> None:
    assert problems(tmp_path) == (f"{tmp_path}: is a directory: name a file",)
    (tmp_path / "config.yaml").write_text(SMALL, encoding="utf-8")
    assert problems(tmp_path) == (f"{tmp_path}: is a directory: did you mean {tmp_path / 'config.yaml'}?",)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary.yaml"
    file.write_bytes(b"\x89PNG\xff\xfe")
    assert problems(file) == (f"{file}: not a text file in UTF-8",)


def test_a_config_is_found_relative_to_a_folder(write: Write) -> None:
    file = write(SMALL)
    assert locate("my.yaml", file.parent) == file


def test_the_schema_names_every_key_of_a_config_and_requires_none() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == {*Experiment.model_fields, "extends", "claim"}
    for section in (MLP, CNN, RNN, Conv1D, Training, CrossValidation, OfficialTest, Holdout, SGD, Adam):
        assert set(schema["$defs"][section.__name__]["properties"]) == set(section.model_fields)
    assert not any("required" in part for part in (schema, *schema["$defs"].values()))
