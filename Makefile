# Every task of a developer. Each target sets itself up on the first run.
#   make PYTHON=/path/to/python3.12 …    use another Python (3.11 or newer; the demo needs 3.11 or 3.12 for Superset)

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE
export DEV_PORT PROD_PORT LOCKSTEP_PORT DEV_RELEASE PROD_RELEASE DEMO_ONESHOT DEMO_OPEN SUPERSET_PYTHON LOCKSTEP_DEMO_DIR TARGET PLATFORM IMAGE KEY

BIN := .venv/bin
READY := .venv/ready
NODE_READY := frontend/node_modules/.ready
BUILT := static/app/shell.json
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend
TESTS ?=
RELEASE ?= 3.13
SCRIPTS := installer/*.sh docker/entrypoint docs/examples/systemd/lockstep .ci/venv .ci/node_modules .ci/faketime

help: ## Show this help
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

$(READY): requirements-dev.lock pyproject.toml .ci/venv
	@.ci/venv
	@touch $@

setup: $(READY) ## Create .venv

$(NODE_READY): frontend/package-lock.json frontend/.npmrc .ci/node_modules | $(READY)
	@.ci/node_modules
	@touch $@

node: $(NODE_READY) ## Install frontend/node_modules, with the Node of .venv

$(BUILT): $(NODE_READY) $(shell find frontend/src frontend/scripts frontend/vite.config.js frontend/project.inlang -type f -not -path '*/generated/*' 2>/dev/null)
	@$(NPM) run build --silent > .venv/build.log 2>&1 || { cat .venv/build.log; exit 1; }
	@tail -1 .venv/build.log

frontend: $(BUILT) ## Build the application into static/app

dev: $(READY) $(NODE_READY) ## Serve the application from its sources, with the API of a running Lockstep (LOCKSTEP_PORT=)
	@exec $(NPM) run dev

run: $(READY) ## Run web server and worker for your own Supersets, until Ctrl-C (LOCKSTEP_PORT=)
	@exec $(BIN)/python manage.py run

demo: $(READY) ## Start two Supersets and Lockstep until Ctrl-C; the first time, migrate three dashboards (DEV_RELEASE=4.1, PROD_RELEASE=, DEV_PORT=, PROD_PORT=, LOCKSTEP_PORT=)
	@$(BIN)/python -m rig demo

demo-down: $(READY) ## Stop the demo and remove its data; Superset stays installed
	@$(BIN)/python -m rig down

demo-clean: $(READY) ## Remove the demo and every installed Superset
	@$(BIN)/python -m rig clean

test: $(READY) $(BUILT) $(if $(TESTS),,budget components) ## Run the tests without servers (TESTS="path -k expression")
	@.ci/faketime
	@$(BIN)/python -m pytest -n auto $(TESTS)

.venv-%/ready: requirements-dev.lock pyproject.toml .ci/python | $(READY)
	@echo "… Creating .venv-$*" >&2
	@python=$$(.ci/python $*) && $(BIN)/uv venv --quiet --clear --python "$$python" .venv-$*
	@ln -sf ../../$(BIN)/uv .venv-$*/bin/uv
	@$(BIN)/uv pip sync --quiet --require-hashes --python .venv-$*/bin/python requirements-dev.lock
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --python .venv-$*/bin/python --editable .
	@touch $@

test-python: .venv-$(RELEASE)/ready $(BUILT) ## Run the tests without servers on another Python (RELEASE=3.13, TESTS=, DATABASE_URL=)
	@.ci/faketime
	@.venv-$(RELEASE)/bin/python -m pytest -n auto $(TESTS)

test-real: $(READY) ## Run the tests on real Superset servers, which they start and stop
	@$(BIN)/python -m pytest -m real $(TESTS)

test-releases: $(READY) ## Migrate between all pairs of Superset releases, on real servers (PAIRS="4.1-6.1 6.1-4.1")
	@PAIRS="$(PAIRS)" $(BIN)/python -m pytest -m releases project/tests/releases $(TESTS)
	@$(BIN)/python -m rig.fidelity

e2e: $(READY) $(BUILT) ## Run the browser tests: the application, the admin and single sign-on in Chromium, the main story in Firefox
	@$(BIN)/python -m pytest -m browser $(or $(TESTS),project/tests/application project/tests/browser)

screenshots: $(READY) $(BUILT) ## Write a picture of each page of the application into build/screenshots (INTO=folder)
	@$(BIN)/python -m project.tests.browser.screenshots $(INTO)

test-package: $(READY) $(BUILT) ## Install the wheel into an empty environment and run it there, also behind nginx and Caddy
	@$(BIN)/python -m pytest -m package $(or $(TESTS),project/tests/package)

wheel: $(READY) $(BUILT) ## Build the wheel into dist
	@$(BIN)/uv build --quiet --offline --no-build-isolation --wheel --python $(BIN)/python --out-dir dist

translations: $(READY) ## Compile the catalogues of translations (locale/*/LC_MESSAGES/django.po)
	@$(BIN)/python -m rig.catalogues

image: $(READY) ## Build the image into dist, without a container engine (root; buildah and debootstrap)
	@$(BIN)/python -m rig image

test-image: $(READY) ## Build the image and run it as its own user (root; buildah and debootstrap)
	@$(BIN)/python -m pytest -m image project/tests/image $(TESTS)

