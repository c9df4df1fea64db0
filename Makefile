# Two commands on a fresh machine (Python >= 3.11, git, make): `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
SIZES ?= 100k,1m
CLUSTER ?= 100k
BIN := $(CURDIR)/$(VENV)/bin
LOCKED := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
  --custom-compile-command "make lock"
RUN := $(foreach extra,audit media page pipeline similarity,--extra $(extra))
export PATH := $(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

.PHONY: run test quick test-hostile lint format bench servers measure fuzz lock clean help

help:
	@echo "make run    label files to a gated release, on the reference project"
	@echo "make test   the tests          make lint    style, types, architecture"
	@echo "make quick  the inner loop: without tests that start a program or are marked slow; under a minute"
	@echo "make test-hostile   the tests as another user, with odd settings of git, LANG=C, TZ, umask 077"
	@echo "make bench  ratios of speed, whole commands at 100k and 1m annotations (SIZES=100k,1m,5m: also 5m)"
	@echo "make servers   a Dask cluster on this machine against two processes: equal, also with a worker killed (CLUSTER=100k,1m)"
	@echo "make fuzz   fresh examples, long campaigns (SEED=n: again)"
	@echo "make measure   the package as a building: modules, functions, imports"
	@echo "make lock   renew requirements.lock            make clean"

run: $(VENV)/ready
	@$(BIN)/dvc repro --quiet; code=$$?; $(BIN)/assay report || code=1; exit $$code

# Hundreds of tests start assay: what has changed since the environment was made is compiled once here, not by each of them.
test: $(VENV)/ready
	@$(BIN)/python -m compileall -q src/assay
	@$(BIN)/pytest -n auto --dist worksteal

quick: $(VENV)/ready
	@$(BIN)/pytest -q -rfE -n auto --dist worksteal --quick

test-hostile: $(VENV)/ready
	@PYTHON=$(BIN)/python tests/hostile.sh -n auto --dist worksteal

lint: $(VENV)/ready
	@$(BIN)/ruff check src tests checks
	@$(BIN)/ruff format --check src tests checks
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/ready
	@$(BIN)/ruff check --fix src tests checks
	@$(BIN)/ruff format src tests checks

bench: $(VENV)/ready
	@$(BIN)/python tests/bench/run.py
	@echo && $(BIN)/python tests/bench/agreement.py
	@$(BIN)/python tests/bench/source.py
	@echo && echo 'the page, 5,000 items, a key to the frame after it:' && $(BIN)/python tests/bench/page.py
	@echo && $(BIN)/python tests/bench/review.py
	@echo && $(BIN)/python tests/bench/duplicates.py
	@echo && $(BIN)/python tests/bench/budget.py
	@mkdir -p dist && echo && $(BIN)/python tests/bench/processes.py --dvc --sizes $(SIZES) --json dist/processes.json

servers: $(VENV)/ready
	@$(BIN)/python tests/bench/cluster.py $(CLUSTER)

measure: $(VENV)/ready
	@$(BIN)/python tests/bench/house.py

fuzz: $(VENV)/ready
	@PYTHONPATH=tests $(BIN)/python -m agreement.characteristics
	@PYTHONPATH=tests $(BIN)/python -m agreement.ring
	@seed=$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; echo "fresh examples: make fuzz SEED=$$seed tries the same"; \
	  $(BIN)/pytest -q -rfE -n auto -m hypothesis --hypothesis-profile=fresh --hypothesis-seed=$$seed
	@PYTHONPATH=tests $(BIN)/python -m reviewer.campaign.run
	@PYTHONPATH=tests $(BIN)/python -m labels.edit_sequences
	@PYTHONPATH=tests $(BIN)/python -m writes.campaign
	@PYTHONPATH=tests $(BIN)/python -m writes.interleaved
	@PYTHONPATH=tests $(BIN)/python -m year.campaign
	@PYTHONPATH=tests $(BIN)/python -m browser.rhythm
	@PYTHONPATH=tests $(BIN)/python tests/merging.py campaign 100000
	@PYTHONPATH=tests $(BIN)/python tests/merging.py table

lock:
	@$(BIN)/uv pip compile $(LOCKED) --all-extras --group dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile $(LOCKED) $(RUN) --group build -c requirements.lock pyproject.toml -o requirements-run.lock

$(VENV)/ready: requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once, about a minute)" >&2
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src/assay
	@touch $@

clean:
	@rm -rf $(VENV) build/*/ gate release dist .pytest_cache .mypy_cache .ruff_cache .assay
