# `make run` and `make test` are all that a newcomer needs. Both work from a fresh clone.

PYTHON ?= python3
VENV ?= .venv
UV ?= $(shell command -v uv)
AWS_PORT ?= 4566
API_PORT ?= 8000
SLACK_PORT ?= 8001
WHO ?= alice
ARCH ?= arm64
MINUTES ?= 10
COVERED := 95

RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.made
LOCAL_AWS := .venv-aws/.made
AUDIT := .venv-audit
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run rehearse slack-demo test test-deployed quick lint check bench mutants soak audit advisories openapi settings-table slack-table picture lock package clean \
	doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy

# The names that were typed after make: whatever nothing takes is refused, and not ignored.
doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy: \
	export TYPED_SETTINGS = $(strip $(foreach name,$(.VARIABLES),$(if \
		$(filter command,$(firstword $(origin $(name)))),$(name))))

help: ## List the commands and their settings
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15
	@printf '\nSettings, as in: make run API_PORT=8001\n'
	@printf '%-11s %s\n' \
		PYTHON 'the Python to install with, 3.11 or newer ($(PYTHON))' \
		AWS_PORT 'where the local AWS answers; 0 for any free port ($(AWS_PORT))' \
		API_PORT 'where Daypass answers; 0 for any free port ($(API_PORT))' \
		VENV 'the virtual environment ($(VENV))' \
		UV 'the uv to install with; empty for pip ($(UV))' \
		SLACK_PORT 'where make slack-demo answers; 0 for any free port ($(SLACK_PORT))' \
		WHO 'who types in make slack-demo ($(WHO))' \
		MINUTES 'how long to soak ($(MINUTES))' \
		PATHS 'the files to mutate, such as adapters/vending/sts.py (all)' \
		ARCH 'the processor to package for, arm64 or x86_64 ($(ARCH))'
	@printf '\nSettings of make deploy; a setting that you leave out keeps its deployed value (docs/reference/settings.md):\n'
	@printf '%-21s %s\n' \
		REGION 'the AWS region (the region of your AWS CLI configuration)' \
		FIRM_NAME "your firm's name, as clients read it on their page" \
		FIRM_CONTACT "the e-mail address on the page, for clients' questions" \
		ORG_ID "your own AWS organization's ID; Daypass never enters its accounts" \
		OTHER_ACCOUNTS 'your own AWS accounts besides this one, separated by commas' \
		ALARM_EMAIL 'the mailbox for alarms and alerts' \
		NOTICE_EMAIL 'the mailbox for notifications: revocations, failed checks, near ends' \
		IDENTITY_PROVIDERS 'OpenID Connect providers whose tokens Daypass accepts, as JSON' \
		RATE_LIMIT 'requests of one address in five minutes before AWS WAF blocks it; 0 removes AWS WAF (1000)' \
		ANONYMOUS_CONCURRENCY 'concurrency reserved for each function that serves people without a token (0)' \
		SLACK '1: answer /daypass in Slack; 0: refuse it (0)' \
		CANARY_ACCOUNT 'the AWS account of the role that the prober must get' \
		PACKAGED 'a folder that make package filled, to deploy unchanged' \
		AWS_CLI "an AWS CLI to use in place of the project's own" \
		YES '1: confirm every question'

run: $(RUNTIME) $(LOCAL_AWS) ## Start Daypass on this machine, in front of a local AWS
	@exec $(PY) -m local --aws-port='$(AWS_PORT)' --api-port='$(API_PORT)' \
		--slack-port='$(SLACK_PORT)'

rehearse: $(RUNTIME) $(LOCAL_AWS) ## Deploy to a local AWS with an operator's commands
	@exec $(PY) -m local.rehearsal --aws-port='$(AWS_PORT)' --slack-port='$(SLACK_PORT)'

slack-demo: $(RUNTIME) ## Type Slack commands to a running Daypass, as the sample people
	@exec $(PY) -m local.slack --as='$(WHO)' --port='$(SLACK_PORT)'

test: $(TOOLS) $(LOCAL_AWS) check ## Check, and run all but the slowest tests, in some three minutes
	@mkdir -p build && $(PY) -W 'ignore:Unable to activate pytest branch' -m slipcover --branch \
		--source chalicelib --skip-covered --out build/coverage.txt -m pytest -n 2 -m 'not deployed'
	@awk 'END { printf "Of the code and its branches, %s %% is run by a test (build/coverage.txt)\n", $$NF; \
		exit $$NF < $(COVERED) }' build/coverage.txt || \
		{ echo "That is less than the $(COVERED) % that it has to be." >&2; exit 1; }

test-deployed: $(TOOLS) $(LOCAL_AWS) ## Run the slowest tests: end-to-end tests, such as deployments and pages, and the soak
	@$(PY) -m pytest -n 2 -m deployed

quick: $(TOOLS) ## Test the rules and the use cases only, in some 20 s
	@$(PY) -m pytest -n 2 --quiet -k "not lint" tests/domain tests/usecases

lint: $(TOOLS) ## Check the format, ruff's rules and the import contracts, in some 2 s
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports > /dev/null || $(VENV)/bin/lint-imports

check: lint ## Lint, and check the types
	@$(VENV)/bin/mypy
	@MYPYPATH=.chalice $(VENV)/bin/mypy --no-error-summary --follow-imports=silent -p operating

bench: $(TOOLS) $(LOCAL_AWS) ## Measure a vend beside the bare SDK, in one run
	@$(PY) -m tests.bench

mutants: $(TOOLS) $(LOCAL_AWS) ## Run the mutation tests of the vend path and the adapters (an hour; PATHS= some)
	@$(PY) -m tests.mutants $(PATHS)

