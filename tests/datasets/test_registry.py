from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import sklearn

from dropout_lab import datasets
from dropout_lab.config.dataset import CSV, BuiltinDataset, OpenML
from dropout_lab.datasets.registry import is_local
from dropout_lab.datasets.tabular.remote_file import kept_at
from dropout_lab.errors import DataError

SHAPES = {"digits": (1797, 64, 10), "breast_cancer": (569, 30, 2), "wine": (178, 13, 3), "iris": (150, 4, 3)}


@pytest.mark.parametrize("name", SHAPES)
def test_a_bundled_set_has_its_rows_inputs_and_classes(name: str, tmp_path: Path) -> None:
    data = datasets.load_builtin(name, tmp_path)
    rows, inputs, classes = SHAPES[name]
    assert data.name == name
    assert data.features.shape == (rows, inputs)
    assert data.features.dtype == np.float64
    assert np.isfinite(data.features).all()
    assert data.labels.shape == (rows,)
    assert data.labels.dtype == np.int64
    assert len(data.classes) == classes
    assert all(type(each) is str for each in data.classes)
    assert sorted(set(data.labels.tolist())) == list(range(classes))


@pytest.mark.parametrize("name", SHAPES)
def test_a_bundled_set_needs_no_folder_and_leaves_nothing_in_it(name: str, tmp_path: Path) -> None:
    assert datasets.is_available(name, tmp_path / "missing")
    data = datasets.load_builtin(name, tmp_path / "missing")
    assert data.source == f"ships with scikit-learn {sklearn.__version__}"
    assert datasets.local_files(name, tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_no_two_sets_have_the_same_checksum_and_loading_twice_gives_the_same(tmp_path: Path) -> None:
    sums = {name: datasets.checksum(datasets.load_builtin(name, tmp_path)) for name in SHAPES}
    assert len(set(sums.values())) == len(SHAPES)
    assert datasets.checksum(datasets.load_builtin("wine", tmp_path)) == sums["wine"]


@pytest.mark.parametrize(
    ("name", "hint"), [("wines", "did you mean wine?"), ("zzz", "(known: sonar, digits, breast_cancer, wine, iris")]
)
def test_an_unknown_set_is_refused_with_the_nearest_or_all_there_are(name: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        datasets.load_builtin(name, tmp_path)
    assert f"dataset: unknown data set {name!r}" in str(caught.value)
    assert hint in str(caught.value)


def test_data_are_looked_for_in_the_folder_given_then_the_environments_then_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPOUT_LAB_DATA", str(tmp_path / "environment"))
    assert datasets.data_folder(tmp_path / "given") == tmp_path / "given"
    assert datasets.data_folder(None) == tmp_path / "environment"
    monkeypatch.setenv("DROPOUT_LAB_DATA", "")
    assert datasets.data_folder(None) == Path("data")
    monkeypatch.delenv("DROPOUT_LAB_DATA")
    assert datasets.data_folder(None) == Path("data")


def test_the_choices_of_a_config_are_the_keys_of_the_registry() -> None:
    assert get_args(BuiltinDataset.model_fields["name"].annotation) == tuple(datasets.BUILTIN_DATASETS)


def test_a_download_is_needed_where_none_of_the_files_of_a_data_set_is_there(tmp_path: Path) -> None:
    needed = [name for name in datasets.BUILTIN_DATASETS if not datasets.is_available(name, tmp_path)]
    assert needed == ["sonar", "cifar10"]
    for name, source in datasets.BUILTIN_DATASETS.items():
        for file in source.files:
            (tmp_path / file).touch()
            assert datasets.local_files(name, tmp_path) == [tmp_path / file]
            assert datasets.is_available(name, tmp_path)
            (tmp_path / file).unlink()


@pytest.mark.parametrize("name", SHAPES)
def test_only_pictures_of_bytes_are_images(name: str, tmp_path: Path) -> None:
    data = datasets.load_builtin(name, tmp_path)
    assert datasets.BUILTIN_DATASETS[name].is_image == (data.features.dtype == np.uint8)


def test_what_needs_no_download_is_told_without_one(tmp_path: Path) -> None:
    address = "https://example.org/my.csv"
    remote = CSV(csv=address, target="y")
    assert not is_local(remote, tmp_path)
    assert not is_local(OpenML(openml="iris"), tmp_path)
    assert is_local(CSV(csv=str(tmp_path / "my.csv"), target="y"), tmp_path)
    kept_at(address, tmp_path).parent.mkdir(parents=True)
    kept_at(address, tmp_path).write_text("x,y\n", encoding="utf-8")
    assert is_local(remote, tmp_path)
    test = "https://example.org/test.csv"
    assert not is_local(CSV(csv=address, target="y", test=test), tmp_path)
