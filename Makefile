# `make run` and `make test` work from a fresh clone. `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
UV ?= $(shell command -v uv)
AWS_PORT ?= 4566
API_PORT ?= 8000
SLACK_PORT ?= 8001
WHO ?= alice
SAMPLE ?= small
ARCH ?= arm64
MINUTES ?= 10
COVERED := 95
LIVE_OPTIONS = --folder='$(LEDGER)' $(if $(LOCAL),--local,--firm='$(FIRM)' --client='$(CLIENT)')

RUNTIME := $(VENV)/.runtime
TOOLS := $(VENV)/.made
LOCAL_AWS := .venv-aws/.made
MCP := .venv-mcp/.made
AUDIT := .venv-audit
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help run rehearse live live-clean slack-demo test test-deployed quick lint check bench mutants soak audit advisories golden openapi settings-table slack-table stops-table picture lock package release clean \
	doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy

# The names of the settings typed after make: operators' commands refuse those they do not know.
doctor permissions deploy first-lead recover-lead enrol-prober slack-secrets destroy: \
	export TYPED_SETTINGS = $(strip $(foreach name,$(.VARIABLES),$(if \
		$(filter command,$(firstword $(origin $(name)))),$(name))))

help: ## List the commands and their settings
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15
	@printf '\nSettings, for example: make run API_PORT=8001\n'
	@printf '%-11s %s\n' \
		PYTHON 'Python 3.11 or newer, to create virtual environments with ($(PYTHON))' \
		AWS_PORT 'port of the local AWS; 0 for any free port ($(AWS_PORT))' \
		API_PORT 'port of Daypass; 0 for any free port ($(API_PORT))' \
		VENV 'folder of the virtual environment ($(VENV))' \
		UV 'path of uv, to install with; empty installs with pip ($(UV))' \
		SLACK_PORT 'port of make slack-demo; 0 for any free port ($(SLACK_PORT))' \
		SAMPLE 'sample firm of make run: small or large ($(SAMPLE))' \
		WHO 'sample member whose commands make slack-demo sends ($(WHO))' \
		MINUTES 'minutes that make soak runs ($(MINUTES))' \
		PATHS 'the files to mutate, such as adapters/vending/sts.py (all)' \
		VERSION 'version that make release builds, as pyproject.toml declares it' \
		REPOSITORY 'repository on GitHub, owner/name, for the Homebrew formula of make release' \
		ARCH 'processor of the deployed functions, arm64 or x86_64 ($(ARCH))'
	@printf '\nSettings of make deploy. A setting that you leave out keeps its deployed value (docs/reference/settings.md):\n'
	@printf '%-21s %s\n' \
		REGION 'AWS region (the region of your AWS CLI configuration)' \
		FIRM_NAME "your firm's name, shown on the client's page" \
		FIRM_CONTACT "e-mail address for clients' questions, shown on the client's page" \
		CLIENT_MAIL_FROM "sender of the mails to your clients' approvers; Amazon SES has verified it" \
		ORG_ID "your own AWS organization's ID; Daypass never assumes a role in its accounts" \
		OTHER_ACCOUNTS 'your other AWS accounts, separated by commas; Daypass refuses engagements in them' \
		ALARM_EMAIL 'mailbox for grave alarms and alerts' \
		WARNING_EMAIL 'mailbox for the other alarms and alerts (default: the mailbox of ALARM_EMAIL)' \
		NOTICE_EMAIL 'mailbox for notifications, such as revocations and failed checks' \
		DIGEST_LOCK_DAYS 'days for which no one can delete a signed digest of the trail; 0 locks none (0)' \
		EVENT_BUS "ARN of an Amazon EventBridge bus that gets each entry of the trail; empty sends none" \
		IDENTITY_PROVIDERS 'OpenID Connect providers whose tokens Daypass accepts, as JSON' \
		RATE_LIMIT 'requests in five minutes after which AWS WAF blocks an address; 0 removes AWS WAF (1000)' \
		ANONYMOUS_CONCURRENCY 'reserved concurrency of each function that serves requests without a token (0)' \
		SLACK '1 answers /daypass in Slack; 0 refuses requests from Slack (0)' \
		LOG_RETENTION_DAYS 'days for which Amazon CloudWatch Logs keeps all logs (365)' \
		PERMISSIONS_BOUNDARY 'ARN of an IAM policy that limits each of the roles' \
		TAGS 'tags of every resource, as in TAGS="owner=platform stage=test"' \
		CANARY_ACCOUNT 'AWS account of the canary role, which the prober must be able to use' \
		RELEASE 'folder with a downloaded release, to deploy unchanged and without packaging' \
		PACKAGED 'folder with the output of make package, to deploy unchanged' \
		AWS_CLI "path of the AWS CLI to use; default: version 2, or else the project's own" \
		YES '1 confirms every question'
	@printf '\nSettings of make destroy EVERYTHING=1:\n'
	@printf '%-21s %s\n' \
		ACCOUNT "the account's ID, which confirms the deletion; YES=1 does not" \
		EXPORT 'folder in which the trail is saved first; none deletes it without a copy'