soak: $(TOOLS) $(LOCAL_AWS) ## Race, kill and fuzz Daypass for MINUTES, and report the result
	@$(PY) -m tests.soak --minutes $(MINUTES)

audit: $(TOOLS) $(AUDIT)/.made ## Search the code and the templates for known security problems
	@$(AUDIT)/bin/bandit --quiet --recursive --configfile pyproject.toml app.py chalicelib .chalice
	@$(PY) .chalice/package.py $(CURDIR)/build/audited
	@$(AUDIT)/bin/checkov --config-file .ci/audit/checkov.yaml \
		--file .chalice/foundation.yaml build/audited/sam.yaml
	@for template in .chalice/foundation.yaml build/audited/sam.yaml; do \
		SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
			$(AUDIT)/bin/sam validate --lint --template $$template 2>/dev/null || exit 1; done

advisories: $(TOOLS) $(AUDIT)/.made ## Check the packages that ship against PyPI's advisories
	@$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

openapi: $(RUNTIME) ## Write chalicelib/openapi.json and docs/reference from the API's declarations
	@$(PY) -m local.openapi > chalicelib/openapi.json
	@$(PY) -m local.reference

settings-table: $(TOOLS) ## Write the table in docs/reference/settings.md from the templates
	@PYTHONPATH=.chalice $(PY) -m tests.settings_table

slack-table: $(TOOLS) ## Write the table of commands in docs/slack.md from the commands
	@$(PY) -m local.slack.documents

picture: $(TOOLS) ## Take the README's pictures of the client's page (needs chromium)
	@$(PY) -m tests.e2e.pages.picture

package: $(RUNTIME) ## Build the deployment in build/ for ARCH, and deploy nothing
	@$(PY) .chalice/package.py --arch $(ARCH)

permissions: $(RUNTIME) ## Print IAM policies that allow the broker each client's role by name
	@PYTHONPATH=.chalice $(PY) -m operating.permissions

doctor: $(RUNTIME) ## Check what would prevent a deployment, and change nothing
	@PYTHONPATH=.chalice $(PY) -m operating.doctor

deploy: $(RUNTIME) ## Deploy to the AWS account of your credentials, or update the deployment
	@PYTHONPATH=.chalice $(PY) -m operating.deploy

first-lead: $(RUNTIME) ## Make the first lead, as in: make first-lead NAME="Lena Lindqvist"
	@PYTHONPATH=.chalice $(PY) -m operating.invoking first-lead

recover-lead: $(RUNTIME) ## Recover a lead: ID=lena, LOST=1, OTHERS=suspend
	@PYTHONPATH=.chalice $(PY) -m operating.invoking recover-lead

enrol-prober: $(RUNTIME) ## Enrol the prober; asks for its enrolment code
	@PYTHONPATH=.chalice $(PY) -m operating.invoking enrol-prober

slack-secrets: $(RUNTIME) ## Store the secrets of the Slack app; asks for them
	@PYTHONPATH=.chalice $(PY) -m operating.slack_secrets

destroy: $(RUNTIME) ## Delete the app's stack; tables, roles, buckets and logs stay
	@PYTHONPATH=.chalice $(PY) -m operating.destroy

lock: ## Pin and hash the requirements from the .in files
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		requirements.in -o requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements.txt requirements-local.in -o requirements-local.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements.txt -c requirements-local.txt requirements-dev.in -o requirements-dev.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		local/aws/requirements.in -o local/aws/requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		.ci/audit/requirements.in -o .ci/audit/requirements.txt

clean: ## Remove everything that these commands made here
	@rm -rf .venv .venv-aws .venv-other .venv-audit build logs .chalice/deployments .pytest_cache .mypy_cache .ruff_cache

$(RUNTIME): requirements.txt requirements-local.txt
	@rm -rf $(VENV)
	@$(call install,$(VENV),requirements.txt requirements-local.txt,what Daypass runs on)

# On top of what is there, so that a `make run` beside it goes on; anew only if the list has changed.
$(TOOLS): requirements-dev.txt $(RUNTIME)
	@[ ! -e $@ ] || rm -rf $(VENV)
	@$(call install,$(VENV),requirements.txt requirements-local.txt requirements-dev.txt,the tools)
	@touch $(RUNTIME) $@

$(LOCAL_AWS): local/aws/requirements.txt | $(RUNTIME)
	@rm -rf .venv-aws
	@$(call install,.venv-aws,local/aws/requirements.txt,the local AWS)

$(AUDIT)/.made: .ci/audit/requirements.txt | $(RUNTIME)
	@rm -rf $(AUDIT)
	@$(call install,$(AUDIT),.ci/audit/requirements.txt,what looks for faults)

# A clear sentence instead of a traceback where Python is too old or has no venv. The lists are
# complete, so nothing has to be resolved; what is imported is compiled when it is.
define install
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Daypass needs Python 3.11 or newer; say which with: make PYTHON=python3.12" >&2; exit 1; }
	[ -n '$(UV)' ] || $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "This Python cannot make virtual environments (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	echo "Installing $(3) into $(1) (once) ..."
	{ if [ -n '$(UV)' ]; then \
		{ [ -e $(1) ] || '$(UV)' venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(1); } && \
		'$(UV)' pip sync --quiet --require-hashes --python $(1)/bin/python $(2); \
	else \
		{ [ -e $(1) ] || $(PYTHON) -m venv $(if $(filter $(VENV),$(1)),,--without-pip) $(1); } && \
		$(VENV)/bin/python -m pip --python $(1)/bin/python install --quiet --disable-pip-version-check \
			--require-hashes --no-deps --no-compile $(addprefix -r ,$(2)); \
	fi; } || { echo "Could not install $(3). Is the Python package index reachable?" >&2; rm -rf $(1); exit 1; }
	touch $@
endef