bundle: $(READY) $(BUILT) ## Write an archive for a site without a network (KEY=private-key.pem, TARGET=3.13, PLATFORM=manylinux_2_28_x86_64, IMAGE=archive or none)
	@$(BIN)/python -m rig bundle

test-bundle: $(READY) $(BUILT) ## Install and upgrade from a bundle with the network cut off, and migrate there between two Supersets (root)
	@$(BIN)/python -m project.tests.bundle.prepare
	@unshare --net --mount sh -c 'ip link set lo up && exec $(BIN)/python -m pytest -m bundle $(or $(TESTS),project/tests/bundle)'

lint: $(READY) $(NODE_READY) ## Check style and imports
	@$(NPM) run lint --silent
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/hadolint docker/Dockerfile
	@$(BIN)/shellcheck --external-sources $(SCRIPTS)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yml
	@$(BIN)/kubernetes-validate --strict --quiet docker/kubernetes/*.yaml
	@$(BIN)/lint-imports > .venv/imports.log 2>&1 || { cat .venv/imports.log; exit 1; }
	@echo "✓ lint"

types: $(READY) $(NODE_READY) ## Check types with mypy and svelte-check
	@$(NPM) run check --silent > .venv/check.log 2>&1 || { cat .venv/check.log; exit 1; }
	@$(BIN)/mypy --no-error-summary -p apps -p project -p rig
	@echo "✓ types"

schema: $(READY) $(NODE_READY) ## Check that schema migrations match the models, and the application's client the API
	@$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0 --settings project.settings_test || \
	    { echo "Schema migrations are missing: run manage.py makemigrations"; exit 1; }
	@$(call client,.venv/schema.d.ts)
	@cmp -s .venv/schema.d.ts frontend/src/lib/api/schema.d.ts || { echo "The API has changed: run make client"; exit 1; }
	@echo "✓ schema migrations and API client"

client: $(READY) $(NODE_READY) ## Write the types of the application's client from the OpenAPI document
	@$(call client,frontend/src/lib/api/schema.d.ts)
	@echo "✓ frontend/src/lib/api/schema.d.ts"

client = $(BIN)/python manage.py spectacular --settings project.settings_test --format openapi-json --file .venv/openapi.json && \
    $(NPM) exec --silent -- openapi-typescript "$(CURDIR)/.venv/openapi.json" --output "$(CURDIR)/$(1)" --alphabetize > .venv/client.log 2>&1 || \
    { cat .venv/client.log; exit 1; }

budget: $(BUILT) ## Weigh what a first visit of the application loads
	@$(NPM) run budget --silent

components: $(NODE_READY) ## Run the component tests, which record the rendered states
	@$(NPM) test --silent

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

bench-app: $(READY) $(BUILT) ## Measure the application in Chromium: scrolling, first load, pages, drawer, plan (ROUNDS=5)
	@$(BIN)/python -m rig.bench.application

bench-scale: $(READY) ## Measure 1, 2 and 4 workers, and 50, 200 and 500 users of 1 and 2 web servers, on PostgreSQL; writes docs/scaling.md
	@$(BIN)/python -m rig.bench.scale --into docs/scaling.md

footprint: $(READY) ## Measure start-up time and memory of web and worker
	@$(BIN)/python -m rig.bench.footprint

stress: $(READY) ## Kill workers at random and count lost, doubled and stuck tasks (ROUNDS=100, SEED=, DATABASE_URL=)
	@$(BIN)/python -m rig.stress --rounds $(or $(ROUNDS),100) $(if $(SEED),--seed $(SEED))

hostile: $(READY) ## Attack Lockstep and check its claims (PART=ci, FAMILY=undo, ONLY=text, SHARD=1/4, ROUNDS=1, JOBS=2, INTO=file, DATABASE_URL=)
	@$(BIN)/python -m rig.hostile --part $(or $(PART),all) --rounds $(or $(ROUNDS),1) --jobs $(or $(JOBS),2) \
	    $(foreach each,$(FAMILY),--family $(each)) $(if $(ONLY),--only "$(ONLY)") $(if $(SHARD),--shard $(SHARD)) $(if $(INTO),--into $(INTO))

references: $(READY) ## Compare the installed Superset with the table of places (LIST=1, WRITE=1 for docs/references.md, SUPERSET=folder)
	@$(BIN)/python -m rig.references $(if $(LIST),--list) $(if $(WRITE),--write) $(if $(SUPERSET),--superset "$(SUPERSET)")

lock: $(READY) ## Write the lock files (UPGRADE=1 for newer releases)
	@$(COMPILE) pyproject.toml --all-extras --output-file requirements.lock
	@$(COMPILE) pyproject.toml --all-extras --group dev --output-file requirements-dev.lock
	@$(COMPILE) --group build --constraint requirements-dev.lock --output-file docker/requirements-build.lock
	@set -e; for each in rig/servers/superset-*.in; do $(COMPILE) $$each --output-file $${each%.in}.lock; done
	@echo "✓ lock files"

COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
    --python-version 3.11 --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

.PHONY: help setup node frontend client dev run demo demo-down demo-clean test test-python test-real test-releases e2e screenshots test-package wheel image test-image bundle test-bundle lint types schema budget components contracts check audit bench bench-app bench-scale footprint stress hostile references lock
