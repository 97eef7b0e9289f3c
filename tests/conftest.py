"""What all tests share: repeatable property tests, rare garbage collection, Keras' default precision, the real data."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, max_examples=50, print_blob=True
)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("repeatable")  # `pytest --hypothesis-profile=search` looks for new counterexamples


gc.disable()  # while everything is imported


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what is imported and stays: a round through it takes half a second."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)  # a traced program is a hundred thousand objects that stay
    gc.enable()


@pytest.fixture(autouse=True)
def _keras_default_precision() -> Iterator[None]:
    """Set Keras' precision back after each test: an engine sets its experiment's for the whole process.

    Keras' default policy, too, which is made of that precision when it is first asked for, and then kept.
    """
    yield
    if "keras" in sys.modules:
        import keras
        from keras.src.backend.common import global_state

        keras.config.set_floatx("float32")
        global_state.set_global_attribute("dtype_policy", None)


@pytest.fixture(scope="session")
def sonar_folder() -> Path:
    """Return the folder that holds the published Sonar file."""
    folder = os.environ.get("DROPOUT_LAB_DATA")
    if not folder:
        pytest.skip("DROPOUT_LAB_DATA is not set: it names the folder that holds sonar.all-data")
    if not (Path(folder) / "sonar.all-data").is_file():
        pytest.skip("the folder that DROPOUT_LAB_DATA names holds no sonar.all-data")
    return Path(folder)
