# Everything runs in .venv, which is made from pyproject.toml and constraints.txt on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help setup demo bench docs test soak lint clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.ready ## make .venv with everything in it

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup ## two syncs of a made-up account, from the sandbox
	@$(BIN)/python -m sandbox.demo

lint: setup ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup ## what a sync of the whole account costs, on a large made-up account
	@$(BIN)/python -m bench

docs: setup ## write docs/reference.md from the manifest, the schemas and the spec
	$(BIN)/python -m docs.generate

test: lint ## lint and all tests
	$(BIN)/python -m pytest -q

soak: setup ## thousands of made-up histories against the connector, for about an hour
	$(BIN)/python -m pytest -q integration_tests/test_nothing_is_lost.py --hypothesis-profile=soak

clean: ## remove what setup and builds made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
