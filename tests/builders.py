"""Small valid objects, made by hand or by hypothesis."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dropout_lab.config import Experiment, bundled_configs
from dropout_lab.config.model import CNN, MLP, Conv1D, CustomModel
from dropout_lab.config.optimizers import OPTIMIZERS
from dropout_lab.datasets import BUILTIN_DATASETS
from dropout_lab.engines.outcome import History, TrialResult
from dropout_lab.metrics.registry import metric_names
from dropout_lab.plan import Trial

_SMALL: dict[str, Any] = {
    "name": "small",
    "dataset": {"name": "iris"},
    "model": {"hidden": [4]},
    "dropout": {"where": "hidden", "rate": 0.0},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 3, "batch_size": 16},
    "evaluation": {"folds": 3, "repeats": 2},
    "engine": "keras",
}


def experiment(changes: Mapping[str, Any] | None = None) -> Experiment:
    """Return a small experiment with the dotted keys in `changes` set."""
    return Experiment.model_validate(changed(_SMALL, changes or {}))


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of nested `data` with the dotted keys in `changes` set."""
    result = copy.deepcopy(dict(data))
    for key, value in changes.items():
        *sections, last = key.split(".")
        section = result
        for part in sections:
            section = section.setdefault(part, {})
        section[last] = value
    return result


def bundled_experiments() -> list[str]:
    """Return the names of the configs that come with the program, but for the facts, which train nothing."""
    return [name for name in bundled_configs.names() if "\n  fact: " not in bundled_configs.path(name).read_text()]


def outcome(trial: Trial, *, diverged: bool = False) -> TrialResult:
    """Return what an engine might give back for a trial: three classes, four held-out rows, numbers from its seed.

    Each fold holds out other rows.
    """
    dropout = trial.experiment.dropout
    random = np.random.default_rng([trial.seed, round(dropout.strength_of("hidden_1_dropout") * 1000)])
    test = random.dirichlet([1, 1, 1], 4).astype(np.float32)
    train = random.dirichlet([1, 1, 1], 8).astype(np.float32)
    epochs = trial.experiment.training.epochs
    loss, first = random.random(epochs), 4 * trial.fold
    if diverged:
        loss[-1] = np.nan
        test[:] = np.nan
    return TrialResult(
        trial,
        test_rows=first + np.arange(4),
        train_rows=(first + np.arange(4, 12)) % (4 * max(trial.experiment.evaluation.folds, 3)),
        test_labels=np.array([0, 1, 2, 0]),
        train_labels=np.array([0, 1, 2, 0, 1, 2, 0, 1]),
        test_probabilities=test,
        train_probabilities=train,
        history=History(random.random(epochs), random.random(epochs), loss, random.random(epochs)),
        seconds=0.25,
    )


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


_positive = st.floats(0, 1e6, exclude_min=True)
_not_negative = st.floats(0, 1e6)
_fraction = st.floats(0, 1, exclude_max=True)
_share = st.floats(0, 1, exclude_min=True, exclude_max=True)
_count = st.integers(1, 100_000)
_seed = st.integers(0, 2**32 - 1)
_name = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True) | st.sampled_from(["1e-3", "null", "no", "07"])


def _some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


_schedule = st.fixed_dictionaries(
    {"name": st.sampled_from(["exponential", "cosine", "inverse_time"]), "steps": _count},
    optional={"rate": st.floats(0, 1000, exclude_min=True)},
)


_optimizer_settings: dict[str, st.SearchStrategy[Any]] = {
    "learning_rate": _positive,
    "schedule": st.none() | _schedule,
    "weight_decay": _not_negative,
    "clipnorm": st.none() | _positive,
    "clipvalue": st.none(),
    "nesterov": st.booleans(),
    "initial_accumulator_value": _not_negative,
    **dict.fromkeys(("momentum", "rho", "beta_1", "beta_2"), _fraction),
}


def _optimizer(name: str) -> st.SearchStrategy[dict[str, Any]]:
    keys = [key for key in OPTIMIZERS.sections[name].model_fields if key != "name"]
    return st.fixed_dictionaries({"name": st.just(name)}, optional={key: _optimizer_settings[key] for key in keys})


