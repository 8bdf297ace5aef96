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

rounds = pytest.mark.parametrize("round_number", range(3))
ROLE = frozenset({"readonly"})
DECISIONS = (Action.REQUEST_APPROVE, Action.REQUEST_DENY, Action.REQUEST_WITHDRAW)


class Race:
    """An engagement whose role its member gets on request. Two leads may approve, and this many
    have to."""

    def __init__(self, aws, name, people=1):
        self.aws, self.name = aws, name
        names = [f"{name}-{number}" for number in (1, 2)]
        self.leads = [a_lead(aws, each) for each in names]
        grant = aws.ports.state.get(Grant, name, name)
        on_request = replace(grant, on_request=ROLE, emergency=ROLE, version=grant.version + 1)
        long_ago = aws.ports.now() - timedelta(days=2)
        namings = tuple(Naming(member=each, at=long_ago) for each in names)
        policy = ApprovalPolicy(
            engagement=name, members=frozenset(names), people=people, namings=namings
        )
        aws.ports.state.change([on_request, policy], entry(f"{name}-policy"))

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

    def may_enter(self):
        """Return whether the member gets a session."""
        try:
            try_to_vend(self.aws, self.name)
        except AccessDenied:
            return False
        return True


@rounds
def test_of_several_decisions_at_once_one_counts(contended_aws, engagement_id, round_number):
    race = Race(contended_aws, engagement_id)
    request, ports = race.ask().id, contended_aws.ports
    results = all_at_once(
        [
            lambda: race.approve(request, 0),
            lambda: deny_request(ports, race.leads[1], request, why="no"),
            lambda: withdraw_request(ports, race.asker, request),
            lambda: race.approve(request, 1),
        ]
    )
    assert sum(isinstance(result, RequestView) for result in results) == 1, results
    done = [
        each
        for each in trail_of(contended_aws, engagement_id)
        if each.action in DECISIONS and each.outcome is Outcome.DONE
    ]
    assert len(done) == 1
    assert race.may_enter() is (race.stored(request).status is RequestStatus.APPROVED)


@rounds
def test_two_people_who_approve_at_once_both_count(contended_aws, engagement_id, round_number):
    race = Race(contended_aws, engagement_id, people=2)
    request = race.ask().id
    results = all_at_once([lambda: race.approve(request, 0), lambda: race.approve(request, 1)])
    assert all(isinstance(result, RequestView) for result in results), results
    assert [grant.request for grant in race.opened()] == [request]
    for lead in race.leads:
        page = contended_aws.ports.state.list(GivenApproval, approver=lead.member.id, limit=10)
        assert [each.request for each in page.items] == [request]


@rounds
def test_four_requests_at_once_get_three_numbers_at_most(
    contended_aws, engagement_id, round_number
):
    race = Race(contended_aws, engagement_id)
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
@rounds
def test_an_approval_beside_a_revocation_leaves_nothing_open(
    contended_aws, engagement_id, revoked, round_number
):
    race = Race(contended_aws, engagement_id)
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
        reopen_engagement(contended_aws.ports, race.leads[1], race.name, why="it goes on")
        assert not race.may_enter()


@rounds
def test_of_several_emergencies_at_once_one_is_opened(contended_aws, engagement_id, round_number):
    race = Race(contended_aws, engagement_id)
    opening = OpenEmergency(reason="a race")

    def open_one():
        return open_emergency(contended_aws.ports, race.asker, engagement_id, "readonly", opening)

    views = [each for each in all_at_once([open_one] * 5) if isinstance(each, RequestView)]
    assert len({view.id for view in views}) == 1
    begun = [
        each
        for each in trail_of(contended_aws, engagement_id)
        if (each.action, each.outcome) == (Action.EMERGENCY_BEGIN, Outcome.DONE)
    ]
    assert len(begun) == 1
