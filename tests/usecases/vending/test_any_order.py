"""Revoked means revoked: vends and revocations in any order, and inside one another."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.vending.access import Allowed, Wish, decide
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import Asking
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.verify import verify
from tests.builders import ROLE_ARN, Scene, a_grant, a_scene, presented_by
from tests.usecases.vending.revocations import OTHER_ARN, VEND_MOMENTS

READONLY = frozenset({"readonly"})
# What each of them ends: whose sessions, of which engagement. "" is any.
ENDS = {
    "suspend": ("alice", ""),
    "revoke token": ("alice", ""),
    "revoke grant": ("alice", "acme-prod"),
    "revoke engagement": ("", "acme-prod"),
    "close engagement": ("", "acme-prod"),
    "end role": ("", "acme-prod"),
}
OTHERS = [
    "reinstate",
    "new token",
    "grant",
    "reopen",
    "new role",
    "verify",
    "move role",
    "audit only",
    "member again",
    "shorten grant",
    "rename",
    "wait a little",
    "wait",
]


@dataclass(slots=True)
class Play:
    """A scene in which anything may happen, with all that was handed over."""

    scene: Scene
    asking: dict[str, Asking]
    handed_over: list[tuple[str, VendedSession, datetime]] = field(default_factory=list)

    def vend(self, member: str, engagement: str) -> None:
        wish, asking = Wish(role="readonly"), self.asking[member]
        ports, started = self.scene.ports, self.scene.world.clock
        given = vend(ports, asking, engagement, wish)
        facts = ports.state.facts(asking.presented, engagement, "readonly")
        now = decide(facts, asking.presented, wish, self.scene.world.clock)
        # Allowed at a moment after it was issued, which is this one: nothing has happened since.
        assert isinstance(now, Allowed)
        assert self.scene.world.issued[-1][0].role_arn == now.terms.role_arn
        assert given.credentials.expires_at <= now.deadline
        self.handed_over.append((member, given, started))
        event("handed over")

    def do(self, act: str) -> None:
        try:
            said = _ACTS[act](self.scene.ports, self.scene.caller(), self)
        except DaypassError:
            return
        if act in ENDS:
            self.check(said, *ENDS[act])

    def check(self, revocation: Revocation, whose: str, where: str) -> None:
        """The revocation lists all that was handed over under it and may be alive."""
        listed = {session.vend: session for session in revocation.sessions}
        for member, one, issued_at in self.handed_over:
            alive = one.credentials.expires_at > self.scene.world.clock
            if alive and whose in ("", member) and where in ("", one.engagement):
                assert listed[one.vend].ends_by == one.credentials.expires_at
                assert (revocation.cut_off_at - issued_at).total_seconds() >= 5
                event("listed")


def _new_token(_ports: Any, _lena: Any, play: Play) -> None:
    claimed = presented(play.scene.enrolled().text)
    assert claimed is not None
    play.asking["alice"] = Asking(claimed)


def _new_role(ports: Any, lena: Any, _: Play) -> None:
    create_role(ports, lena, "acme-prod", CreateRole(name="readonly", arn=ROLE_ARN))
    verify(ports, lena, "acme-prod", "readonly")


def _shorten(ports: Any, lena: Any, play: Play) -> None:
    left = play.scene.world.clock.replace(microsecond=0)
    change_grant(
        ports, lena, "acme-prod", "alice", ChangeGrant(ends_at=left.replace(hour=left.hour + 1))
    )


_ACTS: dict[str, Any] = {
    "suspend": lambda p, c, _: revoke_member(p, c, "alice", why="w"),
    "revoke token": lambda p, c, play: revoke_token(
        p, c, "alice", play.asking["alice"].presented.hash[:12], why="w"
    ),
    "revoke grant": lambda p, c, _: revoke_grant(p, c, "acme-prod", "alice", why="w"),
    "revoke engagement": lambda p, c, _: revoke_engagement(p, c, "acme-prod", why="w"),
    "close engagement": lambda p, c, _: close_engagement(p, c, "acme-prod", why="w"),
    "end role": lambda p, c, _: end_role(p, c, "acme-prod", "readonly", why="w"),
    "reinstate": lambda p, c, _: reinstate_member(p, c, "alice"),
    "new token": _new_token,
    "grant": lambda p, c, _: create_grant(
        p, c, "acme-prod", CreateGrant(member="alice", roles=READONLY)
    ),
    "reopen": lambda p, c, _: reopen_engagement(p, c, "acme-prod", why="w"),
    "new role": _new_role,
    "verify": lambda p, c, _: verify(p, c, "acme-prod", "readonly"),
    "move role": lambda p, c, _: change_role(
        p, c, "acme-prod", "readonly", ChangeRole(arn=OTHER_ARN)
    ),
    "audit only": lambda p, c, _: change_member(p, c, "alice", ChangeMember(kind=Kind.AUDITOR)),
    "member again": lambda p, c, _: change_member(p, c, "alice", ChangeMember(kind=Kind.MEMBER)),
    "shorten grant": _shorten,
    "rename": lambda p, c, _: change_engagement(
        p, c, "acme-prod", ChangeEngagement(client="Other")
    ),
    "wait a little": lambda _p, _c, play: play.scene.world.later(seconds=1.7),
    "wait": lambda _p, _c, play: play.scene.world.later(minutes=20),
}

vends = st.tuples(st.sampled_from(["alice", "bob"]), st.sampled_from(["acme-prod", "globex"]))
acts = st.lists(st.sampled_from([*ENDS, *OTHERS]), max_size=3)
meanwhile = st.dictionaries(st.sampled_from(VEND_MOMENTS), acts, max_size=2)


@settings(max_examples=300)
@given(st.lists(st.one_of(st.sampled_from([*ENDS, *OTHERS]), st.tuples(vends, meanwhile))))
def test_whatever_happens_in_whatever_order(story: list[Any]) -> None:
    scene = a_scene()
    scene.world.add(a_grant("bob"), a_grant("alice", engagement="globex"))
    scene.world.roles[OTHER_ARN] = scene.world.roles[ROLE_ARN]
    play = Play(scene, {name: Asking(presented_by(name)) for name in ("alice", "bob")})
    for part in story:
        if isinstance(part, str):
            play.do(part)
            continue
        (member, engagement), inside = part
        met: Counter[str] = Counter()

        def interfere(step: str, inside: Any = inside, met: Counter[str] = met) -> None:
            met[step] += 1
            scene.world.before = None
            for act in inside.get((step, met[step]), ()):
                play.do(act)
            scene.world.before = interfere

        scene.world.before = interfere
        try:
            play.vend(member, engagement)
        except DaypassError:
            event("refused")
        scene.world.before = None
