# Each target makes what it needs. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test quick faults check lock audit licences bench clean

$(VENV)/.demo: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kinlight needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[demo]'
	@touch $@

$(VENV)/.dev: $(VENV)/.demo
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

demo: $(VENV)/.demo
	@$(BIN)/kinlight demo

test: $(VENV)/.dev
	@sh tests/servers.sh
	$(BIN)/python -m pytest -n auto --dist worksteal

# What needs no server and no whole program: units, contracts, properties. For between two edits.
quick: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not server"

# The whole fault suite: thousands of kills, power cuts and hostile inputs. FAULTS_JSON=FILE writes its figures.
faults: $(VENV)/.dev
	@sh tests/servers.sh
	KINLIGHT_FAULTS=whole $(BIN)/python -m pytest tests/faults --timeout 7200

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layering.py tests/test_docs.py

# The exact versions an installed box gets, with their hashes. Make it anew to take newer ones, then run the whole suite.
lock: $(VENV)/.dev
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --extra notify --extra build --python-version 3.11 \
		--no-emit-index-url --no-header --upgrade --quiet --output-file requirements.lock

# Known vulnerabilities of what is locked. Fails where the question could not be asked of every package: no answer is no pass.
audit: $(VENV)/.dev
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --requirement requirements.lock

# The licence of every package on a box, from what is installed here.
licences: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.licences

# TIHM: a folder with the TIHM 1.5 files (docs/detection.md), for the benchmarks that need real homes.
TIHM ?= tihm

bench: $(VENV)/.bench
	$(BIN)/python -m benchmarks.gateway
	$(BIN)/python -m benchmarks.forward
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.stream
	$(BIN)/python -m benchmarks.burden
	@if [ -d "$(TIHM)" ]; then set -e; for each in deterioration deterioration_long no_movement night_door chatter agitation; do $(BIN)/python -m benchmarks.$$each --tihm "$(TIHM)"; done; \
	else echo "deterioration, deterioration_long, no_movement, night_door, chatter and agitation not run: no real homes; give their folder with TIHM=DIR"; fi

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis .demo
