"""Many at once, on the real adapters: what holds one after the other holds side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.people.authentication import Caller
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
from chalicelib.usecases.people.operator import make_first_lead
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
def test_a_revocation_among_vends_lists_all_that_got_out(
    aws: Aws, engagement_id: str, kind: str, round_number: int
) -> None:
    lead = a_lead(aws, f"{engagement_id}-lead")

    def draw() -> tuple[VendedSession, datetime]:
        response = try_to_vend(aws, engagement_id)
        return response, aws.ports.now()

    done, *drawn = all_at_once(
        [lambda: REVOKE[kind](aws, lead, engagement_id), *[draw] * 6, *[lambda: slow(draw)] * 3]
    )
    assert isinstance(done, Revocation)
    listed = {session.vend for session in done.sessions}
    handed_over = {got[0].vend for got in drawn if isinstance(got, tuple)}
    assert handed_over <= listed
    assert all(isinstance(got, (tuple, AccessDenied, Conflict)) for got in drawn), (
        "a race is answered with a reason"
    )
    with pytest.raises(AccessDenied):
        try_to_vend(aws, engagement_id)
    issued = [outcome for outcome in outcomes(aws, engagement_id) if outcome is Outcome.ISSUED]
    assert len(issued) == len(handed_over)


def slow(draw: Callable[[], Any]) -> Any:
    """Starts a little later, so that it meets the revocation elsewhere."""
    for _ in range(20_000):
        pass
    return draw()


def test_one_of_many_engagements_with_the_same_id_is_opened(aws: Aws, name: str) -> None:
    lead = a_lead(aws, name)
    later = aws.ports.now() + timedelta(1)

    def open_it() -> Any:
        return open_engagement(
            aws.ports,
            lead,
            OpenEngagement(id=name, client="Acme", account_id="987654321098", ends_at=later),
        )

    made = all_at_once([open_it] * 6)
    assert sum(isinstance(item, Conflict) for item in made) == 5
    kept = aws.ports.state.get(Engagement, name)
    assert kept in [item.engagement for item in made if not isinstance(item, Conflict)]


def test_one_of_many_first_leads_is_made(aws: Aws, name: str) -> None:
    """The table is shared: where another test has left leads, all of them are refused."""
    before = aws.ports.state.get(Leads)
    made = all_at_once(
        [
            lambda number=number: make_first_lead(aws.ports, id=f"{name}{number}", name="Lena")
            for number in range(4)
        ]
    )
    assert sum(isinstance(item, Conflict) for item in made) == (3 if before is None else 4)


def test_of_many_simultaneous_uses_of_a_code_one_gets_a_token(aws: Aws, name: str) -> None:
    lead, now = a_lead(aws, f"{name}-lead"), aws.ports.now()
    code = an_enrolment(
        name,
        made_by=lead.member.id,
        made_with=lead.token_id,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    aws.ports.state.change([a_member(name), code], entry(name))

    def use_it() -> Any:
        return enrol(aws.ports, code_text_of(name), label="laptop", address="198.51.100.9")

    got = all_at_once([use_it] * 6)
    assert sum(isinstance(item, Enrolled) for item in got) == 1
    assert all(isinstance(item, Enrolled | AccessDenied | Conflict) for item in got)
    assert len(list_all(aws.ports.state, Token, member=name)) == 1
    with pytest.raises(AccessDenied):
        use_it()


def test_two_leads_who_suspend_each_other_both_get_true_answers(aws: Aws, name: str) -> None:
    """Neither waits for the other. If both were in time, the operator lets one of them back in."""
    item, other = a_lead(aws, f"{name}a"), a_lead(aws, f"{name}b")
    old = aws.ports.state.get(Leads)
    both = Leads(
        members=frozenset({item.member.id, other.member.id}),
        version=(old.version if old else 0) + 1,
    )
    aws.ports.state.change([both], entry(name))
    done = all_at_once(
        [
            lambda: revoke_member(aws.ports, item, other.member.id, why="a race"),
            lambda: revoke_member(aws.ports, other, item.member.id, why="a race"),
        ]
    )
    suspended = [aws.ports.state.get(Member, lead.member.id) for lead in (other, item)]
    for answer, member in zip(done, suspended, strict=True):
        assert member is not None
        assert isinstance(answer, Revocation) == (member.suspended_at is not None)
    assert any(isinstance(answer, Revocation) for answer in done)