run: $(RUNTIME) $(LOCAL_AWS) ## Run Daypass on this machine, with a local AWS and sample clients
	@exec $(PY) -m local --aws-port='$(AWS_PORT)' --api-port='$(API_PORT)' \
		--slack-port='$(SLACK_PORT)' --sample='$(SAMPLE)'

rehearse: $(RUNTIME) $(LOCAL_AWS) ## Deploy Daypass to a local AWS with an operator's commands
	@exec $(PY) -m local.rehearsal --aws-port='$(AWS_PORT)' --slack-port='$(SLACK_PORT)'

live: $(RUNTIME) $(LOCAL_AWS) ## Check Daypass in two sandbox accounts: FIRM=profile CLIENT=profile LEDGER=folder, or LOCAL=1 LEDGER=folder
	@exec $(PY) -m local.live check $(LIVE_OPTIONS)

live-clean: $(RUNTIME) $(LOCAL_AWS) ## Delete what is left of a make live that was killed, with the same settings
	@exec $(PY) -m local.live clean $(LIVE_OPTIONS)

slack-demo: $(RUNTIME) ## Send /daypass commands to a running `make run`, as a sample member in Slack
	@exec $(PY) -m local.slack --as='$(WHO)' --port='$(SLACK_PORT)'

# Without bytecode, each of the many processes that tests start would compile everything anew.
test test-deployed quick: export PYTHONDONTWRITEBYTECODE =

test: $(TOOLS) $(LOCAL_AWS) $(MCP) check ## Run the checks and all but the longest tests (about three minutes)
	@mkdir -p build && $(PY) -W 'ignore:Unable to activate pytest branch' -m slipcover --branch \
		--source chalicelib --skip-covered --out build/coverage.txt -m pytest -n 2 -m 'not deployed'
	@awk 'END { printf "The tests run %s %% of the code and its branches (build/coverage.txt lists the rest).\n", $$NF; \
		exit $$NF < $(COVERED) }' build/coverage.txt || \
		{ echo "At least $(COVERED) % must run: add tests." >&2; exit 1; }

test-deployed: $(TOOLS) $(LOCAL_AWS) $(MCP) ## Run the longest tests: deployments, pages, clients' scripts, races, a short soak
	@$(PY) -m pytest -n 2 -m deployed

quick: $(TOOLS) ## Test only the rules, without their longest searches (about 20 s)
	@$(PY) -m pytest -n 2 --quiet -m 'not deployed' tests/domain --ignore-glob='*/test_every_order_*'

lint: $(TOOLS) ## Check the format, ruff's rules and the import contracts (about 2 s)
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports > /dev/null || $(VENV)/bin/lint-imports

