"""Slack's queries: they name only members with access, and deny nothing that is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import Item
from local.slack.requests import Person
from tests.builders import (
    a_grant,
    a_member,
    a_role,
    a_seen_cut_off,
    an_approved_grant,
    an_engagement,
    an_override,
    role_cut_offs,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, answer_to
from tests.entrypoints.slack.request_scene import let_alice_ask
from tests.entrypoints.slack.transcript import Transcript
from tests.entrypoints.test_a_role_that_failed import FAILED
from tests.fakes import NOON

LATER, MIDNIGHT = NOON + timedelta(days=2), datetime(2026, 11, 28, tzinfo=UTC)
HOSTILE = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
WHO, STATUS = "who acme-prod", "status acme-prod"
FAILED_ROLE, UNCHECKED = a_role(verification=FAILED), a_role(verification=None)
ADMIN = a_role("admin", verification=FAILED)
OF_LENAS = a_role(override=an_override(by="lena"))
TO_MIDNIGHT = an_engagement(ends_at=MIDNIGHT)
MANY: list[Item] = [
    item
    for number in range(60)
    for name in [f"member-{number}-{'x' * 15}"]
    for item in (a_member(name, name="W" * 80), a_grant(name))
]


QUERIES: dict[str, list[tuple[str, list[Item], list[tuple[Person, str]]]]] = {
    "list": [
        ("as it is", [], [(ALICE, "list"), (ADA, "list"), (ALICE, "live")]),
        ("the grant begins later", [a_grant(starts_at=LATER)], [(ALICE, "list")]),
        ("the engagement is closed", [an_engagement(closed_at=NOON)], [(ALICE, "list")]),
        ("the role failed", [FAILED_ROLE], [(ALICE, "list"), (ALICE, "access acme-prod readonly")]),
        ("the role is unchecked", [UNCHECKED], [(ALICE, "list")]),
    ],
    "who": [
        ("Ada, an auditor, has a grant", [a_grant("ada")], [(LENA, WHO)]),
        ("the engagement ends first", [an_engagement(ends_at=LATER)], [(LENA, WHO)]),
        ("Alice has a hostile name", [a_member("alice", name=HOSTILE)], [(ALICE, WHO)]),
        ("there are many", MANY, [(ALICE, WHO)]),
        ("closed", [an_engagement(closed_at=NOON)], [(LENA, WHO)]),
        ("revoked", [an_engagement(revoked_at=NOON)], [(LENA, WHO)]),
        ("ended", [an_engagement(ends_at=NOON)], [(LENA, WHO)]),
        ("not begun", [an_engagement(starts_at=LATER)], [(LENA, WHO)]),
    ],
    "status": [
        ("a role is unchecked", [a_role("never", verification=None)], [(LENA, STATUS)]),
        ("revoked", [an_engagement(revoked_at=NOON)], [(ALICE, STATUS)]),
        (
            "an end at midnight is the last day",
            [TO_MIDNIGHT, a_role(override=an_override(until=MIDNIGHT))],
            [(LENA, STATUS)],
        ),
        ("not begun", [an_engagement(starts_at=LATER, ends_at=MIDNIGHT)], [(LENA, STATUS)]),
        ("the role failed", [FAILED_ROLE], [(LENA, STATUS)]),
        # A finding about another role may reveal a way into the client's account.
        ("another role failed", [ADMIN], [(LENA, STATUS), (ALICE, STATUS)]),
        ("overridden by lena", [OF_LENAS], [(LENA, STATUS), (ALICE, STATUS)]),
        ("all roles have ended", [a_role(ended_at=NOON)], [(ALICE, STATUS), (LENA, STATUS)]),
    ],
}
"""States beside the scene: their items, and who types which command."""


@pytest.mark.golden
@pytest.mark.parametrize("query", QUERIES)
def test_queries_answer_in_each_state_as_the_file_says(slack: Transcript, query: str) -> None:
    for state, items, typed in QUERIES[query]:
        slack.start_again(state, *items)
        for sender, text in typed:
            slack.type(sender, text)
    slack.hold(f"queries/{query}")


def vended(api: Api, times: int = 1, duration: int = 900) -> None:
    for _ in range(times):
        body = {"role": "readonly", "duration": duration}
        api.post("/v1/engagements/acme-prod/sessions", "alice", body)


@pytest.mark.golden
def test_answers_about_sessions_are_as_the_file_says(slack: Transcript) -> None:
    """Members see nothing of others' roles, ends, IDs and sessions, not even their number."""
    api = slack.api

    def start_again(text: str, *items: Item, step: str = "", duration: int = 900) -> None:
        slack.start_again(text)
        if step:
            api.world.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
        vended(api, duration=duration)
        api.world.before = None
        slack.note("her session is issued" if not step else "it fails", *items)

    start_again("Bob has a grant, too", a_grant("bob"), duration=1800)
    for sender in (ALICE, LENA, ADA):
        slack.type(sender, WHO, STATUS)
    api.world.later(minutes=10)
    slack.note("ten minutes later")
    slack.type(ALICE, "live")
    slack.type(BOB, "live")
    start_again("a session whose issue fails", step="issue")
    slack.type(ALICE, "live")
    start_again("a session whose outcome is not recorded", step="put_outcome issued")
    slack.type(ALICE, "live")
    start_again("a session that is cut off", role_cut_offs(a_seen_cut_off()))
    slack.type(ALICE, "live")
    slack.type(LENA, WHO)
    start_again("a session that a lead revokes")
    path = f"/v1/members/alice/sessions/{api.world.entries[-1].vend}/revoke"
    assert api.post(path, "lena", {"reason": "r"}).status == 200
    slack.note("Lena revokes it")
    slack.type(ALICE, "live")
    slack.hold("queries/sessions")


