"""Decisions, withdrawals, revocations and vends, in every order of their steps.

Each actor may crash before any step. Whatever the order, a request is decided once, what it opened
is on its approvers' lists, and an approval that comes after a revocation opens nothing. The last
tests remove one protection each, and the same search must then find a violation.
"""

from itertools import combinations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import RequestContext
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.recording import write
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import Scene, a_token, doing
from tests.fakes import FakeState
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.requesting import (
    REQUEST,
    a_scene_that_waits,
    approve,
    client_approves,
    deny,
)
from tests.usecases.vending.interleaving import CRASHED, ITEMS_FIRST, all_interleavings
from tests.usecases.vending.revocations import REVOCATIONS, UNDONE

DECIDED = (RequestStatus.APPROVED, RequestStatus.DENIED, RequestStatus.WITHDRAWN)


DECISIONS = {
    "lena approves": lambda s: approve(s, REQUEST, "lena"),
    "bob approves": lambda s: approve(s, REQUEST, "bob"),
    "bob denies": lambda s: deny(s, REQUEST, "bob"),
    "alice withdraws": doing(withdraw_request, REQUEST, by="alice"),
}
LENA_APPROVES = DECISIONS["lena approves"]
PAIRS = list(combinations(DECISIONS, 2))


def request_of(run):
    (request,) = run.world.find(AccessRequest)
    return request


def violations_in(run):
    """Return the violations of what must hold after any order of decisions."""
    request = request_of(run)
    grants = run.world.find(ApprovedGrant)
    records = run.world.find(GivenApproval)
    entries = [
        entry.action.value
        for entry in run.world.entries
        if entry.outcome is Outcome.DONE and entry.details.get("status")
    ]
    views = [each for each in run.results if isinstance(each, RequestView)]
    is_approved = request.status is RequestStatus.APPROVED
    violations = []
    if len(grants) != is_approved:
        violations.append("access without an approved request, or the other way round")
    if {each.approver for each in records} != (
        {each.by for each in request.approvals} if is_approved else set()
    ):
        violations.append("the approvers' lists do not name what they opened")
    if len(entries) != (request.status in DECIDED):
        violations.append("no entry for the decision, or several")
    if any(view.status in DECIDED and view.status is not request.status for view in views):
        violations.append("someone was shown another decision")
    return violations


@every("first, second", PAIRS)
def test_of_two_decisions_one_wins_and_the_other_learns_of_it(first, second):
    winners = set()
    for run in all_interleavings(a_scene_that_waits, DECISIONS[first], DECISIONS[second]):
        assert violations_in(run) == [], run.order
        results = run.results
        if CRASHED in results:
            continue
        (loser,) = [each for each in results if isinstance(each, DaypassError)]
        assert loser.reason is Reason.REQUEST_DECIDED, run.order
        assert request_of(run).decided_by in loser.detail
        winners.add(results.index(loser))
    assert winners == {0, 1}


def test_two_people_approve_at_once():
    """Both approvals count, or the second conflicts and is tried again: none is lost."""

    acts = (LENA_APPROVES, DECISIONS["bob approves"])
    for run in all_interleavings(lambda: a_scene_that_waits(people=2), *acts):
        request = request_of(run)
        views = [each for each in run.results if isinstance(each, RequestView)]
        done = {view.approvals[-1].by for view in views}
        assert done <= {each.by for each in request.approvals}, run.order
        assert violations_in(run) == [], run.order
        if CRASHED not in run.results:
            assert request.status is RequestStatus.APPROVED, run.order


def test_the_client_and_a_lead_approve_at_once():
    acts = (LENA_APPROVES, lambda s: client_approves(s, REQUEST))
    for run in all_interleavings(lambda: a_scene_that_waits(client=True), *acts):
        if CRASHED not in run.results:
            (grant,) = run.world.find(ApprovedGrant)
            assert grant.client_approved
            assert request_of(run).status is RequestStatus.APPROVED


ENDS = {
    "approver suspended": (
        doing(revoke_member, "lena", by="mia"),
        doing(reinstate_member, "lena", by="mia"),
    ),
} | {
    name: (REVOCATIONS[name], None if name == "role ended" else UNDONE.get(name))
    for name in REVOCATIONS
    if name != "token revoked"
}


