"""Access that someone else approves, from the request to its end, on `make run`."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cli.typed import Output
from tests.e2e.access import age_right, reason_for_refusal

GLOBEX, HOOLI = "/v1/engagements/globex", "/v1/engagements/hooli"
USE_GLOBEX, USE_HOOLI = (
    ("exec", name, "--", "true") for name in ("globex/readonly", "hooli/audit")
)


@pytest.fixture(scope="module")
def people(started):
    """Let Bob have Globex's role if Alice approves, and Alice open Hooli's in an emergency."""
    people = {person: started.api(person) for person in ("lena", "alice", "bob")}
    lena = people["lena"]
    lena("PATCH", f"{GLOBEX}/grants/bob", on_request=["readonly"])
    lena("PATCH", f"{GLOBEX}/roles/readonly/approval-policy", members=["alice"], people=1)
    age_right(started.aws, "APPROVALPOLICY", "globex", "readonly", "body.namings[0].at")
    lena("PATCH", f"{HOOLI}/grants/alice", on_request=["audit"], emergency=["audit"])
    return people


def test_who_waits_gets_in_when_a_named_colleague_approves_until_a_lead_revokes(started, people):
    lena, alice, bob = people["lena"], people["alice"], people["bob"]
    refused = run_daypass(started.folder, "bob", *USE_GLOBEX)
    assert "Type: daypass request globex/readonly --for 2h --because" in refused.sentence

    typed = ("request", "globex/readonly", "--for", "2h", "--because", "the report is late")
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(run_daypass, started.folder, "bob", *typed, "--wait")
        (request,) = wait_for(lambda: [each for each in mine(bob) if each["status"] == "waiting"])
        assert request["waiting_for"] == ["alice"]
        approve = ("approve", request["id"], "--for", "1h", "--yes")
        approved = run_daypass(started.folder, "alice", *approve)
        assert "The access lasts 1 hour from first use" in approved.out, approved.err
        assert waiting.result().code == 0
    vended = run_daypass(started.folder, "bob", *USE_GLOBEX)
    assert vended.code == 0, vended.err
    late = run_daypass(started.folder, "alice", *approve)
    assert "request-decided" in late.err

    revocation = lena("POST", f"/v1/requests/{request['id']}/revoke", reason="the report is done")
    assert len(revocation["sessions"]) == 1
    assert reason_for_refusal(bob, "globex") == "approval-revoked"
    assert request["id"] not in [each["id"] for each in alice("GET", "/v1/requests")["requests"]]
    assert summarise(lena, "globex", request["id"]) == {
        ("bob", "request.create", "done"),
        ("alice", "request.approve", "done"),
        ("bob", "request.start", "done"),
        ("bob", "vend", "intended"),
        ("bob", "vend", "issued"),
        ("lena", "request.revoke", "done"),
    }


def test_an_emergency_blocks_the_next_one_until_a_lead_confirms_it(started, people):
    lena, alice = people["lena"], people["alice"]
    typed = ("emergency", "hooli/audit", "--for", "30m", "--because", "a leak", "--yes")
    opened = run_daypass(started.folder, "alice", *typed)
    assert opened.code == 0, opened.err
    vended = run_daypass(started.folder, "alice", *USE_HOOLI)
    assert vended.code == 0, vended.err
    (request,) = [each for each in mine(alice) if each["is_emergency"]]
    done = run_daypass(started.folder, "alice", "done", "--all")
    assert done.code == 0, done

    again = run_daypass(started.folder, "alice", *typed)
    assert "must confirm your last emergency" in again.err, again
    typed_confirmation = ("confirm-emergency", request["id"], "--reason", "it was a leak", "--yes")
    confirmed = run_daypass(started.folder, "lena", *typed_confirmation)
    assert confirmed.code == 0, confirmed.err
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
        ("lena", "emergency.confirm", "done"),
    }


def mine(member):
    return member("GET", "/v1/me/requests?limit=100")["requests"]


def wait_for(read):
    """Return what is read as soon as it is not empty."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        values = read()
        if values:
            return values
    raise TimeoutError


def run_daypass(folder, person, *words):
    """Run the command as this person, from the zipapp that the broker served."""
    process = subprocess.run(
        [folder / "bin" / person, "daypass", *words],
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder / person), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Output(process.returncode, process.stdout, process.stderr)


def summarise(lead, engagement, request):
    """Return the actor, action and outcome of each trail entry about the request, and about the
    sessions that it opened."""
    entries: list[dict[str, Any]]
    entries = lead("GET", f"/v1/trail?engagement={engagement}&limit=100")["entries"]
    own = [entry for entry in entries if entry["details"].get("request") == request]
    vends = {entry["vend"] for entry in own} - {""}
    return {
        (entry["actor"], entry["action"], entry["outcome"])
        for entry in entries
        if entry in own or entry["vend"] in vends
    }
