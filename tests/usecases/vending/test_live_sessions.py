"""The sessions that may be alive, and the response to a revocation."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, CutOffStatus
from chalicelib.domain.vending.sessions import Session, SessionStatus
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.vending.sessions import list_sessions, list_sessions_with_states
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions
from tests.builders import (
    Scene,
    a_cut_off,
    a_grant,
    a_member,
    a_scene,
    a_seen_cut_off,
    an_engagement,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.vending.alive import live_sessions

FILTERS: list[dict[str, str]] = [{}, {"engagement": "acme-prod"}, {"member": "alice"}]


def alive_at_acme(scene: Scene) -> tuple[Session, ...]:
    return live_sessions(scene.ports, an_engagement())


@every(
    "moment, cut_off",
    [
        (NOON, NOON + timedelta(seconds=5)),
        (NOON + timedelta(microseconds=1), NOON + timedelta(seconds=6)),
        (NOON + timedelta(microseconds=999_999), NOON + timedelta(seconds=6)),
        (NOON + timedelta(seconds=1), NOON + timedelta(seconds=6)),
    ],
)
def test_a_cut_off_is_rounded_up_and_has_a_margin(moment: datetime, cut_off: datetime) -> None:
    scene = a_scene()
    scene.world.clock = moment
    for revoked_at in (moment, NOON - timedelta(days=1)):
        answer = withhold_and_list_sessions(
            scene.ports,
            scene.caller(),
            a_grant("bob"),
            revoked_at,
            cut_off=None,
            requested_by="lena",
        )
        assert (answer.revoked_at, answer.cut_off_at) == (revoked_at, cut_off)


@every("filters", FILTERS)
def test_a_list_has_a_session_of_the_clock_that_is_furthest_ahead(filters: dict[str, str]) -> None:
    scene = a_scene()
    ahead = MAX_CLOCK_LEAD - timedelta(microseconds=1)
    scene.world.clock += ahead
    vend = scene.vend().vend
    scene.world.clock -= ahead
    assert listed(scene, 50, **filters) == [vend]


def test_everybodys_sessions_or_one_members_the_last_to_end_first() -> None:
    scene = a_scene()
    scene.world.add(a_grant("bob"))
    alices = scene.vend()
    scene.world.later(seconds=10)
    bobs = scene.vend("bob")
    elsewhere = scene.vend("bob", "globex")
    everybody = alive_at_acme(scene)
    assert [session.vend for session in everybody] == [bobs.vend, alices.vend]
    assert [s.vend for s in live_sessions(scene.ports, a_grant("alice"))] == [alices.vend]
    assert {s.vend for s in live_sessions(scene.ports, a_member("bob"))} == {
        bobs.vend,
        elsewhere.vend,
    }


def test_a_vend_that_died_is_listed_for_as_long_as_its_session_may_be_alive() -> None:
    scene = a_scene()
    died(scene)
    scene.world.later(seconds=3637.9)
    assert [session.status for session in alive_at_acme(scene)] == [SessionStatus.UNKNOWN]


def test_no_crowd_of_entries_hides_a_session() -> None:
    scene = a_scene()
    oldest = scene.vend()
    scene.world.later(seconds=1)
    scene.world.entries.extend(
        Entry(
            id=f"noise-{number}",
            at=scene.world.clock,
            actor="alice",
            action=Action.VEND,
            outcome=Outcome.REFUSED,
            engagement="acme-prod",
        )
        for number in range(1200)
    )
    scene.world.later(seconds=1)
    newest = scene.vend()
    alive = alive_at_acme(scene)
    assert [session.vend for session in alive] == [newest.vend, oldest.vend]


def listed(scene: Scene, limit: int, **filters: str) -> list[str]:
    """Return the vends of all pages of at most `limit` sessions."""
    vends: list[str] = []
    cursor = ""
    for _ in range(20):
        page = list_sessions(scene.ports, limit=limit, cursor=cursor, **filters)
        assert len(page.items) <= limit
        vends += [session.vend for session in page.items]
        cursor = page.cursor
        if not cursor:
            return vends
    raise AssertionError("no end")


@every("limit", [1, 2, 3, 7])
@every("filters", FILTERS)
def test_every_session_is_on_one_of_the_pages(filters: dict[str, str], limit: int) -> None:
    """Vends without an outcome have one entry each, so a page of entries has more sessions."""
    scene = a_scene()
    handed_over: list[str] = []
    for _ in range(3):
        scene.world.later(seconds=1)
        handed_over.append(scene.vend().vend)
    vends = [*handed_over, *(died(scene) for _ in range(4)), scene.vend().vend]
    assert listed(scene, limit, **filters) == vends[::-1]


def died(scene: Scene) -> str:
    """Return the ID of a vend without an outcome."""
    scene.world.later(seconds=1)
    scene.world.fails_at("put_outcome issued", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        scene.vend()
    scene.world.before = None
    scene.world.later(seconds=1)
    return scene.world.entries[-1].vend


def test_the_sessions_of_a_closed_engagement_are_listed() -> None:
    scene = a_scene()
    vended_session = scene.vend()
    close_engagement(scene.ports, scene.caller(), "acme-prod", why="over")
    for filters in FILTERS:
        assert listed(scene, 5, **filters) == [vended_session.vend]
    assert [session.vend for session in alive_at_acme(scene)] == [vended_session.vend]


def test_a_list_says_which_sessions_are_cut_off() -> None:
    scene = a_scene()
    session = scene.vend()
    cases: dict[str, tuple[CutOff, bool, str]] = {
        "of another": (a_seen_cut_off(member="bob"), False, ""),
        "requested": (a_cut_off(), False, "its cut-off is requested, not written"),
        "written": (
            a_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON),
            False,
            "cut off: written: AWS accepted the policy at 12:00 UTC, not seen to work yet",
        ),
        "seen": (
            a_seen_cut_off(sessions=(session.session_name,)),
            True,
            "cut off: AWS refused Daypass’s canary at 12:00 UTC",
        ),
    }
    wrong = []
    for case, (cut_off, is_cut_off, note) in cases.items():
        scene.world.add(role_cut_offs(cut_off))
        for filters in FILTERS:
            (listed,) = list_sessions_with_states(scene.ports, limit=9, **filters).items
            if (listed.is_cut_off, listed.note) != (is_cut_off, note):
                wrong.append((case, filters, listed))
    assert wrong == []
