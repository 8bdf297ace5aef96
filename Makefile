# `make run` and `make test` are all that a newcomer needs. Both work from a fresh clone.

PYTHON ?= python3
VENV ?= .venv
AWS_PORT ?= 4566
API_PORT ?= 8000
SLACK_PORT ?= 8001
WHO ?= alice
ARCH ?= arm64
MINUTES ?= 10
COVERED := 95

TOOLS := $(VENV)/.made
LOCAL_AWS := .venv-aws/.made
AUDIT := .venv-audit
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run rehearse slack-demo test quick lint check bench mutants soak audit advisories openapi picture lock package clean \
	doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy

# The names that were typed after make: whatever nothing takes is refused, and not ignored.
doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy: \
	export TYPED_SETTINGS = $(strip $(foreach name,$(.VARIABLES),$(if \
		$(filter command,$(firstword $(origin $(name)))),$(name))))

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14
	@printf '\nSettings, as in: make run API_PORT=8001\n'
	@printf '%-11s %s\n' \
		PYTHON 'the Python to install with, 3.11 or newer ($(PYTHON))' \
		AWS_PORT 'where the local AWS answers; 0 for any free port ($(AWS_PORT))' \
		API_PORT 'where Daypass answers; 0 for any free port ($(API_PORT))' \
		VENV 'the virtual environment of the tools ($(VENV))' \
		SLACK_PORT 'where make slack-demo answers; 0 for any free port ($(SLACK_PORT))' \
		WHO 'who types in make slack-demo ($(WHO))' \
		MINUTES 'how long to soak ($(MINUTES))' \
		PATHS 'what to break, such as adapters/sts.py (all)' \
		ARCH 'the processor to package for, arm64 or x86_64 ($(ARCH))'
	@printf '\nSettings of make deploy; what is not told stays as it is deployed:\n'
	@printf '%-21s %s\n' \
		REGION 'the AWS region (the one that the AWS CLI is configured for)' \
		FIRM_NAME 'what your clients call you' \
		FIRM_CONTACT 'the e-mail address that your clients write to' \
		ORG_ID 'the AWS organization that none of your clients is in' \
		OTHER_ACCOUNTS 'your own AWS accounts besides this one, with commas' \
		ALARM_EMAIL 'the mailbox that alarms are sent to' \
		NOTICE_EMAIL 'the mailbox that hears of revocations, failed checks, near ends' \
		IDENTITY_PROVIDERS 'whose word is taken for who somebody is, as JSON' \
		RATE_LIMIT 'requests of one address in five minutes before AWS WAF blocks it; 0 leaves that out (1000)' \
		ANONYMOUS_CONCURRENCY 'how much concurrency is kept for people without a token' \
		SLACK '1 where /daypass is to be answered in Slack' \
		CANARY_ACCOUNT 'the AWS account of the role that the prober must be given' \
		PACKAGED 'a folder that make package has filled, to deploy as it is' \
		AWS_CLI 'another AWS CLI than the project has of its own' \
		YES '1: yes to everything that is asked'

run: $(TOOLS) $(LOCAL_AWS) ## Start Daypass on this machine, in front of a local AWS
	@exec $(PY) -m local --aws-port='$(AWS_PORT)' --api-port='$(API_PORT)' \
		--slack-port='$(SLACK_PORT)'

rehearse: $(TOOLS) $(LOCAL_AWS) ## Deploy to a local AWS, by the commands that an operator types
	@exec $(PY) -m local.rehearsal --aws-port='$(AWS_PORT)' --slack-port='$(SLACK_PORT)'

slack-demo: $(TOOLS) ## Type commands to a running Daypass, as the sample people do in Slack
	@exec $(PY) -m local.slack --as='$(WHO)' --port='$(SLACK_PORT)'

test: $(TOOLS) $(LOCAL_AWS) check ## Check and test everything, in some nine minutes
	@mkdir -p build && $(PY) -W 'ignore:Unable to activate pytest branch' -m slipcover --branch \
		--source chalicelib --skip-covered --out build/coverage.txt -m pytest -n 2
	@awk 'END { printf "Of the code and its branches, %s %% is run by a test (build/coverage.txt)\n", $$NF; \
		exit $$NF < $(COVERED) }' build/coverage.txt || \
		{ echo "That is less than the $(COVERED) % that it has to be." >&2; exit 1; }

quick: $(TOOLS) ## Test the rules and the use cases only, in some 20 s
	@$(PY) -m pytest -n 2 --quiet -k "not lint" tests/domain tests/usecases

