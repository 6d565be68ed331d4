PYTHON ?= python3
BIN := .venv/bin

.PHONY: help test check demo results docs clean

help:            ## this list
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed 's/:.*##/ /'

.venv/stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

test: check      ## set up, then format, lint, types, rooms and all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/stamp ## format, lint, types, rooms
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: .venv/stamp ## one job from data to a sealed file, and three faults found; under 90 s
	$(BIN)/python -m demo.demo

results: .venv/stamp ## measure what is not measured yet, write RESULTS.md
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[results]'
	$(BIN)/python -m benchmarks.results

docs: .venv/stamp ## write the generated pages anew
	$(BIN)/python docs/generate.py

clean:           ## remove the environment and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
