"""Whole conversations in Slack, from the command to the outcome, held against files."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.slack.pending import CONFIRMATION_LIFE
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.blocks import Listing
from chalicelib.usecases.slack.commands.queries import MAX_DONE
from tests.builders import (
    a_block,
    a_grant,
    a_member,
    a_role,
    a_seen_cut_off,
    a_verification,
    an_approved_grant,
    an_engagement,
    role_cut_offs,
)
from tests.entrypoints.slack.conversation import (
    hold_conversation,
    later,
    link_opened,
    link_used,
    posted,
    pressed,
    typed,
    with_items,
)
from tests.entrypoints.slack.leads import (
    ADA,
    ALICE,
    BOB,
    LENA,
    LUIS,
    NINA,
    SAM,
    WHY,
    answer_to,
)
from tests.entrypoints.slack.request_scene import (
    ASKS,
    REQUEST,
    approve_button,
    deny_button,
    let_alice_ask,
    with_request,
)
from tests.entrypoints.test_whole_answers import FAILED
from tests.fakes import NOON
from tests.rows import every

APPROVE = f"approve {REQUEST}"
SESSIONS = "/v1/engagements/acme-prod/sessions"
FREEZE = "freeze because a laptop is lost"
HOSTILE = "it isn't `done` ``` &lt;!channel&gt; &amp; $(touch /tmp/x) !x"
STRANGERS = (ALICE, ADA, SAM, NINA)


def asks(**policy):
    """Let alice ask for `deploy`."""
    return lambda talk: let_alice_ask(talk.api, **policy)


def waiting(request=None, **policy):
    """Let alice's request wait."""
    return [asks(**policy), lambda talk: with_request(talk.api, **(request or {}))]


def approved(**grant):
    """Let alice have `deploy` by her request."""
    opened = an_approved_grant(role="deploy", request=REQUEST, **grant)
    request = {"status": RequestStatus.APPROVED, "number": "1", "duration": grant.get("duration")}
    return [*waiting(request), with_items(a_role("deploy", verification=a_verification()), opened)]


def revoked(text):
    """Have lena type the revocation without and with a live session, and press three times."""
    typed_by_lena = typed(LENA, f"revoke {text} {WHY}")
    session = posted(SESSIONS, "alice", role="readonly")
    return [typed_by_lena, session, typed_by_lena, *[pressed(LENA)] * 3]


def unbind_alice(talk):
    (binding,) = talk.api.world.find(Token, where=lambda token: token.subject == "UALICE")
    talk.posts(f"/v1/me/tokens/{binding.id}/revoke", "alice", {"reason": "lost phone"})


