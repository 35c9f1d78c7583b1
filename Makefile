# cellcert: `make help` lists what can be done.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

.PHONY: help setup run test suite check bench drills lock translations

help: ## Show this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.base ## Install what is missing; leaves .venv/bin/cellcert

$(VENV)/.base: requirements/base.txt setup.cfg scripts/setup
	@scripts/setup run
	@touch $@

$(VENV)/.test: requirements/test.txt setup.cfg scripts/setup
	@scripts/setup test
	@touch $@ $(VENV)/.base

run: setup ## Serve the demo city on http://127.0.0.1:8000 (PORT=… for another port)
	@scripts/run

test: $(VENV)/.test ## Set up and run every check and test
	@$(MAKE) --no-print-directory -j 2 check suite

suite: $(VENV)/.test
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test ## Style, types, import contracts and criteria files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "run .venv/bin/ruff format ."; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --config setup.cfg
	@$(BIN)/cellcert criteria check

bench: $(VENV)/.test ## Time pages, scoring, the floor beside bare Flask, the press and the deadline (PART=floor for one)
	@$(BIN)/python -m tests.bench $(PART)

drills: $(VENV)/.test ## The long fault drills
	@$(BIN)/python -m pytest -m slow

translations: $(VENV)/.test ## Collect the sentences and compile the English catalogue
	@scripts/translations

lock: ## Renew the hash-locked requirements (needs uv)
	@scripts/lock
