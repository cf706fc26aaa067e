# Every command of the project. `make start` and `make test` set up what they need by themselves.
PYTHON ?= python3
BIN := .venv/bin
# Two more than there are cores: tests wait for daemons and pages as often as they compute.
JOBS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 2)')
MINUTES ?= 5
YEARS ?= /var/tmp/hookwatch-years/events.db
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print)

.PHONY: start setup test compile-tests lint lint-python lint-web dev demo wheel bench bench-years bench-soak screenshots openapi lock clean

start: setup ## Run both daemons in the foreground; Ctrl-C stops both
	@exec $(BIN)/honcho start

setup: .venv/runtime .venv/bin/hookwatch web/dist/index.html ## Install locked dependencies and build the dashboard

# Without its caches Python would compile the tree again in each worker and each process of a test.
test: export PYTHONDONTWRITEBYTECODE =
test: setup .venv/dev ## Run everything CI runs
	@$(MAKE) -j2 lint-web lint-python compile-tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal
	cd web && npm test

# Collected once, all tests are compiled, or each worker would compile them.
compile-tests: .venv/dev
	@$(BIN)/python -m pytest --collect-only -q -p no:xdist >/dev/null

lint: lint-python lint-web ## ruff, mypy strict, import-linter, tsc strict, eslint, Prettier

lint-python: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-web: web/node_modules/.package-lock.json
	cd web && npm run lint && npm run api:check

dev: setup .venv/dev ## Run both daemons with reload, and Vite's dev server on 127.0.0.1:5173
	@exec $(BIN)/honcho start -f Procfile.dev

demo: setup ## Open a dashboard of its own with a week of demo sessions, and play more; Ctrl-C stops it
	@exec $(BIN)/hookwatch demo --history 7d --open

wheel: setup .venv/dev ## Build dist/*.whl and the sdist, with the dashboard inside
	$(BIN)/python -m build --no-isolation

bench: setup .venv/dev ## Measure the daemons and a hook, and print tables of figures
	@$(BIN)/python -m bench quick
	@$(BIN)/python -m bench hooks --times 100

bench-years: setup .venv/dev ## Generate a log of a year (10 GB, kept), fold it, and time every kind of API request
	@test -f $(YEARS) || $(BIN)/python -m bench generate --log $(YEARS)
	@$(BIN)/python -m bench fold --log $(YEARS)
	@$(BIN)/python -m bench answers --log $(YEARS)
	@$(BIN)/python -m bench answers --log $(YEARS) --clients 16

bench-soak: setup .venv/dev ## Replay a week of events while faults are injected, then check log, streams and views
	@$(BIN)/python -m bench soak --minutes $(MINUTES)

screenshots: setup .venv/dev ## Take a picture of every view in every state, into screenshots/
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

openapi: .venv/runtime web/node_modules/.package-lock.json ## Regenerate the API's document and types
	$(BIN)/python -m queryd openapi > web/src/api/openapi.json
	cd web && npm run api

lock: ## Update versions and pin them with their hashes (needs uv)
	uv pip compile -q pyproject.toml --group run --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o requirements.txt
	uv pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --upgrade -o requirements-dev.txt

clean: ## Remove what was built and installed
	rm -rf .venv web/node_modules web/dist dist

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv

.venv/bin/hookwatch: | .venv/bin/python
	ln -sf ../../bin/hookwatch $@

.venv/runtime: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
