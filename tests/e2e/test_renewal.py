"""A renewal on the local AWS, whose clock goes on: over the end that stands in the trust policy."""

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
    """The one that the client is asked for by now."""
    files = lena("GET", f"{role}/setup/files?form=json&part=trust-policy")["files"]
    return str(files[0]["text"])


@pytest.mark.parametrize("way", ["renew", "PATCH"])
def test_who_does_not_update_the_trust_policy_is_locked_out_and_told_why(
    started: Started, way: str
) -> None:
    lena, bob = started.api("lena"), started.api("bob")
    engagement = f"hooli-{way.lower()}"
    here, role = f"/v1/engagements/{engagement}", f"/v1/engagements/{engagement}/roles/readonly"
    end = ends_in(SECONDS)
    account = ACCOUNTS[way]
    lena("POST", "/v1/engagements", id=engagement, client="Hooli", account_id=account,
         ends_at=end, roles=[{"name": "readonly"}])  # fmt: skip
    iam = started.aws.as_root(account, "iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust_policy(lena, role))
    assert lena("POST", f"{role}/verify")["report"]["passed"]
    lena("POST", f"{here}/grants", member="bob", roles=["readonly"])

    later = ends_in(86_400)
    if way == "PATCH":
        changed = lena("PATCH", here, ends_at=later)
        assert changed["ends_at"] == later
    told = lena("POST", f"{here}/renew", ends_at=later, grants="ended-with-it", reason="more")
    (step,) = told["client_steps"]
    assert step["policy_ends_at"] == end
    assert [grant["member"] for grant in told["grants"]] == ["bob"]

    time.sleep(SECONDS + CLOCK_MARGIN)
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["causes"][0]["cause"] == "end-date"
    assert checked["trust_policy"]["needs_update"]

    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust_policy(lena, role))
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["grade"] == "A"
    assert checked["trust_policy"]["ends_at"] == later
    assert not checked["trust_policy"]["needs_update"]
    assert bob("POST", f"{here}/sessions", role="readonly")
