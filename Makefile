# `make help` lists what there is. What needs .venv makes it first, and brings it up to date when the pins changed.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:

PYTHON ?= python3
WORKERS ?= $(shell nproc 2>/dev/null || echo 1)
KILLS ?= 200
FIRST ?= 0
MUTANTS ?= 10000
MINUTES ?= 60
FUZZ_SECONDS ?= 300
VULNERABILITIES ?= 0

BIN := .venv/bin
STAMP := .venv/.installed
LOGS := build/logs
PYTEST := $(BIN)/python -m pytest -q

# Each test runs in exactly one of the five tiers, whatever its markers.
STEPS := lint types unit data package ray live

.PHONY: help venv demo test summary bench soak harm endure fuzz guided sanitize audit docs pins clean $(STEPS)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP) ## make .venv with everything pinned in constraints.txt

$(STAMP): pyproject.toml constraints.txt $(wildcard emotion/models/scan/*.[ch])
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Python 3.11 or later is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo 'not there'). Name another: make $(or $(MAKECMDGOALS),venv) PYTHON=python3.12" >&2; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	  echo "Making .venv with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear .venv; }
	@echo "Installing what constraints.txt pins into .venv (the first time this takes some minutes)"
	@rm -f emotion/models/scan/_kernels*.so
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install -qq --constraint constraints.txt --group dev --editable .
	@touch $@

demo: venv ## label a made-up archive on Ray and write a report on it
	@$(BIN)/emotion demo

test: venv ## lint, types and all tests, then one line on each
	@rm -rf $(LOGS) && mkdir -p $(LOGS)
	@if [ -t 1 ]; then export PY_COLORS=1; fi; \
	for step in $(STEPS); do \
	  printf '\n-- %s\n' $$step; \
	  result=ok; $(MAKE) --no-print-directory $$step 2>&1 | tee $(LOGS)/$$step.log || result=FAILED; \
	  echo $$result >$(LOGS)/$$step.result; \
	done
	@$(MAKE) --no-print-directory summary

summary: ## show the closing lines of the last `make test` again
	@printf '\n'; failed=0; \
	for step in $(STEPS); do \
	  result=$$(cat $(LOGS)/$$step.result 2>/dev/null || echo 'NOT RUN'); \
	  closing=$$(grep -v -e '^make' -e '^$$' $(LOGS)/$$step.log 2>/dev/null | tail -n 1 || true); \
	  printf '%-8s %-7s %s\n' "$$step" "$$result" "$$closing"; \
	  [ "$$result" = ok ] || failed=1; \
	done; \
	exit $$failed

lint: venv ## ruff: lint and format, nothing changed; bandit; secrets
	@$(BIN)/bandit -q -c pyproject.toml -r emotion jobs tune serve
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --no-verify --exclude-files '\.js$$|test_address\.py$$' \
	  $(addprefix --disable-plugin ,Base64HighEntropyString HexHighEntropyString KeywordDetector)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

docs: venv ## the pages as a site: build/site/index.html
	@$(BIN)/mkdocs build --quiet --strict
	@echo "The site is in build/site; open build/site/tutorial.html"

types: venv ## mypy, strict
	@$(BIN)/mypy

unit: venv ## tests that need no cluster, server, network or data
	@$(PYTEST) -n $(WORKERS) --dist loadfile -m 'not (data or package or ray or live)'

data: venv ## tests on the real data in $EMOTION_DATA
	@$(PYTEST) -n $(WORKERS) --dist loadfile -m 'data and not (package or ray or live)'

package: venv ## build the wheel, install it elsewhere, use it
	@$(PYTEST) -m 'package and not (ray or live)'

ray: venv ## tests on a real Ray cluster on this machine
	@$(PYTEST) -m 'ray and not live'

live: venv ## tests with a real browser or server
	@$(PYTEST) -m live

bench: venv ## tweets a second, beside plain loops and the model alone
	@$(BIN)/python -m benchmarks.label

soak: venv ## kill the labelling job KILLS=200 times, from number FIRST=0 on, and compare what it leaves
	@$(BIN)/python -m tests.by_hand.soak --kills $(KILLS) --first $(FIRST)

harm: venv ## as root: kill, pause, cut off, slow down machines of a cluster while it works; HARMS="cut slow" for some
	@$(BIN)/python -m tests.by_hand.harm $(if $(HARMS),--only $(HARMS)) $(WORK)

endure: venv ## crawl, serve and store at half of what is possible for MINUTES=60; nothing may grow or be lost
	@$(BIN)/python -m tests.by_hand.endurance --minutes $(MINUTES)

fuzz: venv ## read MUTANTS=10000 damaged archives; none may crash, hang or lose a record
	@$(BIN)/python -m tests.by_hand.fuzz --mutants $(MUTANTS)

guided: venv ## fuzz by coverage, with atheris, for FUZZ_SECONDS=300 each; what breaks is kept in build/guided
	@[ -d build/atheris/atheris ] || $(BIN)/python -m pip install -qq --target build/atheris --no-deps 'atheris>=2.3,<3'
	@PYTHONPATH=build/atheris $(BIN)/python -m tests.by_hand.guided --seconds $(FUZZ_SECONDS)

sanitize: venv ## the tests of the model's kernels, under gcc's sanitizers of memory and undefined behaviour
	@$(BIN)/python -m tests.by_hand.sanitized

audit: venv ## licences, SBOM; known vulnerabilities too with VULNERABILITIES=1 (asks the registry)
	@mkdir -p build
	@$(BIN)/pip-licenses --format=csv --from=mixed --output-file=build/licences.csv >/dev/null
	@[ -x build/audit/bin/cyclonedx-py ] || { $(PYTHON) -m venv build/audit && build/audit/bin/pip install -qq 'cyclonedx-bom>=7,<8'; }
	@build/audit/bin/cyclonedx-py environment --pyproject pyproject.toml --output-file build/sbom.json .venv
	@if [ "$(VULNERABILITIES)" = 1 ]; then $(BIN)/pip-audit --requirement constraints.txt --no-deps --disable-pip; fi
	@echo "Licences: build/licences.csv; software bill of materials: build/sbom.json"

pins: venv ## write what .venv holds to constraints.txt, fit for both builds of torch
	@$(BIN)/python -m pip freeze --all --exclude-editable | sed 's/+.*//' \
	  | grep -E '^[A-Za-z0-9._-]+==' | grep -v -i -E '^(pip|triton)==|^(nvidia|cuda)-' \
	  | LC_ALL=C sort -f -t= -k1,1 >$(STAMP).pins
	@mv $(STAMP).pins constraints.txt

clean: ## remove what was built or made; .venv stays
	@rm -rf build dist demo emotion.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
