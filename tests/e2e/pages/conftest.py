"""The whole stack on this machine, a lead who uses it, and the browser of a client's admin."""

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
from tests.e2e.pages.browser import CHROMIUM, DRIVER, Browser, chromium
from tests.e2e.setup.conftest import as_administrator
from tests.running import Started, make_run

_numbers = itertools.count(1)
ROLE = "daypass-readonly"
IN_100_DAYS = (datetime.now(UTC) + timedelta(days=100)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Place:
    """An engagement in an AWS account that no other test uses, and the link that was sent."""

    id: str
    account_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Office:
    """The firm's side."""

    running: Started
    lena: Api
    cli: Path
    """The folder that the AWS CLI is in."""

    def opens(self, *roles: dict[str, Any], client: str = "Wayne Enterprises") -> Place:
        """An engagement. In a role's ARN, {account} stands for the client's account."""
        number = next(_numbers)
        account_id = str(300_000_000_000 + number)
        wanted: list[dict[str, Any]] = list(roles) or [{"name": "readonly"}]
        made = self.lena(
            "POST",
            "/v1/engagements",
            id=f"client-{number}",
            client=client,
            account_id=account_id,
            ends_at=IN_100_DAYS,
            roles=[
                role | ({"arn": role["arn"].format(account=account_id)} if "arn" in role else {})
                for role in wanted
            ],
        )
        return Place(made["id"], account_id, made["link"]["url"])

    def another_link(self, place: Place) -> str:
        """Each link may be used for a check twice a minute, and a test does not wait for that."""
        made = self.lena("POST", f"/v1/engagements/{place.id}/links")
        return str(made["url"])

    def creates(self, place: Place, trust: Trust = Trust.AS_ADVISED) -> None:
        """The client's role `daypass-readonly`, without the seconds that the AWS CLI takes."""
        found = self.lena("GET", f"/v1/engagements/{place.id}")
        iam = self.running.aws.as_root(place.account_id, "iam")
        policy = sample_accounts.trust_policy(trust, external_id=found["external_id"])
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(policy))

    def as_admin(self, place: Place, text: str) -> str:
        """Run what the page says as an administrator of the account, with the real AWS CLI."""
        aws, account_id = self.running.aws, place.account_id
        done = as_administrator(["sh", "-s"], text, aws, self.cli, account_id)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def office(
    window: Browser, aws_cli: Path
) -> Iterator[Office]:  # not started where there is no browser
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
    """The window. Whatever Chromium complained of, and the test did not ask for, fails it."""
    window.complaints()
    window.scripts(run=True)
    yield window
    assert window.complaints() == []
