"""A member and an engagement of one name: neither hides the other's live sessions."""

import json
from urllib.parse import parse_qs, urlsplit

from tests.cli.samples import SESSION, session_list
from tests.cli.scripted_broker import send

SESSIONS = {
    "engagement": session_list({**SESSION, "member": "eve", "session_name": "e"}),
    "member": session_list({**SESSION, "session_name": "b"}),
}
"""The sessions by what they are asked for by."""
LISTED = {"bob": {"e", "b"}, "acme-prod": {"e"}, "eve": {"b"}}


def test_who_shows_the_sessions_of_both_as_the_file_says(terminal):
    def answer(handler):
        query = parse_qs(urlsplit(handler.path).query)
        send(handler, next(SESSIONS[kind] for kind in SESSIONS if kind in query))

    broker = terminal.broker
    broker.answers |= {"/v1/sessions": answer, "/v1/engagements/bob": (200, {"id": "bob"})}
    for path in ("/v1/members/acme-prod", "/v1/members/nobody"):
        broker.refuse(path, "no-such-member", "Check the ID.", 404)
    for path in ("/v1/engagements/eve", "/v1/engagements/nobody"):
        broker.refuse(path, "no-such-engagement", "Check the ID.", 404)
    broker.answers["/v1/members/eve"] = 200, {"id": "eve"}
    for about, names in LISTED.items():
        output = terminal.machine.type("who", about, "--json")
        assert {session["session_name"] for session in json.loads(output.out)} == names
    terminal.note("bob is a member and an engagement")
    terminal.run("""
        who bob
        who nobody
    """)
    terminal.hold("names")
