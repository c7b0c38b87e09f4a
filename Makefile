# Everything runs in .venv, which is made from pyproject.toml and constraints.txt on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip --quiet --disable-pip-version-check
PYAIRBYTE := .venv-pyairbyte
# Debian's, for tests that are skipped without them. `make test SYSTEM=no` installs nothing on the system.
SYSTEM_PACKAGES := chromium chromium-driver postgresql
SYSTEM ?= yes

.PHONY: help setup system-packages demo demo-classic bench limits manifest-only image docs pictures dist quick test test-lowest test-newest audit examples soak lint clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

setup: $(VENV)/.ready ## make .venv with everything in it

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

# PyAirbyte pins what the connector does not, so it has its own. There is none for Python 3.13: its test is skipped there.
$(PYAIRBYTE)/.ready: constraints-pyairbyte.txt
	@mkdir -p $(PYAIRBYTE)
	if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))'; then \
		$(PYTHON) -m venv $(PYAIRBYTE) && $(PYAIRBYTE)/bin/python $(PIP) install -c $< airbyte; \
	fi
	@touch $@

system-packages: ## install what some tests need of the system: as root on Debian, and not with SYSTEM=no
	@SYSTEM=$(SYSTEM) tools/system-packages $(SYSTEM_PACKAGES)

demo: setup ## a made-up account synced into demo.duckdb, twice, three questions to it, and a report on it
	@$(BIN)/python -m sandbox.demo

demo-classic: setup ## a made-up Basecamp Classic site synced into demo-classic.duckdb, and a question to it
	@$(BIN)/python -m sandbox.demo_classic

lint: setup ## ruff, mypy, and which floor may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

bench: setup ## what a sync costs, beside a plain manifest; writes docs/benchmark.md in ten minutes
	@$(BIN)/python -m bench

limits: setup ## the least memory and processor that a sync needs; as root, in half an hour; writes docs/scaling.md
	$(BIN)/python -m bench.limits

manifest-only: setup ## write dist/manifest-only: manifest.yaml and components.py for the Connector Builder
	$(BIN)/python -m tools.manifest_only

image: ## build the image with Docker, as airbyte/source-basecamp:dev
	docker build --tag airbyte/source-basecamp:dev .

docs: setup ## write the pages and sample files that follow from the manifest, the schemas and the sandbox
	$(BIN)/python -m tools.docs.generate
	$(BIN)/python -m integration_tests.support.samples

dist: setup ## build the wheel and the sdist into dist
	$(BIN)/uv build --quiet --out-dir dist

pictures: setup ## draw docs/pictures: what the commands print and write, against the sandbox; with Chromium
	$(BIN)/python -m tools.pictures

quick: lint ## lint and the unit tests, in a minute
	$(BIN)/python -m pytest -q unit_tests --numprocesses auto

test: lint system-packages $(PYAIRBYTE)/.ready ## lint and all tests, side by side; SYSTEM=no installs nothing on the system
	$(BIN)/python -m pytest -q --numprocesses 3 --dist worksteal

# The connector's own dependencies at one end of what pyproject.toml allows, whatever that is today.
LOWEST := .venv-lowest
NEWEST := .venv-newest
ALLOWED_TESTS := unit_tests \
	$(addprefix integration_tests/,test_airbyte_standards.py test_full_refresh.py test_people_help.py test_people_verbs.py test_sync.py)

test-lowest: setup ## some of the tests, with the oldest dependencies that are allowed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip compile --quiet --python $(LOWEST) --resolution lowest-direct --all-extras pyproject.toml --output-file $(LOWEST)/lowest.txt
	$(BIN)/uv pip install --quiet --python $(LOWEST) --requirements $(LOWEST)/lowest.txt --editable .
	$(LOWEST)/bin/python -m pytest -q $(ALLOWED_TESTS)

test-newest: setup ## the same, with the newest
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(NEWEST)
	$(BIN)/uv pip install --quiet --python $(NEWEST) --upgrade --editable '.[dev]'
	$(NEWEST)/bin/python -m pytest -q $(ALLOWED_TESTS)

audit: setup ## what is known against the pinned dependencies, as far as PyPI can be asked; reports only
	@$(BIN)/python -m tools.audit

# Each with PyAirbyte beside it, but for Airflow, which calls one of another environment.
EXAMPLES := dagster prefect airflow
.PHONY: $(EXAMPLES:%=example-%)
examples: $(EXAMPLES:%=example-%) ## run the examples for Dagster, Prefect and Airflow against the sandbox
example-dagster example-prefect: example-%: setup
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-$*
	$(BIN)/uv pip install --quiet --python .venv-$* $* 'airbyte>=0.69'
	$(BIN)/python -m tools.examples $* .venv-$*
example-airflow: setup $(PYAIRBYTE)/.ready
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-airflow
	$(BIN)/uv pip install --quiet --python .venv-airflow 'apache-airflow>=3'
	PYAIRBYTE_PYTHON=$(abspath $(PYAIRBYTE))/bin/python $(BIN)/python -m tools.examples airflow .venv-airflow

soak: setup ## made-up histories against the connector and sync, for MINUTES (60)
	@$(BIN)/python -m tools.soak $(or $(MINUTES),60)

clean: ## remove what setup and builds made
	rm -rf .venv* dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
