"""Approved access in any order of requests, approvals, revocations and their reversals.

The model counts how often something that the access stands on ended. Access opens a role only if
nothing has ended since its request, and everything is in force.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole, Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.engagements.grants import change_grant, create_grant
from chalicelib.usecases.engagements.roles import change_role
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.requests.own import start_access
from chalicelib.usecases.requests.revoke import end_own_access, revoke_request
from tests.builders import ROLE_ARN, Scene, a_role, a_token
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask
from tests.usecases.vending.revocations import OTHER_ARN, REVOCATIONS, UNDONE

READONLY = frozenset({"readonly"})
BOTH = READONLY | {"deploy"}
SHORTEST = timedelta(seconds=900 + 5)
"""The shortest session, and the margin for clocks."""
Change = Callable[[Scene], Any]
# Each end of something that the access stands on, with its reversal.
ENDS: dict[str, tuple[Change, Change]] = {
    "member": (REVOCATIONS["member suspended"], UNDONE["member suspended"]),
    "closed": (REVOCATIONS["engagement closed"], UNDONE["engagement closed"]),
    "engagement": (REVOCATIONS["engagement revoked"], UNDONE["engagement revoked"]),
    "role": (REVOCATIONS["role ended"], UNDONE["role ended"]),
    "grant": (
        REVOCATIONS["grant revoked"],
        lambda s: create_grant(
            s.ports,
            s.caller(),
            "acme-prod",
            CreateGrant(member="alice", roles=BOTH, on_request=BOTH),
        ),
    ),
    "role in the grant": (
        lambda s: change_grant(
            s.ports, s.caller(), "acme-prod", "alice", ChangeGrant(roles=frozenset({"deploy"}))
        ),
        lambda s: change_grant(
            s.ports, s.caller(), "acme-prod", "alice", ChangeGrant(roles=BOTH, on_request=BOTH)
        ),
    ),
    "arn": (
        lambda s: change_role(
            s.ports, s.caller(), "acme-prod", "readonly", ChangeRole(arn=OTHER_ARN)
        ),
        lambda s: change_role(
            s.ports, s.caller(), "acme-prod", "readonly", ChangeRole(arn=ROLE_ARN)
        ),
    ),
}


@dataclass(slots=True)
class Access:
    """The access that a request opened, as the model knows it."""

    request: str
    epoch: int
    approver: str
    ends_at: datetime
    needs_start: bool
    is_revoked: bool = False


class AccessInAnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.scene = a_scene_of_requests()
        self.scene.world.add(a_role("deploy"))
        self.ended: str = ""
        self.epoch = 0
        self.reinstated_at = NOON - timedelta(days=30)
        self.opened: list[Access] = []
        self.pending: list[tuple[str, int]] = []
        ENDS["grant"][0](self.scene)
        ENDS["grant"][1](self.scene)

    @property
    def now(self) -> datetime:
        return self.scene.world.clock

    @property
    def current(self) -> list[Access]:
        return [
            each
            for each in self.opened
            if each.epoch == self.epoch and not each.is_revoked and self.now < each.ends_at
        ]

    @rule(duration=st.sampled_from([900, 3600, 7200]), is_scheduled=st.booleans())
    def alice_asks(self, duration: int, *, is_scheduled: bool) -> None:
        end = self.now + timedelta(seconds=duration)
        if self.ended == "member":
            return
        span: dict[str, Any] = {"ends_at": end} if is_scheduled else {"duration": duration}
        try:
            view = ask(self.scene, **span)
        except DaypassError:
            assert self.ended or len(self.pending) >= 10
            return
        assert not self.ended
        self.pending.append((view.id, self.epoch))

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), approver=st.sampled_from(["lena", "mia"]))
    def a_lead_approves(self, data: st.DataObject, approver: str) -> None:
        request, epoch = data.draw(st.sampled_from(self.pending))
        try:
            view = approve(self.scene, request, approver)
        except DaypassError:
            # It expired, ended, or alice has three times that are not over.
            is_expired = self.request_expired(request)
            is_over = epoch != self.epoch or self.ended or is_expired or len(self.current) >= 3
            assert is_over or self.is_new(approver)
            return
        assert epoch == self.epoch
        assert not self.is_new(approver)
        assert not self.ended
        self.pending.remove((request, epoch))
        assert view.access_ends_at is not None
        self.opened.append(
            Access(request, epoch, approver, view.access_ends_at, view.duration is not None)
        )

    def is_new(self, approver: str) -> bool:
        """Return whether the right of mia, who was reinstated, does not count yet."""
        return approver == "mia" and self.now < self.reinstated_at + timedelta(hours=24)

    def request_expired(self, request: str) -> bool:
        stored = self.scene.ports.state.get(AccessRequest, "alice", request)
        return stored is not None and self.now >= stored.expires_at

    @precondition(lambda self: self.opened)
    @rule(data=st.data())
    def alice_starts(self, data: st.DataObject) -> None:
        access = data.draw(st.sampled_from(self.opened))
        if self.ended == "member":
            return
        try:
            view = start_access(self.scene.ports, self.scene.caller("alice"), access.request)
        except DaypassError:
            assert access not in self.current or self.ended
            return
        assert view.access_ends_at is not None
        if access.needs_start:
            assert access in self.current
            access.needs_start, access.ends_at = False, view.access_ends_at

    @precondition(lambda self: self.opened)
    @rule(data=st.data(), by_lead=st.booleans())
    def access_is_revoked(self, data: st.DataObject, *, by_lead: bool) -> None:
        access = data.draw(st.sampled_from(self.opened))
        ports = self.scene.ports
        try:
            if by_lead or self.ended == "member":
                revoke_request(ports, self.scene.caller(), access.request, why="w")
            else:
                end_own_access(ports, self.scene.caller("alice"), access.request)
        except DaypassError:
            assert access not in self.current
            return
        access.is_revoked = True

    @rule()
    def an_approver_is_suspended_and_reinstated(self) -> None:
        revoke_member(self.scene.ports, self.scene.caller(), "mia", why="w")
        self.scene.world.later(seconds=10)
        reinstate_member(self.scene.ports, self.scene.caller(), "mia")
        self.give_new_token("mia")
        self.reinstated_at = self.now
        for access in self.opened:
            access.is_revoked |= access.approver == "mia"

    @precondition(lambda self: not self.ended)
    @rule(what=st.sampled_from(sorted(ENDS)))
    def something_ends(self, what: str) -> None:
        ENDS[what][0](self.scene)
        self.ended, self.epoch = what, self.epoch + 1

    @precondition(lambda self: self.ended)
    @rule()
    def it_is_reversed(self) -> None:
        self.scene.world.later(seconds=10)
        ENDS[self.ended][1](self.scene)
        if self.ended == "member":
            self.give_new_token("alice")
        if self.ended in ("role", "arn"):  # as after a check
            self.epoch += 1
            (role,) = self.scene.world.find(
                Role,
                where=lambda each: each.key[1] == "readonly" and each.engagement == "acme-prod",
            )
            self.scene.world.add(replace(role, verification=a_role().verification))
        self.ended = ""

    @rule(minutes=st.sampled_from([1, 14, 50, 130]))
    def time_passes(self, minutes: int) -> None:
        self.scene.world.later(minutes=minutes)

    @invariant()
    def alice_gets_a_session_only_by_access_in_force(self) -> None:
        self.scene.world.later(milliseconds=1)
        usable = [
            each
            for each in self.current
            if not each.needs_start and self.now + SHORTEST <= each.ends_at and not self.ended
        ]
        count = len(self.scene.world.entries)
        try:
            self.scene.vend()
        except DaypassError:
            assert not usable
            return
        assert usable
        (intent,) = [
            entry
            for entry in self.scene.world.entries[count:]
            if entry.action is Action.VEND and entry.outcome is Outcome.INTENDED
        ]
        assert intent.details["request"] in {each.request for each in usable}

    def give_new_token(self, member: str) -> None:
        """Let the reinstated member enrol again. Their token of before is invalid for good."""
        self.scene.world.add(a_token(member, created_at=self.now))


TestAccessInAnyOrder = AccessInAnyOrder.TestCase
TestAccessInAnyOrder.settings = settings(
    max_examples=80,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@every("what", ENDS)
def test_access_and_requests_from_before_an_end_stay_dead_after_its_reversal(what: str) -> None:
    """Each end in turn, so that a random search need not find it."""
    machine = AccessInAnyOrder()
    scene = machine.scene
    approve(scene, ask(scene, ends_at=NOON + timedelta(hours=8)).id)
    waiting = ask(scene, ends_at=NOON + timedelta(hours=8)).id
    scene.vend()
    scene.world.later(minutes=1)
    machine.something_ends(what)
    machine.it_is_reversed()
    with pytest.raises(DaypassError, match="approval-required"):
        scene.vend()
    with pytest.raises(DaypassError, match="request-ended"):
        approve(scene, waiting)
    approve(scene, ask(scene, ends_at=NOON + timedelta(hours=8)).id)
    scene.vend()
