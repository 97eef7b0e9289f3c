# make demo   the main job on data that ship with scikit-learn; no network but for installing packages
# make test   lint, types and the tests; under five minutes on two cores
# make long   the long tests, three kills of a running sweep for each engine among them
# make docs   the documentation as a site, in site/; fails on a broken link
# make soak   fifty kills of a running sweep for each engine, five thousand of the writer alone
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: demo test long docs soak lint clean

demo: $(VENV)/.demo
	$(BIN)/dropout-lab sweep --rates 0:0.9:0.1

test: $(VENV)/.test lint
	$(BIN)/pytest -m "not slow" --numprocesses 2 --dist worksteal

long: $(VENV)/.test
	$(BIN)/pytest -m slow --numprocesses 2 --dist worksteal

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

soak: $(VENV)/.test
	DROPOUT_LAB_KILLS=50 $(BIN)/pytest tests/cli/test_faults.py tests/test_kills.py -k 'random or again_and_again'

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml constraints.txt
	$(PIP) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.demo
	$(PIP) --editable '.[dev]'
	touch $@

$(VENV)/.docs: $(VENV)/.demo
	$(PIP) --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis
