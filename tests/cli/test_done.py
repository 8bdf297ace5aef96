"""`daypass done` leaves no credentials on the machine, and gives sessions back to Daypass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.samples import CUT_OFF, REVOCATION, SESSION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

MINE = "/v1/me/sessions"


def posted(broker: ScriptedBroker) -> list[str]:
    return [path for _, path, _, _ in broker.requests if path.endswith("/end")]


def with_sessions(machine: Machine, broker: ScriptedBroker) -> None:
    """Cache alice.1 of readonly and alice.2 of deploy. Alice has no access on request."""
    broker.answers["/v1/me/requests"] = 200, {"requests": [], "cursor": None}
    for role in ("readonly", "deploy"):
        assert machine.type("creds", f"acme-prod/{role}").code == 0


def live(*changes: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"sessions": [{**SESSION, **each} for each in changes], "cursor": None}


def test_the_sessions_of_this_machine_are_given_back(
    machine: Machine, broker: ScriptedBroker
) -> None:
    with_sessions(machine, broker)
    output = machine.type("done")
    assert (output.code, output.err) == (0, "")
    lines = output.out.splitlines()
    assert lines[0] == "Deleted 2 cached sessions from this machine."
    assert sorted(lines[1:]) == [
        f"alice.{vend} is given back. Daypass requested its cut-off in the client's account."
        for vend in "12"
    ]
    assert sorted(posted(broker)) == [f"{MINE}/1/end", f"{MINE}/2/end"]
    assert machine.cached() == []
    broker.requests.clear()
    assert machine.type("done", "--keep-access").out == (
        "Deleted 0 cached sessions from this machine.\n"
    )
    assert broker.requests == []


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (("acme-prod/deploy",), ["2"]),
        (("acme-prod",), ["1", "2"]),
        (("hooli",), []),
        (("--all",), ["1", "2", "8", "9"]),
        (("hooli", "--all"), ["9"]),
        (("acme-prod/readonly", "--all"), ["1", "8"]),
    ],
)
def test_only_the_sessions_that_the_words_name_end(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], ended: list[str]
) -> None:
    with_sessions(machine, broker)
    broker.answers[MINE] = live(
        {"session_name": "alice.1"},
        {"session_name": "alice.8.agent"},
        {"session_name": "alice.9", "engagement": "hooli"},
    )
    assert machine.type("done", *words).code == 0
    assert sorted(posted(broker)) == [f"{MINE}/{vend}/end" for vend in ended]
    kept = {"1", "2"} - set(ended)
    assert len(machine.cached()) == len(kept)


@pytest.mark.parametrize(
    ("status", "reason", "code"), [(504, "timed-out", 5), (401, "token-revoked", 4), (403, "no", 3)]
)
def test_without_an_answer_the_cache_is_deleted_and_the_rest_is_said(
    machine: Machine, broker: ScriptedBroker, status: int, reason: str, code: int
) -> None:
    with_sessions(machine, broker)
    for vend in "12":
        broker.refuse(f"{MINE}/{vend}/end", reason, "It did not work.", status)
    output = machine.type("done")
    assert output.code == code
    assert machine.cached() == []
    assert output.out == "Deleted 2 cached sessions from this machine.\n"
    assert "It did not work." in output.err
    assert "To give them back later: daypass done --all" in output.err
    assert len(posted(broker)) == 1


def test_without_a_network_the_cache_is_deleted(machine: Machine, broker: ScriptedBroker) -> None:
    with_sessions(machine, broker)
    broker.__exit__()
    output = machine.type("done")
    assert output.code == 5
    assert machine.cached() == []
    assert "Nothing answers at" in output.err


@pytest.mark.parametrize(("reason", "status"), [("no-such-session", 404), ("session-expired", 409)])
def test_a_session_that_is_over_is_no_error(
    machine: Machine, broker: ScriptedBroker, reason: str, status: int
) -> None:
    with_sessions(machine, broker)
    broker.refuse(f"{MINE}/1/end", reason, "It is over.", status)
    output = machine.type("done")
    assert output.code == 0
    assert "alice.1 is over already.\n" in output.out
    assert "alice.2 is given back." in output.out


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"cut_offs": []}, "Copies of its keys may work until Tue 2036-01-01 00:00 UTC."),
        (
            {"cut_offs": [{**CUT_OFF, "policy": "{}"}]},
            "Copies of its keys may work until Tue 2036-01-01 00:00 UTC.",
        ),
        ({"cut_offs": [], "last_moment": None}, ""),
    ],
)
def test_a_session_that_is_given_back_says_how_long_copies_work(
    machine: Machine, broker: ScriptedBroker, changes: dict[str, Any], text: str
) -> None:
    assert machine.type("creds", "acme-prod/readonly").code == 0
    broker.answers[f"{MINE}/1/end"] = 200, {**REVOCATION, **changes}
    line = machine.type("done").out.splitlines()[1]
    assert line == f"alice.1 is given back. {text}".strip()
