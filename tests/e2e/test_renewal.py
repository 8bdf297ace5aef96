"""A renewal on the local AWS, before and after the previous end in the trust policy."""

import time
from datetime import UTC, datetime, timedelta

import pytest

ROLE = "daypass-readonly"
ACCOUNTS = ("543210987654", "456789012345")
SECONDS = 8
CLOCK_MARGIN = 6


def ends_in(seconds):
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def trust_policy(lena, role):
    """Return the trust policy that Daypass now asks the client for."""
    files = lena("GET", f"{role}/setup/files?format=json&part=trust-policy")["files"]
    return str(files[0]["text"])


@pytest.mark.parametrize("is_extended_before", [False, True])
def test_an_outdated_trust_policy_refuses_sessions_and_the_refusal_says_why(
    started, *, is_extended_before
):
    lena, bob, end = started.api("lena"), started.api("bob"), ends_in(SECONDS)
    account_id = ACCOUNTS[is_extended_before]
    path = f"/v1/engagements/hooli-{account_id[:4]}"
    role = f"{path}/roles/readonly"
    lena("POST", "/v1/engagements", id=path.rpartition("/")[2], client="Hooli",
         account_id=account_id, ends_at=end, roles=[{"name": "readonly"}])  # fmt: skip
    iam = started.aws.as_root(account_id, "iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust_policy(lena, role))
    assert lena("POST", f"{role}/verify")["report"]["passed"]
    lena("POST", f"{path}/grants", member="bob", roles=["readonly"])
    later = ends_in(86_400)
    if is_extended_before:
        assert lena("PATCH", path, ends_at=later)["ends_at"] == later
    renewal = lena("POST", f"{path}/renew", ends_at=later, grants="ended-with-it", reason="more")
    (step,) = renewal["client_steps"]
    assert step["policy_ends_at"] == end
    assert [grant["member"] for grant in renewal["grants"]] == ["bob"]

    time.sleep(SECONDS + CLOCK_MARGIN)
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["causes"][0]["cause"] == "end-date"
    assert checked["trust_policy"]["needs_update"]

    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust_policy(lena, role))
    checked = lena("POST", f"{role}/verify")
    assert checked["report"]["grade"] == "A"
    assert checked["trust_policy"]["ends_at"] == later
    assert not checked["trust_policy"]["needs_update"]
    assert bob("POST", f"{path}/sessions", role="readonly")
