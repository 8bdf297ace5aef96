"""Requests, approvals, revocations and their undoing in any order, against a simple model.

The model keeps what people would keep on paper: which requests wait, who approved which, what was
stopped since. Daypass's use cases run on the fakes. hypothesis chooses the steps, and searches for
an order in which the two differ.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeGrant, CreateGrant
from chalicelib.domain.engagements.roles import ChangeRole, Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind, Leads
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.requests.listing import RequestPart
from chalicelib.usecases.requests.own import (
    end_own_access,
    revoke_request,
    start_access,
    withdraw_request,
)
from chalicelib.usecases.requests.policies import change_policy
from chalicelib.usecases.requests.steps import show_request
from tests.builders import (
    ROLE_ARN,
    a_client_approver,
    a_grant_on_request,
    a_member,
    a_role,
    a_token,
    an_approval_policy,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    client_approves,
    client_denies,
    deny,
    list_whole,
)
from tests.usecases.vending.revocations import OTHER_ARN, REVOCATIONS, UNDONE

PEOPLE = ("alice", "alice-2", "bob", "lena", "zoe")
"""zoe, a lead, is never suspended and asks for nothing. She does what leads do."""
ASKERS = ("alice", "bob", "lena")
APPROVERS = ("alice", "bob", "lena", "zoe")
askers = st.sampled_from(ASKERS)
approvers = st.sampled_from((*APPROVERS, "jo"))
LEADS = ("lena", "zoe")
END = NOON + timedelta(days=20)


READONLY = frozenset({"readonly"})
BOTH = READONLY | {"deploy"}
OF_ALICE = "alice's role in her grant"


def change_alices_roles(scene, **changes):
    scene.do(change_grant, "acme-prod", "alice", ChangeGrant(**changes), by="zoe")


def change_arn(scene, arn):
    scene.do(change_role, "acme-prod", "readonly", ChangeRole(arn=arn), by="zoe")


# Each end of something that the access stands on, with its reversal.
ENDS = {
    "closed": (REVOCATIONS["engagement closed"], UNDONE["engagement closed"]),
    "role": (REVOCATIONS["role ended"], UNDONE["role ended"]),
    "arn": (lambda s: change_arn(s, OTHER_ARN), lambda s: change_arn(s, ROLE_ARN)),
    OF_ALICE: (
        lambda s: change_alices_roles(s, roles=frozenset({"deploy"})),
        lambda s: change_alices_roles(s, roles=BOTH, on_request=BOTH),
    ),
}


@dataclass
class Paper:
    """One request, as people would note it on paper."""

    id: str
    member: str
    ends_at: datetime
    expires_at: datetime
    stops: int
    """How many stops the member's access had seen."""
    needs_start: bool = False
    status: str = "waiting"
    approved_by: dict[str, datetime] = field(default_factory=dict)
    """When each approver approved it last."""
    is_revoked: bool = False

    def status_at(self, now):
        return "expired" if self.status == "waiting" and now >= self.expires_at else self.status