_optimizers = st.one_of(*map(_optimizer, OPTIMIZERS.sections), _some(momentum=_fraction))


_over_epochs = st.one_of(
    st.none(),
    st.fixed_dictionaries({"name": st.sampled_from(["early", "late"]), "epochs": _count}),
    st.fixed_dictionaries({"name": st.just("linear")}, optional={"start": st.floats(0, 1), "end": st.floats(0, 1)}),
)
_unitwise = st.sampled_from(["dropout", "gaussian_dropout", "alpha_dropout"])


def _dropping(*places: str) -> st.SearchStrategy[dict[str, Any]]:
    where = {"where": st.sampled_from(places)}
    keys = {"kind": _unitwise, "rate": _fraction, "stddev": st.just(0.0), "schedule": _over_epochs}
    return st.fixed_dictionaries(where, optional=keys)


def layer_rates(model: MLP | CNN) -> st.SearchStrategy[dict[str, Any]]:
    """Generate rates for each place of a model: one, or one for each of its layers."""

    def one_or_each(layers: int) -> st.SearchStrategy[Any]:
        return _fraction | (st.lists(_fraction, min_size=layers, max_size=layers) if layers else st.nothing())

    if isinstance(model, MLP):
        places = {"visible": _fraction, "hidden": one_or_each(len(model.hidden))}
    else:
        places = {"conv": one_or_each(len(model.filters)), "dense": one_or_each(len(model.dense))}
    return _some(**places).filter(bool)


def _shaped(axes: int, *places: str) -> st.SearchStrategy[dict[str, Any]]:
    entries = st.tuples(st.none(), *[st.sampled_from([None, 1])] * (axes - 1))
    return st.fixed_dictionaries(
        {"where": st.sampled_from(places), "noise_shape": entries.map(list) | st.none()},
        optional={"kind": st.sampled_from(["dropout", "alpha_dropout"]), "rate": _fraction},
    )


def _only(kind: str, *places: str) -> st.SearchStrategy[dict[str, Any]]:
    where = {"kind": st.just(kind), "where": st.sampled_from(places)}
    return st.fixed_dictionaries(where, optional={"rate": _fraction})


def _learning(*places: str) -> st.SearchStrategy[dict[str, Any]]:
    where = {"kind": st.just("concrete_dropout"), "where": st.sampled_from(places)}
    keys = {"initial_rate": _share, "weight_regularizer": _not_negative, "dropout_regularizer": _not_negative}
    return st.fixed_dictionaries(where, optional=keys)


def _blocks(*places: str) -> st.SearchStrategy[dict[str, Any]]:
    where = {"kind": st.just("dropblock"), "where": st.sampled_from(places)}
    return st.fixed_dictionaries(where, optional={"rate": _fraction, "block_size": _count})


def _noisy(*places: str) -> st.SearchStrategy[dict[str, Any]]:
    where = {"kind": st.just("gaussian_noise"), "where": st.sampled_from(places)}
    keys = {"rate": st.just(0.0), "stddev": st.floats(0, 1), "schedule": _over_epochs}
    return st.fixed_dictionaries(where, optional=keys)


_not_dropping = st.sampled_from([{"kind": "none"}, {"where": "none"}, {"kind": "none", "where": "none", "rate": 0.0}])
_looks = {
    "normalization": st.sampled_from(["none", "batch", "layer"]),
    "activation": st.sampled_from(["relu", "leaky_relu", "tanh", "linear"]),
    "initializer": st.sampled_from(["he_normal", "normal"]),
}


