# Each target makes what it needs. PYTHON chooses the interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test faults check bench clean

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
	$(BIN)/python -m pytest

# The whole fault suite: thousands of kills, power cuts and hostile inputs. FAULTS_JSON=FILE writes its figures.
faults: $(VENV)/.dev
	@sh tests/servers.sh
	KINLIGHT_FAULTS=whole $(BIN)/python -m pytest tests/faults --timeout 7200

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_layering.py tests/test_docs.py

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