HOOLI = an_engagement("hooli"), a_role(engagement="hooli"), a_grant(engagement="hooli")
BOTH_SESSIONS = [
    with_items(*HOOLI),
    posted(SESSIONS, "alice", role="readonly"),
    posted("/v1/engagements/hooli/sessions", "alice", role="readonly"),
]
DAY = {"duration": 7200, "ends_at": NOON + timedelta(days=1)}
COUNTED = Listing(alive=3, last_moment=NOON + timedelta(hours=1), listed_at=NOON)
CONVERSATIONS = {
    # Requests
    "request": [asks(), typed(ALICE, ASKS, "requests"), typed(BOB, "requests")],
    "request-with-ticket": [
        asks(ticket_pattern="OPS-#", ticket_url="https://t.example/browse/{ticket}?a=1&b"),
        typed(
            ALICE,
            "request acme-prod deploy from 2026-11-28T20:00Z until 2026-11-28T23:00Z ticket OPS-7"
            " because a launch",
            "requests",
        ),
    ],
    "request-impossible": [
        asks(),
        typed(
            ALICE,
            "request acme-prod deploy because x",
            "request acme-prod deploy for 2h until tomorrow because x",
            "request acme-prod deploy for 2h from tomorrow because x",
            "request acme-prod readonly for 2h because x",
            "request acme-prod deploy for 3d because x",
            "request globex deploy for 2h because x",
            "request nowhere deploy for 2h because x",
        ),
    ],
    "requests": [
        *waiting({"caller": CallerKind.AGENT}),
        *(typed(person, "requests") for person in (ALICE, BOB, LENA, ADA)),
    ],
    "requests-hidden": [
        *waiting(members=frozenset()),
        typed(BOB, "requests", APPROVE, "approve alice.0000000000000000"),
        typed(BOB, "approve nobody.0000000000000000"),
        typed(NINA, APPROVE),
    ],
    "request-expired": [
        *waiting({"expires_at": NOON}), typed(ALICE, "requests"), typed(BOB, "requests", APPROVE),
        pressed(BOB, approve_button()),
    ],
    "request-withdrawn": [
        *waiting(), typed(BOB, f"withdraw {REQUEST}"), typed(ALICE, f"withdraw {REQUEST}"),
    ],
    "request-denied": [
        *waiting(), typed(ALICE, f"deny {REQUEST} because I can"),
        typed(BOB, f"deny {REQUEST} because the release is frozen", APPROVE),
        pressed(LENA, approve_button()), pressed(LENA, deny_button(), "no"),
    ],
    "request-approved": [
        *waiting(), typed(BOB, APPROVE), pressed(LENA), pressed(ALICE), pressed(BOB),
        typed(LENA, APPROVE),
    ],
    "request-shortened": [
        *waiting(), typed(LENA, f"{APPROVE} for 3h"),
        typed(LENA, f"{APPROVE} for 1h"), pressed(LENA),
    ],
    "request-approved-by-strangers": [
        *waiting(), typed(ALICE, APPROVE), typed(ADA, APPROVE),
    ],
    "request-sensitive": [
        *waiting(sensitive=True), typed(LENA, APPROVE),
        pressed(BOB, approve_button()), pressed(BOB, deny_button(), "no"),
    ],
    # The buttons of a request's message
    "button-approve": [
        *waiting(people=2), pressed(BOB, approve_button()), later(minutes=1),
        pressed(BOB, "approve-request"), pressed(LENA, "approve-request"),
    ],
    "button-deny": [*waiting(), pressed(BOB, deny_button(), "  the <release> is frozen ")],
    "button-deny-without-words": [
        *waiting(),
        *(
            pressed(BOB, deny_button(), words)
            for words in (None, "", " \n", "\u200b", "x" * 201, "daypass_alice_" + "k" * 43)
        ),
    ],
    "button-by-strangers": [
        *waiting(),
        *(
            pressed(person, button, "no")
            for button in (approve_button(), deny_button()) for person in STRANGERS
        ),
    ],
    "button-after-a-revocation": [
        *waiting(), posted("/v1/engagements/acme-prod/grants/alice/revoke", "lena", reason="over"),
        pressed(BOB, approve_button()),
    ],
    "button-and-the-client": [*waiting(client=True), pressed(BOB, approve_button())],
    # Access
    "first-use": [
        *approved(**DAY), typed(ALICE, "access acme-prod deploy", "done"), link_opened, link_used,
    ],
    "first-use-begun": [
        *approved(**DAY, started_at=NOON), typed(ALICE, "access acme-prod deploy"), link_opened,
    ],
    "access": [
        typed(ALICE, "access acme-prod readonly for 30m because the import fails"),
        pressed(BOB, "revoke-link"), pressed(ALICE, "revoke-link"), link_opened,
        typed(ALICE, "access acme-prod"), link_used, pressed(ALICE, "revoke-link"),
    ],
    "access-refused": [
        asks(), with_items(a_role(requires_reason=True)),
        typed(ALICE, "access acme-prod", "access acme-prod deploy", "access acme-prod readonly"),
        typed(ALICE, "access nowhere", "access globex readonly", "access acme-prod nope"),
        typed(ALICE, "acces acme-prod", "list " + "a" * 3001),
    ],
    "access-without-links": [
        with_items(a_role(allows_links=False)),
        typed(ALICE, f"access acme-prod for 30m because {HOSTILE}"),
    ],
    "unbound": [
        typed(NINA, "list", "link"), typed(SAM, "list"), unbind_alice,
        typed(ALICE, "list", "access acme-prod"),
    ],
    "done": [
        *BOTH_SESSIONS, typed(BOB, "done", "done acme-prod"), typed(ALICE, "done", "done", "live"),
    ],
    "done-with-many": [
        *[posted(SESSIONS, "alice", role="readonly")] * (MAX_DONE + 1),
        typed(ALICE, "done", "done"),
    ],
    "done-with-one": [
        *BOTH_SESSIONS, typed(ALICE, "done hooli", "live"),
        posted("/v1/engagements/acme-prod/grants/alice/revoke", "lena", reason="over"),
        typed(ALICE, "done nowhere", "done acme-prod"),
    ],
    "done-with-access": [
        *approved(), typed(ALICE, "done hooli", "done", "access acme-prod deploy", "done"),
    ],
    # What leads do
    "revoke-member": revoked("member alice"),
    "revoke-engagement": revoked("engagement acme-prod"),
    "revoke-lead": [typed(LENA, f"revoke member luis {WHY}"), pressed(LENA)],
    "no-confirmation": [
        typed(ALICE, FREEZE, f"revoke member bob {WHY}"),
        typed(ALICE, f"revoke member {LENA.mention} {WHY}"),
        unbind_alice,
        *(typed(LENA, f"revoke member {person.mention} {WHY}") for person in (NINA, ALICE)),
    ],
    "in-console": [
        typed(LENA, "status acme-prod", "verify acme-prod", "thaw"),
        typed(LENA, f"grant {BOB.mention} acme-prod", "grant bob nowhere"),
        typed(LENA, "revoke grant bob acme-prod", "revoke role acme-prod deploy"),
        typed(ALICE, "emergency acme-prod deploy", "status acme-prod", "grant bob acme-prod"),
        pressed(ALICE, "open-console"),
        typed(LENA, f"grant {NINA.mention} acme-prod"),
    ],
    "freeze": [
        posted(SESSIONS, "alice", role="readonly"), typed(LENA, FREEZE), pressed(LENA),
        posted(SESSIONS, "alice", role="readonly"), typed(LENA, "who acme-prod", FREEZE),
        pressed(LENA), posted("/v1/thaw", "lena", reason="it is found"),
        typed(LUIS, FREEZE), pressed(LUIS),
    ],
    "freeze-counted": [
        with_items(a_block(listing=COUNTED, is_finished=True)), typed(LENA, FREEZE), pressed(LENA),
    ],
    "cancelled": [
        typed(LENA, f"revoke engagement acme-prod {WHY}"),
        lambda talk: talk.presses(LENA, talk.buttons["leave"], None), pressed(LUIS, "do"),
    ],
    "started-by-another-lead": [
        typed(LENA, f"revoke engagement acme-prod {WHY}"), pressed(ALICE), pressed(NINA),
        pressed(LUIS), pressed(LENA),
    ],
    "confirmed-too-late": [
        typed(LENA, f"revoke engagement acme-prod {WHY}"),
        later(seconds=CONFIRMATION_LIFE.total_seconds()), pressed(LENA),
    ],
}  # fmt: skip