lint: $(TOOLS) ## Check the format, ruff's rules and the import contracts, in some 2 s
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports > /dev/null || $(VENV)/bin/lint-imports

check: lint ## Lint, and check the types
	@$(VENV)/bin/mypy
	@MYPYPATH=.chalice $(VENV)/bin/mypy --no-error-summary --follow-imports=silent -p operating

bench: $(TOOLS) $(LOCAL_AWS) ## Measure a vend beside the bare SDK, side by side in one run
	@$(PY) -m tests.bench

mutants: $(TOOLS) $(LOCAL_AWS) ## Break the vend path and the adapters in every small way (an hour; PATHS= some)
	@$(PY) -m tests.mutants $(PATHS)

soak: $(TOOLS) $(LOCAL_AWS) ## Race, kill and fuzz for MINUTES, and say what came of it
	@$(PY) -m tests.soak --minutes $(MINUTES)

audit: $(TOOLS) $(AUDIT)/.made ## Look for known faults in the code and the templates
	@$(AUDIT)/bin/bandit --quiet --recursive --configfile pyproject.toml app.py chalicelib .chalice
	@$(PY) .chalice/package.py $(CURDIR)/build/audited
	@$(AUDIT)/bin/checkov --config-file .ci/audit/checkov.yaml \
		--file .chalice/foundation.yaml build/audited/sam.yaml
	@for template in .chalice/foundation.yaml build/audited/sam.yaml; do \
		SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
			$(AUDIT)/bin/sam validate --lint --template $$template 2>/dev/null || exit 1; done

advisories: $(TOOLS) $(AUDIT)/.made ## Ask PyPI whether a fault is known of a package that ships
	@$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

openapi: $(TOOLS) ## Write chalicelib/openapi.json from the routes
	@$(PY) -m chalicelib.entrypoints.http.openapi > chalicelib/openapi.json

picture: $(TOOLS) ## Take the pictures of the client's page anew, for the README (needs chromium)
	@$(PY) -m tests.e2e.pages.picture

package: $(TOOLS) ## Build the deployment in build/ for ARCH, and deploy nothing
	@$(PY) .chalice/package.py --arch $(ARCH)

permissions: $(TOOLS) ## Print IAM policies that let the broker into each client's role by name
	@PYTHONPATH=.chalice $(PY) -m operating.permissions

doctor: $(TOOLS) ## Say what stands in the way of a deployment, and change nothing
	@PYTHONPATH=.chalice $(PY) -m operating.doctor

deploy: $(TOOLS) ## Deploy to the AWS account of your credentials, or update what is there
	@PYTHONPATH=.chalice $(PY) -m operating.deploy

first-lead: $(TOOLS) ## Make the first lead, as in: make first-lead NAME="Lena Lindqvist"
	@PYTHONPATH=.chalice $(PY) -m operating.invoking first-lead

recover-lead: $(TOOLS) ## Let somebody who has led back in: ID=lena, LOST=1, OTHERS=suspend
	@PYTHONPATH=.chalice $(PY) -m operating.invoking recover-lead

enrol-prober: $(TOOLS) ## Hand the prober its enrolment code, which is asked for
	@PYTHONPATH=.chalice $(PY) -m operating.invoking enrol-prober

slack-secrets: $(TOOLS) ## Lay down the secrets of Slack's app, which are asked for
	@PYTHONPATH=.chalice $(PY) -m operating.slack_secrets

destroy: $(TOOLS) ## Delete the app, and nothing that clients trust or that is on record
	@PYTHONPATH=.chalice $(PY) -m operating.destroy

lock: ## Pin and hash the requirements anew from the .in files
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		requirements.in -o requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		-c requirements.txt requirements-dev.in -o requirements-dev.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		local/aws/requirements.in -o local/aws/requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		.ci/audit/requirements.in -o .ci/audit/requirements.txt

clean: ## Remove what was made
	@rm -rf .venv .venv-aws .venv-other .venv-audit build logs .chalice/deployments .pytest_cache .mypy_cache .ruff_cache

$(TOOLS): requirements.txt requirements-dev.txt
	@$(call make_venv,$(VENV),-r requirements.txt -r requirements-dev.txt,the tools)

$(LOCAL_AWS): local/aws/requirements.txt
	@$(call make_venv,.venv-aws,-r local/aws/requirements.txt,the local AWS)

$(AUDIT)/.made: .ci/audit/requirements.txt
	@$(call make_venv,$(AUDIT),-r .ci/audit/requirements.txt,what looks for faults)

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
