"""Slack's queries: they name only members with access, and deny nothing that is unknown."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import Item
from tests.builders import (
    ROLE_ARN,
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
from tests.entrypoints.test_a_role_that_failed import FAILED, FOUND, KNOWN, WHEN
from tests.fakes import NOON

LATER, MIDNIGHT = NOON + timedelta(days=2), datetime(2026, 11, 28, tzinfo=UTC)
HOSTILE = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
NO_SESSION = "No one can get a session now."
WHO, STATUS = "who acme-prod", "status acme-prod"
FAILED_ROLE, UNCHECKED = a_role(verification=FAILED), a_role(verification=None)
ADMIN = a_role("admin", verification=FAILED)
OF_LENAS = a_role(override=an_override(by="lena"))
TO_MIDNIGHT = an_engagement(ends_at=MIDNIGHT)


def not_open(status: str, **changes: Any) -> tuple[Any, ...]:
    """Return the row of an engagement that vends nothing, as `who` shows it."""
    about = [f"`acme-prod`: {status}", NO_SESSION]
    return [an_engagement(**changes)], WHO, LENA, about, ["Alice"]


# Items beside the scene; the command and its sender; texts in the answer, and texts not in it.
QUERIES: dict[str, tuple[Any, ...]] = {
    "list: one's own engagements": (
        [], "list", ALICE,
        ["`acme-prod` (Acme): `readonly`, until 24 December 2026, 12:00 UTC"], ["globex"],
    ),
    "list: none": ([], "list", ADA, ["You have no engagements"], []),
    "list: a grant that begins later": (
        [a_grant(starts_at=LATER)], "list", ALICE, ["from 26 November 2026 on"], [],
    ),
    "list: closed": ([an_engagement(closed_at=NOON)], "list", ALICE, ["not open now"], []),
    "list: a role that failed": ([FAILED_ROLE], "list", ALICE, ["(failed its check)"], []),
    "list: an unchecked role": ([UNCHECKED], "list", ALICE, ["(not checked yet)"], []),
    "live: none": ([], "live", ALICE, ["no session"], []),
    "who: only members who may use their grant": (
        [a_grant("ada")], WHO, LENA, ["Alice"], ["Sam", "Ada"],
    ),
    "who: the end that comes first": (
        [an_engagement(ends_at=LATER)], WHO, LENA, ["`readonly`, until 26 November 2026"], [],
    ),
    "who: a hostile name": (
        [a_member("alice", name=HOSTILE)], WHO, ALICE, ["&lt;!channel&gt;"],
        ["<!channel>", "<https", "<@ULENA>"],
    ),
    "who: a long list": (
        [
            item
            for number in range(60)
            for name in [f"member-{number}-{'x' * 15}"]
            for item in (a_member(name, name="W" * 80), a_grant(name))
        ],
        WHO, ALICE, ["more"], [],
    ),
    "who: closed": not_open("closed on 24 November 2026", closed_at=NOON),
    "who: revoked": not_open("revoked on 24 November 2026", revoked_at=NOON),
    "who: ended": not_open("ended on 24 November 2026", ends_at=NOON),
    "who: not begun": not_open("not open yet: from 26 November 2026", starts_at=LATER),
    "status: all is well": (
        [a_role("never", verification=None)], STATUS, LENA,
        [
            "`acme-prod`* (Acme), open until 24 December 2026",
            "`readonly`: passed its check on",
            "`never`: not checked with its current ARN and external ID. Daypass gives no sessions",
        ],
        [ROLE_ARN],
    ),
    "status: revoked": (
        [an_engagement(revoked_at=NOON)], STATUS, ALICE, ["revoked on 24 November 2026"], [],
    ),
    "status: an end at midnight is its last day": (
        [TO_MIDNIGHT, a_role(override=an_override(until=MIDNIGHT))], STATUS, LENA,
        [
            "open until the end of 27 November 2026, UTC",
            "lena overrides its check until the end of 27 November 2026, UTC",
        ],
        ["28 November"],
    ),
    "status: not begun": (
        [an_engagement(starts_at=LATER, ends_at=MIDNIGHT)], STATUS, LENA,
        ["not open yet: from 26 November 2026 until the end of 27 November 2026, UTC"], [],
    ),
    "status: failed": (
        [FAILED_ROLE], STATUS, LENA,
        [
            f"failed its check on 25 October 2026, 12:00 UTC. {FOUND}",
            "Daypass gives no sessions from this role. Leads see the likeliest cause in a terminal",
            "daypass why acme-prod/readonly",
        ],
        [],
    ),
    "status: a lead sees another role's finding": ([ADMIN], STATUS, LENA, [FOUND], []),
    # A finding about another role may reveal a way into the client's account.
    "status: a member does not see it": (
        [ADMIN], STATUS, ALICE, ["`readonly`: passed its check on"], ["admin", FOUND],
    ),
    "status: who overrides": ([OF_LENAS], STATUS, LENA, ["lena overrides its check until"], []),
    "status: no name for members": (
        [OF_LENAS], STATUS, ALICE, ["a lead overrides its check until"], [],
    ),
    "status: one's roles have ended": (
        [a_role(ended_at=NOON)], STATUS, ALICE, ["No role of your grant is in use."], [],
    ),
    "status: all roles have ended": (
        [a_role(ended_at=NOON)], STATUS, LENA, ["No role of the engagement is in use."], [],
    ),
    "access: a role that failed": (
        [FAILED_ROLE], "access acme-prod readonly", ALICE, [WHEN, FOUND, KNOWN], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_shows_the_present_state(api: Api, query: str) -> None:
    items: list[Item]
    items, text, sender, present, absent = QUERIES[query]
    api.world.add(*items)

    answer = answer_to(api, text, sender)

    assert [part for part in present if part not in answer] == []
    assert [part for part in absent if part in answer] == []


def vended(api: Api, times: int = 1, duration: int = 900) -> None:
    for _ in range(times):
        body = {"role": "readonly", "duration": duration}
        api.post("/v1/engagements/acme-prod/sessions", "alice", body)


def test_live_shows_the_time_left_of_each_session(api: Api) -> None:
    vended(api, duration=1800)
    api.world.later(minutes=10)

    assert "`acme-prod` `readonly`: 20 min left, until 12:30 UTC" in answer_to(api, "live")
    assert "no session" in answer_to(api, "live", BOB)


@pytest.mark.parametrize(
    ("step", "note"),
    [("issue", "not handed over"), ("put_outcome issued", "AWS may have issued it")],
)
def test_live_notes_a_session_that_was_not_handed_over(api: Api, step: str, note: str) -> None:
    api.world.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
    vended(api)
    api.world.before = None

    assert re.search(f"until 12:15 UTC; .*{note}", answer_to(api, "live"))


def test_live_leaves_out_a_session_that_is_cut_off(api: Api) -> None:
    vended(api)
    api.world.add(role_cut_offs(a_seen_cut_off()))
    assert "No session is alive. Cut off already: 1." in answer_to(api, "live")
    assert "No session is alive. Cut off already: 1." in answer_to(api, WHO, LENA)


def test_live_notes_a_session_that_a_lead_revoked(api: Api) -> None:
    vended(api)
    path = f"/v1/members/alice/sessions/{api.world.entries[-1].vend}/revoke"
    assert api.post(path, "lena", {"reason": "r"}).status == 200
    assert "until 12:15 UTC; revoked: it may work until it expires" in answer_to(api, "live")


@pytest.mark.parametrize("reader", [LENA, ADA], ids=lambda reader: reader.name)
def test_leads_and_auditors_see_who_is_on_an_engagement_with_roles_and_sessions(
    api: Api, reader: Any
) -> None:
    vended(api, duration=3600)

    answer = answer_to(api, "who acme-prod", reader)

    assert "Alice (`alice`): `readonly`, until 24 December 2026, 12:00 UTC; 1 session" in answer
    assert "1 session may be alive, until 24 November 2026, 13:00 UTC." in answer


def test_members_see_names_only_and_leads_see_the_rest(
    api: Api,
) -> None:
    """Members see nothing of others' roles, ends, IDs and sessions, not even their number."""
    api.world.add(a_grant("bob"))
    vended(api)

    alices, lenas = answer_to(api, WHO), answer_to(api, WHO, LENA)

    assert all(name in answer for name in ("Alice", "Bob") for answer in (alices, lenas))
    facts = ("`alice`", "`readonly`", "until", "session", "may be alive")
    assert [(fact in lenas, fact in alices) for fact in facts] == [(True, False)] * len(facts)
    assert "1 session may be alive" in answer_to(api, STATUS, LENA)
    assert "alive" not in answer_to(api, STATUS)


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


