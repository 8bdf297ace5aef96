"""One call ends the changes of a suspended lead that are still in force, and lists the rest."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound, Unauthenticated, Unavailable
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token, parse_token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.admission import EVERYONE, admit
from chalicelib.usecases.engagements.end_lead_changes import (
    TIME_TO_BEGIN_ENDING,
    EndedLeadChanges,
    end_lead_changes,
)
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.engagements.roles import override_role
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange
from chalicelib.usecases.people.lead_changes import find_lead_changes
from chalicelib.usecases.people.members import create_enrolment, revoke_member
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.recording import RETRY_PATIENCE
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    Scene,
    a_role,
)
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.lead_change_cases import (
    LEAD_CHANGE_CASES,
    TOMORROW,
    Act,
    granted,
    used_code,
)
from tests.usecases.refusals import refusal_of


def after(*acts: Act) -> Scene:
    """Return a scene after lena made these changes and was suspended."""
    scene = two_leads()
    for act in acts:
        scene.do(act)
    scene.later(hours=1)
    scene.do(revoke_member, "lena", why="gone bad", by="luis")
    return scene


def end(scene: Scene) -> EndedLeadChanges:
    return scene.do(end_lead_changes, "lena", why="lena has gone bad", by="luis")


def written(scene: Scene, since: int) -> list[Entry]:
    return scene.entries[since:]


def described(title: str, changes: Iterable[LeadChange]) -> list[str]:
    return [
        f"{title}: {change.kind} {' '.join(filter(None, about))} at {change.at:%H:%M}"
        for change in changes
        for about in [(change.engagement, change.role, change.member)]
    ]


@pytest.mark.golden
def test_changes_in_force_are_listed_and_ended_or_left_for_review_as_their_file_says() -> None:
    lines = []
    for name, (act, kind, _) in LEAD_CHANGE_CASES.items():
        scene = after(act)
        listed = find_lead_changes(scene.ports, scene.get(Member, "lena"))
        assert (listed.changes[0].kind, listed.is_complete) == (kind, True)
        before = len(scene.entries)
        result = end(scene)
        assert (result.failed, result.is_complete) == ((), True)
        assert (result.sessions is None) is not bool(result.ended)
        lines += [f"# {name}", *described("Listed", listed.changes)]
        lines += described("Ended", result.ended)
        lines += described("Needs review", result.needs_review)
        lines += described("Already invalid", result.already_invalid)
        for entry in written(scene, before):
            assert (entry.actor, entry.details["said"]) == ("luis", "lena has gone bad")
            assert entry.address == "203.0.113.7"
            lines.append(f"Entry: {entry.action}")
    hold_against_file("people/lead-changes.txt", "\n".join(lines))


@every("name", LEAD_CHANGE_CASES)
def test_a_second_call_ends_nothing_more(name: str) -> None:
    scene = after(LEAD_CHANGE_CASES[name][0])
    first = end(scene)
    items, before = dict(scene.world.items), len(scene.entries)
    second = end(scene)
    assert (second.ended, second.failed, second.sessions) == ((), (), None)
    assert (second.needs_review, second.already_invalid, second.is_complete) == (
        first.needs_review,
        first.already_invalid,
        True,
    )
    assert scene.world.items == items
    assert [entry.action for entry in written(scene, before)] == [Action.LEAD_CHANGES_END]


def test_ended_changes_give_no_access_and_live_sessions_are_listed() -> None:
    scene = two_leads()
    scene.do(create_grant, "acme-prod", CreateGrant(member="bob", roles=frozenset({"readonly"})))
    code = scene.do(create_enrolment, "bob")
    here = "198.51.100.9"
    got = enrol(scene.ports, Enrol(code=code.code, label="laptop"), address=here).text
    with_it = RequestOrigin(parse_token(got), here)
    vended = vend(scene.ports, with_it, "acme-prod", SessionRequest(role="readonly"))
    scene.do(override_role, "acme-prod", "readonly", until=TOMORROW, why="w")
    scene.later(minutes=1)
    scene.do(revoke_member, "lena", why="gone bad", by="luis")
    result = end(scene)
    assert [change.kind for change in result.ended] == [
        ChangeKind.TOKEN,
        ChangeKind.GRANT,
        ChangeKind.OVERRIDE,
    ]
    assert [session.vend for session in result.sessions.sessions] == [vended.vend]
    assert (
        refusal_of(Unauthenticated, admit, scene.ports, with_it, EVERYONE, Action.READ)
        == "token-revoked"
    )
    assert refusal_of(AccessDenied, scene.vend, "bob") == "grant-not-current"
    role = scene.get(Role, "acme-prod", "readonly")
    assert role.override is None
    assert role.verification is not None  # the role stays verified


def test_a_vend_under_an_ended_override_is_withheld() -> None:
    scene = two_leads()
    scene.add(a_role(verification=None))
    scene.do(override_role, "acme-prod", "readonly", until=TOMORROW, why="w")
    scene.later(minutes=1)
    scene.do(revoke_member, "lena", why="gone bad", by="luis")
    scene.just_before("put_outcome issued", lambda: end(scene))
    assert refusal_of(AccessDenied, scene.vend, "alice") == "role-unverified"


def test_the_lead_must_be_suspended() -> None:
    scene = two_leads()
    granted("bob")(scene.ports, scene.caller("lena"))
    with pytest.raises(Conflict, match=r"not suspended\. Suspend them first"):
        end(scene)
    assert (
        refusal_of(NotFound, scene.do, end_lead_changes, "nobody", why="w", by="luis")
        == "no-such-member"
    )


def test_the_callers_own_token_needs_review() -> None:
    """Otherwise the rest of the call would be refused."""
    scene = after(lambda p, c: used_code(p, c, "luis"), granted("bob"))
    (hers,) = [
        item
        for item in scene.ports.state.list(Token, member="luis", limit=9).items
        if item.enrolment
    ]
    caller = scene.caller("luis")
    caller = type(caller)(member=caller.member, token=hers, address=caller.address)
    result = end_lead_changes(scene.ports, caller, "lena", why="w")
    assert [change.kind for change in result.ended] == [ChangeKind.GRANT]
    assert [(change.kind, change.id) for change in result.needs_review] == [
        (ChangeKind.TOKEN, hers.id)
    ]


def test_a_failure_is_listed_with_its_reason_and_the_rest_is_ended() -> None:
    scene = after(granted("lena"), granted("bob"))

    def fail_once(step: str) -> None:
        """Fail for the first change, which is the grant to herself."""
        if step == "save":
            scene.world.before = None
            scene.later(seconds=RETRY_PATIENCE.seconds + 1)
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.before = fail_once
    result = end(scene)
    (failed,) = [item for item in result.failed if item.change.kind is ChangeKind.OWN_GRANT]
    assert failed.reason is Reason.RECORDS_UNAVAILABLE
    assert failed.detail
    assert [change.kind for change in result.ended] == [ChangeKind.GRANT]
    again = end(scene)
    assert ChangeKind.OWN_GRANT in [change.kind for change in again.ended]
    assert (again.failed, again.is_complete) == ((), True)


def test_a_later_call_ends_the_rest() -> None:
    scene = after(granted("lena"), granted("bob"))
    scene.just_before("save", lambda: scene.later(seconds=TIME_TO_BEGIN_ENDING.seconds + 1))
    first = end(scene)
    assert [change.kind for change in first.ended] == [ChangeKind.OWN_GRANT]
    assert not first.is_complete
    second = end(scene)
    assert [change.kind for change in second.ended] == [ChangeKind.GRANT]
    assert second.is_complete


def test_it_returns_until_when_a_revoked_tokens_requests_may_still_change_things() -> None:
    scene = after(used_code)
    scene.fails_at("apply", Unavailable(Reason.RECORDS_UNAVAILABLE))
    sessions = end(scene).sessions
    assert sessions.changes_until is not None
    assert sessions.changes_until > scene.world.clock
