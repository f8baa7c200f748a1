# Every task of a developer. Each target sets itself up on the first run.
#   make PYTHON=/path/to/python3.12 …    use another Python (3.11 or newer; the demo needs 3.11 or 3.12 for Superset)

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE
export DEV_PORT PROD_PORT LOCKSTEP_PORT DEMO_ONESHOT DEMO_OPEN SUPERSET_PYTHON LOCKSTEP_DEMO_DIR

BIN := .venv/bin
READY := .venv/ready
NODE_READY := frontend/node_modules/.ready
TESTS ?=

help: ## Show this help
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

$(READY): requirements-dev.lock pyproject.toml .ci/venv
	@.ci/venv
	@touch $@

setup: $(READY) ## Create .venv

$(NODE_READY): frontend/package-lock.json frontend/.npmrc .ci/node_modules
	@.ci/node_modules
	@touch $@

node: $(NODE_READY) ## Install frontend/node_modules; needs Node 20.19 or newer

run: $(READY) ## Run web server and worker for your own Supersets, until Ctrl-C (LOCKSTEP_PORT=)
	@exec $(BIN)/python manage.py run

demo: $(READY) ## Start two Supersets and Lockstep until Ctrl-C; the first time, migrate three dashboards (DEV_PORT=, PROD_PORT=, LOCKSTEP_PORT=)
	@$(BIN)/python -m rig demo

demo-down: $(READY) ## Stop the demo and remove its data; Superset stays installed
	@$(BIN)/python -m rig down

demo-clean: $(READY) ## Remove the demo and the installed Superset
	@$(BIN)/python -m rig clean

test: $(READY) $(NODE_READY) ## Run the tests without servers (TESTS="path -k expression")
	@.ci/faketime
	@$(BIN)/python -m pytest -n auto $(TESTS)

test-real: $(READY) ## Run the tests on real Superset servers, which they start and stop
	@$(BIN)/python -m pytest -m real $(TESTS)

e2e: $(READY) $(NODE_READY) ## Run the browser tests: the admin and single sign-on in Chromium
	@$(BIN)/python -m pytest -m browser $(or $(TESTS),project/tests/browser)

test-package: $(READY) ## Install the wheel into an empty environment and run it there, also behind nginx and Caddy
	@$(BIN)/python -m pytest -m package $(or $(TESTS),project/tests/package)

wheel: $(READY) ## Build the wheel into dist
	@$(BIN)/uv build --quiet --offline --no-build-isolation --wheel --python $(BIN)/python --out-dir dist

lint: $(READY) ## Check style and imports
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports > .venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }
	@echo "✓ lint"

types: $(READY) ## Check types with mypy
	@$(BIN)/mypy --no-error-summary -p apps -p project -p rig
	@echo "✓ types"

schema: $(READY) ## Check that schema migrations match the models
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 --settings project.settings_test || \
	    { echo "Schema migrations are missing: run manage.py makemigrations"; exit 1; }
	@echo "✓ schema migrations"

components: $(NODE_READY) ## Run the component tests, which record the rendered states
	@cd frontend && npm test --silent

contracts: $(READY) $(if $(wildcard frontend/src),components) ## Check the contracts in the code and the feature documents
	@DJANGO_SETTINGS_MODULE=project.settings_test $(BIN)/python manage.py contracts check > .venv/contracts.log || \
	    { cat .venv/contracts.log; exit 1; }
	@echo "✓ contracts"

check: lint types schema contracts test ## Run lint, types, schema, contracts and test: required before a commit

audit: $(READY) ## Check packages for known vulnerabilities; an unreachable source is no failure
	@$(BIN)/python -m rig.advisories

bench: $(READY) ## Measure plan, apply and sync, memory, plugins, log lines and the live log (ROUNDS=)
	@$(BIN)/python -m rig.bench
	@$(BIN)/python -m rig.bench.plugins
	@$(BIN)/python -m rig.bench.lines
	@$(BIN)/python -m rig.bench.live

footprint: $(READY) ## Measure start-up time and memory of web and worker
	@$(BIN)/python -m rig.bench.footprint

stress: $(READY) ## Kill workers at random and count lost, doubled and stuck tasks (ROUNDS=100, SEED=, DATABASE_URL=)
	@$(BIN)/python -m rig.stress --rounds $(or $(ROUNDS),100) $(if $(SEED),--seed $(SEED))

hostile: $(READY) ## Attack Lockstep and check its claims (PART=ci, FAMILY=undo, ONLY=text, ROUNDS=1, JOBS=2, INTO=file, DATABASE_URL=)
	@$(BIN)/python -m rig.hostile --part $(or $(PART),all) --rounds $(or $(ROUNDS),1) --jobs $(or $(JOBS),2) \
	    $(foreach each,$(FAMILY),--family $(each)) $(if $(ONLY),--only "$(ONLY)") $(if $(INTO),--into $(INTO))

references: $(READY) ## Compare the installed Superset with the table of places (LIST=1, WRITE=1 for docs/references.md, SUPERSET=folder)
	@$(BIN)/python -m rig.references $(if $(LIST),--list) $(if $(WRITE),--write) $(if $(SUPERSET),--superset "$(SUPERSET)")

lock: $(READY) ## Write the lock files (UPGRADE=1 for newer releases)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock
	@$(COMPILE) rig/servers/superset-6.1.0.in --output-file rig/servers/superset-6.1.0.lock
	@echo "✓ lock files"

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
    --python-version 3.11 --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: help setup node run demo demo-down demo-clean test test-real e2e test-package wheel lint types schema components contracts check audit bench footprint stress hostile references lock
