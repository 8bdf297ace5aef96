"""What is looked at in Slack: nobody is named who may not enter, and nothing denied that is not
known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import Item
from tests.builders import ROLE_ARN, a_grant, a_member, a_role, an_engagement, an_override
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, said
from tests.entrypoints.test_a_role_that_failed import FAILED, FOUND, KNOWN, WHEN
from tests.fakes import NOON

LATER, MIDNIGHT = NOON + timedelta(days=2), datetime(2026, 11, 28, tzinfo=UTC)
HOSTILE = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
NOBODY = "Nobody may enter it now."
WHO, STATUS = "who acme-prod", "status acme-prod"
FAILED_ROLE, UNCHECKED = a_role(verification=FAILED), a_role(verification=None)
ADMIN = a_role("admin", verification=FAILED)
OF_LENAS = a_role(override=an_override(by="lena"))
TO_MIDNIGHT = an_engagement(ends_at=MIDNIGHT)


def engagement(stands: str, **changes: Any) -> tuple[Any, ...]:
    """An engagement that nobody may enter, in the lines of `who`."""
    about = [f"`acme-prod` is {stands}", NOBODY]
    return [an_engagement(**changes)], WHO, LENA, about, ["Alice"]


# What there is beside the scene; what is typed, by whom; what the answer says, and does not.
LOOKS: dict[str, tuple[Any, ...]] = {
    "list: one's own engagements": (
        [], "list", ALICE,
        ["`acme-prod` (Acme): `readonly`, until 24 December 2026, 12:00 UTC"], ["globex"],
    ),
    "list: none": ([], "list", ADA, ["You are on no engagement"], []),
    "list: a grant that begins later": (
        [a_grant(starts_at=LATER)], "list", ALICE, ["from 26 November 2026 on"], [],
    ),
    "list: closed": ([an_engagement(closed_at=NOON)], "list", ALICE, ["not open now"], []),
    "list: a role that failed": ([FAILED_ROLE], "list", ALICE, ["(failed its check)"], []),
    "list: a role that nobody checked": ([UNCHECKED], "list", ALICE, ["(not checked yet)"], []),
    "live: none": ([], "live", ALICE, ["no session"], []),
    "who: nobody whom a grant does not let in": (
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
    "who: closed": engagement("closed on 24 November 2026", closed_at=NOON),
    "who: revoked": engagement("revoked on 24 November 2026", revoked_at=NOON),
    "who: over": engagement("over since 24 November 2026", ends_at=NOON),
    "who: not begun": engagement("not begun: from 26 November 2026", starts_at=LATER),
    "status: all is well": (
        [a_role("never", verification=None)], STATUS, LENA,
        [
            "`acme-prod`* (Acme), open until 24 December 2026",
            "`readonly`: passed its check of",
            "`never`: not checked as it stands; nothing is vended from it",
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
            "overridden by lena until the end of 27 November 2026, UTC",
        ],
        ["28 November"],
    ),
    "status: not begun": (
        [an_engagement(starts_at=LATER, ends_at=MIDNIGHT)], STATUS, LENA,
        ["not begun: from 26 November 2026 until the end of 27 November 2026, UTC"], [],
    ),
    "status: failed": (
        [FAILED_ROLE], STATUS, LENA,
        [
            f"failed its check of 25 October 2026, 12:00 UTC. {FOUND}",
            "Nothing is vended from it, and the leads know",
        ],
        [],
    ),
    "status: of another role a lead learns what failed": ([ADMIN], STATUS, LENA, [FOUND], []),
    # What a check found of another role may be a way into the client's account.
    "status: and a member does not": (
        [ADMIN], STATUS, ALICE, ["`readonly`: passed its check of"], ["admin", FOUND],
    ),
    "status: who overrides": ([OF_LENAS], STATUS, LENA, ["overridden by lena until"], []),
    "status: a member is not told": ([OF_LENAS], STATUS, ALICE, ["overridden by a lead until"], []),
    "status: one's roles have ended": (
        [a_role(ended_at=NOON)], STATUS, ALICE, ["Your grant has no role that is in use."], [],
    ),
    "status: all roles have ended": (
        [a_role(ended_at=NOON)], STATUS, LENA, ["It has no role."], [],
    ),
    "access: a role that failed": (
        [FAILED_ROLE], "access acme-prod readonly", ALICE, [WHEN, FOUND, KNOWN], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_what_is_looked_at_is_shown_as_it_stands(api: Api, look: str) -> None:
    items: list[Item]
    items, text, who, says, lacks = LOOKS[look]
    api.world.add(*items)

    told = said(api, text, who)

    assert [part for part in says if part not in told] == []
    assert [part for part in lacks if part in told] == []


def vended(api: Api, times: int = 1, duration: int = 900) -> None:
    for _ in range(times):
        body = {"role": "readonly", "duration": duration}
        api.post("/v1/engagements/acme-prod/sessions", "alice", body)


def test_live_shows_the_time_that_each_of_ones_sessions_has_left(api: Api) -> None:
    vended(api, duration=1800)
    api.world.later(minutes=10)

    assert "`acme-prod` `readonly`: 20 min left, until 12:30 UTC" in said(api, "live")
    assert "no session" in said(api, "live", BOB)


@pytest.mark.parametrize(
    ("step", "says"), [("issue", "given to nobody"), ("put_outcome issued", "if AWS issued it")]
)
def test_live_says_of_what_was_not_handed_over_what_is_known(
    api: Api, step: str, says: str
) -> None:
    api.world.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
    vended(api)
    api.world.before = None

    assert f"until 12:15 UTC, {says}" in said(api, "live")


@pytest.mark.parametrize("who", [LENA, ADA], ids=lambda who: who.name)
def test_leads_and_auditors_see_who_is_on_an_engagement_with_roles_and_sessions(
    api: Api, who: Any
) -> None:
    vended(api, duration=3600)

    told = said(api, "who acme-prod", who)

    assert "Alice (`alice`): `readonly`, until 24 December 2026, 12:00 UTC; 1 session" in told
    assert "1 may be alive, the last until 24 November 2026, 13:00 UTC." in told


def test_members_see_the_names_of_those_on_their_engagement_and_leads_see_the_rest(
    api: Api,
) -> None:
    """Roles, ends, IDs and sessions of others are not for members: neither by name, nor counted."""
    api.world.add(a_grant("bob"))
    vended(api)

    alices, lenas = said(api, WHO), said(api, WHO, LENA)

    assert all(name in told for name in ("Alice", "Bob") for told in (alices, lenas))
    facts = ("`alice`", "`readonly`", "until", "session", "may be alive")
    assert [(fact in lenas, fact in alices) for fact in facts] == [(True, False)] * len(facts)
    assert "1 may be alive" in said(api, STATUS, LENA)
    assert "alive" not in said(api, STATUS)


@pytest.mark.parametrize("command", ["who", "status"])
def test_an_outsider_learns_nothing_and_is_on_record(api: Api, command: str) -> None:
    there = said(api, f"{command} acme-prod", BOB).replace("request-1", "")
    nowhere = said(api, f"{command} nowhere", BOB).replace("request-2", "")

    assert there == nowhere
    assert "not-a-member" in there
    about = [(one.engagement, one.details.get("asked_for")) for one in api.world.entries]
    assert about == [("acme-prod", None), ("", "nowhere")]
    entries = [(one.actor, one.action, one.outcome, one.address) for one in api.world.entries]
    refused = ("bob", Action.READ, Outcome.REFUSED, "slack:T0EXAMPLE/C0GENERAL/UBOB")
    assert entries == [refused, refused]


@pytest.mark.parametrize(
    ("minutes", "in_who", "count"),
    [
        # The latest vends have ended, and there are others before them.
        (20, "no session among the latest", "none is alive; some of the earlier ones may be."),
        (0, "at least 1 session that", "At least 1 may be alive, the last of these until 24 Nov"),
    ],
    ids=["ended", "alive"],
)
def test_what_was_not_looked_at_is_neither_denied_nor_counted(
    api: Api, monkeypatch: pytest.MonkeyPatch, minutes: int, in_who: str, count: str
) -> None:
    monkeypatch.setattr("chalicelib.usecases.slack.commands.queries.MOST_SESSIONS", 1)
    vended(api, times=2)
    api.world.later(minutes=minutes)

    live, who = said(api, "live"), said(api, WHO, LENA)
    status = said(api, STATUS, LENA)
    asked = said(api, "revoke engagement acme-prod because it leaks", LENA)

    assert in_who in who
    assert "no session" not in live
    for told in (live, who, status, asked):
        assert "No session is alive" not in told
        assert count in told
        assert "Leads list them all by the API." in told
