"""Requests, approvals, revocations and their undoing in any order, against a simple model.

The model keeps what people would keep on paper: which requests wait, who approved which, what was
stopped since. Daypass's use cases run on the fakes. hypothesis chooses the steps, and searches for
an order in which the two differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.requests.listing import RequestPart
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.requests.policies import change_policy
from chalicelib.usecases.requests.revoke import revoke_request
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    a_client_approver,
    a_grant_on_request,
    a_member,
    a_token,
    an_approval_policy,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    client_approves,
    client_denies,
    deny,
    list_whole,
)

PEOPLE = ("alice", "alice-2", "bob", "lena", "zoe")
"""zoe, a lead, is never suspended and asks for nothing. She does what leads do."""
ASKERS = ("alice", "bob", "lena")
APPROVERS = ("alice", "bob", "lena", "zoe")
people = st.sampled_from(PEOPLE)
askers = st.sampled_from(ASKERS)
approvers = st.sampled_from((*APPROVERS, "jo"))
LEADS = ("lena", "zoe")
END = NOON + timedelta(days=20)


@dataclass
class Paper:
    """One request, as people would note it on paper."""

    id: str
    member: str
    ends_at: datetime
    expires_at: datetime
    stops: int
    """How many stops the member's access had seen."""
    status: str = "pending"
    approved_by: dict[str, datetime] = field(default_factory=dict)
    """When each approver approved it last."""
    is_revoked: bool = False

    def status_at(self, now: datetime) -> str:
        return "expired" if self.status == "pending" and now >= self.expires_at else self.status


@dataclass
class Model:
    requests: list[Paper] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)
    suspensions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    ungranted: set[str] = field(default_factory=set)
    revocations: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    """How many stops of their grant or the engagement each member has seen."""
    is_closed: bool = False
    people: int = 1
    client: bool = False
    by_name: frozenset[str] = frozenset({"bob"})
    counts_from: dict[str, datetime] = field(default_factory=dict)
    """When the right of an approver counts who was reinstated or named since the beginning."""

    def stops_of(self, member: str) -> int:
        return self.suspensions[member] + self.revocations[member]

    def has_access(self, member: str) -> bool:
        return not self.is_closed and member not in self.suspended | self.ungranted

    def may_approve(self, person: str) -> bool:
        if person == "jo":
            return self.client
        return person in {*LEADS, *self.by_name} and person not in self.suspended

    def counts(self, paper: Paper, person: str) -> bool:
        return self.may_approve(person) and not self.is_new(person, paper.approved_by[person])

    def is_new(self, person: str, at: datetime) -> bool:
        return at < self.counts_from.get(person, at)

    def gets_right(self, person: str, now: datetime) -> None:
        self.counts_from[person] = now + timedelta(hours=24)

    def is_approved(self, paper: Paper) -> bool:
        counting = {person for person in paper.approved_by if self.counts(paper, person)}
        return len(counting - {"jo"}) >= self.people and (not self.client or "jo" in counting)

    def expected_refusal(self, paper: Paper, by: str, now: datetime) -> Reason | None:
        """Return why this person may not approve the request."""
        if paper.member == by:
            return Reason.OWN_REQUEST
        if not self.may_approve(by):
            return Reason.NOT_AN_APPROVER
        if self.is_new(by, now):
            return Reason.RIGHT_TOO_NEW
        status = paper.status_at(now)
        if status != "pending":
            return Reason.REQUEST_EXPIRED if status == "expired" else Reason.REQUEST_DECIDED
        has_approved = by in paper.approved_by and self.counts(paper, by)
        if has_approved and not self.is_approved(paper):
            return Reason.ALREADY_APPROVED_BY_YOU
        if paper.stops != self.stops_of(paper.member) or not self.has_access(paper.member):
            return Reason.REQUEST_ENDED
        return None

    def opens(self, member: str, now: datetime) -> bool:
        """Return whether the member may get a session."""
        return self.has_access(member) and any(
            paper.member == member
            and paper.status == "approved"
            and not paper.is_revoked
            and paper.stops == self.stops_of(member)
            and now + timedelta(minutes=15, seconds=5) <= paper.ends_at
            for paper in self.requests
        )


