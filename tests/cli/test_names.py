"""A member and an engagement of one name: neither hides the other's live sessions."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.samples import SESSION
from tests.cli.scripted_broker import send
from tests.cli.transcript import Transcript

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
    send(handler, document, status)


@pytest.mark.golden
def test_who_shows_the_sessions_of_both_as_the_file_says(terminal: Transcript) -> None:
    terminal.note("bob is a member and an engagement", {"/v1/sessions": answer})
    for about, names in {"bob": {"e", "b"}, "acme-prod": {"b"}}.items():
        output = terminal.machine.type("who", about, "--json")
        assert {session["session_name"] for session in json.loads(output.out)} == names
    terminal.type("who", "nobody")
    terminal.hold("names")
