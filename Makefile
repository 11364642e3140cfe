# All commands of the project. `make` alone lists them.

PYTHON ?= python3
# Passed on to pytest (make test-sqlite ARGS='-k notice') and to pip-compile (make lock ARGS=--upgrade).
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
FLASK := $(PY) -m flask --app app
PYTEST := $(PY) -m pytest -n 2
COMPILE := CUSTOM_COMPILE_COMMAND='make lock' $(PY) -m piptools compile --quiet

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-dev run demo-reset test test-fast coverage test-sqlite test-postgresql bench bench-data bench-postgresql check format lock clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The environment keeps a copy of the lock it was installed from: a different lock is installed anew.
setup: LOCK := requirements.lock
setup-dev: LOCK := requirements-dev.lock
setup setup-dev: $(PY)
	@cmp -s $(LOCK) $(VENV)/$(LOCK) || { \
	  echo 'Installing $(LOCK) into $(VENV)' && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK) && \
	  cp $(LOCK) $(VENV)/$(LOCK); }

setup: ## Create .venv with what the product runs on
setup-dev: ## Create .venv with what the checks and tests need as well

run demo-reset: export APP_MODE := demo
run: setup ## Serve the product with its demo world on http://127.0.0.1:8000 (or HOST=, PORT=)
	$(FLASK) fonts
	$(FLASK) db upgrade
	$(FLASK) demo
	exec $(PY) -m app

demo-reset: setup ## Remove the demo database and uploads, then build them anew
	$(FLASK) demo --reset

test: setup-dev ## Run everything: system packages, checks, the tests on SQLite and on PostgreSQL
	scripts/system-packages
	@$(MAKE) --no-print-directory check coverage test-sqlite
	@if scripts/system-packages --has postgresql; then $(MAKE) --no-print-directory test-postgresql; \
	  else echo '*** PostgreSQL is not installed: the PostgreSQL pass was SKIPPED ***'; fi

test-fast: setup-dev ## Run the tests of rules and models, without the demo world
	$(PYTEST) tests/rules tests/models -m 'not world' $(ARGS)

coverage: setup-dev ## Run the same and stop below 95 % of the lines of rules/
	@$(MAKE) --no-print-directory test-fast ARGS=--cov

test-sqlite: setup-dev ## Run the tests on SQLite, browser tests included
	$(FLASK) fonts
	TEST_DATABASE=sqlite $(PYTEST) $(ARGS)

test-postgresql: setup-dev ## Run the tests on a throw-away PostgreSQL, without the browser
	$(FLASK) fonts
	TEST_DATABASE=postgresql $(PY) -m tests.postgres -- $(PYTEST) -m 'not browser' $(ARGS)

bench-data bench: export DATABASE_URL ?= sqlite:////tmp/review-bench.sqlite3
bench-data bench-postgresql: export ROWS ?= 1000000
bench-data: setup-dev ## Fill an empty database for measuring (DATABASE_URL=, ROWS=1000000; about six minutes)
	$(PY) -m bench.data

bench: setup-dev ## Measure lists, exports and bulk steps on DATABASE_URL, then papers, beside other ways to do the same
	$(PY) -m bench.lists
	$(FLASK) fonts
	$(PY) -m bench.reports

bench-postgresql: setup-dev ## Measure lists, exports and bulk steps on a throw-away PostgreSQL, filled for it
	$(PY) -m tests.postgres -- sh -c 'export DATABASE_URL="$$TEST_POSTGRESQL_URL"; $(PY) -m bench.data && $(PY) -m bench.lists'

check: setup-dev ## Check format, lint, types and the arrows between the rooms
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: setup-dev ## Format the code and mend what the linter can mend
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

lock: setup-dev ## Rewrite both lock files from pyproject.toml (ARGS=--upgrade for newer versions)
	$(COMPILE) $(ARGS) --output-file requirements.lock pyproject.toml
	$(COMPILE) $(ARGS) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

clean: ## Remove .venv and all caches; data under instance/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
