"""Slack's queries: they name only members with access, and deny nothing that is unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import (
    a_grant,
    a_member,
    a_role,
    a_seen_cut_off,
    an_approved_grant,
    an_engagement,
    role_cut_offs,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.conversation import (
    Conversation,
    Step,
    hold_conversation,
    later,
    posted,
    typed,
    with_items,
)
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, answer_to
from tests.entrypoints.slack.request_scene import let_alice_ask
from tests.entrypoints.test_whole_answers import FAILED
from tests.fakes import NOON
from tests.rows import every

LATER = NOON + timedelta(days=2)
HOSTILE = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
WHO = "who acme-prod"
FAILED_ROLE, UNCHECKED = a_role(verification=FAILED), a_role("never", verification=None)
ALL_GRANTED = a_grant(roles=frozenset({"readonly", "never"}))
VENDED = posted("/v1/engagements/acme-prod/sessions", "alice", role="readonly", duration=1800)


def shown(text: str, *items: Any) -> list[Step]:
    """Have lena and alice type the query while these items are stored."""
    return [with_items(*items), typed(LENA, text), typed(ALICE, text)]


def failing(step: str) -> Step:
    """Let a step of alice's vend fail."""

    def vend(talk: Conversation) -> None:
        talk.api.world.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
        VENDED(talk)
        talk.api.world.before = None

    return vend


def revoke_session(talk: Conversation) -> None:
    path = f"/v1/members/alice/sessions/{talk.api.world.entries[-1].vend}/revoke"
    assert talk.api.post(path, "lena", {"reason": "r"}).status == 200


def on_request(**grant: Any) -> list[Step]:
    """Let alice have `deploy` on request, and approved access if it has fields."""
    opened = [an_approved_grant(role="deploy", **grant)] if grant else []
    return [lambda talk: let_alice_ask(talk.api), *shown("list", a_role("deploy"), *opened)]


CROWD = [f"member-{number}-{'x' * 15}" for number in range(60)]
QUERIES: dict[str, list[Step]] = {
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
    "who-hostile": shown(WHO, a_member("alice", name=HOSTILE)),
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


@pytest.mark.golden
@every("name", QUERIES)
def test_a_query_is_answered_as_its_file_says(name: str) -> None:
    hold_conversation(f"queries/{name}", QUERIES[name])


@pytest.mark.golden
@every("minutes", [0, 20])
def test_sessions_that_were_not_read_are_neither_denied_nor_counted(minutes: int) -> None:
    """After 20 minutes the most recent session has ended, and an earlier one has not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.usecases.slack.commands.queries.MAX_SESSIONS", 1)
        short = posted("/v1/engagements/acme-prod/sessions", "alice", role="readonly", duration=900)
        steps = [VENDED, short, later(minutes=minutes), typed(ALICE, "live")]
        hold_conversation(f"queries/unread-{minutes}", [*steps, typed(LENA, WHO)])


def test_an_outsider_gets_the_same_answer_for_every_engagement(api: Api) -> None:
    answers = [
        answer_to(api, f"who {engagement}", BOB).rpartition("request-")[0]
        for engagement in ("acme-prod", "nowhere")
    ]
    assert answers[0] == answers[1]
    assert "not-a-member" in answers[0]
    about = [(e.engagement, e.details.get("asked_for")) for e in api.world.entries[-2:]]
    assert about == [("acme-prod", None), ("", "nowhere")]
