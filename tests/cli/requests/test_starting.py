"""A vend of a role on request starts approved access, and a refusal says what to type."""

import shutil

import pytest

from tests.cli.requests.moments import ALICES, MINE, approved, moment, open_now, pending
from tests.cli.scripted_broker import send

SESSIONS = "/v1/engagements/acme-prod/sessions"
START = f"{MINE}/{ALICES}/start"
TARGET = "acme-prod/deploy"
SECOND = "alice.00d9o4r5k3f81c2r"
START_SECOND = f"{MINE}/{SECOND}/start"
NOT_STARTED = "Your request for this role is approved, and its time begins when you start it."


def mine(broker, *requests):
    broker.answers[MINE] = 200, {"requests": list(requests), "cursor": None}


def let_end(broker, *requests):
    """Let the access of these requests be ended."""
    for request in requests:
        broker.answers[f"{MINE}/{request}/end"] = 200, {"message": "It is revoked."}


def refuse_until_started(broker, path=START):
    """Refuse vends, until a POST to the path starts the access."""
    broker.refuse(SESSIONS, "access-not-started", NOT_STARTED)

    def start(handler):
        del broker.answers[SESSIONS]
        send(handler, open_now())

    broker.answers[path] = start


OTHERS = {
    "of another role": approved(role="readonly"),
    "of another engagement": approved(engagement="hooli"),
    "over": approved(you_may=[]),
    "waiting": pending(),
}


def test_a_vend_starts_the_approved_access(terminal):
    broker = terminal.broker

    def note(text, *requests, starts=START):
        terminal.note(text)
        broker.answers.clear()
        shutil.rmtree(terminal.machine.store / "cache", ignore_errors=True)
        mine(broker, *requests)
        refuse_until_started(broker, starts)

    for text, words in (("approved", ()), ("approved, and a reason is typed", ("--because", "r"))):
        note(text, approved())
        assert terminal.type("creds", TARGET, *words).code == 0
        assert terminal.type("creds", TARGET, *words).code == 0
    note("of two, the one that lapses first", approved(access_ends_at=moment(600)),
         approved(id=SECOND, access_ends_at=moment(60)), starts=START_SECOND)  # fmt: skip
    assert terminal.type("creds", TARGET).code == 0
    for kind, request in OTHERS.items():
        note(kind, request)
        assert terminal.type("creds", TARGET).code == 3
    note("two, and one ended meanwhile", approved(access_ends_at=moment(60)), approved(id=SECOND),
         starts=START_SECOND)  # fmt: skip
    broker.refuse(START, "request-ended", "Access was revoked.", 409)
    assert terminal.type("creds", TARGET).code == 0
    note("it ended meanwhile", approved())
    broker.refuse(START, "request-ended", "Access was revoked after this request was made.", 409)
    assert terminal.type("creds", TARGET).code == 3
    note("started, and refused again", approved())
    broker.answers[START] = 200, open_now()
    assert terminal.type("creds", TARGET).code == 3
    terminal.hold("creds-starts")


@pytest.mark.parametrize("command", ["env", "exec"])
def test_every_way_to_a_session_starts_the_access(machine, broker, command):
    mine(broker, approved())
    refuse_until_started(broker)
    program = ("--", "true") if command == "exec" else ()
    assert machine.type(command, TARGET, *program).code == 0
    assert broker.vends == 2  # one is refused


REQUIRED = (
    "You cannot get access to this role until someone approves a request. Type: daypass request,"
    " the engagement and role, and --because with your reason."
)
OF_CLIENT = (
    "This client must approve all access, even in an emergency. Request access, and Daypass"
    " notifies the client."
)
REVOKED = (
    "The access from your request was revoked, or you gave it back. Request access again if you"
    " still need it."
)


