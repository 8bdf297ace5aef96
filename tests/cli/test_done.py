"""`daypass done` leaves no credentials on the machine, and gives sessions back to Daypass."""

from tests.cli.samples import SESSION

MINE = "/v1/me/sessions"
LIVE = [
    {"session_name": "alice.1"},
    {"session_name": "alice.8.agent"},
    {"session_name": "alice.9", "engagement": "hooli"},
]


def begin(terminal, name, *roles):
    """Cache sessions of these roles, or of readonly and deploy. Alice has no access on request."""
    for path in terminal.machine.cached():
        path.unlink()
    terminal.broker.answers.clear()
    sessions = [SESSION | each for each in LIVE]
    terminal.note(
        name,
        {
            "/v1/me/requests": {"requests": [], "cursor": None},
            MINE: {"sessions": sessions, "cursor": None},
        },
    )
    terminal.broker._vends = 0
    for role in roles or ("readonly", "deploy"):
        assert terminal.machine.type("creds", f"acme-prod/{role}").code == 0


def test_sessions_are_given_back_as_the_file_says(terminal):
    machine, broker = terminal.machine, terminal.broker
    begin(terminal, "two sessions on this machine")
    terminal.type("done", in_any_order=True)
    assert machine.cached() == []
    terminal.run("done --keep-access")
    for words in ("acme-prod/deploy", "acme-prod", "hooli", "--all", "hooli --all"):
        begin(terminal, "two again, and two elsewhere")
        terminal.type("done", *words.split(), in_any_order=True)
        terminal.note(f"{len(machine.cached())} are cached")
    for status, reason in ((504, "timed-out"), (401, "token-revoked"), (403, "no")):
        begin(terminal, reason, "readonly")
        broker.refuse(f"{MINE}/1/end", reason, "It did not work.", status)
        terminal.type("done", in_any_order=True)
        assert machine.cached() == []
    for reason, status in (("no-such-session", 404), ("session-expired", 409)):
        begin(terminal, reason)
        broker.refuse(f"{MINE}/1/end", reason, "It is over.", status)
        terminal.type("done", in_any_order=True)
    begin(terminal, "no network")
    broker.__exit__()
    assert terminal.type("done", in_any_order=True).code == 5
    assert machine.cached() == []
    terminal.hold("done")
