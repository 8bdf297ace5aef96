"""Grants, vends, revocations and their undoing in any order, against a simple model.

The model keeps what a lead would keep on paper: who is stopped, which grants are current, and which
sessions were handed over. Daypass's use cases run on the fakes. hypothesis chooses the steps, and
searches for an order in which the two differ. Acme has a brake, and Globex has no cut-offs. After
the job has run, the brake denies exactly the sessions that were revoked.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import (
    ChangeGrant,
    CreateGrant,
    CutOffMethod,
    Engagement,
)
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, DaypassError
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus, RoleCutOffs
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import change_grant, create_grant, revoke_grant
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.blocks.freezing import freeze, thaw
from chalicelib.usecases.vending.blocks.pausing import lift_pause, pause
from chalicelib.usecases.vending.run_cut_offs import finish_blocks
from chalicelib.usecases.vending.sessions import list_sessions
from chalicelib.usecases.vending.vend import vend
from tests.builders import NOON, ROLE_ARN, a_grant, a_member, a_scene, a_token, presented_by
from tests.fakes.cut_offs import decide
from tests.usecases.lost_answers import none_fails
from tests.usecases.vending.any_order import Issued, Model
from tests.usecases.vending.cut_offs.scene import CUT_OFF_ID, run_job

MEMBERS = ("alice", "alice-2", "bob")
ENGAGEMENTS = ("acme-prod", "globex")
members = st.sampled_from(MEMBERS)
engagements = st.sampled_from(ENGAGEMENTS)
CLIENT_ACTOR = SystemActor(CLIENT)
END = NOON + timedelta(days=2)
CUT_OFF = {"acme-prod": {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}}
CHECKED = ((Engagement, "acme-prod"), (Role, "acme-prod", "readonly"))
UNDOING_TAKES = timedelta(seconds=10)
"""A cut-off also ends sessions that are issued within six seconds, because clocks differ."""


class AnyOrder(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.scene = a_scene()
        self.model = Model()
        self.presented = {member: presented_by(member) for member in MEMBERS}
        world = self.scene.world
        for engagement in world.find(Engagement, where=lambda each: each.id in ENGAGEMENTS):
            world.add(replace(engagement, ends_at=END, **CUT_OFF.get(engagement.id, {})))
        names = world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
        world.roles[ROLE_ARN].boundary = names.brake_arn
        world.add(a_member("mia", kind=Kind.LEAD), a_token("mia"))
        for member in MEMBERS:
            world.add(a_member(member), a_token(member))
            for name in ENGAGEMENTS:
                world.add(a_grant(member, engagement=name, ends_at=END))
                self.model.grants[member, name] = END

    @property
    def now(self):
        return self.scene.clock

    @rule(member=members, engagement=engagements, duration=st.sampled_from((900, 3600)))
    def a_member_asks_for_a_session(self, member, engagement, duration):
        request = SessionRequest(role="readonly", duration=duration)
        presented = self.presented[member]
        expected = self.model.allows(member, engagement, self.now)
        try:
            session = vend(self.scene.ports, RequestOrigin(presented), engagement, request)
        except DaypassError:
            assert not expected
            return
        assert expected
        token, _ = self.scene.ports.state.token_and_member(presented)
        assert token is not None
        ends_at = session.credentials.expires_at
        self.model.sessions.append(
            Issued(
                vend=session.vend,
                member=member,
                engagement=engagement,
                token=token.id,
                name=session.session_name,
                role_arn=self.scene.world.issued[-1][0].role_arn,
                at=self.now,
                ends_at=ends_at,
            )
        )

    @initialize()
    def everyone_works(self):
        for engagement in ENGAGEMENTS:
            self.the_whole_team_asks(engagement)

    @rule(engagement=engagements)
    def the_whole_team_asks(self, engagement):
        for member in MEMBERS:
            self.a_member_asks_for_a_session(member, engagement, 3600)

    @rule(minutes=st.sampled_from((1, 10, 40, 100)))
    def time_passes(self, minutes):
        self.scene.later(minutes=minutes)

    @rule(member=members, at_once=st.booleans())
    def a_lead_suspends_a_member(self, member, *, at_once):
        response = self.scene.do(revoke_member, member)
        self.model.suspended.add(member)
        self.model.without_token.add(member)
        self._names_all(response, lambda each: each.member == member, at_once=at_once)

    @rule()
    def the_job_works_on_cut_offs(self):
        run_job(self.scene, seconds=200)
        for each in self.model.sessions:
            if each.ends_at > self.now:
                denial = decide(self.scene.world, each.role_arn, each.name, each.at)
                is_ended = each.is_revoked and each.engagement in CUT_OFF
                assert (denial == "boundary") == is_ended, each
        for stored in self.scene.find(RoleCutOffs):
            for cut_off in stored.cut_offs:
                is_braked = stored.engagement in CUT_OFF
                expected = CutOffStatus.SEEN if is_braked else CutOffStatus.REQUESTED
                assert cut_off.status is expected

    @rule(is_full=st.booleans())
    def a_check_requests_looks(self, *, is_full):
        state = self.scene.ports.state
        stored = state.get(RoleCutOffs, "acme-prod", "readonly")
        engagement, role = (state.get(*key) for key in CHECKED)
        item = plan.request_check(
            stored, engagement, role, self.now, may_drill=True, is_full=is_full
        )
        if item is not None:
            self.scene.add(item)

    @precondition(lambda self: self.model.suspended)
    @rule(data=st.data())
    def a_lead_reinstates_a_member(self, data):
        member = data.draw(st.sampled_from(sorted(self.model.suspended)))
        self._undo()
        self.scene.do(reinstate_member, member)
        self.model.suspended.remove(member)

    @precondition(lambda self: self.model.without_token - self.model.suspended)
    @rule(data=st.data())
    def a_member_enrols_again(self, data):
        names = sorted(self.model.without_token - self.model.suspended)
        member = data.draw(st.sampled_from(names))
        self._undo()
        token = parse_token(self.scene.enrolled(member).text)
        assert token is not None
        self.presented[member] = token
        self.model.without_token.remove(member)

    @precondition(lambda self: set(MEMBERS) - self.model.without_token)
    @rule(data=st.data(), at_once=st.booleans())
    def a_lead_revokes_a_token(self, data, *, at_once):
        member = data.draw(st.sampled_from(sorted(set(MEMBERS) - self.model.without_token)))
        token, _ = self.scene.ports.state.token_and_member(self.presented[member])
        assert token is not None
        response = self.scene.do(revoke_token, member, token.id)
        self.model.without_token.add(member)
        key = (member, token.id)
        self._names_all(response, lambda each: (each.member, each.token) == key, at_once=at_once)

    @rule(member=members, engagement=engagements, at_once=st.booleans())
    def a_lead_revokes_a_grant(self, member, engagement, *, at_once):
        response = self.scene.do(revoke_grant, engagement, member)
        self.model.grants.pop((member, engagement), None)
        key = (member, engagement)
        self._names_all(
            response, lambda each: (each.member, each.engagement) == key, at_once=at_once
        )

    @rule(member=members, engagement=engagements, hours=st.sampled_from((1, 5, 200)))
    def a_lead_grants_again(self, member, engagement, hours):
        self._undo()
        ends_at = self.now + timedelta(hours=hours)
        request = CreateGrant(member=member, roles=frozenset({"readonly"}), ends_at=ends_at)
        is_held = self.model.grants.get((member, engagement), self.now) > self.now
        try:
            self.scene.do(create_grant, engagement, request)
        except Conflict:
            assert is_held
            return
        assert not is_held
        self.model.grants[member, engagement] = ends_at

    @rule(member=members, engagement=engagements, hours=st.sampled_from((1, 30)))
    def a_lead_moves_the_end_of_a_grant(self, member, engagement, hours):
        ends_at = self.now + timedelta(hours=hours)
        try:
            self.scene.do(change_grant, engagement, member, ChangeGrant(ends_at=ends_at))
        except Conflict:
            assert (member, engagement) not in self.model.grants
            return
        self.model.grants[member, engagement] = ends_at

    @rule(engagement=engagements, at_once=st.booleans())
    def a_lead_revokes_an_engagement(self, engagement, *, at_once):
        response = self.scene.do(revoke_engagement, engagement)
        self.model.revoked.add(engagement)
        self._names_all(response, lambda each: each.engagement == engagement, at_once=at_once)

    @precondition(lambda self: self.model.revoked)
    @rule(data=st.data())
    def a_lead_reopens_an_engagement(self, data):
        engagement = data.draw(st.sampled_from(sorted(self.model.revoked)))
        self._undo()
        self.scene.do(reopen_engagement, engagement)
        self.model.revoked.remove(engagement)

    @rule(engagement=engagements)
    def the_client_pauses(self, engagement):
        code_hash = hash_of(f"code {self.now}")
        block = pause(self.scene.ports, CLIENT_ACTOR, engagement, code_hash)
        self.model.paused[engagement] = code_hash
        alive = self.model.alive(self.now, lambda each: each.engagement == engagement)
        self._mark_revoked(alive)
        assert block.listing.alive >= len(alive)

    @precondition(lambda self: self.model.paused)
    @rule(data=st.data())
    def the_client_lifts_the_pause(self, data):
        engagement = data.draw(st.sampled_from(sorted(self.model.paused)))
        self._undo()
        code_hash = self.model.paused[engagement]
        block = lift_pause(self.scene.ports, CLIENT_ACTOR, engagement, code_hash)
        if not block.is_in_force:  # each press of the button has its own code
            del self.model.paused[engagement]
        else:
            self.model.paused[engagement] = block.locks[-1].code_hash

    @rule()
    def a_lead_freezes_everything(self):
        self.scene.do(freeze)
        self.model.is_frozen = True
        self._mark_revoked(self.model.alive(self.now, lambda _: True))
        self.scene.later(minutes=1)
        finish_blocks(self.scene.ports, time_left=lambda: 200.0, report_failure=none_fails)

    @precondition(lambda self: self.model.is_frozen)
    @rule()
    def two_leads_thaw(self):
        self._undo()
        for _ in range(2):
            assert self.scene.do(thaw).is_in_force
        assert not self.scene.do(thaw, by="mia").is_in_force
        self.model.is_frozen = False

    def _mark_revoked(self, vends):
        for each in self.model.sessions:
            each.is_revoked |= each.vend in vends

    def _undo(self):
        """Let the time pass that a lead needs to undo a revocation."""
        self.scene.world.clock += UNDOING_TAKES

    def _names_all(self, response, concerns, *, at_once):
        """Check that a revocation's response names every live session that it concerns. If
        `at_once`, the job runs at once, as after a kick."""
        expected = self.model.alive(self.now, concerns)
        self._mark_revoked(expected)
        listed = {session.vend: session for session in response.sessions}
        assert expected <= listed.keys()
        for each in self.model.sessions:
            if each.vend in expected:
                assert listed[each.vend].ends_by >= each.ends_at
        assert response.alive == len(response.sessions)
        assert response.cut_off_at > self.now
        if at_once:
            self.the_job_works_on_cut_offs()

    @invariant()
    def time_never_stands_still(self):
        self.scene.later(milliseconds=1)

    @invariant()
    def the_live_list_has_every_live_session(self):
        listed = {each.vend for each in list_sessions(self.scene.ports, limit=500).items}
        assert self.model.alive(self.now, lambda _: True) <= listed

    @invariant()
    def every_session_is_on_the_trail(self):
        vends = [entry for entry in self.scene.entries if entry.action is Action.VEND]
        issued = {entry.vend for entry in vends if entry.outcome == "issued"}
        assert issued == {each.vend for each in self.model.sessions}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
