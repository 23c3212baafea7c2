# Every target sets up what it needs. Only Python 3.11 or newer and a package registry are taken for granted.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.8
PORT ?= 8000
SEED ?= 1
PROCESSES ?= auto
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Empty is no: the tests start hundreds of processes, and none should compile what another has compiled.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset web worker sandbox test test-postgres chaos mutants screenshots bench check sbom format lock migrations

help: ## What there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.ok ## The environment only

.venv/.ok: requirements.lock Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@test -x $(BIN)/python && $(BIN)/python -c '' || { rm -rf .venv; $(PYTHON) -m venv .venv; }
	@$(BIN)/python -m pip install -q 'uv==$(UV_VERSION)' 2>/dev/null && $(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock \
	  || { echo "uv did not work here; using pip"; $(BIN)/python -m pip install -q --require-hashes -r requirements.lock; }
	@touch $@

demo: .venv/.ok ## The whole product on this machine: sandbox, web, worker, people, a running job
	@exec $(BIN)/python manage.py demo

demo-reset: .venv/.ok ## The same, from an empty database
	@exec $(BIN)/python manage.py demo --reset

web: .venv/.ok ## One web process, configured by the environment (PORT)
	@exec $(BIN)/python manage.py web --port $(PORT)

worker: .venv/.ok ## One worker, configured by the environment
	@exec $(BIN)/python manage.py work

sandbox: .venv/.ok ## The local sandbox of the Thanx API (python -m sandbox --help)
	@exec $(BIN)/python -m sandbox

test: .venv/.ok ## All tests (PROCESSES)
	@$(BIN)/python -m pytest -q -n $(PROCESSES)

test-postgres: .venv/.ok ## What depends on the database, on a PostgreSQL of its own or on the server of TEST_DATABASE_URL
	@exec $(BIN)/python -m tests.support.private_postgres -q -n $(PROCESSES)

chaos: .venv/.ok ## The proof of exactly-once: a storm over 100,000 recipients on SQLite and on PostgreSQL (SEED)
	@exec $(BIN)/python -m tests.chaos --seed $(SEED)

mutants: .venv/.ok ## Break the product on purpose, edit by edit; fails for each edit that no test notices (ONLY="words")
	@exec $(BIN)/python -m tests.mutants $(ONLY)

screenshots: .venv/.ok ## The pictures of the documentation, taken from the demo (needs Chromium)
	@exec $(BIN)/python -m tests.screenshots

bench: .venv/.ok ## How fast a file is taken in, how long finding one guest takes, how often a verdict is wrong
	@$(BIN)/python benchmarks/intake.py
	@$(BIN)/python benchmarks/look_up.py
	@$(BIN)/python -m benchmarks.wrong_verdicts

check: .venv/.ok ## Format, lint, types, import contracts, deployment and migration checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	DEBUG=0 SECRET_KEY=checked-but-never-used-checked-but-never-used-0123456789 DATA_KEYS=$$($(BIN)/python -c 'print("ab" * 32)') ALLOWED_HOSTS=portal.example \
	  TRUSTED_PROXY_COUNT=1 EMAIL_URL=smtp://mail.example:25 \
	  THANX_API_URL=https://api.thanxsandbox.com THANX_CLIENT_ID=id THANX_ACCESS_TOKEN=token $(BIN)/python manage.py check --deploy --fail-level WARNING
	DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run

sbom: .venv/.ok ## What the portal is made of (CycloneDX), and the licences
	@mkdir -p var
	@DEBUG=1 $(BIN)/python manage.py materials --sbom > var/sbom.json
	@DEBUG=1 $(BIN)/python manage.py materials > var/licences.txt
	@echo "var/sbom.json and var/licences.txt"

format: .venv/.ok ## Write the code the way check wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

migrations: .venv/.ok
	DEBUG=1 $(BIN)/python manage.py makemigrations

lock: ## Resolve the dependencies anew
	@test -x $(BIN)/uv || { $(PYTHON) -m venv .venv && $(BIN)/python -m pip install -q 'uv==$(UV_VERSION)'; }
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -c requirements.lock pyproject.toml -o requirements-runtime.lock
