"""The end of one thing ends no other: over pairs of members, tokens, engagements and roles.

One session exists for each combination. Every scope of revocation lists exactly the sessions under
it. Afterwards exactly the others can still be requested.
"""

from collections.abc import Callable
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from chalicelib.domain.engagements.engagements import CreateGrant, Grant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.tokens import PresentedToken, parse_token
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.admission import RequestOrigin
from chalicelib.usecases.engagements.grants import create_grant
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
from tests.usecases.vending.revocations import REVOCATIONS, SEVERAL, change_of_grant

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

    end: Callable[[Scene], Any]
    ends: Callable[[Access], bool]


def at_acme(access):
    return access.engagement == "acme-prod"


def of_alice(access):
    return access.member == "alice"


SCOPES = {
    "token": Scope(REVOCATIONS["token revoked"], lambda a: a.token == SOME.token),
    "grant": Scope(REVOCATIONS["grant revoked"], lambda a: of_alice(a) and at_acme(a)),
    "member": Scope(REVOCATIONS["member suspended"], of_alice),
    "leaves": Scope(SEVERAL["member leaves"], of_alice),
    "role": Scope(REVOCATIONS["role ended"], lambda a: at_acme(a) and a.role == "readonly"),
    "engagement": Scope(REVOCATIONS["engagement revoked"], at_acme),
    "closed": Scope(REVOCATIONS["engagement closed"], at_acme),
    "client": Scope(SEVERAL["client revoked"], lambda a: a.engagement != "initech"),
}


@every("name", SCOPES)
def test_a_scope_lists_and_cuts_off_its_own_sessions_and_blocks_nothing_else(name):
    """An engagement that is closed because the work is done requests no cut-off."""
    firm, scope = a_firm(), SCOPES[name]
    response = scope.end(firm.scene)
    expected = {session for access, session in firm.sessions.items() if scope.ends(access)}
    assert {session.vend for session in response.sessions} == expected
    assert 0 < response.alive == len(expected) < len(firm.sessions)
    assert hit_by_cut_offs(firm) == (set() if name == "closed" else expected)
    still_given = {access for access in firm.sessions if firm.can_vend(access)}
    assert still_given == {access for access in firm.sessions if not scope.ends(access)}


def test_one_session_is_listed_and_cut_off_alone_and_blocks_nothing():
    firm = a_firm()
    response = firm.scene.do(revoke_session, "alice", firm.sessions[SOME])
    assert [session.vend for session in response.sessions] == [firm.sessions[SOME]]
    assert hit_by_cut_offs(firm) == {firm.sessions[SOME]}
    assert all(firm.can_vend(access) for access in firm.sessions)


@every("name", SCOPES)
def test_a_vend_of_another_that_is_in_progress_is_handed_over(name):
    scope = SCOPES[name]
    for other in [access for access in a_firm().sessions if not scope.ends(access)]:
        firm = a_firm()
        firm.scene.just_before("put_outcome issued", lambda t=firm: scope.end(t.scene))
        assert firm.can_vend(other)
        withheld = [e for e in firm.scene.entries if e.outcome == "withheld"]
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


prolong = change_of_grant(ends_at=LATER)


def renew_by_another(scene):
    REVOCATIONS["grant revoked"](scene)
    again = CreateGrant(member="alice", roles=BOTH, ends_at=LATER)
    scene.do(create_grant, "acme-prod", again)


@every("renew", [renew_by_another, prolong])
def test_renewing_one_grant_leaves_every_other_as_it_is(renew):
    firm = a_firm()
    stored = firm.scene.find(Grant)
    renew(firm.scene)
    assert bool(hit_by_cut_offs(firm)) is (renew is renew_by_another)
    changed = [grant.key for grant in stored if firm.scene.get(Grant, *grant.key) != grant]
    assert set(changed) <= {("acme-prod", "alice")}
    assert all(firm.can_vend(access) for access in firm.sessions)
    assert not [e for e in firm.scene.entries if e.outcome == "withheld"]
