"""Concurrent decisions of requests on the real adapters, and revocations beside them."""

from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import AccessDenied, DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.emergencies import OpenEmergency
from chalicelib.domain.requests.policies import ApprovalPolicy, Naming
from chalicelib.domain.requests.requests import (
    AccessRequest,
    ApproveRequest,
    CreateAccessRequest,
    RequestStatus,
)
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.emergencies import open_emergency
from chalicelib.usecases.requests.own import withdraw_request
from tests.adapters.races.test_races import a_lead
from tests.adapters.races.test_starving import caller_of
from tests.adapters.scene import all_at_once, entry, trail_of, try_to_vend

ROLE = frozenset({"readonly"})
DECISIONS = (Action.REQUEST_APPROVE, Action.REQUEST_DENY, Action.REQUEST_WITHDRAW)


class Race:
    """An engagement whose role its member gets on request. One of two leads has to approve."""

    def __init__(self, aws, name):
        self.aws, self.name = aws, name
        names = [f"{name}-{number}" for number in (1, 2)]
        self.leads = [a_lead(aws, each) for each in names]
        grant = aws.ports.state.get(Grant, name, name)
        on_request = replace(grant, on_request=ROLE, emergency=ROLE, version=grant.version + 1)
        long_ago = aws.ports.now() - timedelta(days=2)
        namings = tuple(Naming(member=each, at=long_ago) for each in names)
        self.policy = ApprovalPolicy(
            engagement=name, members=frozenset(names), people=1, namings=namings
        )
        aws.ports.state.change([on_request, self.policy], entry(f"{name}-policy"))

    def need_people(self, people):
        policy = next_version(self.policy, people=people)
        self.aws.ports.state.change([policy], entry(f"{self.name}-people"))

    @property
    def asker(self):
        return caller_of(self.aws, self.name)

    def ask(self):
        ends_at = self.aws.ports.now() + timedelta(hours=1)
        request = CreateAccessRequest(role="readonly", ends_at=ends_at, reason="a race")
        return create_request(self.aws.ports, self.asker, self.name, request)

    def approve(self, request, lead=0):
        return approve_request(self.aws.ports, self.leads[lead], request, ApproveRequest())

    def stored(self, request):
        stored = self.aws.ports.state.get(AccessRequest, self.name, request)
        assert stored is not None
        return stored

    def opened(self):
        keys = [(self.name, self.name, "readonly", number) for number in "123"]
        return list(self.aws.ports.state.get_many(ApprovedGrant, keys).values())

    def count_done(self, *actions):
        done = [each for each in trail_of(self.aws, self.name) if each.outcome is Outcome.DONE]
        return sum(each.action in actions for each in done)

    def may_enter(self):
        """Return whether the member gets a session."""
        try:
            try_to_vend(self.aws, self.name)
        except AccessDenied:
            return False
        return True


@pytest.fixture(params=range(3))
def race(contended_aws, engagement_id):
    """A race, in each of three rounds."""
    return Race(contended_aws, engagement_id)


def test_of_several_decisions_at_once_one_counts(race):
    request, ports = race.ask().id, race.aws.ports
    results = all_at_once(
        [
            lambda: race.approve(request, 0),
            lambda: deny_request(ports, race.leads[1], request, why="no"),
            lambda: withdraw_request(ports, race.asker, request),
            lambda: race.approve(request, 1),
        ]
    )
    assert sum(isinstance(result, RequestView) for result in results) == 1, results
    assert race.count_done(*DECISIONS) == 1
    assert race.may_enter() is (race.stored(request).status is RequestStatus.APPROVED)


def test_two_people_who_approve_at_once_both_count(race):
    race.need_people(2)
    request = race.ask().id
    results = all_at_once([lambda: race.approve(request, 0), lambda: race.approve(request, 1)])
    assert all(isinstance(result, RequestView) for result in results), results
    assert [grant.request for grant in race.opened()] == [request]
    for lead in race.leads:
        page = race.aws.ports.state.list(GivenApproval, approver=lead.member.id, limit=10)
        assert [each.request for each in page.items] == [request]


def test_four_requests_at_once_get_three_numbers_at_most(race):
    requests = [race.ask().id for _ in range(4)]
    results = all_at_once([partial(race.approve, each, n % 2) for n, each in enumerate(requests)])
    approved = [result.id for result in results if isinstance(result, RequestView)]
    assert sorted(grant.request for grant in race.opened()) == sorted(approved)
    refused = {result.reason for result in results if isinstance(result, DaypassError)}
    assert refused <= {Reason.TOO_MANY_APPROVED_GRANTS, Reason.CHANGED_MEANWHILE}


REVOCATIONS = {
    "asker": lambda race, by: revoke_member(race.aws.ports, by, race.name, why="x"),
    "grant": lambda race, by: revoke_grant(race.aws.ports, by, race.name, race.name, why="x"),
    "engagement": lambda race, by: revoke_engagement(race.aws.ports, by, race.name, why="x"),
    "approver": lambda race, by: revoke_member(
        race.aws.ports, by, race.leads[0].member.id, why="x"
    ),
}


@pytest.mark.parametrize("revoked", REVOCATIONS)
def test_an_approval_beside_a_revocation_leaves_nothing_open(race, revoked):
    request = race.ask().id
    revocation, *_ = all_at_once(
        [
            lambda: REVOCATIONS[revoked](race, race.leads[1]),
            lambda: race.approve(request),
            race.may_enter,
            race.may_enter,
        ]
    )
    assert isinstance(revocation, Revocation), revocation
    assert not race.may_enter()
    if revoked == "engagement":
        reopen_engagement(race.aws.ports, race.leads[1], race.name, why="it goes on")
        assert not race.may_enter()


def test_of_several_emergencies_at_once_one_is_opened(race):
    opening = OpenEmergency(reason="a race")

    def open_one():
        return open_emergency(race.aws.ports, race.asker, race.name, "readonly", opening)

    views = [each for each in all_at_once([open_one] * 5) if isinstance(each, RequestView)]
    assert len({view.id for view in views}) == 1
    assert race.count_done(Action.EMERGENCY_BEGIN) == 1