def test_a_refusal_says_what_to_type_with_the_real_names(terminal):
    later = {"access_starts_at": "2036-01-01T00:00:00Z", "access_ends_at": "2036-01-01T02:00:00Z"}
    required = "approval-required", REQUIRED
    refusals = {
        "no request": (required, ()),
        "an old one": (required, (pending(status="denied"), pending(role="readonly"))),
        "a pending one": (required, (pending(expires_at="2036-01-01T00:00:00Z"),)),
        "one for later": (required, (approved(you_may=["end"], **later),)),
        "a revoked one": (("approval-revoked", REVOKED), (approved(you_may=[]),)),
        "the client's approval": (("client-approval-required", OF_CLIENT), ()),
    }
    for name, (refusal, requests) in refusals.items():
        terminal.note(name)
        shutil.rmtree(terminal.machine.store / "cache", ignore_errors=True)
        terminal.broker.refuse(SESSIONS, *refusal)
        mine(terminal.broker, *requests)
        assert terminal.type("creds", TARGET).sentence
    terminal.hold("creds-refused")


@pytest.mark.parametrize(
    "words",
    [
        ("request", TARGET, "--for", "2h", "--because", "r"),
        ("emergency", TARGET, "--for", "30m", "--because", "r", "--yes"),
    ],
    ids=lambda words: words[0],
)
def test_a_refusal_from_before_the_request_is_forgotten(machine, broker, words):
    broker.refuse(SESSIONS, "approval-required", REQUIRED)
    mine(broker)
    assert machine.type("creds", TARGET).code == machine.type("creds", "acme-prod/other").code == 3
    assert machine.type(*words).code == 0
    del broker.answers[SESSIONS]
    assert machine.type("creds", TARGET).code == 0
    assert machine.type("creds", "acme-prod/other").code == 3  # of another role


DONE = {
    "with a session": (True, (), {"open", "next", "other", "waits"}),
    "without a session": (False, (), {"open", "next", "other"}),
    "an engagement": (False, ("acme-prod",), {"open", "next", "waits"}),
    "a role": (False, ("acme-prod/deploy",), {"open", "next"}),
    "another role": (False, ("acme-prod/readonly",), set()),
    "another engagement": (False, ("hooli",), {"other"}),
    "everything": (False, ("--all",), {"open", "next", "other", "waits", "unused"}),
    "keep it": (True, ("--keep-access",), set()),
}
"""True if a session of acme-prod/readonly is cached, Alice's words, and the access that ends."""


def test_done_ends_the_access_that_the_next_session_would_use(machine, broker):
    names = ("open", "next", "other", "waits", "unused", "later")
    ids = {
        name: f"alice.00d9o4r5k3f81c2{letter}" for name, letter in zip(names, "qrstuv", strict=True)
    }
    mine(
        broker,
        # It has begun by the broker's clock, from whose answers the command knows whole seconds.
        open_now(id=ids["open"], is_emergency=True, access_starts_at=moment(0.03)),
        approved(id=ids["next"]),
        open_now(id=ids["other"], engagement="hooli"),
        approved(id=ids["waits"], role="audit"),
        approved(id=ids["unused"], engagement="stark"),
        open_now(id=ids["later"], access_starts_at=moment(30), is_open=False),
        pending(id=SECOND),
    )
    let_end(broker, *ids.values())
    wrong = []
    for case, (has_session, words, expected) in DONE.items():
        if has_session:
            assert machine.type("creds", "acme-prod/readonly").code == 0
        broker.requests.clear()
        assert machine.type("done", *words).code == 0
        ended = {name for name, request in ids.items() if broker.counts[f"{MINE}/{request}/end"]}
        if ended != expected:
            wrong.append((case, ended))
    assert wrong == []


def test_done_says_that_the_access_is_ended(machine, broker):
    mine(broker, open_now())
    let_end(broker, ALICES)
    assert machine.type("done", "acme-prod").out == (
        "Deleted 0 cached sessions from this machine.\n"
        "Your access to acme-prod/deploy has ended. It is revoked.\n"
    )


def test_access_that_is_over_by_now_keeps_no_other_open(machine, broker):
    mine(broker, open_now(), open_now(id=SECOND, engagement="hooli"))
    broker.refuse(f"{MINE}/{ALICES}/end", "no-open-access", "It is over.", 409)
    let_end(broker, SECOND)
    output = machine.type("done")
    assert (output.code, output.out.splitlines()[1:]) == (
        0,
        [
            "Your access to acme-prod/deploy has already ended.",
            "Your access to hooli/deploy has ended. It is revoked.",
        ],
    )
