"""A refusal to renew ends no session that still works, unless the access was revoked."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib.domain.reasons import Reason
from daypass.sessions import REVOKED
from tests.cli.requests.moments import ALICES, MINE, approved, moment
from tests.cli.scripted_broker import send
from tests.running import ROOT

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"
LAST_TRIES = 5
START = f"{MINE}/{ALICES}/start"
KEPT = {
    "access-not-started", "approval-required", "client-approval-required", "duration-too-long",
    "ends-too-soon", "identity-token-expired", "reason-required", "role-unverified",
    "token-expired",
}  # fmt: skip
"""The refusals of a vend that say nothing about a session from before."""
OF_LINKS = "access-link-"
RULES = (
    "vending/access.py", "vending/blocks.py", "engagements/approved_grants.py",
    "people/members.py",
)  # fmt: skip


def age(machine, left, stored=1800):
    """Make the cached session one that has so many seconds left, and is due for renewal."""
    (path,) = machine.cached()
    now = time.time()
    end = datetime.fromtimestamp(now + left, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    entry = json.loads(path.read_text())
    entry |= {"stored_at": now - stored, "fresh_until": now - 1, "expires_at": end}
    entry["credentials"]["Expiration"] = end
    path.write_text(json.dumps(entry))


def refuse(broker, reason, status=403):
    broker.refuse(SESSIONS, reason, "No.", status)
    broker.answers[MINE] = 200, {"requests": [], "cursor": None}


REFUSALS = [
    *((reason, 401 if "token" in reason else 403) for reason in sorted(KEPT)),
    ("role-refused-daypass", 502), ("aws-rejected", 502), ("changed-meanwhile", 409),
    ("too-many-requests", 429), ("timed-out", 503), ("timed-out", 504),
    ("internal-error", 500), ("a-reason-of-next-year", 403),
]  # fmt: skip


def test_a_session_is_used_to_its_end_whatever_the_refusal(machine, broker):
    wrong = []
    for reason, status in REFUSALS:
        for path in machine.cached():
            path.unlink()
        broker.answers.clear()
        first = machine.vend()
        age(machine, left=840)
        refuse(broker, reason, status)
        broker.requests.clear()
        outputs = [machine.type("creds", TARGET) for _ in range(3)]
        is_kept = all(first in each.out for each in outputs)
        # It is said once, and a program in a loop asks once.
        said = ["still works, until" in each.err for each in outputs]
        if (is_kept, said, broker.vends) != (True, [True, False, False], 1):
            wrong.append((reason, [(each.code, each.err) for each in outputs], broker.vends))
    assert wrong == []


def test_a_revocation_ends_the_use_of_the_session(machine, broker):
    wrong = []
    for reason in sorted(REVOKED):
        for path in machine.cached():
            path.unlink()
        broker.answers.clear()
        machine.vend()
        age(machine, left=840)
        refuse(broker, reason, 401 if "token" in reason else 403)
        output = machine.type("creds", TARGET)
        is_held = "secret-access-key" in machine.cached()[0].read_text()
        if output.code not in (3, 4) or output.out or is_held:
            wrong.append((reason, output, is_held))
    assert wrong == []


def test_each_reason_that_denies_a_vend_is_one_or_the_other():
    """A new reason cannot be forgotten."""
    domain = ROOT / "chalicelib" / "domain"
    text = "".join(Path(domain / each).read_text(encoding="utf-8") for each in RULES)
    names = set(re.findall(r"Reason\.([A-Z_]+)\b", text))
    reasons = {str(Reason[name]) for name in names - {"ROLE_CLOSED_TO_LINKS"}}
    of_tokens = {each for each in reasons if not each.startswith(OF_LINKS)}
    assert of_tokens - KEPT - REVOKED == set()
    assert REVOKED - set(Reason) == set()
    assert not KEPT & REVOKED


def test_an_old_session_is_not_kept_on_a_machine_that_cannot_write(machine, broker):
    """It is used, and renewed at each call."""
    first = machine.vend()
    age(machine, left=840)
    refuse(broker, "ends-too-soon")
    full = machine.with_fault("ENOSPC")
    assert [full.vend() for _ in range(2)] == [first, first]
    assert broker.vends == 3


def test_at_its_end_the_refusal_is_given(machine, broker):
    machine.vend()
    age(machine, left=840)
    refuse(broker, "ends-too-soon")
    machine.vend()
    age(machine, left=1)
    assert "ends-too-soon" in machine.fails(3, "creds", TARGET)


def test_a_logout_meanwhile_throws_it_away(machine, broker):
    machine.vend()
    age(machine, left=840)

    def log_out(handler):
        (machine.store / "logins.json").write_text('{"current": "", "logins": {}}')
        send(handler, {"reason": "ends-too-soon", "detail": "No."}, 403)

    broker.answers[SESSIONS] = log_out
    broker.answers[MINE] = 200, {"requests": [], "cursor": None}
    output = machine.type("creds", TARGET)
    assert (output.code, output.out) == (4, "")


def test_in_its_last_minute_the_next_try_is_before_the_end(machine, broker):
    """A tool that got it a moment before its end would have no session."""
    machine.vend()
    age(machine, left=50)
    refuse(broker, "ends-too-soon")
    machine.vend()
    entry = json.loads(machine.cached()[0].read_text())
    end = datetime.fromisoformat(entry["expires_at"]).timestamp()
    assert entry["fresh_until"] == end - LAST_TRIES


def start_second(broker, *requests):
    """Refuse vends because the first access ends, until a second one is started."""
    refuse(broker, "ends-too-soon")
    broker.answers[MINE] = 200, {"requests": list(requests), "cursor": None}

    def start(handler):
        del broker.answers[SESSIONS]
        send(handler, {})

    broker.answers[START] = start


@pytest.mark.parametrize("left", [240, -1])
def test_a_second_approved_request_takes_over(machine, broker, left):
    first = machine.vend()
    age(machine, left=left)
    start_second(broker, approved(role="readonly"))
    assert machine.vend() != first
    assert broker.counts[START] == 1


def test_its_time_does_not_begin_while_the_first_session_has_long_to_go(machine, broker):
    first = machine.vend()
    age(machine, left=840)
    start_second(broker, approved(role="readonly"))
    assert machine.vend() == first
    assert broker.counts[START] == 0


def test_access_that_opens_within_seconds_is_waited_for(machine, broker, pauses):
    """A session ends 5 seconds before its access, and the next access may begin at that end."""
    first = machine.vend()
    age(machine, left=-1)
    refuse(broker, "ends-too-soon")
    opens = approved(
        role="readonly", duration=None, starts_at=moment(0.1), access_starts_at=moment(0.1),
        access_ends_at=moment(60), you_may=["end"],
    )  # fmt: skip
    broker.answers[MINE] = 200, {"requests": [opens], "cursor": None}

    def decide(handler):
        if sum(pauses) > 2:
            status, document = broker._vend("readonly")
        else:
            status, document = 403, {"reason": "ends-too-soon", "detail": "No."}
        send(handler, document, status)

    broker.answers[SESSIONS] = decide
    assert machine.vend() != first
    assert 3 < sum(pauses) <= 6
