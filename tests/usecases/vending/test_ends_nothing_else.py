"""The end of one thing ends no other: over pairs of members, tokens, engagements and roles.

One session exists for each combination. Every scope of revocation lists exactly the sessions under
it. Afterwards exactly the others can still be requested.
"""

from collections.abc import Callable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from chalicelib.domain.engagements.engagements import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.tokens import PresentedToken, parse_token
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.admission import RequestOrigin
from chalicelib.usecases.engagements.engagements import close_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.engagements.several import leave, revoke_client
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.vending.end_session import revoke_session
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    AFTER,
    Scene,
    a_grant,
    a_role,
    a_scene,
    a_token,
    an_engagement,
    presented_by,
)
from tests.rows import every

ENGAGEMENTS = ("acme-prod", "acme-test", "initech")
CLIENTS = {"acme-prod": "Acme", "acme-test": "ACME", "initech": "Initech"}
BOTH = frozenset({"readonly", "deploy"})


LATER = AFTER + timedelta(days=1)


class Access(NamedTuple):
    """One combination that a session can be requested with."""

    member: str
    token: str
    engagement: str
    role: str


class Firm(NamedTuple):
    """A scene with one session for each combination."""

    scene: Scene
    tokens: dict[str, PresentedToken]
    sessions: dict[Access, str]

    def vend(self, access):
        origin = RequestOrigin(self.tokens[access.token])
        request = SessionRequest(role=access.role)
        return vend(self.scene.ports, origin, access.engagement, request).vend

    def can_vend(self, access):
        try:
            self.vend(access)
        except DaypassError:
            return False
        return True


def a_firm():
    scene = a_scene()
    desktop = parse_token(scene.enrolled("alice").text)
    assert desktop is not None
    tokens = {
        a_token("alice").id: presented_by("alice"),
        token_id_of(desktop): desktop,
        a_token("bob").id: presented_by("bob"),
    }
    for name in ENGAGEMENTS:
        scene.add(
            an_engagement(name, client=CLIENTS[name]),
            a_role(engagement=name),
            a_role("deploy", engagement=name),
            a_grant("alice", engagement=name, roles=BOTH),
            a_grant("bob", engagement=name, roles=BOTH),
        )
    firm = Firm(scene, tokens, {})
    for token, presented in tokens.items():
        for name in ENGAGEMENTS:
            for role in sorted(BOTH):
                access = Access(presented.member, token, name, role)
                firm.sessions[access] = firm.vend(access)
    return firm


def token_id_of(presented):
    return a_token(presented.member, hash=presented.hash).id


SOME = Access("alice", a_token("alice").id, "acme-prod", "readonly")
"""The combination that every scope is about."""


class Scope(NamedTuple):
    """A revocation, and the combinations that it ends."""

    end: Callable[[Firm], Any]
    ends: Callable[[Access], bool]


def by(firm):
    return firm.scene.ports, firm.scene.caller()


SCOPES = {
    "token": Scope(
        lambda t: revoke_token(*by(t), "alice", SOME.token, why="w"),
        lambda a: a.token == SOME.token,
    ),
    "grant": Scope(
        lambda t: revoke_grant(*by(t), "acme-prod", "alice", why="w"),
        lambda a: (a.member, a.engagement) == ("alice", "acme-prod"),
    ),
    "member": Scope(
        lambda t: revoke_member(*by(t), "alice", why="w"), lambda a: a.member == "alice"
    ),
    "leaves": Scope(lambda t: leave(*by(t), "alice", why="w"), lambda a: a.member == "alice"),
    "role": Scope(
        lambda t: end_role(*by(t), "acme-prod", "readonly", why="w"),
        lambda a: (a.engagement, a.role) == ("acme-prod", "readonly"),
    ),
    "engagement": Scope(
        lambda t: revoke_engagement(*by(t), "acme-prod", why="w"),
        lambda a: a.engagement == "acme-prod",
    ),
    "closed": Scope(
        lambda t: close_engagement(*by(t), "acme-prod", why="w"),
        lambda a: a.engagement == "acme-prod",
    ),
    "client": Scope(
        lambda t: revoke_client(*by(t), "acme", why="w"),
        lambda a: a.engagement in ("acme-prod", "acme-test"),
    ),
}


@every("name", SCOPES)
def test_a_scope_lists_and_cuts_off_its_own_sessions_and_blocks_nothing_else(name):
    """An engagement that is closed because the work is done requests no cut-off."""
    firm, scope = a_firm(), SCOPES[name]
    response = scope.end(firm)
    expected = {session for access, session in firm.sessions.items() if scope.ends(access)}
    assert {session.vend for session in response.sessions} == expected
    assert 0 < response.alive == len(expected) < len(firm.sessions)
    assert hit_by_cut_offs(firm) == (set() if name == "closed" else expected)
    still_given = {access for access in firm.sessions if firm.can_vend(access)}
    assert still_given == {access for access in firm.sessions if not scope.ends(access)}


def test_one_session_is_listed_and_cut_off_alone_and_blocks_nothing():
    firm = a_firm()
    response = revoke_session(*by(firm), "alice", firm.sessions[SOME], why="w")
    assert [session.vend for session in response.sessions] == [firm.sessions[SOME]]
    assert hit_by_cut_offs(firm) == {firm.sessions[SOME]}
    assert all(firm.can_vend(access) for access in firm.sessions)


@every("name", SCOPES)
def test_a_vend_of_another_that_is_in_progress_is_handed_over(name):
    scope = SCOPES[name]
    for other in [access for access in a_firm().sessions if not scope.ends(access)]:
        firm = a_firm()
        firm.scene.just_before("put_outcome issued", lambda t=firm: scope.end(t))
        assert firm.can_vend(other)
        withheld = [e for e in firm.scene.entries if e.outcome is Outcome.WITHHELD]
        assert not withheld


def hit_by_cut_offs(firm):
    """Return the sessions that the requested cut-offs end, by the names that they deny."""
    hits = set()
    for access, session in firm.sessions.items():
        stored = firm.scene.get(RoleCutOffs, access.engagement, access.role)
        user_id = f"AROAEXAMPLE:{access.member}.{session}"
        for cut_off in stored.cut_offs if stored is not None else ():
            patterns = cut_off.patterns
            if not patterns or any(fnmatchcase(user_id, pattern) for pattern in patterns):
                hits.add(session)
    return hits


def test_a_longer_grant_and_a_rotated_token_request_no_cut_off():
    firm = a_firm()
    prolonged(firm)
    firm.scene.do(rotate_token, by="alice")
    assert hit_by_cut_offs(firm) == set()


def renewed(firm):
    """Renew the grant: revoke it, and create it again with a later end."""
    revoke_grant(*by(firm), "acme-prod", "alice", why="w")
    create_grant(*by(firm), "acme-prod", CreateGrant(member="alice", roles=BOTH, ends_at=LATER))


def prolonged(firm):
    change_grant(*by(firm), "acme-prod", "alice", ChangeGrant(ends_at=LATER))


@every("renew", [renewed, prolonged])
def test_renewing_one_grant_leaves_every_other_as_it_is(renew):
    firm = a_firm()
    stored = firm.scene.find(Grant)
    renew(firm)
    changed = [grant.key for grant in stored if firm.scene.get(Grant, *grant.key) != grant]
    assert set(changed) <= {("acme-prod", "alice")}
    assert all(firm.can_vend(access) for access in firm.sessions)
    assert not [e for e in firm.scene.entries if e.outcome is Outcome.WITHHELD]
