# `make install` once, then `make demo`. `make` alone lists what there is. Options of a command
# go into ARGS: make demo ARGS=--small

VENV ?= .venv
BIN := $(VENV)/bin
# The first of these that is there; name another with: make install PYTHON=/path/to/python
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo run test lint types contracts units bench clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

install: $(INSTALLED)  ## create .venv and install everything into it (once; some minutes)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No python3 was found: install Python 3.11 or newer."; exit 2; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1), Intercoder needs Python 3.11 or newer:" \
	       "install it, or name it with make install PYTHON=/path/to/python3.11"; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments: install its venv package" \
	       "(Debian and Ubuntu: apt install python3-venv)."; exit 2; }
	"$(PYTHON)" -m venv "$(VENV)"
	"$(BIN)/python" -m pip install --disable-pip-version-check -c constraints.txt -e '.[train,dev]'
	@# Two packages that only tests hold ours against; both ask for versions of others that they
	@# do not need (irrCAC pins a scipy of 2024, qdaPy its plotting libraries).
	"$(BIN)/python" -m pip install --disable-pip-version-check -c constraints.txt --no-deps irrCAC qdaPy
	@touch "$@"
	@echo "Installed. Next: make demo"

demo: install  ## train a starter coder on the sample study, replay unseen groups, export (minutes)
	@"$(BIN)/intercoder" demo $(ARGS)

run: install  ## start the Discord bot; says what is missing
	@"$(BIN)/intercoder" run $(ARGS)

test: lint types contracts units  ## style, types, import contracts, all tests

lint: install
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/hadolint" docker/Dockerfile

types: install
	"$(BIN)/mypy"

contracts: install
	"$(BIN)/lint-imports" --no-cache

# One thread each for torch: two workers of two threads stand in each other's way on two cores.
units: install
	OMP_NUM_THREADS=1 "$(BIN)/pytest" -n 2

bench: install  ## measure the engines and the whole path; figures also in data/bench.json
	@mkdir -p data
	@"$(BIN)/intercoder" bench --json data/bench.json $(ARGS)

clean:  ## remove .venv and caches; data/ stays
	rm -rf "$(VENV)" .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	find bot training exports bench tests -name __pycache__ -type d -prune -exec rm -rf {} +
