"""The whole local stack, a lead who uses it, and the browser of a client's administrator."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local import sample_accounts
from local.sample_accounts import Trust
from local.sample_data import Api
from tests.e2e.access import reason_for_refusal
from tests.e2e.pages.browser import CHROMIUM, DRIVER, Browser, chromium
from tests.e2e.setup.conftest import as_administrator
from tests.local.scene import ALLOW_ALL
from tests.running import Started, make_run

_numbers = itertools.count(1)
ROLE = "daypass-readonly"
IN_100_DAYS = (datetime.now(UTC) + timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class OpenedEngagement:
    """An engagement in its own AWS account, and the link for its client."""

    id: str
    account_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Office:
    """The firm's side of the test."""

    running: Started
    lena: Api
    cli: Path
    """The folder of the AWS CLI."""

    def open_engagement(
        self, *roles: dict[str, Any], client: str = "Wayne Enterprises", **fields: Any
    ) -> OpenedEngagement:
        """Open an engagement. In a role's ARN, {account} is the client's account."""
        number = next(_numbers)
        account_id = str(300_000_000_000 + number)
        requested: list[dict[str, Any]] = list(roles) or [{"name": "readonly"}]
        response = self.lena(
            "POST",
            "/v1/engagements",
            id=f"client-{number}",
            client=client,
            account_id=account_id,
            ends_at=IN_100_DAYS,
            **fields,
            roles=[
                role | ({"arn": role["arn"].format(account=account_id)} if "arn" in role else {})
                for role in requested
            ],
        )
        return OpenedEngagement(response["id"], account_id, response["link"]["url"])

    def another_link(self, opened: OpenedEngagement) -> str:
        """Return another link, because each one allows only two checks a minute."""
        response = self.lena("POST", f"/v1/engagements/{opened.id}/links")
        return str(response["url"])

    def create_role(self, opened: OpenedEngagement, trust: Trust = Trust.AS_ADVISED) -> None:
        """Create the client's role `daypass-readonly` without the AWS CLI, which is slower."""
        engagement = self.lena("GET", f"/v1/engagements/{opened.id}")
        iam = self.running.aws.as_root(opened.account_id, "iam")
        policy = sample_accounts.trust_policy(trust, external_id=engagement["external_id"])
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(policy))

    def admit_alice(self, opened: OpenedEngagement, **grant: Any) -> None:
        """Give the role permissions, verify it, and grant it to alice."""
        permissions = json.dumps({"Version": "2012-10-17", "Statement": ALLOW_ALL})
        self.running.aws.as_root(opened.account_id, "iam").put_role_policy(
            RoleName=ROLE, PolicyName="work", PolicyDocument=permissions
        )
        path = f"/v1/engagements/{opened.id}"
        self.lena("POST", f"{path}/roles/readonly/verify")
        self.lena("POST", f"{path}/grants", member="alice", roles=["readonly"], **grant)

    def refusal(self, opened: OpenedEngagement) -> str:
        """Return the reason for which alice gets no session; empty if she gets one."""
        return reason_for_refusal(self.running.api("alice"), opened.id)

    def run_as_administrator(self, opened: OpenedEngagement, text: str) -> str:
        """Run the page's commands as an administrator of the account, with the real AWS CLI."""
        aws, account_id = self.running.aws, opened.account_id
        done = as_administrator(["sh", "-s"], text, aws, self.cli, account_id)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def office(window: Browser, aws_cli: Path) -> Iterator[Office]:  # only with a browser
    with make_run() as running:
        yield Office(running, running.api("lena"), aws_cli)


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("There is no chromium with its chromedriver on this machine (.ci/run has it).")
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(window: Browser) -> Iterator[Browser]:
    """The window. Unexpected messages of Chromium fail the test."""
    window.complaints()
    window.scripts(run=True)
    yield window
    assert window.complaints() == []