@every("name", CONVERSATIONS)
def test_a_conversation_is_as_its_file_says(name):
    hold_conversation(name, CONVERSATIONS[name])


# Queries name only members with access, and deny nothing that is unknown.

LATER = NOON + timedelta(days=2)
MARKUP = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
WHO = "who acme-prod"
FAILED_ROLE, UNCHECKED = a_role(verification=FAILED), a_role("never", verification=None)
ALL_GRANTED = a_grant(roles=frozenset({"readonly", "never"}))
VENDED = posted("/v1/engagements/acme-prod/sessions", "alice", role="readonly", duration=1800)


def shown(text, *items):
    """Have lena and alice type the query while these items are stored."""
    return [with_items(*items), typed(LENA, text), typed(ALICE, text)]


def failing(step):
    """Let a step of alice's vend fail."""

    def vend(talk):
        talk.api.world.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
        VENDED(talk)
        talk.api.world.before = None

    return vend


def revoke_session(talk):
    path = f"/v1/members/alice/sessions/{talk.api.world.entries[-1].vend}/revoke"
    assert talk.api.post(path, "lena", {"reason": "r"}).status == 200


def on_request(**grant):
    """Let alice have `deploy` on request, and approved access if it has fields."""
    opened = [an_approved_grant(role="deploy", **grant)] if grant else []
    return [lambda talk: let_alice_ask(talk.api), *shown("list", a_role("deploy"), *opened)]