check: lint ## Lint, and check the types
	@$(VENV)/bin/mypy
	@MYPYPATH=.chalice $(VENV)/bin/mypy --no-error-summary --follow-imports=silent -p operating -m release

bench: $(TOOLS) $(LOCAL_AWS) ## Measure a vend and the daypass command beside others, in one run
	@$(PY) -m tests.bench

mutants: $(TOOLS) $(LOCAL_AWS) ## Run the mutation tests of the vend path and the adapters (an hour; PATHS= some)
	@$(PY) -m tests.mutants $(PATHS)

soak: $(TOOLS) $(LOCAL_AWS) ## Race, attack, kill and fuzz Daypass for MINUTES, and report what broke
	@$(PY) -m tests.soak --minutes $(MINUTES)

audit: $(TOOLS) $(AUDIT)/.made ## Scan the code and the templates with bandit, checkov and sam validate
	@$(AUDIT)/bin/bandit --quiet --recursive --configfile pyproject.toml app.py chalicelib .chalice
	@$(PY) .chalice/package.py $(CURDIR)/build/audited
	@$(AUDIT)/bin/checkov --config-file .ci/audit/checkov.yaml \
		--file .chalice/foundation.yaml build/audited/sam.yaml
	@for template in .chalice/foundation.yaml build/audited/sam.yaml; do \
		SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
			$(AUDIT)/bin/sam validate --lint --template $$template 2>/dev/null || exit 1; done

advisories: $(TOOLS) $(AUDIT)/.made ## Check the packages that ship for vulnerabilities known to PyPI
	@$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

golden: $(TOOLS) ## Write the texts of pages, mails and messages in tests/golden anew
	@rm -rf tests/golden && RENEW_GOLDEN=1 $(PY) -m pytest -n 2 --quiet -m golden

openapi: $(RUNTIME) ## Write chalicelib/openapi.json and docs/reference from the API's declarations
	@$(PY) -m local.documents.openapi > chalicelib/openapi.json
	@$(PY) -m local.documents.reference

settings-table: $(TOOLS) ## Write docs/reference/settings.md and terraform/settings.tf from the templates
	@PYTHONPATH=.chalice $(PY) -m tests.settings_table
	@PYTHONPATH=.chalice $(PY) -m tests.terraform_settings

slack-table: $(TOOLS) ## Write the table in docs/reference/slack-commands.md from the code
	@$(PY) -m local.documents.slack_commands

commands-page: $(TOOLS) ## Write the index, the manual page and docs/reference/commands.md of the command from its declarations
	@PYTHONPATH=cli $(PY) -m local.documents.command_index
	@PYTHONPATH=cli $(PY) -m local.documents.commands
	@PYTHONPATH=cli $(PY) -m local.documents.manual

stops-table: $(TOOLS) ## Write the table of stops in docs/revocation.md, and those of the command, from the code
	@$(PY) -m local.documents.stops

picture: $(TOOLS) ## Take the pictures of the client's page (needs chromium) and of a lead's terminal
	@$(PY) -m tests.e2e.pages.picture
	@$(PY) -m tests.e2e.pages.terminal_picture

package: $(RUNTIME) ## Build the deployment for ARCH in build/, without deploying it
	@$(PY) .chalice/package.py --arch $(ARCH)

release: $(RUNTIME) ## Build the files of the release VERSION in build/release-VERSION/
	@PYTHONPATH=.chalice $(PY) -m release '$(VERSION)'

permissions: $(RUNTIME) ## Print IAM policies that name each client role the broker may assume
	@PYTHONPATH=.chalice $(PY) -m operating.permissions

doctor: $(RUNTIME) ## Check what would prevent a deployment, and change nothing
	@PYTHONPATH=.chalice $(PY) -m operating.doctor

deploy: $(RUNTIME) ## Deploy to the AWS account of your credentials, or update the deployment
	@PYTHONPATH=.chalice $(PY) -m operating.deploy

