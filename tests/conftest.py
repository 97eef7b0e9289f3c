"""What all tests share: repeatable property tests, and the real data where the machine has them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("repeatable")  # `pytest --hypothesis-profile=search` looks for new counterexamples


@pytest.fixture(scope="session")
def sonar_folder() -> Path:
    """Return the folder that holds the published Sonar file."""
    folder = os.environ.get("DROPOUT_LAB_DATA")
    if not folder:
        pytest.skip("DROPOUT_LAB_DATA is not set: it names the folder that holds sonar.all-data")
    if not (Path(folder) / "sonar.all-data").is_file():
        pytest.skip("the folder that DROPOUT_LAB_DATA names holds no sonar.all-data")
    return Path(folder)