CROWD = [f"member-{number}-{'x' * 15}" for number in range(60)]
QUERIES = {
    "list": [typed(ALICE, "list"), typed(ADA, "list")],
    "list-roles": shown("list", FAILED_ROLE, UNCHECKED, ALL_GRANTED),
    "list-on-request": [*on_request(), typed(LENA, WHO)],
    "list-to-be-used": on_request(duration=7200),
    "live": [VENDED, later(minutes=10), typed(ALICE, "live"), typed(BOB, "live")],
    "live-not-handed-over": [failing("issue"), typed(ALICE, "live")],
    "live-unknown": [failing("put_outcome issued"), typed(ALICE, "live")],
    "live-cut-off": [
        VENDED, with_items(role_cut_offs(a_seen_cut_off())), typed(ALICE, "live"), typed(LENA, WHO),
    ],
    "live-revoked": [VENDED, revoke_session, typed(ALICE, "live")],
    "who": [
        with_items(a_grant("bob"), a_grant("ada")), VENDED,
        *(typed(reader, WHO) for reader in (LENA, ADA, ALICE)),
    ],
    "who-ends-first": shown(WHO, an_engagement(ends_at=LATER)),
    "who-hostile": shown(WHO, a_member("alice", name=MARKUP)),
    "who-crowd": [
        with_items(*(a_member(name, name="W" * 80) for name in CROWD), *map(a_grant, CROWD)),
        typed(ALICE, WHO),
    ],
    "who-closed": shown(WHO, an_engagement(closed_at=NOON)),
    "who-revoked": shown(WHO, an_engagement(revoked_at=NOON)),
    "who-ended": shown(WHO, an_engagement(ends_at=NOON)),
    "who-former": shown(WHO, a_grant(ends_at=NOON)),
    "who-not-begun": shown(WHO, an_engagement(starts_at=LATER)),
}  # fmt: skip


@every("name", QUERIES)
def test_a_query_is_answered_as_its_file_says(name):
    hold_conversation(f"queries/{name}", QUERIES[name])


@every("minutes", [0, 20])
def test_sessions_that_were_not_read_are_neither_denied_nor_counted(minutes):
    """After 20 minutes the most recent session has ended, and an earlier one has not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.usecases.slack.commands.queries.MAX_SESSIONS", 1)
        short = posted("/v1/engagements/acme-prod/sessions", "alice", role="readonly", duration=900)
        steps = [VENDED, short, later(minutes=minutes), typed(ALICE, "live")]
        hold_conversation(f"queries/unread-{minutes}", [*steps, typed(LENA, WHO)])


def test_an_outsider_gets_the_same_answer_for_every_engagement(api):
    answers = [
        answer_to(api, f"who {engagement}", BOB).rpartition("request-")[0]
        for engagement in ("acme-prod", "nowhere")
    ]
    assert answers[0] == answers[1]
    assert "not-a-member" in answers[0]
    about = [(e.engagement, e.details.get("asked_for")) for e in api.world.entries[-2:]]
    assert about == [("acme-prod", None), ("", "nowhere")]