first-lead: $(RUNTIME) ## Create the first lead, for example: make first-lead NAME="Lena Lindqvist"
	@PYTHONPATH=.chalice $(PY) -m operating.invoking first-lead

recover-lead: $(RUNTIME) ## Recover a lead: ID=lena, LOST=1, OTHERS=suspend
	@PYTHONPATH=.chalice $(PY) -m operating.invoking recover-lead

enrol-prober: $(RUNTIME) ## Enrol the prober; asks for its enrolment code
	@PYTHONPATH=.chalice $(PY) -m operating.invoking enrol-prober

slack-secrets: $(RUNTIME) ## Store the secrets of the Slack app; asks for them
	@PYTHONPATH=.chalice $(PY) -m operating.slack_secrets

destroy: $(RUNTIME) ## Delete the app's stack; EVERYTHING=1 also deletes tables, roles, buckets and logs
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
		tests/cli/agents/requirements.in -o tests/cli/agents/requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
		.ci/audit/requirements.in -o .ci/audit/requirements.txt
	@uv pip compile -q --universal --python-version 3.9 --generate-hashes --no-header \
		.ci/command/requirements.in -o .ci/command/requirements.txt

clean: ## Delete virtual environments, builds, logs and caches
	@rm -rf .venv .venv-aws .venv-mcp .venv-other .venv-audit build logs .chalice/deployments .pytest_cache .mypy_cache .ruff_cache

$(RUNTIME): requirements.txt requirements-local.txt
	@rm -rf $(VENV)
	@$(call install,$(VENV),requirements.txt requirements-local.txt,Daypass's packages)

# Adds to the environment, so that a concurrent `make run` keeps running. Starts over only if the list has changed.
$(TOOLS): requirements-dev.txt $(RUNTIME)
	@[ ! -e $@ ] || rm -rf $(VENV)
	@$(call install,$(VENV),requirements.txt requirements-local.txt requirements-dev.txt,the development tools)
	@touch $(RUNTIME) $@

$(LOCAL_AWS): local/aws/requirements.txt | $(RUNTIME)
	@rm -rf .venv-aws
	@$(call install,.venv-aws,local/aws/requirements.txt,the local AWS)

$(MCP): tests/cli/agents/requirements.txt | $(RUNTIME)
	@rm -rf .venv-mcp
	@$(call install,.venv-mcp,tests/cli/agents/requirements.txt,the MCP SDK)

$(AUDIT)/.made: .ci/audit/requirements.txt | $(RUNTIME)
	@rm -rf $(AUDIT)
	@$(call install,$(AUDIT),.ci/audit/requirements.txt,the audit tools)

# Explains a Python that is too old or lacks venv, instead of a traceback. The lists are complete
# (--no-deps), and Python compiles modules on import (--no-compile).
define install
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Daypass needs Python 3.11 or newer, and $(PYTHON) is not. Name one, for example: make PYTHON=python3.12" >&2; exit 1; }
	[ -n '$(UV)' ] || $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) cannot create virtual environments. Install venv and ensurepip (on Debian: apt-get install python3-venv)." >&2; exit 1; }
	echo "Installing $(3) into $(1) (once) ..."
	{ if [ -n '$(UV)' ]; then \
		{ [ -e $(1) ] || '$(UV)' venv --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(1); } && \
		'$(UV)' pip sync --quiet --require-hashes --python $(1)/bin/python $(2); \
	else \
		{ [ -e $(1) ] || $(PYTHON) -m venv $(if $(filter $(VENV),$(1)),,--without-pip) $(1); } && \
		$(VENV)/bin/python -m pip --python $(1)/bin/python install --quiet --disable-pip-version-check \
			--require-hashes --no-deps --no-compile $(addprefix -r ,$(2)); \
	fi; } || { echo "Could not install $(3). Check that this machine can reach the Python package index, and try again." >&2; rm -rf $(1); exit 1; }
	touch $@
endef
