"""Access that someone else approves, from the request to its end, on `make run`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


def test_who_waits_gets_in_when_a_named_colleague_approves_until_a_lead_revokes(
    started: Started, people: dict[str, Api]
) -> None:
    lena, alice, bob = people["lena"], people["alice"], people["bob"]
    refused = run_daypass(started.folder, "bob", *USE_GLOBEX)
    assert "Type: daypass request globex/readonly --for 2h --because" in refused.sentence

    typed = ("request", "globex/readonly", "--for", "2h", "--because", "the report is late")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(run_daypass, started.folder, "bob", *typed, "--wait")
        (request,) = wait_for(lambda: [each for each in mine(bob) if each["status"] == "pending"])
        assert request["waiting_for"] == ["alice"]
        approve = ("approve", request["id"], "--for", "1h", "--yes")
        approved = run_daypass(started.folder, "alice", *approve)
        assert "is approved: 1 h from its first use" in approved.out, approved.err
        assert waiting.result().code == 0
    vended = run_daypass(started.folder, "bob", *USE_GLOBEX)
    assert vended.code == 0, vended.err
    late = run_daypass(started.folder, "alice", *approve)
    assert "request-decided" in late.err

    revocation = lena("POST", f"/v1/requests/{request['id']}/revoke", reason="the report is done")
    assert len(revocation["sessions"]) == 1
    with pytest.raises(HTTPError) as ended:
        bob("POST", f"{GLOBEX}/sessions", role="readonly")
    assert json.loads(ended.value.read())["reason"] == "approval-revoked"
    assert request["id"] not in [each["id"] for each in alice("GET", "/v1/requests")["requests"]]
    assert summarise(lena, "globex", request["id"]) == {
        ("bob", "request.create", "done"),
        ("alice", "request.approve", "done"),
        ("bob", "request.start", "done"),
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


def mine(member: Api) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = member("GET", "/v1/me/requests?limit=100")["requests"]
    return requests


def wait_for(read: Callable[[], list[Any]]) -> list[Any]:
    """Return what is read as soon as it is not empty."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        values = read()
        if values:
            return values
    raise TimeoutError
