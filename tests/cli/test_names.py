"""A member and an engagement of one name: neither hides the other's live sessions."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.samples import DONE, ENGAGEMENT, SESSION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

SESSIONS = {
    ("engagement", "bob"): [{**SESSION, "member": "eve", "engagement": "bob", "session_name": "e"}],
    ("member", "bob"): [{**SESSION, "session_name": "b"}],
    ("engagement", "acme-prod"): [{**SESSION, "session_name": "b"}],
}
"""The sessions by what they are asked for by."""


def answer(handler: BaseHTTPRequestHandler) -> None:
    query = parse_qs(urlsplit(handler.path).query)
    ((kind, (name,)),) = [each for each in query.items() if each[0] != "limit"]
    status, document = 404, dict[str, Any](reason=f"no-such-{kind}", detail="Check the ID.")
    if (kind, name) in SESSIONS:
        status, document = 200, {"sessions": SESSIONS[kind, name], "cursor": None}
    content = json.dumps(document).encode()
    handler.send_response_only(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@pytest.mark.parametrize(
    ("about", "names"), [("bob", {"e", "b"}), ("acme-prod", {"b"}), ("nobody", None)]
)
def test_who_shows_the_sessions_of_both(
    machine: Machine, broker: ScriptedBroker, about: str, names: set[str] | None
) -> None:
    broker.answers["/v1/sessions"] = answer
    output = machine.type("who", about, "--json")
    if names is None:
        assert (output.code, "no-such-member" in output.sentence) == (3, True)
    else:
        assert {session["session_name"] for session in json.loads(output.out)} == names


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        (("member", "bob"), "bob in acme-prod/readonly"),
        (("token", "bob", "0123456789ab"), "bob in acme-prod/readonly"),
        (("grant", "bob", "acme-prod"), "bob in acme-prod/readonly"),
        (("engagement", "bob"), "eve in bob/readonly"),
    ],
)
def test_a_revocation_counts_the_sessions_of_what_it_revokes(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], whose: str
) -> None:
    broker.answers["/v1/sessions"] = answer
    broker.answers["/v1/engagements/bob"] = (200, ENGAGEMENT)
    broker.answers["/v1/engagements/bob/revoke"] = (200, DONE)
    broker.answers["/v1/members/bob/tokens/0123456789ab/revoke"] = (200, DONE)
    output = machine.type("revoke", *words, "--reason", "r", "--yes")
    assert output.code == 0, output.err
    (line,) = (line for line in output.err.splitlines() if "1 session" in line)
    assert line.startswith(f"  {whose}: 1 session, until ")
