"""One session ends: its member gives it back, or a lead revokes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Conflict, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.cut_off.cut_offs import MAX_CUT_OFFS, CutOff, RoleCutOffs
from chalicelib.domain.vending.sessions import MAX_SESSIONS, Revocation, SessionStatus
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.vending.end_session import (
    MAX_CUT_OFFS_FOR_GIVING_BACK,
    MAX_EXPIRED_PAGES,
    give_back_session,
    revoke_session,
)
from chalicelib.usecases.vending.sessions import list_sessions
from chalicelib.usecases.vending.watch import watch_sessions
from tests.builders import Scene, a_grant, a_scene, a_token, an_engagement, an_intent
from tests.fakes import NOON, FakeTrail, Killed, World
from tests.rows import every
from tests.usecases.refusals import reason_of, refused

End = Callable[[Scene, str], Revocation]
ENDS: dict[str, End] = {
    "given back": lambda s, session: give_back_session(s.ports, s.caller("alice"), session),
    "revoked": lambda s, session: revoke_session(
        s.ports, s.caller(), "alice", session, why="leaked"
    ),
}
every_end = every("end", ENDS.values())
UNKNOWN = "0" * 16
A_SESSION = "5e55104e" * 2


def ends_on_trail(scene: Scene) -> list[Entry]:
    actions = (Action.SESSION_END, Action.SESSION_REVOKE)
    entries = [entry for entry in scene.world.entries if entry.action in actions]
    return [entry for entry in entries if entry.outcome is not Outcome.REFUSED]


def listed(scene: Scene, **filters: Any) -> list[str]:
    return [session.vend for session in list_sessions(scene.ports, limit=50, **filters).items]


@every(
    "name, action, actor, status",
    [
        ("given back", Action.SESSION_END, "alice", SessionStatus.GIVEN_BACK),
        ("revoked", Action.SESSION_REVOKE, "lena", SessionStatus.REVOKED),
    ],
)
def test_the_response_has_this_session_and_the_trail_has_one_end_and_one_cut_off(
    name: str, action: Action, actor: str, status: SessionStatus
) -> None:
    scene = a_scene_with(CutOffMethod.BRAKE)
    scene.vend()
    session = scene.vend(caller=CallerKind.AGENT)
    scene.world.later(minutes=5)
    response = ENDS[name](scene, session.vend)
    (ended,) = response.sessions
    assert (ended.vend, ended.status, ended.token) == (session.vend, status, a_token("alice").id)
    assert (response.alive, response.last_moment) == (1, session.credentials.expires_at)
    assert response.revoked_at == NOON + timedelta(minutes=5)
    assert response.cut_off_at == NOON + timedelta(minutes=5, seconds=5)
    (end,) = ends_on_trail(scene)
    assert (end.action, end.outcome, end.actor) == (action, Outcome.DONE, actor)
    assert (end.vend, end.engagement, end.role) == (session.vend, "acme-prod", "readonly")
    assert (end.at, end.subject) == (response.revoked_at, "alice" if actor == "lena" else "")
    name_in_aws = f"alice.{session.vend}.agent"
    assert end.details["session_name"] == ended.session_name == name_in_aws
    (cut_off,) = response.cut_offs
    assert (cut_off.engagement, cut_off.role) == ("acme-prod", "readonly")
    assert cut_off.sessions == (name_in_aws,)
    entries = list(scene.world.entries)
    scene.world.later(minutes=1)
    again = ENDS[name](scene, session.vend)
    assert replace(again, cut_off_at=response.cut_off_at) == response
    assert again.cut_off_at == response.cut_off_at + timedelta(minutes=1)
    assert scene.world.entries == entries


def test_two_leads_at_once_give_one_revocation() -> None:
    scene = a_scene()
    session = scene.vend()
    answers: list[Revocation] = []

    def by_the_other() -> None:
        scene.world.later(seconds=-1)
        answers.append(ENDS["revoked"](scene, session.vend))
        scene.world.later(seconds=1)

    scene.world.just_before("put_end session.revoke", by_the_other)
    answers.append(ENDS["revoked"](scene, session.vend))
    assert len(ends_on_trail(scene)) == 1
    assert {answer.revoked_at for answer in answers} == {NOON - timedelta(seconds=1)}


def test_a_member_who_gives_a_session_back_forestalls_no_revocation() -> None:
    scene = a_scene()
    session = scene.vend()
    ENDS["given back"](scene, session.vend)
    assert listed(scene) == []
    scene.world.later(minutes=1)
    revoked = ENDS["revoked"](scene, session.vend)
    assert revoked.revoked_at == scene.world.clock
    assert [each.status for each in revoked.sessions] == [SessionStatus.REVOKED]
    assert listed(scene) == [session.vend]
    assert len(ends_on_trail(scene)) == 2


def test_a_session_given_back_is_in_no_list_and_in_every_revocation() -> None:
    scene = a_scene()
    given_back, kept = scene.vend(), scene.vend()
    ENDS["given back"](scene, given_back.vend)
    for filters in ({}, {"engagement": "acme-prod"}, {"member": "alice"}):
        assert listed(scene, **filters) == [kept.vend]
        assert set(listed(scene, **filters, with_given_back=True)) == {given_back.vend, kept.vend}
    for revocation in (
        revoke_grant(scene.ports, scene.caller(), "acme-prod", "alice", why="w"),
        revoke_member(scene.ports, scene.caller(), "alice", why="w"),
    ):
        assert {each.vend: each.status for each in revocation.sessions} == {
            given_back.vend: SessionStatus.GIVEN_BACK,
            kept.vend: SessionStatus.LIVE,
        }
        assert revocation.alive == 2


def test_sessions_given_back_still_count_as_too_many() -> None:
    """A thief could give each session back and keep its credentials."""
    scene = a_scene()
    for _ in range(MAX_SESSIONS + 1):
        ENDS["given back"](scene, scene.vend().vend)
    assert listed(scene) == []
    assert watch_sessions(scene.ports).too_many == 1


@every_end
def test_an_unknown_session_anothers_and_one_that_aws_never_issued_are_the_same(end: End) -> None:
    scene = a_scene()
    scene.world.add(a_grant("bob"))
    failed = an_intent()
    outcome = replace(failed, id=f"{A_SESSION}-outcome", outcome=Outcome.FAILED)
    scene.world.entries += [failed, outcome]
    bobs = scene.vend("bob")
    count = len(scene.world.entries)
    unknown = (UNKNOWN, bobs.vend, A_SESSION)
    errors = [refused(end, scene, session) for session in unknown]
    assert {(type(error), error.reason) for error in errors} == {(NotFound, Reason.NO_SUCH_SESSION)}
    assert len({error.detail for error in errors}) == 1
    refusals = scene.world.entries[count:]
    assert [each.details for each in refusals] == [{"session": each} for each in unknown]
    assert {(each.outcome, each.reason) for each in refusals} == {
        (Outcome.REFUSED, Reason.NO_SUCH_SESSION)
    }


@every_end
@every(
    "later, reason",
    [
        (timedelta(seconds=3604.9), None),
        (timedelta(seconds=3605), Reason.SESSION_EXPIRED),
        (timedelta(hours=23, minutes=59), Reason.SESSION_EXPIRED),
        (timedelta(hours=24, seconds=1), Reason.NO_SUCH_SESSION),
    ],
)
def test_an_expired_session_is_called_expired_for_a_day(
    end: End, later: timedelta, reason: Reason | None
) -> None:
    scene = a_scene()
    session = scene.vend()
    scene.world.clock += later
    assert reason_of(end, scene, session.vend) is reason
    assert len(ends_on_trail(scene)) == (reason is None)


def test_the_search_for_an_expired_session_reads_a_few_pages_only() -> None:
    scene = a_scene()
    session = scene.vend()
    scene.world.later(hours=2)
    scene.world.entries += [
        an_intent(vend=f"{number:016x}", at=NOON + timedelta(hours=1, microseconds=number))
        for number in range(1000 * MAX_EXPIRED_PAGES)
    ]
    scene.world.later(hours=2)
    with pytest.raises(NotFound):
        ENDS["given back"](scene, session.vend)


def test_a_caller_whose_token_is_revoked_meanwhile_ends_nothing() -> None:
    scene = a_scene()
    session = scene.vend()
    caller = scene.caller("alice")
    revoke_member(scene.ports, scene.caller(), "alice", why="w")
    with pytest.raises(Conflict, match="changed-meanwhile"):
        give_back_session(scene.ports, caller, session.vend)
    assert not ends_on_trail(scene)


def a_scene_with(method: CutOffMethod) -> Scene:
    scene = a_scene()
    scene.world.add(an_engagement(cut_off=method))
    return scene


def cut_offs_of(scene: Scene) -> list[CutOff]:
    stored = scene.ports.state.get(RoleCutOffs, "acme-prod", "readonly")
    return [] if stored is None else [*stored.cut_offs]


@every("method", CutOffMethod)
@every("name", ENDS)
def test_a_session_is_cut_off_by_its_name(name: str, method: CutOffMethod) -> None:
    """A session that was given back only where the client need not act."""
    scene = a_scene_with(method)
    session = scene.vend()
    is_cut_off = name == "revoked" or method is CutOffMethod.BRAKE
    for _ in range(2):
        response = ENDS[name](scene, session.vend)
        cut_offs = cut_offs_of(scene)
        assert [each.sessions for each in cut_offs] == [(session.session_name,)] * is_cut_off
        assert [each.id for each in response.cut_offs] == [each.id for each in cut_offs]


def test_no_number_of_sessions_given_back_cuts_off_anyone_else() -> None:
    """Too many cut-offs of one role are replaced by one of everyone."""
    scene = a_scene_with(CutOffMethod.BRAKE)
    sessions = [scene.vend() for _ in range(MAX_CUT_OFFS + 10)]
    for session in sessions:
        ENDS["given back"](scene, session.vend)
    cut_offs = cut_offs_of(scene)
    assert len(cut_offs) == MAX_CUT_OFFS_FOR_GIVING_BACK
    assert not any(cut_off.is_for_everyone for cut_off in cut_offs)
    first, last = sessions[0], sessions[-1]
    cut, uncut = (ENDS["given back"](scene, session.vend) for session in (first, last))
    assert (len(cut.cut_offs), uncut.cut_offs) == (1, ())
    assert cut.message == "Given back. Daypass requested its cut-off in the client's account."
    assert uncut.message == (
        "Given back. Copies of its keys may work until 24 November 2026, 13:00 UTC."
    )
    assert len(ENDS["revoked"](scene, last.vend).cut_offs) == 1


LOST = Unavailable(Reason.RECORDS_UNAVAILABLE)


@every_end
@every("step", ["vends", "put_outcome withheld", "put_end"])
@every("error", [LOST, Killed()])
def test_a_call_that_fails_once_or_a_crash_leaves_one_end(
    end: End, step: str, error: BaseException
) -> None:
    scene = a_scene()
    scene.world.entries.append(an_intent())
    failures = iter([error])

    def fail_once(name: str) -> None:
        if name.startswith(step):
            for each in failures:
                raise each

    scene.world.before = fail_once
    try:
        response = end(scene, A_SESSION)
    except Killed:
        response = end(scene, A_SESSION)
    assert [each.status for each in response.sessions] == [SessionStatus.WITHHELD]
    assert len(ends_on_trail(scene)) == 1


class LosesAResponse(FakeTrail):
    """Writes each entry, and loses the first response to each kind of write."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lost: set[str] = set()

    def put_outcome(self, intent: Entry, outcome: Entry) -> Entry:
        return self._lose_first("outcome", super().put_outcome(intent, outcome))

    def put_end(self, intent: Entry, end: Entry) -> Entry:
        return self._lose_first("end", super().put_end(intent, end))

    def _lose_first(self, kind: str, entry: Entry) -> Entry:
        if kind not in self._lost:
            self._lost.add(kind)
            raise LOST
        return entry


@every_end
def test_a_write_whose_response_is_lost_is_repeated_and_leaves_one_end(end: End) -> None:
    scene = a_scene()
    scene.world.entries.append(an_intent())
    ports = replace(scene.ports, trail=LosesAResponse(scene.world))
    response = end(replace(scene, ports=ports), A_SESSION)
    assert [each.status for each in response.sessions] == [SessionStatus.WITHHELD]
    (recorded,) = ends_on_trail(scene)
    assert response.revoked_at == recorded.at