@pytest.mark.parametrize(
    ("minutes", "in_who", "count"),
    [
        # The most recent sessions have ended, and there are earlier ones.
        (
            20,
            "no session among the latest",
            "None of the most recent sessions is alive, but earlier ones may be.",
        ),
        (
            0,
            "at least 1 session that",
            "At least 1 session may be alive, the last of these until 24",
        ),
    ],
    ids=["ended", "alive"],
)
def test_sessions_that_were_not_read_are_neither_denied_nor_counted(
    api: Api, monkeypatch: pytest.MonkeyPatch, minutes: int, in_who: str, count: str
) -> None:
    monkeypatch.setattr("chalicelib.usecases.slack.commands.queries.MAX_SESSIONS", 1)
    vended(api, times=2)
    api.world.later(minutes=minutes)

    live, member = answer_to(api, "live"), answer_to(api, WHO, LENA)
    status = answer_to(api, STATUS, LENA)
    confirmation = answer_to(api, "revoke engagement acme-prod because it leaks", LENA)

    assert in_who in member
    assert "no session" not in live
    for answer in (live, member, status, confirmation):
        assert "No session is alive" not in answer
        assert count in answer
        assert "Leads list all sessions in a terminal: daypass who" in answer


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (None, "`deploy` (on request)"),
        ({}, "`deploy` (open until 24 November 2026, 14:00 UTC)"),
        ({"duration": 7200}, "`deploy` (approved, to be used first before 24 November 2026, 14:00"),
        (
            {"starts_at": NOON + timedelta(hours=1)},
            "`deploy` (open from 24 November 2026, 13:00 UTC until 24 November 2026, 14:00 UTC)",
        ),
    ],
)
def test_list_says_until_when_a_role_on_request_is_open(
    api: Api, changes: dict[str, Any] | None, note: str
) -> None:
    let_alice_ask(api)
    api.world.add(a_role("deploy"))
    if changes is not None:
        api.world.add(an_approved_grant(role="deploy", **changes))
    answer = answer_to(api, "list")
    assert note in answer
    assert "`readonly`," in answer or "`readonly`" in answer


def test_who_says_which_roles_are_on_request(api: Api) -> None:
    let_alice_ask(api)
    assert "`deploy` (on request), `readonly`, until" in answer_to(api, "who acme-prod", LENA)
