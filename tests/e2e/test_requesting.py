"""Access on request as people type it: requested, approved, used, given back; and an emergency."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.sample_accounts import FIRM
from tests.cli.typed import Output
from tests.e2e.aging import age_leads_right
from tests.running import ROOT, Started

TARGET = "acme-prod/deploy"
WHY = ("--because", "the new home page")
Type = Callable[..., Output]


def start(started: Started, person: str, *words: str) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "cli"),
        "DAYPASS_HOME": str(started.folder / person),
        "TZ": "UTC",
        "AWS_ENDPOINT_URL": started.aws.url,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "daypass", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Output:
    out, err = process.communicate(timeout=60)
    return Output(process.returncode, out, err)


@pytest.fixture(scope="module")
def type_as(started: Started) -> Type:
    """Return a function that types a command as a person. Alice's role deploy is on request, and
    leads approve."""

    def type_as(person: str, *words: str) -> Output:
        return finish(start(started, person, *words))

    assert type_as("lena", "approvals", "acme-prod", "--by-leads", "--yes").code == 0
    age_leads_right(started.aws.as_root(FIRM, "dynamodb"), "acme-prod")
    limits = ("--on-request", "deploy", "--emergency", "deploy")
    assert type_as("lena", "grant", "alice", "acme-prod", "readonly", *limits, "--yes").code == 0
    return type_as


def request(type_as: Type, *words: str) -> str:
    """Request access as Alice, and return the request's ID."""
    output = type_as("alice", "request", TARGET, *WHY, *(words or ("--for", "2h")), "--json")
    assert output.code == 0, output.err
    return str(json.loads(output.out)["id"])


def mine(type_as: Type, request_id: str) -> dict[str, Any]:
    return dict(json.loads(type_as("alice", "requests", request_id, "--json").out))


def review_emergency(type_as: Type) -> str:
    """Review Alice's emergency, so that she can open another one. Return its ID."""
    everything = json.loads(type_as("alice", "requests", "--all", "--json").out)["mine"]
    (emergency_id,) = [
        each["id"] for each in everything if each["is_emergency"] and each["reviewed_at"] is None
    ]
    words = ("review-emergency", emergency_id, "--because", "all as agreed", "--yes")
    reviewed = type_as("lena", *words).out
    assert reviewed == "You reviewed the emergency of alice: they can open another.\n"
    return str(emergency_id)


def test_requested_approved_used_and_given_back(type_as: Type) -> None:
    refused = type_as("alice", "creds", TARGET, *WHY)
    assert (refused.code, refused.out) == (3, "")
    assert f"Type: daypass request {TARGET} --for 2h --because" in refused.sentence

    request_id = request(type_as)
    waiting = type_as("alice", "creds", TARGET, *WHY)
    assert f"your request {request_id} waits for a lead, until" in waiting.sentence
    assert request_id in type_as("lena", "requests").out
    assert "own-request" in type_as("alice", "approve", request_id, "--yes").err
    approved = type_as("lena", "approve", request_id, "--for", "1h", "--yes")
    assert "is approved: 1 h from its first use" in approved.out

    used = type_as("alice", "creds", TARGET, "--because", "another reason")
    assert (used.code, used.err) == (0, "")
    assert json.loads(used.out)["AccountId"] == "987654321098"
    assert mine(type_as, request_id)["started_at"] is not None
    assert " open\n" in type_as("alice", "requests").out

    done = type_as("alice", "done", "acme-prod")
    assert f"Your access to {TARGET} is ended." in done.out
    assert mine(type_as, request_id)["access_revoked_at"] is not None
    ended = type_as("alice", "creds", TARGET, "--because", "a third reason")
    assert "or you gave it back. Type: daypass request" in ended.sentence


def test_done_leaves_nothing_that_the_next_session_would_open(type_as: Type) -> None:
    words = ("emergency", TARGET, "--for", "15m", "--because", "the site is down", "--yes")
    assert type_as("alice", *words).code == 0
    second = request(type_as)
    assert type_as("lena", "approve", second, "--yes").code == 0
    done = type_as("alice", "done")
    assert done.out.count(f"Your access to {TARGET} is ended.") == 2
    assert type_as("alice", "creds", TARGET, *WHY).code == 3
    review_emergency(type_as)


def test_who_waits_learns_the_decision_and_its_words(type_as: Type, started: Started) -> None:
    with start(started, "alice", "request", TARGET, *WHY, "--for", "1h", "--wait") as waiting:
        deadline = time.monotonic() + 30
        pending: list[dict[str, Any]] = []
        while not pending and time.monotonic() < deadline:
            undecided = json.loads(type_as("lena", "requests", "--json").out)["to_decide"]
            pending = [each for each in undecided if each["member"] == "alice"]  # Nils asks too
        denied = type_as("lena", "deny", pending[0]["id"], "--because", "wait for the release")
        assert denied.code == 0, denied.err
        output = finish(waiting)
    assert output.code == 3
    assert "It waits for a lead, until " in output.out
    assert output.sentence == "Daypass: Denied by lena: wait for the release"
    late = type_as("lena", "approve", pending[0]["id"], "--yes")
    assert late.code == 3
    assert "request-decided" in late.err


def test_a_lead_revokes_the_access_of_a_request(type_as: Type) -> None:
    request_id = request(type_as, "--until", "3h")
    assert type_as("lena", "approve", request_id, "--yes").code == 0
    assert type_as("alice", "creds", TARGET, "--because", "until three").code == 0
    revoked = type_as("lena", "revoke", "request", request_id, "--because", "done", "--yes")
    assert revoked.code == 0, revoked.err
    assert "The revocation is in force" in revoked.out
    again = type_as("alice", "creds", TARGET, "--because", "once more")
    assert "approval-revoked" in again.err


def test_an_emergency_and_its_review(type_as: Type) -> None:
    words = ("emergency", TARGET, "--for", "15m", "--because", "the site is down", "--yes")
    opened = type_as("alice", *words)
    assert opened.code == 0, opened.err
    assert f"{TARGET} is open for you until " in opened.out
    assert type_as("alice", *words).out == opened.out  # the first answer may have been lost
    assert type_as("alice", "done", "acme-prod").code == 0
    assert "emergency-unreviewed" in type_as("alice", *words).err
    emergency_id = review_emergency(type_as)
    assert "lena: all as agreed" in type_as("alice", "requests", emergency_id).out
