"""A renewal on the local AWS, before and after the previous end in the trust policy."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.running import Api, Started

ROLE = "daypass-readonly"
ACCOUNTS = {"renew": "543210987654", "PATCH": "456789012345"}
SECONDS = 12
CLOCK_MARGIN = 6


def ends_in(seconds: float) -> str:
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def trust_policy(lena: Api, role: str) -> str:
    """Return the trust policy that Daypass now asks the client for."""
    files = lena("GET", f"{role}/setup/files?format=json&part=trust-policy")["files"]
    return str(files[0]["text"])


@pytest.fixture(scope="module")
def after_the_end(started: Started) -> dict[str, str]:
    """Renew an engagement in each way, wait for the previous ends, and return the new ones."""
    ends = {way: renewed(started, way) for way in ACCOUNTS}
    time.sleep(SECONDS + CLOCK_MARGIN)
    return ends


def renewed(started: Started, way: str) -> str:
    lena = started.api("lena")
    path = engagement(way)
    role = f"{path}/roles/readonly"
    end = ends_in(SECONDS)
    lena("POST", "/v1/engagements", id=path.rpartition("/")[2], client="Hooli",
         account_id=ACCOUNTS[way], ends_at=end, roles=[{"name": "readonly"}])  # fmt: skip
    iam = started.aws.as_root(ACCOUNTS[way], "iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust_policy(lena, role))
    assert lena("POST", f"{role}/verify")["report"]["passed"]
    lena("POST", f"{path}/grants", member="bob", roles=["readonly"])

    later = ends_in(86_400)
    if way == "PATCH":
        changed = lena("PATCH", path, ends_at=later)
        assert changed["ends_at"] == later
    renewal = lena("POST", f"{path}/renew", ends_at=later, grants="ended-with-it", reason="more")
    (step,) = renewal["client_steps"]
    assert step["policy_ends_at"] == end
    assert [grant["member"] for grant in renewal["grants"]] == ["bob"]
    return later


def engagement(way: str) -> str:
    return f"/v1/engagements/hooli-{way.lower()}"


@pytest.mark.parametrize("way", ACCOUNTS)
def test_an_outdated_trust_policy_refuses_sessions_and_the_refusal_says_why(
    started: Started, after_the_end: dict[str, str], way: str
) -> None:
    lena, bob = started.api("lena"), started.api("bob")
    role = f"{engagement(way)}/roles/readonly"
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["causes"][0]["cause"] == "end-date"
    assert checked["trust_policy"]["needs_update"]

    iam = started.aws.as_root(ACCOUNTS[way], "iam")
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust_policy(lena, role))
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["grade"] == "A"
    assert checked["trust_policy"]["ends_at"] == after_the_end[way]
    assert not checked["trust_policy"]["needs_update"]
    assert bob("POST", f"{engagement(way)}/sessions", role="readonly")