def _placed(models: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Put a normalization where every kind of dropout takes it."""
    return models.map(
        lambda model: {**model, "normalization_place": "after_dropout"} if "normalization" in model else model
    )


_dense = st.lists(_count, max_size=5)
_units = st.lists(_count, min_size=1, max_size=5)
_mlp = _placed(
    st.fixed_dictionaries(
        {"hidden": _units}, optional={"kind": st.just("mlp"), "width": st.floats(0, 1, exclude_min=True), **_looks}
    )
)
_cnn = _placed(
    st.fixed_dictionaries(
        {"kind": st.just("cnn"), "filters": _units},
        optional={
            "dense": _units,
            "kernel": st.integers(1, 31),
            "pool": st.integers(1, 16),
            "output": st.sampled_from(["softmax", "sigmoid"]),
            **_looks,
        },
    )
)
_rnn = _placed(
    st.fixed_dictionaries(
        {"kind": st.just("rnn"), "units": _units},
        optional={"cell": st.sampled_from(["lstm", "gru", "simple"]), "dense": _dense, **_looks},
    )
)
_conv1d = _placed(
    st.fixed_dictionaries(
        {"kind": st.just("conv1d"), "filters": _units},
        optional={"dense": _dense, "kernel": st.integers(1, 31), "pool": st.integers(1, 16), **_looks},
    )
)


_transformer = _placed(
    st.fixed_dictionaries(
        {"kind": st.just("transformer"), "embedding": st.sampled_from([8, 24])},
        optional={
            "heads": st.sampled_from([1, 2, 4]),
            "feedforward": _count,
            "blocks": st.integers(1, 24),
            "dense": _dense,
            **_looks,
        },
    )
)


_own = st.fixed_dictionaries(
    {
        "kind": st.just("own"),
        "builder": st.sampled_from(["nets:build", "my_pkg.nets:Net"]),
        "folder": st.sampled_from(["/nets", "/my nets"]),
        "checksum": st.just("0" * 64),
    },
    optional={"arguments": st.dictionaries(_name, st.recursive(st.none() | st.booleans() | _count, st.lists))},
)


_METRICS = metric_names("on request", "classification")


def _evaluation(split: str, **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    common = {
        "repeats": st.integers(1, 1000),
        "split_seed": _seed,
        "seed": _seed,
        "monte_carlo": st.integers(0, 10_000),
        "measures": st.lists(st.sampled_from(["activations", "time"])),
        "metrics": st.lists(st.sampled_from(_METRICS)),
    }
    return st.fixed_dictionaries({"split": st.just(split)}, optional={**common, **keys})


_common: dict[str, st.SearchStrategy[Any]] = {
    "name": _name,
    "dataset": st.fixed_dictionaries(
        {"name": st.sampled_from(sorted(BUILTIN_DATASETS))}, optional={"train_rows": st.none() | st.integers(2, 10**8)}
    ),
    "training": st.fixed_dictionaries(
        {"epochs": _count},
        optional={
            "optimizer": _optimizers,
            "batch_size": _count,
            "class_weight": st.none() | st.just("balanced") | st.dictionaries(_name, _positive, min_size=1, max_size=3),
            "precision": st.sampled_from(["float32", "float64", "mixed_bfloat16"]),
            "early_stopping": st.none()
            | st.fixed_dictionaries(
                {"patience": _count},
                optional={
                    "validation_share": _share,
                    "monitor": st.sampled_from(["loss", "accuracy", "auc"]),
                    "min_delta": _not_negative,
                },
            ),
            "oversample": st.booleans(),
        },
    ).filter(lambda keys: not keys.get("oversample") or keys.get("class_weight") != "balanced"),
}
_optional: dict[str, st.SearchStrategy[Any]] = {
    "preprocessing": _some(scale=st.sampled_from(["standard", "minmax", "unit", "none"])),
    "regularization": _some(max_norm=st.none() | _positive, l1=_not_negative, l2=_not_negative)
    | _some(max_norm=st.none(), unit_norm=st.booleans(), l1=_not_negative),
    "evaluation": st.one_of(
        _evaluation("folds", folds=st.integers(2, 1000)),
        _evaluation("test"),
        _evaluation("holdout", test_share=_share),
        _some(folds=st.integers(2, 1000)),
    ),
    "engine": st.sampled_from(["auto", "keras"]),
}
_sweep = st.fixed_dictionaries(
    {"dropout.rate": st.lists(_fraction, min_size=1, max_size=5, unique=True) | st.just("0:0.9:0.1")}
)


def experiment_data() -> st.SearchStrategy[dict[str, Any]]:
    """Generate the plain data of valid experiments."""
    chain, pictures, sequences = MLP.sites, CNN.sites, Conv1D.sites
    nets = (
        (_mlp, _dropping(*chain) | _only("dropconnect", "hidden") | _shaped(2, *chain)),
        (
            _cnn,
            _dropping(*pictures)
            | _only("spatial_dropout", "conv", "all")
            | _blocks("conv", "all")
            | _shaped(4, "conv", "all"),
        ),
        (_rnn, _only("dropout", "recurrent")),
        (_transformer, _dropping("visible", "sequence", "dense", "all") | _only("dropout", "attention")),
        (_rnn, _dropping(*sequences) | _only("spatial_dropout", "visible", "all") | _shaped(3, "visible", "all")),
        (_conv1d, _dropping(*sequences) | _only("spatial_dropout", "sequence") | _shaped(3, "sequence", "all")),
        (_cnn | _rnn | _conv1d, _only("dropconnect", "dense")),
    )
    noisy = (
        (_mlp, _noisy(*chain) | _learning(*chain)),
        (_cnn, _noisy(*pictures)),
        (_rnn | _conv1d, _noisy(*sequences)),
    )
    return st.one_of(
        st.fixed_dictionaries(
            _common | {"model": _mlp | _cnn | _rnn | _conv1d | _transformer},
            optional={**_optional, "dropout": _not_dropping},
        ),
        *(
            st.fixed_dictionaries(
                {**_common, "model": model, "dropout": dropping}, optional={**_optional, "sweep": _sweep}
            )
            for model, dropping in nets
        ),
        *(
            st.fixed_dictionaries({**_common, "model": model, "dropout": noise}, optional=_optional)
            for model, noise in noisy
        ),
        (_mlp | _cnn).flatmap(_with_layer_rates),
        st.fixed_dictionaries(
            {
                **{key: value for key, value in _common.items() if key != "training"},
                "training": st.fixed_dictionaries({"epochs": _count}),
                "model": _own,
                "dropout": _dropping(*CustomModel.sites),
            },
            optional={"sweep": _sweep},
        ),
        st.fixed_dictionaries({**_common, "model": _by_rate, "dropout": _widening}, optional=_optional),
    )


_by_rate = st.fixed_dictionaries(
    {"hidden": st.lists(st.integers(1, 10_000), min_size=1, max_size=3), "width": st.just("n/(1-rate)")}
)
_widening = st.fixed_dictionaries({"where": st.sampled_from(["hidden", "both", "none"])})


def _with_layer_rates(model: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    rates = layer_rates(CNN.model_validate(model) if "filters" in model else MLP.model_validate(model))
    dropping = st.fixed_dictionaries({"rate": rates}, optional={"kind": _unitwise, "schedule": _over_epochs})
    return st.fixed_dictionaries({**_common, "model": st.just(model), "dropout": dropping}, optional=_optional)


def experiments() -> st.SearchStrategy[Experiment]:
    """Generate valid experiments."""
    return experiment_data().map(Experiment.model_validate)


WORDS = (
    "no",
    "yes",
    "on",
    "null",
    "~",
    "true",
    "1:30",
    "1e-3",
    "0x1F",
    "1_000",
    ".inf",
    ".nan",
    "-",
    "=",
    "<<",
    "#",
    "a: b",
)
"""Texts that YAML in one of its versions takes for something else."""

_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x85")  # PyYAML reads U+0085 as a blank
texts = st.one_of(
    st.text(_characters, max_size=20), st.sampled_from(WORDS), st.floats().map(repr), st.integers().map(str)
)
numbers = st.one_of(st.integers(), st.floats(allow_nan=False))


def plain(keys: st.SearchStrategy[str] = texts) -> st.SearchStrategy[Any]:
    """Generate what a config can hold: mappings with text keys, lists, and values."""
    values = st.one_of(st.none(), st.booleans(), numbers, texts)
    return st.recursive(
        values,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=12,
    )
