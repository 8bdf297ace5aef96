"""A cached session that Daypass lists as ended is used no more."""

import json
import time

import pytest

from tests.cli.samples import SESSION

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"
MINE = "/v1/me/sessions"
START = ("env", TARGET, "--shell", "bash")


def cache_session(machine, broker, status):
    """Vend a session, make it two minutes old, and let Daypass list it with the status. One that is
    cut off may still have the status `live`."""
    key = machine.vend()
    (path,) = machine.cached()
    entry = json.loads(path.read_text())
    path.write_text(json.dumps(entry | {"stored_at": time.time() - 120}))
    listed = SESSION | {"member": "alice", "session_name": "alice.1", "status": status}
    if status == "cut-off":
        listed |= {"status": "live", "is_cut_off": True}
    broker.answers[MINE] = 200, {"sessions": [listed], "cursor": None}
    broker.requests.clear()
    return key


@pytest.mark.parametrize("status", ["revoked", "given-back", "cut-off", "a-status-of-next-year"])
def test_a_program_gets_another_session(machine, broker, status):
    first = cache_session(machine, broker, status)
    shown = machine.prints(*START)
    assert "AWS_ACCESS_KEY_ID=ASIA" in shown
    assert first not in shown
    assert broker.vends == 1


@pytest.mark.parametrize("status", ["live", "unknown"])
def test_one_that_lives_goes_on_and_is_asked_about_once_a_minute(machine, broker, status):
    first = cache_session(machine, broker, status)
    assert all(first in machine.type(*START).out for _ in range(2))
    assert (broker.counts[MINE], broker.vends) == (1, 0)


def test_aws_tools_ask_daypass_nothing(machine, broker):
    cache_session(machine, broker, "revoked")
    machine.vend()
    assert broker.requests == []


def test_without_an_answer_it_goes_on(machine, broker):
    first = cache_session(machine, broker, "live")
    broker.refuse(MINE, "timed-out", "Daypass did not answer in time.", 503)
    output = machine.type(*START)
    assert (output.code, first in output.out, output.err) == (0, True, "")


def test_a_suspended_member_starts_nothing_with_it(machine, broker):
    cache_session(machine, broker, "live")
    for path in (MINE, SESSIONS):
        broker.refuse(path, "member-suspended", "Your access is suspended.")
    sentence = machine.fails(3, "exec", TARGET, "--", "touch", "started")
    assert "member-suspended" in sentence
    assert not (machine.home / "started").exists()


def test_the_status_deletes_it(machine, broker):
    cache_session(machine, broker, "revoked")
    output = machine.type("status")
    assert "alice.1 was ended" in output.sentence
    assert machine.cached() == []
