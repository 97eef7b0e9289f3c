from pathlib import Path

import pytest
from builders import files

from dropout_lab.errors import ResultsError
from dropout_lab.results.atomic_write import replace_file


def test_replacing_a_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    for content in (b"old", b"new"):
        replace_file(tmp_path / "file", content)
        assert files(tmp_path) == {"file": content}


def test_a_file_that_cannot_be_replaced_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(ResultsError, match="file: cannot be written: "):
        replace_file(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_file_in_a_folder_that_is_not_there_cannot_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="file: cannot be written: "):
        replace_file(tmp_path / "missing" / "file", b"new")
