"""Access that someone else approves, from the request to its end, on `make run`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError

import pytest

from local.outbox import Outbox
from local.sample_accounts import FIRM
from local.slack import workspace
from tests.e2e.aging import age_naming
from tests.e2e.requests_story import Stage, run_daypass, summarise, tell
from tests.running import Api, Started

GLOBEX, HOOLI = "/v1/engagements/globex", "/v1/engagements/hooli"
USE_GLOBEX, USE_HOOLI = (
    ("exec", name, "--", "true") for name in ("globex/readonly", "hooli/audit")
)


@pytest.fixture(scope="module")
def people(started: Started) -> dict[str, Api]:
    """Let Bob have Globex's role if Alice approves, and Alice open Hooli's in an emergency."""
    people = {person: started.api(person) for person in ("lena", "alice", "bob")}
    lena = people["lena"]
    lena("PATCH", f"{GLOBEX}/grants/bob", on_request=["readonly"])
    lena("PATCH", f"{GLOBEX}/roles/readonly/approval-policy", members=["alice"], people=1)
    age_naming(started.aws.as_root(FIRM, "dynamodb"), "globex", "readonly")
    lena("PATCH", f"{HOOLI}/grants/alice", on_request=["audit"], emergency=["audit"])
    return people


def in_minutes(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_named_colleague_approves_and_a_lead_revokes(
    started: Started, people: dict[str, Api]
) -> None:
    lena, alice, bob = people["lena"], people["alice"], people["bob"]
    assert refusal(bob) == "approval-required"

    request = bob("POST", f"{GLOBEX}/requests", role="readonly", ends_at=in_minutes(60),
                  reason="the report is late")  # fmt: skip
    assert request["waiting_for"] == ["alice"]
    waiting = alice("GET", "/v1/requests")["requests"]
    assert (request["id"], "the report is late") in [
        (each["id"], each["reason"]) for each in waiting
    ]
    path = f"/v1/requests/{request['id']}"
    approved = alice("POST", f"{path}/approve", ends_at=in_minutes(30))
    assert approved["status"] == "approved"
    assert approved["ends_at"] < request["ends_at"]

    vended = run_daypass(started.folder, "bob", *USE_GLOBEX)
    assert vended.code == 0, vended.err

    revocation = lena("POST", f"{path}/revoke", reason="the report is done")
    assert len(revocation["sessions"]) == 1
    assert refusal(bob) == "approval-revoked"
    assert summarise(lena, "globex", request["id"]) == {
        ("bob", "request.create", "done"),
        ("alice", "request.approve", "done"),
        ("bob", "vend", "intended"),
        ("bob", "vend", "issued"),
        ("lena", "request.revoke", "done"),
    }


def test_an_emergency_blocks_the_next_one_until_a_lead_reviews_it(
    started: Started, people: dict[str, Api]
) -> None:
    lena, alice = people["lena"], people["alice"]
    typed = ("emergency", "hooli/audit", "--for", "30m", "--because", "a leak", "--yes")
    opened = run_daypass(started.folder, "alice", *typed)
    assert opened.code == 0, opened.err
    vended = run_daypass(started.folder, "alice", *USE_HOOLI)
    assert vended.code == 0, vended.err
    (request,) = [each for each in mine(alice) if each["is_emergency"]]
    run_daypass(started.folder, "alice", "done", "--all")

    again = run_daypass(started.folder, "alice", *typed)
    assert "has to review your last emergency" in again.err
    typed_review = ("review-emergency", request["id"], "--reason", "it was a leak", "--yes")
    reviewed = run_daypass(started.folder, "lena", *typed_review)
    assert reviewed.code == 0, reviewed.err
    assert run_daypass(started.folder, "alice", *typed).code == 0
    (grant,) = [
        each
        for each in lena("GET", "/v1/review")["grants"]
        if (each["member"], each["engagement"]) == ("alice", "hooli")
    ]
    assert grant["emergencies"] == 2
    assert summarise(lena, "hooli", request["id"]) == {
        ("alice", "emergency.begin", "done"),
        ("alice", "vend", "intended"),
        ("alice", "vend", "issued"),
        ("alice", "session.end", "done"),
        ("alice", "request.revoke", "done"),
        ("lena", "emergency.review", "done"),
    }


def test_the_client_approves_what_was_asked_for_in_slack(started: Started) -> None:
    with workspace.stand_in(started.aws, started.url) as slack:
        tell(
            Stage(
                engagement="acme-prod",
                role="deploy",
                lena=started.api("lena"),
                alice=started.api("alice"),
                alice_in_slack=workspace.PEOPLE["alice"],
                slack=slack,
                folder=started.folder,
                mails=Outbox(started.aws, FIRM).read,
                dynamodb=started.aws.as_root(FIRM, "dynamodb"),
            )
        )


def refusal(member: Api) -> str:
    """Return the reason for which Daypass gives the member no session of Globex's role."""
    with pytest.raises(HTTPError) as refused:
        member("POST", f"{GLOBEX}/sessions", role="readonly")
    return str(json.loads(refused.value.read())["reason"])


def mine(member: Api) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = member("GET", "/v1/me/requests?limit=100")["requests"]
    return requests
