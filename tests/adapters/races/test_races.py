"""Concurrent requests on the real adapters keep the guarantees of sequential ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.people.operator import create_first_lead
from tests.adapters.scene import Aws, all_at_once, entry, outcomes, try_to_vend
from tests.builders import (
    a_member,
    a_token,
    an_enrolment,
    code_text_of,
)

REVOKE: dict[str, Callable[[Aws, Caller, str], Revocation]] = {
    "engagement": lambda aws, lead, name: revoke_engagement(aws.ports, lead, name, why="a race"),
    "grant": lambda aws, lead, name: revoke_grant(aws.ports, lead, name, name, why="a race"),
    "member": lambda aws, lead, name: revoke_member(aws.ports, lead, name, why="a race"),
}


def a_lead(aws: Aws, name: str) -> Caller:
    now = aws.ports.now()
    member = a_member(name, kind=Kind.LEAD)
    token = a_token(name, expires_at=now + timedelta(1))
    aws.ports.state.change([member, token], entry(name))
    return Caller(member, token)


@pytest.mark.parametrize("kind", REVOKE)
@pytest.mark.parametrize("round_number", range(5))
def test_a_revocation_during_vends_lists_every_issued_session(
    aws: Aws, engagement_id: str, kind: str, round_number: int
) -> None:
    lead = a_lead(aws, f"{engagement_id}-lead")

    def vend_once() -> VendedSession:
        session: VendedSession = try_to_vend(aws, engagement_id)
        return session

    revocation, *results = all_at_once(
        [
            lambda: REVOKE[kind](aws, lead, engagement_id),
            *[vend_once] * 6,
            *[lambda: later(vend_once)] * 3,
        ]
    )
    assert isinstance(revocation, Revocation)
    listed = {session.vend for session in revocation.sessions}
    vended = {result.vend for result in results if isinstance(result, VendedSession)}
    assert vended <= listed
    assert all(isinstance(result, VendedSession | AccessDenied | Conflict) for result in results)
    with pytest.raises(AccessDenied):
        try_to_vend(aws, engagement_id)
    issued = [outcome for outcome in outcomes(aws, engagement_id) if outcome is Outcome.ISSUED]
    assert len(issued) == len(vended)


def later(action: Callable[[], Any]) -> Any:
    """Run the action a little later, so that it meets the revocation at another step."""
    for _ in range(20_000):
        pass
    return action()


def test_only_one_of_several_engagements_with_the_same_id_is_opened(aws: Aws, name: str) -> None:
    lead = a_lead(aws, name)
    tomorrow = aws.ports.now() + timedelta(1)

    def open_once() -> Any:
        return open_engagement(
            aws.ports,
            lead,
            OpenEngagement(id=name, client="Acme", account_id="987654321098", ends_at=tomorrow),
        )

    results = all_at_once([open_once] * 6)
    assert sum(isinstance(result, Conflict) for result in results) == 5
    stored = aws.ports.state.get(Engagement, name)
    assert stored in [result.engagement for result in results if not isinstance(result, Conflict)]


def test_only_one_of_several_first_leads_is_created(aws: Aws, name: str) -> None:
    """The tests share the table. If another test has left leads, Daypass refuses all of these."""
    before = aws.ports.state.get(Leads)
    results = all_at_once(
        [
            lambda number=number: create_first_lead(aws.ports, id=f"{name}{number}", name="Lena")
            for number in range(4)
        ]
    )
    assert sum(isinstance(result, Conflict) for result in results) == (3 if before is None else 4)


def test_only_one_of_several_concurrent_enrolments_with_a_code_gets_a_token(
    aws: Aws, name: str
) -> None:
    lead, now = a_lead(aws, f"{name}-lead"), aws.ports.now()
    code = an_enrolment(
        name,
        made_by=lead.member.id,
        made_with=lead.token_id,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    aws.ports.state.change([a_member(name), code], entry(name))

    def enrol_once() -> Any:
        return enrol(
            aws.ports, Enrol(code=code_text_of(name), label="laptop"), address="198.51.100.9"
        )

    results = all_at_once([enrol_once] * 6)
    assert sum(isinstance(result, Enrolled) for result in results) == 1
    assert all(isinstance(result, Enrolled | AccessDenied | Conflict) for result in results)
    assert len(list_all(aws.ports.state, Token, member=name)) == 1
    with pytest.raises(AccessDenied):
        enrol_once()


def test_two_leads_who_suspend_each_other_both_get_true_answers(aws: Aws, name: str) -> None:
    """Neither request waits for the other. If both succeed, the operator restores one lead."""
    first, second = a_lead(aws, f"{name}a"), a_lead(aws, f"{name}b")
    old = aws.ports.state.get(Leads)
    both = Leads(
        members=frozenset({first.member.id, second.member.id}),
        version=(old.version if old else 0) + 1,
    )
    aws.ports.state.change([both], entry(name))
    answers = all_at_once(
        [
            lambda: revoke_member(aws.ports, first, second.member.id, why="a race"),
            lambda: revoke_member(aws.ports, second, first.member.id, why="a race"),
        ]
    )
    suspended = [aws.ports.state.get(Member, lead.member.id) for lead in (second, first)]
    for answer, member in zip(answers, suspended, strict=True):
        assert member is not None
        assert isinstance(answer, Revocation) == (member.suspended_at is not None)
    assert any(isinstance(answer, Revocation) for answer in answers)
