# The front door. Each target does its own set-up and is quick the second time.
#   make PYTHON=/path/to/python3.12 …    another Python for .venv (any from 3.11; the demo needs 3.11 or 3.12 for Superset)

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE
export DEV_PORT PROD_PORT DEMO_ONESHOT SUPERSET_PYTHON LOCKSTEP_DEMO_DIR

BIN := .venv/bin
READY := .venv/ready
TESTS ?=

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

$(READY): requirements-dev.lock pyproject.toml .ci/venv
	@.ci/venv
	@touch $@

setup: $(READY) ## Make .venv and nothing else

run: $(READY) ## Lockstep for your own Supersets: web and worker, until Ctrl-C (LOCKSTEP_PORT=)
	@exec $(BIN)/python manage.py run

demo: $(READY) ## Two real Supersets and a real migration; stays up until Ctrl-C (DEV_PORT=, PROD_PORT=, DEMO_ONESHOT=1)
	@$(BIN)/python -m rig demo

demo-down: $(READY) ## Stop the demo and remove its servers and data; Superset stays installed
	@$(BIN)/python -m rig down

demo-clean: $(READY) ## demo-down, and remove the installed Superset, too
	@$(BIN)/python -m rig clean

test: $(READY) ## The tests that need no server (TESTS="path -k words" for some)
	@.ci/faketime
	@$(BIN)/python -m pytest -n auto $(TESTS)

test-real: $(READY) ## The tests on real Superset servers, which they start and stop themselves
	@$(BIN)/python -m pytest -m real $(TESTS)

lint: $(READY) ## Style and imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports > .venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }
	@echo "✓ lint"

types: $(READY) ## mypy
	@$(BIN)/mypy --no-error-summary -p apps -p project -p rig
	@echo "✓ types"

schema: $(READY) ## Do the models and the schema migrations agree?
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 --settings project.settings_test || \
	    { echo "The models changed: run manage.py makemigrations"; exit 1; }
	@echo "✓ schema migrations"

check: lint types schema test ## All of these; what a change must pass before it is committed

bench: $(READY) ## Measure plan and apply against raw requests and preset-cli, on two real servers; and what plugins cost
	@$(BIN)/python -m rig.bench
	@$(BIN)/python -m rig.plugins

lock: $(READY) ## Write the lock files anew from pyproject.toml and rig/*.in (UPGRADE=1 for newer releases)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock
	@$(COMPILE) rig/superset-6.1.0.in --output-file rig/superset-6.1.0.lock
	@echo "✓ lock files"

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
    --python-version 3.11 --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: help setup run demo demo-down demo-clean test test-real lint types schema check bench lock