@dataclass
class Model:
    requests: list[Paper] = field(default_factory=list)
    suspended: set[str] = field(default_factory=set)
    suspensions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    ungranted: set[str] = field(default_factory=set)
    revocations: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    """How many stops of their grant or the engagement each member has seen."""
    is_closed: bool = False
    ended: str = ""
    """The one of ENDS that happened and was not reversed yet."""
    ends: int = 0
    people: int = 1
    client: bool = False
    by_name: frozenset[str] = frozenset({"bob"})
    counts_from: dict[str, datetime] = field(default_factory=dict)
    """When the right of an approver counts who was reinstated or named since the beginning."""

    def stops_of(self, member):
        return self.suspensions[member] + self.revocations[member] + self.ends

    def has_access(self, member):
        if self.ended == OF_ALICE:
            return member != "alice" and member not in self.suspended
        is_over = self.is_closed or self.ended
        return not is_over and member not in self.suspended | self.ungranted

    def is_in_force(self, paper, now):
        """Return whether the access that the request opened may be started or used."""
        is_open = paper.status == "approved" and not paper.is_revoked and now < paper.ends_at
        is_alive = paper.stops == self.stops_of(paper.member)
        return is_open and is_alive and self.has_access(paper.member)

    def may_approve(self, person):
        if person == "jo":
            return self.client
        return person in {*LEADS, *self.by_name} and person not in self.suspended

    def counts(self, paper, person):
        return self.may_approve(person) and not self.is_new(person, paper.approved_by[person])

    def is_new(self, person, at):
        return at < self.counts_from.get(person, at)

    def gets_right(self, person, now):
        self.counts_from[person] = now + timedelta(hours=24)

    def is_approved(self, paper):
        counting = {person for person in paper.approved_by if self.counts(paper, person)}
        return len(counting - {"jo"}) >= self.people and (not self.client or "jo" in counting)

    def expected_refusal(self, paper, by, now):
        """Return why this person may not approve the request."""
        if paper.member == by:
            return Reason.OWN_REQUEST
        if not self.may_approve(by):
            return Reason.NOT_AN_APPROVER
        if self.is_new(by, now):
            return Reason.RIGHT_TOO_NEW
        status = paper.status_at(now)
        if status != "waiting":
            return Reason.REQUEST_EXPIRED if status == "expired" else Reason.REQUEST_DECIDED
        has_approved = by in paper.approved_by and self.counts(paper, by)
        if has_approved and not self.is_approved(paper):
            return Reason.ALREADY_APPROVED_BY_YOU
        if paper.stops != self.stops_of(paper.member) or not self.has_access(paper.member):
            return Reason.REQUEST_ENDED
        return None

    def find_usable(self, member, now):
        """Return the requests under which the member gets a session."""
        shortest = now + timedelta(minutes=15, seconds=5)
        return {
            paper.id
            for paper in self.requests
            if paper.member == member
            and self.is_in_force(paper, now)
            and not paper.needs_start
            and shortest <= paper.ends_at
        }


def outcome_of(call, *arguments, **keywords):
    """Return the call's result, or the error that it raises."""
    try:
        return call(*arguments, **keywords)
    except DaypassError as error:
        return error