def outcome_of(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Return the call's result, or the error that it raises."""
    try:
        return call(*arguments, **keywords)
    except DaypassError as error:
        return error


has_requests = precondition(lambda self: self.model.requests)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        policy = an_approval_policy(members=frozenset({"bob"}), answer_within=7200)
        self.scene = a_scene_of_requests(policy)
        self.model = Model()
        world = self.scene.world
        world.add(a_member("mia"), Leads(members=frozenset(LEADS)))
        world.add(a_client_approver(named_by="zoe"))  # whose suspension would make jo wait
        for name in PEOPLE:
            kind = Kind.LEAD if name in LEADS else Kind.MEMBER
            world.add(a_member(name, kind=kind), a_token(name))
            world.add(a_grant_on_request(name, ends_at=END))
        world.later(seconds=1)

    @property
    def now(self) -> datetime:
        return self.scene.world.clock

    def _pick(self, data: st.DataObject) -> Paper:
        """Return a request, more often one of the latest, which may still wait."""
        latest = self.model.requests[-4:]
        return data.draw(st.sampled_from([*latest, *latest, *self.model.requests]))

    @initialize()
    def everyone_requests_access(self) -> None:
        for member in ASKERS:
            self.someone_requests_access(member, 3)

    @rule(member=askers, hours=st.sampled_from((1, 3, 5)))
    def someone_requests_access(self, member: str, hours: int) -> None:
        ends_at = self.now + timedelta(hours=hours)
        open_count = sum(
            paper.member == member and paper.status_at(self.now) == "pending"
            for paper in self.model.requests
        )
        if member in self.model.suspended:
            return
        view = outcome_of(ask, self.scene, member, ends_at=ends_at)
        if isinstance(view, DaypassError):
            assert self._may_be_refused(member, open_count, view.reason)
            return
        assert self.model.has_access(member)
        paper = Paper(view.id, member, ends_at, view.expires_at, stops=self.model.stops_of(member))
        self.model.requests.append(paper)

    def _may_be_refused(self, member: str, open_count: int, reason: Reason) -> bool:
        if not self.model.has_access(member):
            return True
        if reason is Reason.TOO_MANY_OPEN_REQUESTS:
            return open_count >= 10
        able = {each for each in {*LEADS, *self.model.by_name} if self.model.may_approve(each)}
        return reason is Reason.REQUESTS_NOT_ALLOWED and len(able - {member}) < self.model.people

    @has_requests
    @rule(data=st.data(), by=approvers)
    def someone_approves(self, data: st.DataObject, by: str) -> None:
        self._approve(self._pick(data), by)

    @has_requests
    @rule(data=st.data(), by=st.sampled_from(("bob", "lena")))
    def someone_is_suspended_and_reinstated_and_approves(
        self, data: st.DataObject, by: str
    ) -> None:
        self.a_lead_suspends_someone(by)
        self._reinstate(by)
        self._approve(self._pick(data), by)

    def _approve(self, paper: Paper, by: str) -> None:
        if by in self.model.suspended:
            return
        expected = self.model.expected_refusal(paper, by, self.now)
        if by == "jo":
            view = outcome_of(client_approves, self.scene, paper.id)
        else:
            view = outcome_of(approve, self.scene, paper.id, by)
        if isinstance(view, DaypassError):
            if view.reason is Reason.TOO_MANY_APPROVED_GRANTS:
                assert self._open_count(paper) >= 3
            elif view.reason is Reason.NO_SUCH_REQUEST:
                assert expected is Reason.NOT_AN_APPROVER
            else:
                assert view.reason is expected
            return
        assert expected is None
        paper.approved_by = {
            person: count
            for person, count in paper.approved_by.items()
            if self.model.counts(paper, person)
        }
        paper.approved_by[by] = self.now
        if self.model.is_approved(paper):
            assert self._open_count(paper) < 3
            paper.status = "approved"
        assert view.status.value == paper.status
        assert bool(view.waiting_for) == (paper.status == "pending")

    def _open_count(self, paper: Paper) -> int:
        return sum(
            other.member == paper.member
            and other.status == "approved"
            and not other.is_revoked
            and other.stops == paper.stops
            and self.now < other.ends_at
            for other in self.model.requests
        )

    @has_requests
    @rule(data=st.data(), by=approvers)
    def someone_denies(self, data: st.DataObject, by: str) -> None:
        paper = self._pick(data)
        if by in self.model.suspended:
            return
        is_pending = paper.status_at(self.now) == "pending"
        may_deny = paper.member != by and self.model.may_approve(by)
        if by == "jo":
            view = outcome_of(client_denies, self.scene, paper.id)
        else:
            view = outcome_of(deny, self.scene, paper.id, by)
        assert isinstance(view, DaypassError) == (not (is_pending and may_deny))
        if not isinstance(view, DaypassError):
            paper.status = "denied"

    @has_requests
    @rule(data=st.data())
    def someone_withdraws(self, data: st.DataObject) -> None:
        paper = self._pick(data)
        if paper.member in self.model.suspended:
            return
        status = paper.status_at(self.now)
        caller = self.scene.caller(paper.member)
        outcome = outcome_of(withdraw_request, self.scene.ports, caller, paper.id)
        assert isinstance(outcome, DaypassError) == (status not in ("pending", "withdrawn"))
        if not isinstance(outcome, DaypassError):
            paper.status = "withdrawn"

    @has_requests
    @rule(data=st.data())
    def a_lead_revokes_the_access(self, data: st.DataObject) -> None:
        paper = self._pick(data)
        zoe = self.scene.caller("zoe")
        outcome = outcome_of(revoke_request, self.scene.ports, zoe, paper.id, why="w")
        if isinstance(outcome, DaypassError):
            assert paper.status != "approved" or not self._is_in_force(paper)
            return
        assert paper.status == "approved"
        paper.is_revoked = True

    def _is_in_force(self, paper: Paper) -> bool:
        return not paper.is_revoked and self.now < paper.ends_at

    @rule(member=st.sampled_from(("alice", "bob", "lena")))
    def a_lead_suspends_someone(self, member: str) -> None:
        if member in self.model.suspended:
            return
        revoke_member(self.scene.ports, self.scene.caller("zoe"), member, why="w")
        self.model.suspended.add(member)
        self.model.suspensions[member] += 1
        for paper in self.model.requests:
            if paper.status == "approved" and member in paper.approved_by:
                paper.is_revoked |= self._is_in_force(paper)

    @precondition(lambda self: self.model.suspended)
    @rule(data=st.data())
    def a_lead_reinstates_someone(self, data: st.DataObject) -> None:
        self._reinstate(data.draw(st.sampled_from(sorted(self.model.suspended))))

    def _reinstate(self, member: str) -> None:
        self.scene.world.later(seconds=1)
        reinstate_member(self.scene.ports, self.scene.caller("zoe"), member)
        self.scene.world.later(seconds=1)
        self.scene.world.add(a_token(member, created_at=self.now))
        self.model.suspended.remove(member)
        self.model.gets_right(member, self.now)

    @rule(member=askers)
    def a_lead_revokes_a_grant(self, member: str) -> None:
        if member not in self.model.ungranted:
            revoke_grant(self.scene.ports, self.scene.caller("zoe"), "acme-prod", member, why="w")
            self.model.ungranted.add(member)
            self.model.revocations[member] += 1

    @precondition(lambda self: self.model.ungranted)
    @rule(data=st.data())
    def a_lead_grants_again(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.model.ungranted)))
        roles = frozenset({"readonly"})
        body = CreateGrant(member=member, roles=roles, on_request=roles, ends_at=END)
        create_grant(self.scene.ports, self.scene.caller("zoe"), "acme-prod", body)
        self.model.ungranted.remove(member)

    @precondition(lambda self: not self.model.is_closed)
    @rule()
    def a_lead_revokes_the_engagement(self) -> None:
        revoke_engagement(self.scene.ports, self.scene.caller("zoe"), "acme-prod", why="w")
        self.model.is_closed = True
        for member in PEOPLE:
            self.model.revocations[member] += 1

    @precondition(lambda self: self.model.is_closed)
    @rule()
    def a_lead_reopens_the_engagement(self) -> None:
        reopen_engagement(self.scene.ports, self.scene.caller("zoe"), "acme-prod", why="w")
        self.model.is_closed = False

    @rule(count=st.sampled_from((1, 2)), client=st.booleans(), by_name=st.booleans())
    def a_lead_changes_the_policy(self, count: int, *, client: bool, by_name: bool) -> None:
        members = frozenset({"bob"} if by_name and "bob" not in self.model.suspended else ())
        body = ChangeApprovalPolicy(people=count, client=client, members=members)
        zoe = self.scene.caller("zoe")
        outcome = outcome_of(change_policy, self.scene.ports, zoe, "acme-prod", "", body)
        if isinstance(outcome, DaypassError):
            able = {each for each in {*LEADS, *members} if each not in self.model.suspended}
            assert outcome.reason is Reason.BAD_VALUE
            assert len(able) < count
            return
        for member in members - self.model.by_name:
            self.model.gets_right(member, self.now)
        self.model.people, self.model.client, self.model.by_name = count, client, members

    @rule(minutes=st.sampled_from((1, 20, 50, 130, 1500)))
    def time_passes(self, minutes: int) -> None:
        self.scene.world.later(minutes=minutes)

    @invariant()
    def time_never_stands_still(self) -> None:
        self.scene.world.later(milliseconds=1)

    @invariant()
    def sessions_are_vended_to_exactly_those_with_access(self) -> None:
        for member in ASKERS:
            if member in self.model.suspended:
                continue
            request = SessionRequest(role="readonly", duration=900)
            origin = self.scene.origin(member)
            session = outcome_of(vend, self.scene.ports, origin, "acme-prod", request)
            is_vended = not isinstance(session, DaypassError)
            assert is_vended == self.model.opens(member, self.now), member

    @invariant()
    def the_lists_show_what_is_on_paper(self) -> None:
        assert {row.id for row in list_whole(self.scene, "zoe", RequestPart.UNDECIDED)} == {
            paper.id
            for paper in self.model.requests
            if paper.status_at(self.now) == "pending"
            and paper.stops == self.model.stops_of(paper.member)
            and self.model.has_access(paper.member)
        }
        for member in ASKERS:
            if member not in self.model.suspended:
                own = list_whole(self.scene, member, RequestPart.OWN)
                assert {row.id: row.status.value for row in own} == {
                    paper.id: paper.status_at(self.now)
                    for paper in self.model.requests
                    if paper.member == member
                }


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=30,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
