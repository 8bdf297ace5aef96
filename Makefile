# `make run` and `make test` are all that a newcomer needs. Both work from a fresh clone.

PYTHON ?= python3
VENV ?= .venv
AWS_PORT ?= 4566
API_PORT ?= 8000
ARCH ?= arm64
MINUTES ?= 10
COVERED := 95

TOOLS := $(VENV)/.made
LOCAL_AWS := .venv-aws/.made
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test quick check bench mutants soak openapi picture lock package permissions clean

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12
	@printf '\nSettings, as in: make run API_PORT=8001\n'
	@printf '%-11s %s\n' \
		PYTHON 'the Python to install with, 3.11 or newer ($(PYTHON))' \
		AWS_PORT 'where the local AWS answers; 0 for any free port ($(AWS_PORT))' \
		API_PORT 'where Daypass answers; 0 for any free port ($(API_PORT))' \
		MINUTES 'how long to soak ($(MINUTES))' \
		PATHS 'what to break, such as adapters/sts.py (all)' \
		ARCH 'the processor to package for, arm64 or x86_64 ($(ARCH))'

run: $(TOOLS) $(LOCAL_AWS) ## Start Daypass on this machine, in front of a local AWS
	@exec $(PY) -m local --aws-port='$(AWS_PORT)' --api-port='$(API_PORT)'

test: $(TOOLS) $(LOCAL_AWS) check ## Check and test everything, in some five minutes
	@mkdir -p build && $(PY) -W 'ignore:Unable to activate pytest branch' -m slipcover --branch \
		--source chalicelib --skip-covered --out build/coverage.txt -m pytest -n 2
	@awk 'END { printf "Of the code and its branches, %s %% is run by a test (build/coverage.txt)\n", $$NF; \
		exit $$NF < $(COVERED) }' build/coverage.txt || \
		{ echo "That is less than the $(COVERED) % that it has to be." >&2; exit 1; }

quick: $(TOOLS) ## Test the rules and the use cases only, in some 20 s
	@$(PY) -m pytest -n 2 --quiet -k "not lint" tests/domain tests/usecases

check: $(TOOLS) ## Format, lint, types, floors and subjects
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports > /dev/null || $(VENV)/bin/lint-imports

bench: $(TOOLS) $(LOCAL_AWS) ## Measure a vend beside the bare SDK, side by side in one run
	@$(PY) -m tests.bench

mutants: $(TOOLS) $(LOCAL_AWS) ## Break the vend path and the adapters in every small way (an hour; PATHS= some)
	@$(PY) -m tests.mutants $(PATHS)

soak: $(TOOLS) $(LOCAL_AWS) ## Race, kill and fuzz for MINUTES, and say what came of it
	@$(PY) -m tests.soak --minutes $(MINUTES)

openapi: $(TOOLS) ## Write chalicelib/openapi.json from the routes
	@$(PY) -m chalicelib.entrypoints.http.openapi > chalicelib/openapi.json

picture: $(TOOLS) ## Take the pictures of the client's page anew, for the README (needs chromium)
	@$(PY) -m tests.e2e.pages.picture

package: $(TOOLS) ## Build the deployment in build/ for ARCH (docs/operations.md has the rest)
	@$(PY) .chalice/package.py --arch $(ARCH)

permissions: $(TOOLS) ## Print IAM policies that let the broker into each client's role by name
	@$(PY) .chalice/permissions.py

lock: ## Pin and hash the requirements anew from the .in files
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		requirements.in -o requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt

clean: ## Remove what was made
	@rm -rf .venv .venv-aws .venv-other build logs .chalice/deployments .pytest_cache .mypy_cache .ruff_cache

$(TOOLS): requirements.txt requirements-dev.txt
	@$(call make_venv,$(VENV),-r requirements.txt -r requirements-dev.txt,the tools)

$(LOCAL_AWS): local/aws/requirements.txt
	@$(call make_venv,.venv-aws,-r local/aws/requirements.txt,the local AWS)

# A clear sentence instead of a traceback where Python is too old or has no venv.
define make_venv
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Daypass needs Python 3.11 or newer; say which with: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "This Python cannot make virtual environments (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	echo "Installing $(3) into $(1) (once, a minute or so) ..."
	rm -rf $(1) && $(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $(2) || \
		{ echo "Could not install $(3). Is the Python package index reachable?" >&2; rm -rf $(1); exit 1; }
	touch $@
endef