@pytest.mark.parametrize("command", ["who", "status"])
def test_an_outsider_learns_nothing_and_the_trail_records_it(api: Api, command: str) -> None:
    there = answer_to(api, f"{command} acme-prod", BOB).replace("request-1", "")
    nowhere = answer_to(api, f"{command} nowhere", BOB).replace("request-2", "")

    assert there == nowhere
    assert "not-a-member" in there
    about = [(entry.engagement, entry.details.get("asked_for")) for entry in api.world.entries]
    assert about == [("acme-prod", None), ("", "nowhere")]
    entries = [
        (entry.actor, entry.action, entry.outcome, entry.address) for entry in api.world.entries
    ]
    refused = ("bob", Action.READ, Outcome.REFUSED, "slack:T0EXAMPLE/C0GENERAL/UBOB")
    assert entries == [refused, refused]


@pytest.mark.golden
def test_sessions_that_were_not_read_are_neither_denied_nor_counted(
    slack: Transcript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.usecases.slack.commands.queries.MAX_SESSIONS", 1)
    vended(slack.api, times=2)
    for minutes in (0, 20):
        slack.api.world.later(minutes=minutes)
        slack.note(f"Alice got two sessions {minutes} minutes ago, and Daypass reads one")
        slack.type(ALICE, "live")
        slack.type(LENA, WHO, STATUS, "revoke engagement acme-prod because it leaks")
    slack.hold("queries/sessions-not-read")


@pytest.mark.golden
def test_answers_about_roles_on_request_are_as_the_file_says(slack: Transcript) -> None:
    let_alice_ask(slack.api)
    slack.note("deploy is on request", a_role("deploy"))
    slack.type(ALICE, "list")
    slack.type(LENA, WHO)
    later = NOON + timedelta(hours=1)
    for state, changes in (
        ("open", {}),
        ("approved for two hours", {"duration": 7200}),
        ("open from one o'clock", {"starts_at": later}),
    ):
        slack.note(state, an_approved_grant(role="deploy", **changes))
        slack.type(ALICE, "list")
    slack.hold("queries/on-request")