has_requests = precondition(lambda self: self.model.requests)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self):
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
        world.add(a_role("deploy"))
        world.add(a_grant_on_request("alice", roles=BOTH, on_request=BOTH, ends_at=END))
        world.later(seconds=1)

    @property
    def now(self):
        return self.scene.clock

    def _pick(self, data):
        """Return a request, more often one of the latest, which may still wait."""
        latest = self.model.requests[-4:]
        return data.draw(st.sampled_from([*self.model.requests[:5], *latest, *latest]))

    @initialize()
    def everyone_requests_access_and_some_have_it(self):
        for member in ASKERS:
            for has_end in (True, False, True):
                self.someone_requests_access(member, 3, has_end=has_end)
        for paper in self.model.requests[:5]:
            self._approve(paper, "zoe")

    @rule(member=askers, hours=st.sampled_from((0.25, 1, 3, 5)), has_end=st.booleans())
    def someone_requests_access(self, member, hours, *, has_end=True):
        ends_at = self.now + timedelta(hours=hours)
        span = {"ends_at": ends_at} if has_end else {"duration": int(3600 * hours)}
        open_count = sum(
            paper.member == member and paper.status_at(self.now) == "waiting"
            for paper in self.model.requests
        )
        if member in self.model.suspended:
            return
        view = outcome_of(ask, self.scene, member, **span)
        if isinstance(view, DaypassError):
            assert self._may_be_refused(member, open_count, view.reason)
            return
        assert self.model.has_access(member)
        stops = self.model.stops_of(member)
        paper = Paper(view.id, member, ends_at, view.expires_at, stops, needs_start=not has_end)
        self.model.requests.append(paper)

    def _may_be_refused(self, member, open_count, reason):
        if not self.model.has_access(member):
            return True
        if reason is Reason.TOO_MANY_OPEN_REQUESTS:
            return open_count >= 10
        able = {each for each in {*LEADS, *self.model.by_name} if self.model.may_approve(each)}
        return reason is Reason.REQUESTS_NOT_ALLOWED and len(able - {member}) < self.model.people

    @has_requests
    @rule(data=st.data(), by=approvers)
    def someone_approves(self, data, by):
        self._approve(self._pick(data), by)

    @has_requests
    @rule(data=st.data(), by=st.sampled_from(("bob", "lena")))
    def someone_is_suspended_and_reinstated_and_approves(self, data, by):
        self.a_lead_suspends_someone(by)
        self._reinstate(by)
        self._approve(self._pick(data), by)

    def _approve(self, paper, by):
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
            if paper.needs_start:
                paper.ends_at = self.now + timedelta(hours=24)
        if by == "jo":
            view = self.scene.do(show_request, paper.id, by="zoe")
        assert view.status.value == paper.status
        assert bool(view.waiting_for) == (paper.status == "waiting")

    def _open_count(self, paper):
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
    def someone_denies(self, data, by):
        paper = self._pick(data)
        if by in self.model.suspended:
            return
        is_pending = paper.status_at(self.now) == "waiting"
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
    def someone_withdraws(self, data):
        paper = self._pick(data)
        if paper.member in self.model.suspended:
            return
        status = paper.status_at(self.now)
        outcome = outcome_of(self.scene.do, withdraw_request, paper.id, by=paper.member)
        assert isinstance(outcome, DaypassError) == (status not in ("waiting", "withdrawn"))
        if not isinstance(outcome, DaypassError):
            paper.status = "withdrawn"

    @has_requests
    @rule(data=st.data())
    def someone_starts_their_access(self, data):
        paper = self._pick(data)
        if paper.member in self.model.suspended:
            return
        is_in_force = self.model.is_in_force(paper, self.now)
        view = outcome_of(self.scene.do, start_access, paper.id, by=paper.member)
        if isinstance(view, DaypassError):
            assert not is_in_force
        elif paper.needs_start:
            assert is_in_force
            paper.needs_start, paper.ends_at = False, view.access_ends_at

    @has_requests
    @rule(data=st.data(), by_lead=st.booleans())
    def an_access_is_ended(self, data, *, by_lead):
        paper = self._pick(data)
        if by_lead or paper.member in self.model.suspended:
            outcome = outcome_of(self.scene.do, revoke_request, paper.id, by="zoe")
        else:
            outcome = outcome_of(self.scene.do, end_own_access, paper.id, by=paper.member)
        if isinstance(outcome, DaypassError):
            assert paper.status != "approved" or not self._is_in_force(paper)
            return
        assert paper.status == "approved"
        paper.is_revoked = True

    def _is_in_force(self, paper):
        return not paper.is_revoked and self.now < paper.ends_at

    @precondition(lambda self: not self.model.ended)
    @rule(what=st.sampled_from(sorted(ENDS)))
    def something_ends(self, what):
        if self.model.is_closed or self.model.ungranted:
            return
        ENDS[what][0](self.scene)
        self.model.ended = what
        if what == OF_ALICE:
            self.model.revocations["alice"] += 1
        else:
            self.model.ends += 1

    @precondition(lambda self: self.model.ended)
    @rule()
    def it_is_reversed(self):
        what, self.model.ended = self.model.ended, ""
        self.scene.later(seconds=10)
        ENDS[what][1](self.scene)
        if what in ("role", "arn"):  # as after a check
            self.model.ends += 1
            role = self.scene.stored(Role, "acme-prod", "readonly")
            self.scene.add(replace(role, verification=a_role().verification))

    @rule(member=askers)
    def a_lead_suspends_someone(self, member):
        if member in self.model.suspended:
            return
        self.scene.do(revoke_member, member, by="zoe")
        self.model.suspended.add(member)
        self.model.suspensions[member] += 1
        for paper in self.model.requests:
            if paper.status == "approved" and member in paper.approved_by:
                paper.is_revoked |= self._is_in_force(paper)

    @precondition(lambda self: self.model.suspended)
    @rule(data=st.data())
    def a_lead_reinstates_someone(self, data):
        self._reinstate(data.draw(st.sampled_from(sorted(self.model.suspended))))

    def _reinstate(self, member):
        self.scene.later(seconds=1)
        self.scene.do(reinstate_member, member, by="zoe")
        self.scene.later(seconds=1)
        self.scene.add(a_token(member, created_at=self.now))
        self.model.suspended.remove(member)
        self.model.gets_right(member, self.now)

    @rule(member=askers)
    def a_lead_revokes_a_grant(self, member):
        if member not in self.model.ungranted and not self.model.ended:
            self.scene.do(revoke_grant, "acme-prod", member, by="zoe")
            self.model.ungranted.add(member)
            self.model.revocations[member] += 1

    @precondition(lambda self: self.model.ungranted)
    @rule(data=st.data())
    def a_lead_grants_again(self, data):
        member = data.draw(st.sampled_from(sorted(self.model.ungranted)))
        roles = BOTH if member == "alice" else READONLY
        body = CreateGrant(member=member, roles=roles, on_request=roles, ends_at=END)
        self.scene.do(create_grant, "acme-prod", body, by="zoe")
        self.model.ungranted.remove(member)

    @precondition(lambda self: not self.model.is_closed and not self.model.ended)
    @rule()
    def a_lead_revokes_the_engagement(self):
        self.scene.do(revoke_engagement, "acme-prod", by="zoe")
        self.model.is_closed = True
        for member in PEOPLE:
            self.model.revocations[member] += 1

    @precondition(lambda self: self.model.is_closed)
    @rule()
    def a_lead_reopens_the_engagement(self):
        self.scene.do(reopen_engagement, "acme-prod", by="zoe")
        self.model.is_closed = False

    @rule(count=st.sampled_from((1, 2)), client=st.booleans(), by_name=st.booleans())
    def a_lead_changes_the_policy(self, count, *, client, by_name):
        members = frozenset({"bob"} if by_name and "bob" not in self.model.suspended else ())
        body = ChangeApprovalPolicy(people=count, client=client, members=members)
        outcome = outcome_of(self.scene.do, change_policy, "acme-prod", body, by="zoe")
        if isinstance(outcome, DaypassError):
            able = {each for each in {*LEADS, *members} if each not in self.model.suspended}
            assert outcome.reason is Reason.BAD_VALUE
            assert len(able) < count
            return
        for member in members - self.model.by_name:
            self.model.gets_right(member, self.now)
        self.model.people, self.model.client, self.model.by_name = count, client, members

    @rule(minutes=st.sampled_from((1, 20, 50, 130, 1500)))
    def time_passes(self, minutes):
        self.scene.later(minutes=minutes)

    @invariant()
    def time_never_stands_still(self):
        self.scene.later(milliseconds=1)

    @invariant()
    def sessions_are_vended_to_exactly_those_with_access(self):
        for member in ASKERS:
            if member in self.model.suspended:
                continue
            usable, entries = self.model.find_usable(member, self.now), self.scene.entries
            count = len(entries)
            session = outcome_of(self.scene.vend, member, duration=900)
            assert isinstance(session, DaypassError) == (not usable), member
            intents = [e for e in entries[count:] if e.outcome is Outcome.INTENDED]
            assert {intent.details["request"] for intent in intents} <= usable

    @invariant()
    def the_lists_show_what_is_on_paper(self):
        assert {row.id for row in list_whole(self.scene, "zoe", RequestPart.UNDECIDED)} == {
            paper.id
            for paper in self.model.requests
            if paper.status_at(self.now) == "waiting"
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
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@every("what", ENDS)
def test_access_and_requests_from_before_an_end_stay_dead_after_its_reversal(what):
    """Each end in turn, so that a random search need not find it."""
    machine = AnyOrder()
    scene, until_8 = machine.scene, NOON + timedelta(hours=8)
    approve(scene, ask(scene, ends_at=until_8).id)
    waiting = ask(scene, ends_at=until_8).id
    scene.vend()
    scene.later(minutes=1)
    machine.something_ends(what)
    machine.it_is_reversed()
    assert reason_of(scene.vend) is Reason.APPROVAL_REQUIRED
    assert reason_of(approve, scene, waiting) is Reason.REQUEST_ENDED
    approve(scene, ask(scene, ends_at=until_8).id)
    scene.vend()
