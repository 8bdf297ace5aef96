"""The pages about people make few calls to AWS, however much there is."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.people.changes import read_lead_changes
from chalicelib.usecases.web.people.listing import list_people
from chalicelib.usecases.web.people.person import read_person
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws, entry
from tests.builders import (
    a_grant,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_approved_grant,
    an_engagement,
    an_enrolment,
    an_intent,
)
from tests.fakes import NOON

BUSY, QUIET = "much-to-do", "not-much-to-do"
ENGAGEMENTS = 12
ROLES = [f"role-{letter}" for letter in "abcdefghijklmnopqrst"]


@pytest.fixture(scope="module")
def ports(crowd: Aws) -> Ports:
    """Return ports with a member who has much of everything, and one who has a grant."""
    engagements = [f"{BUSY}-{number}" for number in range(ENGAGEMENTS)]
    items = [
        *(a_member(member) for member in (BUSY, QUIET)),
        an_enrolment(BUSY),
        *(an_engagement(name, external_id=f"daypass-{name}") for name in engagements),
        *(a_role(role, engagement=name) for name in engagements for role in ROLES),
        a_grant(QUIET, engagement=engagements[0], roles=frozenset(ROLES[:3])),
        *(
            a_grant(BUSY, engagement=name, roles=frozenset(ROLES), on_request=frozenset(ROLES))
            for name in engagements
        ),
        *(
            an_approved_grant(BUSY, engagement=name, role=role, number=number)
            for name in engagements[:5]
            for role in ROLES
            for number in "123"
        ),
        *(a_token(BUSY, hash=_hash(f"token {number}")) for number in range(150)),
        *(a_request(BUSY, id=a_request_id(BUSY, number)) for number in range(10)),
    ]
    written(crowd.ports, BUSY, items)
    for number in range(230):
        entry = an_intent(BUSY, f"{number:016x}", at=NOON - timedelta(minutes=number))
        crowd.ports.trail.record(entry)
    return replace(crowd.ports, now=lambda: NOON)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_page_of_a_busy_person_is_seven_calls_at_most(ports: Ports, dynamodb: Any) -> None:
    grants_cursor = tokens_cursor = ""
    engagements: list[str] = []
    for _ in range(60):
        with recorded_calls(dynamodb) as calls:
            page = read_person(
                ports, BUSY, grants_cursor=grants_cursor, tokens_cursor=tokens_cursor
            )
        assert len(calls) <= 7, [operation for operation, _ in calls]
        assert page.grants is not None
        assert page.tokens is not None
        assert page.requests is not None
        assert len(page.requests) == 10
        engagements += [access.grant.engagement for access in page.grants.current]
        grants_cursor, tokens_cursor = page.grants.cursor, page.tokens.cursor
        if not grants_cursor:
            break
    assert engagements == sorted(f"{BUSY}-{number}" for number in range(ENGAGEMENTS))


def test_the_page_of_a_quiet_person_is_six_calls(ports: Ports, dynamodb: Any) -> None:
    with recorded_calls(dynamodb) as calls:
        page = read_person(ports, QUIET)
    assert [operation for operation, _ in calls] == ["Query"] * 5 + ["BatchGetItem"]
    assert page.grants is not None
    assert [role.name for role in page.grants.current[0].roles] == ROLES[:3]
    assert {role.reason for role in page.grants.current[0].roles} == {Reason.ROLE_UNVERIFIED}


def test_the_list_of_people_is_three_calls(ports: Ports, dynamodb: Any) -> None:
    with recorded_calls(dynamodb) as calls:
        page = list_people(ports, starts_with=BUSY[:3])
    assert [operation for operation, _ in calls] == ["Query", "BatchGetItem", "BatchGetItem"]
    assert {row.member.id: row.has_open_code for row in page.rows} == {BUSY: True}
    assert [row.member.id for row in list_people(ports, starts_with="not-much").rows] == [QUIET]


def test_what_a_former_lead_set_up_is_seven_calls_at_most(
    ports: Ports, crowd: Aws, dynamodb: Any
) -> None:
    lead = a_member("led-much", kind=Kind.MEMBER, leads_from=NOON)
    others = [f"let-in-{number}" for number in range(9)]
    codes = [
        an_enrolment(other, hash=_hash(other), made_by=lead.id, used_at=NOON) for other in others
    ]
    written(crowd.ports, lead.id, [lead, *codes, *map(a_member, others)])
    written(crowd.ports, others[0], [a_token(other, enrolment=_hash(other)) for other in others])
    for number, code in enumerate(codes):
        made = entry(f"code {number}", actor=lead.id, subject=code.member, at=NOON)
        details = {"enrolment": code.id}
        operation = replace(made, action=Action.ENROLMENT_CREATE, details=details)
        ports.trail.record(replace(operation, id=f"{number:016x}"))
    for number in range(150):
        made = entry(f"grant {number}", actor=lead.id, subject=BUSY, at=NOON)
        engagement = f"{BUSY}-{number % ENGAGEMENTS}"
        operation = replace(made, action=Action.GRANT_CREATE, engagement=engagement)
        ports.trail.record(replace(operation, id=f"{number:015x}f"))
    cursor, listed = "", set[str]()
    for _ in range(20):
        with recorded_calls(dynamodb) as calls:
            page = read_lead_changes(ports, lead.id, cursor=cursor)
        assert len(calls) <= 7, [operation for operation, _ in calls]
        listed |= {change.member for change in page.changes if change.kind is ChangeKind.TOKEN}
        listed |= {code.member for code in page.unchecked}
        cursor = page.cursor
        if not cursor:
            break
    assert listed == set(others)
