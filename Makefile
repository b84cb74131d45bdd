# `make demo` and `make test` do all the set-up that they need. An interpreter of your choice: make PYTHON=python3.13 …
# Set-up runs again by itself when requirements.lock or pyproject.toml change.

VENV ?= .venv
MODEL := smollm2-135m
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
PIP := $(BIN)/python -m pip --disable-pip-version-check
VLLM := .venv-vllm

.DEFAULT_GOAL := help
.PHONY: help setup model judge vscode vsix demo test vllm test-servers lint format bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## the virtual environment with everything in it

$(STAMP): requirements.lock pyproject.toml tools/make_venv
	@sh tools/make_venv "$(VENV)" "$(PYTHON)"
	@echo "Installing the locked packages (about half a minute the first time)"
	@$(PIP) install -qq --require-hashes --only-binary :all: -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

model: $(STAMP) ## the small model (98 MB), once
	@$(BIN)/maze models path $(MODEL) >/dev/null 2>&1 || { \
	    echo "Fetching the small model (98 MB, once)"; $(BIN)/maze models pull $(MODEL); }

demo: model ## generate code in a real file through the real server
	@$(BIN)/python -m demo

# The TypeScript compiler judges random texts of JavaScript and TypeScript; without it those tests say how to get it.
judge: $(STAMP)
	@$(BIN)/python -m benchmarks.corpora --judge >/dev/null || true

# A real VS Code for the tests in it; without it (or without a Chromium) those tests say how to get it.
vscode: $(STAMP)
	@$(BIN)/python tools/vscode_tools.py >/dev/null || true

vsix: vscode ## the extension for VS Code, as build/maze.vsix
	@$(BIN)/python tools/vscode_tools.py --package build/maze.vsix

test: model judge vscode ## all tests, with the real model
	@$(BIN)/python -m pytest $(ARGS)

vllm: model ## a real vLLM on the processor, once (Linux on x86-64; some minutes, 4 GB)
	@sh tools/make_vllm "$(VLLM)" "$$($(BIN)/maze models path $(MODEL))" "$(PYTHON)"

test-servers: vllm ## the tests that need it
	@$(BIN)/python -m pytest tests/servers $(ARGS)

lint: $(STAMP) ## style, formatting, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP) ## put the formatting right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: model ## all benchmarks and a table of their bars
	@$(BIN)/python tools/bench_table.py $(ARGS)

lock: $(STAMP) ## requirements.lock anew from pyproject.toml
	$(BIN)/python tools/lock.py

clean: ## everything that set-up and tests made here
	rm -rf $(VENV) $(VLLM) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .corpora .editors
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
