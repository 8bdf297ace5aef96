"""Concurrent decisions about one request, on the real adapters: one wins, and no one loses an
approval."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import (
    AccessRequest,
    ApproveRequest,
    CreateAccessRequest,
    RequestStatus,
)
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.decide import approve_request, deny_request
from chalicelib.usecases.requests.listing import list_mine, list_pending
from chalicelib.usecases.requests.own import withdraw_request
from tests.adapters.scene import Aws, all_at_once, entry, try_to_vend
from tests.builders import a_member, a_token, an_approval_policy

rounds = pytest.mark.parametrize("round_number", range(3))


class Scene:
    """An engagement whose member needs an approval of `people` of its leads."""

    def __init__(self, aws: Aws, engagement_id: str, people: int = 1) -> None:
        self.ports, self.name = aws.ports, engagement_id
        leads = [f"{engagement_id}-l{number}" for number in (1, 2, 3)]
        now = aws.ports.now()
        grant = aws.ports.state.get(Grant, engagement_id, engagement_id)
        assert grant is not None
        on_request = next_version(grant, on_request=frozenset({"readonly"}))
        policy = an_approval_policy(
            engagement=engagement_id, leads=False, members=frozenset(leads), people=people
        )
        people_items = [
            item
            for lead in leads
            for item in (
                a_member(lead, kind=Kind.LEAD),
                a_token(lead, expires_at=now + timedelta(days=1)),
            )
        ]
        aws.ports.state.change(
            [on_request, policy, *people_items], entry(f"{engagement_id}-requests")
        )
        self.leads = [self.caller(lead) for lead in leads]
        self.member = self.caller(engagement_id)

    def caller(self, member: str) -> Caller:
        stored = self.ports.state.get(Member, member)
        token = self.ports.state.get(Token, member, a_token(member).hash)
        assert stored is not None
        assert token is not None
        return Caller(stored, token)

    def ask(self) -> RequestView:
        ends_at = self.ports.now() + timedelta(hours=2)
        body = CreateAccessRequest(role="readonly", ends_at=ends_at, reason="INC-7")
        return create_request(self.ports, self.member, self.name, body)

    def approves(self, number: int, request: str) -> Callable[[], RequestView]:
        return lambda: approve_request(self.ports, self.leads[number], request, ApproveRequest())

    def denies(self, number: int, request: str) -> Callable[[], RequestView]:
        return lambda: deny_request(self.ports, self.leads[number], request, why="not today")

    def withdraws(self, request: str) -> Callable[[], RequestView]:
        return lambda: withdraw_request(self.ports, self.member, request)

    def stored(self, request: str) -> AccessRequest:
        item = self.ports.state.get(AccessRequest, self.name, request)
        assert item is not None
        return item

    def opened(self) -> list[Any]:
        keys = [(self.name, self.name, "readonly", number) for number in "123"]
        return list(self.ports.state.get_many(ApprovedGrant, keys).values())


def test_a_request_goes_from_its_member_to_a_session(
    contended_aws: Aws, engagement_id: str
) -> None:
    scene = Scene(contended_aws, engagement_id)
    request = scene.ask()
    refused = all_at_once([lambda: try_to_vend(contended_aws, engagement_id)])
    assert refused[0].reason is Reason.APPROVAL_REQUIRED
    mine = list_mine(scene.ports, scene.member, limit=10)
    assert [view.id for view in mine.items] == [request.id]
    waiting = list_pending(scene.ports, scene.leads[0], limit=200)
    assert request.id in [view.id for view in waiting.items]

    assert scene.approves(0, request.id)().status is RequestStatus.APPROVED
    assert isinstance(try_to_vend(contended_aws, engagement_id), VendedSession)
    waiting = list_pending(scene.ports, scene.leads[0], limit=200)
    assert request.id not in [view.id for view in waiting.items]


@rounds
def test_of_several_decisions_one_wins(
    contended_aws: Aws, engagement_id: str, round_number: int
) -> None:
    scene = Scene(contended_aws, engagement_id)
    request = scene.ask().id
    results = all_at_once(
        [scene.approves(0, request), scene.denies(1, request), scene.withdraws(request)]
    )
    (winner,) = [result for result in results if isinstance(result, RequestView)]
    losers = [result for result in results if isinstance(result, DaypassError)]
    assert {loser.reason for loser in losers} <= {
        Reason.REQUEST_DECIDED,
        Reason.CHANGED_MEANWHILE,  # on a slow machine
    }
    stored = scene.stored(request)
    assert (stored.status, stored.decided_by) == (winner.status, winner.decided_by)
    assert len(scene.opened()) == (winner.status is RequestStatus.APPROVED)


@rounds
def test_two_people_who_approve_at_once_both_count(
    contended_aws: Aws, engagement_id: str, round_number: int
) -> None:
    scene = Scene(contended_aws, engagement_id, people=2)
    request = scene.ask().id
    results = all_at_once([scene.approves(0, request), scene.approves(1, request)])
    assert all(isinstance(result, RequestView) for result in results), results
    (grant,) = scene.opened()
    assert grant.request == request
    for lead in scene.leads[:2]:
        page = scene.ports.state.list(GivenApproval, approver=lead.member.id, limit=10)
        assert [each.request for each in page.items] == [request]


@rounds
def test_three_requests_at_once_get_three_numbers(
    contended_aws: Aws, engagement_id: str, round_number: int
) -> None:
    scene = Scene(contended_aws, engagement_id)
    requests = [scene.ask().id for _ in range(4)]
    results = all_at_once(
        [scene.approves(number % 3, each) for number, each in enumerate(requests)]
    )
    opened = {grant.number: grant.request for grant in scene.opened()}
    approved = [result.id for result in results if isinstance(result, RequestView)]
    assert sorted(opened.values()) == sorted(approved)
    refused = [result.reason for result in results if isinstance(result, DaypassError)]
    assert set(refused) <= {Reason.TOO_MANY_APPROVED_GRANTS, Reason.CHANGED_MEANWHILE}


@rounds
def test_an_approval_during_a_revocation_opens_nothing_after_it(
    contended_aws: Aws, engagement_id: str, round_number: int
) -> None:
    scene = Scene(contended_aws, engagement_id)
    request = scene.ask().id
    ports, lead = scene.ports, scene.leads[2]
    all_at_once(
        [
            scene.approves(0, request),
            lambda: revoke_engagement(ports, lead, engagement_id, why="w"),
        ]
    )
    reopen_engagement(ports, lead, engagement_id, why="w")
    (result,) = all_at_once([lambda: try_to_vend(contended_aws, engagement_id)])
    assert isinstance(result, DaypassError)
    assert result.reason is Reason.APPROVAL_REQUIRED
