# Every target does its own set-up; the second run is fast.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
STAMP := $(VENV)/.installed
SHELL := /bin/bash
MARK := -n auto
FUZZ_SECONDS ?= 60
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes --no-emit-index-url \
	--override docs/lock-overrides.txt

.PHONY: help install runtime demo test test-pg crash fuzz check format lint types soak eval bench notebook reference clean lock

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

# $(call install,FILE,WHAT): installs what a lock file pins, checked by its hashes, and says how far it is.
define install
	@total=$$(grep -c '^[A-Za-z0-9].*==' $(1)); echo "Installing $(2), at most $$total packages …"; set -o pipefail; \
		$(BIN)/python -m pip install --progress-bar off --disable-pip-version-check --no-deps --require-hashes -r $(1) 2>&1 | \
		tee $(VENV)/install.log | awk -v total=$$total '/^Collecting/ { if (++n % 20 == 0) { print "  " n " of " total; fflush() } } \
		/^Installing/ { print "  unpacking"; fflush() }' || { cat $(VENV)/install.log; exit 1; }
endef

$(RUNTIME): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Making an environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	$(call install,requirements.lock,what the product needs at run time)
	@said=$$($(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>&1) || \
		{ echo "$$said"; exit 1; }
	@touch $(RUNTIME)

$(STAMP): $(RUNTIME) requirements-dev.lock
	$(call install,requirements-dev.lock,what its tests need)
	@mkdir -p .types && ln -sfn .. .types/countersign
	@touch $(STAMP)

install: $(STAMP)  ## Make the environment in .venv, with all that tests need

runtime: $(RUNTIME)  ## Make the environment in .venv with what the product needs at run time, and no more

demo: $(RUNTIME)  ## The main job on real work, in a data folder that is thrown away
	@$(BIN)/countersign demo

test: $(STAMP)  ## All tests, in parallel
	@$(BIN)/python -m pytest -q $(MARK)

test-pg: $(STAMP)  ## The same tests on PostgreSQL, on a private server
	@PYTHON=$(BIN)/python .ci/postgres
	@$(BIN)/python -m pytest -q $(MARK) -m postgres

crash: $(STAMP)  ## Kill the process before and after each durable step of a turn, on SQLite and PostgreSQL
	@PYTHON=$(BIN)/python .ci/postgres
	@COUNTERSIGN_EVERY_CRASH=1 $(BIN)/python -m pytest -q $(MARK) tests/invariants/crash

soak: $(STAMP)  ## 10,000 steps of everything people, clients and time can do, and of 50 look-alike tenants in one memory
	@COUNTERSIGN_SOAK_STEPS=10000 $(BIN)/python -m pytest -q tests/invariants/soak/test_machine.py
	@COUNTERSIGN_SOAK_STEPS=10000 $(BIN)/python -m pytest -q tests/invariants/soak/test_tenancy.py

fuzz: $(STAMP)  ## A minute of coverage-guided fuzzing each of the pack loader, conditions and the canonical form
	@for what in packs conditions canonical; do $(BIN)/python tests/support/fuzzer.py $$what -max_total_time=$(FUZZ_SECONDS) || exit 1; done

check: $(STAMP)  ## What CI runs: format, lint, types, import floors, tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q $(MARK)

format: $(STAMP)  ## Format and fix what can be fixed
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

eval: $(STAMP)  ## Judgement and policy on public data: contracts, routing, invoices, a shop, personal data, a captured model
	@$(BIN)/python benchmarks/contract_reviews.py
	@$(BIN)/python benchmarks/contracts.py
	@$(BIN)/python benchmarks/clauses.py
	@$(BIN)/python benchmarks/routing.py
	@$(BIN)/python benchmarks/intents.py
	@$(BIN)/python benchmarks/invoices.py
	@$(BIN)/python benchmarks/arithmetic.py
	@$(BIN)/python benchmarks/retail
	@$(BIN)/python benchmarks/pii.py
	@$(BIN)/python benchmarks/captured --suites banking workspace
	@$(BIN)/python benchmarks/flags.py
	@$(BIN)/python benchmarks/conversations.py
	@$(BIN)/python benchmarks/documents.py
	@$(BIN)/python benchmarks/models.py

bench: $(STAMP)  ## Overhead and growth, side by side with bare LangGraph and the bare disk
	@$(BIN)/python benchmarks/overhead.py
	@$(BIN)/python benchmarks/writes.py
	@$(BIN)/python benchmarks/growth.py
	@$(BIN)/python benchmarks/history.py
	@$(BIN)/python benchmarks/limiting.py
	@$(BIN)/python benchmarks/decisions.py
	@$(BIN)/python benchmarks/memory_scale.py
	@$(BIN)/python benchmarks/memory_index.py
	@$(BIN)/python benchmarks/embedding_speed.py
	@$(BIN)/python benchmarks/backtest.py

notebook: $(STAMP)  ## Run the notebooks from top to bottom
	@$(BIN)/python -m pytest -q tests/test_notebooks.py

reference: $(STAMP)  ## Write anew what docs/reference takes from the program
	@$(BIN)/python tests/support/reference_pages.py

lock: $(STAMP)  ## Pin the newest packages anew: all of them, and those among them that are needed at run time
	@$(BIN)/python -m pip install --quiet uv
	@$(COMPILE) --all-extras pyproject.toml -o requirements-dev.lock --upgrade
	@echo setuptools > $(VENV)/build.in
	@$(COMPILE) --extra embedder --constraint requirements-dev.lock pyproject.toml $(VENV)/build.in -o requirements.lock --upgrade

clean:  ## Remove what was built, not the data folder
	rm -rf $(VENV) .types build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