def opens_something(run, undo):
    """Return whether alice gets a session in the end, also after the revocation is undone. Her
    token is renewed, so that only the rule of access can refuse it."""
    scene = Scene(run.world, run.world.ports())
    run.world.later(seconds=1)
    if undo is not None:
        undo(scene)
        run.world.add(a_token("alice", created_at=run.world.clock))
    return reason_of(scene.vend) is None


@every("facts", [(), ITEMS_FIRST])
@every("end, undo", ENDS.values())
def test_an_approval_that_arrives_after_a_revocation_opens_nothing(end, undo, facts):
    opened_without_it = 0
    for run in all_interleavings(a_scene_that_waits, LENA_APPROVES, end, facts=facts):
        assert violations_in(run) == [], run.order
        if isinstance(run.results[1], Revocation):
            assert not opens_something(run, undo), run.order
        else:
            assert run.results[1] == CRASHED, run.order
            opened_without_it += opens_something(run, None)
    assert opened_without_it


def change(role="", **fields):
    body = ChangeApprovalPolicy(**fields)
    return doing(change_policy, "acme-prod", body, role, by="mia")


def require_client(scene):
    engagement = scene.stored(Engagement, "acme-prod")
    required = next_version(engagement, requires_client_approval=True)
    scene.do(write, Action.CLIENT_APPROVAL_REQUIRE, (engagement, required), by="mia")


CHANGES = {
    "two people": change(people=2),
    "bob alone": change(leads=False),
    "the role's first policy": change("readonly", people=2),
    "the client": require_client,
}


def approved_by_former_rules(run):
    """Return whether an approval opened the access after the rules had been changed."""
    order = [
        entry.action
        for entry in run.world.entries
        if entry.details.get("status") == "approved" or entry.action in RULE_CHANGES
    ]
    return len(order) == 2 and order[0] in RULE_CHANGES


RULE_CHANGES = (Action.APPROVAL_POLICY_CHANGE, Action.CLIENT_APPROVAL_REQUIRE)


@every("act", CHANGES.values())
def test_no_approval_counts_by_rules_that_were_changed_before(act):
    approved = 0
    for run in all_interleavings(a_scene_that_waits, LENA_APPROVES, act):
        assert violations_in(run) == [], run.order
        assert not approved_by_former_rules(run), run.order
        approved += request_of(run).status is RequestStatus.APPROVED
    assert approved


@every("end", ["member suspended", "approver suspended", "grant revoked"])
def test_a_vend_meanwhile_is_in_the_answer_of_the_revocation(end):
    vends = 0
    acts = (LENA_APPROVES, Scene.vend, ENDS[end][0])
    for run in all_interleavings(a_scene_that_waits, *acts):
        session, revocation = run.results[1], run.results[2]
        if isinstance(session, VendedSession):
            vends += 1
            assert request_of(run).status is RequestStatus.APPROVED, run.order
            if isinstance(revocation, Revocation):
                listed = {each.vend for each in revocation.sessions}
                assert session.vend in listed, run.order
    assert vends


def test_without_versions_the_search_finds_two_decisions(monkeypatch):
    def write_unconditionally(self, items):
        self._world.add(*items)

    monkeypatch.setattr(FakeState, "_write", write_unconditionally)
    acts = (LENA_APPROVES, DECISIONS["bob denies"])
    assert any(violations_in(run) for run in all_interleavings(a_scene_that_waits, *acts))


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
def test_without_preconditions_the_search_finds_an_approval_by_former_rules(act, monkeypatch):
    monkeypatch.setattr(RequestContext, "list_preconditions", lambda _: [])
    runs = all_interleavings(a_scene_that_waits, LENA_APPROVES, act)
    assert any(approved_by_former_rules(run) for run in runs)


def test_without_stops_in_the_access_the_search_finds_access_after_a_revocation(monkeypatch):
    class AnyStops(tuple[str, ...]):
        __slots__ = ()

        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

        __hash__ = tuple.__hash__

    def a_scene_without_stops():
        scene = a_scene_that_waits()
        (request,) = scene.find(AccessRequest)
        scene.add(replace(request, stops=AnyStops()))
        return scene

    end, undo = ENDS["engagement revoked"]
    runs = all_interleavings(a_scene_without_stops, LENA_APPROVES, end)
    assert any(opens_something(run, undo) for run in runs if isinstance(run.results[1], Revocation))
