# The front door. Each target does its own set-up and is quick the second time.
#   make PYTHON=/path/to/python3.12 …    another Python for .venv (any from 3.11; the demo needs 3.11 or 3.12 for Superset)

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE
export DEV_PORT PROD_PORT LOCKSTEP_PORT DEMO_ONESHOT SUPERSET_PYTHON LOCKSTEP_DEMO_DIR

BIN := .venv/bin
READY := .venv/ready
NODE_READY := frontend/node_modules/.ready
TESTS ?=

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

$(READY): requirements-dev.lock pyproject.toml .ci/venv
	@.ci/venv
	@touch $@

setup: $(READY) ## Make .venv and nothing else

$(NODE_READY): frontend/package-lock.json frontend/.npmrc .ci/node_modules
	@.ci/node_modules
	@touch $@

node: $(NODE_READY) ## Make frontend/node_modules and nothing else; needs Node 20.19 or newer

run: $(READY) ## Lockstep for your own Supersets: web and worker, until Ctrl-C (LOCKSTEP_PORT=)
	@exec $(BIN)/python manage.py run

demo: $(READY) ## Two real Supersets, Lockstep and a real migration; stays up until Ctrl-C (DEV_PORT=, PROD_PORT=, LOCKSTEP_PORT=)
	@$(BIN)/python -m rig demo

demo-down: $(READY) ## Stop the demo and remove its servers and data; Superset stays installed
	@$(BIN)/python -m rig down

demo-clean: $(READY) ## demo-down, and remove the installed Superset, too
	@$(BIN)/python -m rig clean

test: $(READY) $(NODE_READY) ## The tests that need no server (TESTS="path -k words" for some)
	@.ci/faketime
	@$(BIN)/python -m pytest -n auto $(TESTS)

test-real: $(READY) ## The tests on real Superset servers, which they start and stop themselves
	@$(BIN)/python -m pytest -m real $(TESTS)

e2e: $(READY) $(NODE_READY) ## The admin in the Chromium of the system, and signing in through a real provider
	@$(BIN)/python -m pytest -m browser $(or $(TESTS),project/tests/browser)

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

components: $(NODE_READY) ## The tests of the components; they record which states were seen
	@cd frontend && npm test --silent

contracts: $(READY) $(if $(wildcard frontend/src),components) ## Do the contracts in the code and the feature documents hold?
	@DJANGO_SETTINGS_MODULE=project.settings_test $(BIN)/python manage.py contracts check > .venv/contracts.log || \
	    { cat .venv/contracts.log; exit 1; }
	@echo "✓ contracts"

check: lint types schema contracts test ## All of these; what a change must pass before it is committed

audit: $(READY) ## Is a flaw known of a package that is used? A source that does not answer is told, and no failure
	@$(BIN)/python -m rig.advisories

bench: $(READY) ## Measure plan, apply and sync against raw requests, memory under load, what plugins and 10,000 lines cost, and the live log in 50 browsers (ROUNDS=)
	@$(BIN)/python -m rig.bench
	@$(BIN)/python -m rig.bench.plugins
	@$(BIN)/python -m rig.bench.lines
	@$(BIN)/python -m rig.bench.live

footprint: $(READY) ## Start-up time and memory of web and worker, without a Superset
	@$(BIN)/python -m rig.bench.footprint

stress: $(READY) ## Kill workers at random and count what is lost, doubled or stuck (ROUNDS=100, SEED=; DATABASE_URL for PostgreSQL)
	@$(BIN)/python -m rig.stress --rounds $(or $(ROUNDS),100) $(if $(SEED),--seed $(SEED))

hostile: $(READY) ## Attack Lockstep, and hold it to its words (PART=ci for the fixed part, FAMILY=undo, ONLY=words, ROUNDS=1, JOBS=2, INTO=docs/guarantees.md; DATABASE_URL for PostgreSQL)
	@$(BIN)/python -m rig.hostile --part $(or $(PART),all) --rounds $(or $(ROUNDS),1) --jobs $(or $(JOBS),2) \
	    $(foreach each,$(FAMILY),--family $(each)) $(if $(ONLY),--only "$(ONLY)") $(if $(INTO),--into $(INTO))

references: $(READY) ## What the installed Superset names by number, held against the table of places (LIST=1 for all, WRITE=1 for docs/references.md, SUPERSET= for another)
	@$(BIN)/python -m rig.references $(if $(LIST),--list) $(if $(WRITE),--write) $(if $(SUPERSET),--superset "$(SUPERSET)")

lock: $(READY) ## Write the lock files anew from pyproject.toml and rig/*.in (UPGRADE=1 for newer releases)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock
	@$(COMPILE) rig/servers/superset-6.1.0.in --output-file rig/servers/superset-6.1.0.lock
	@echo "✓ lock files"

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
    --python-version 3.11 --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: help setup node run demo demo-down demo-clean test test-real e2e lint types schema components contracts check audit bench footprint stress hostile references lock
