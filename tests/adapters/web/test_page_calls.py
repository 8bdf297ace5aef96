"""Each page of the console costs few calls to DynamoDB, however much there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import Action
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.usecases.engagements.listing import list_engagements
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import read_lead_changes
from chalicelib.usecases.people.members import list_members
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import AccessFilters, read_access
from chalicelib.usecases.vending.explain import NO_TOKEN
from chalicelib.usecases.vending.facts import read_access_facts
from chalicelib.usecases.vending.uses import read_uses
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.page import read_engagement_page
from chalicelib.usecases.web.engagements.role import read_role_page
from chalicelib.usecases.web.health import read_health
from chalicelib.usecases.web.now import (
    REQUESTS_READ,
    SESSIONS_PER_PAGE,
    SESSIONS_SHOWN,
    SHUT_SHOWN,
    read_now,
    read_sessions,
)
from chalicelib.usecases.web.people.person import read_person
from chalicelib.usecases.web.requests import review_page
from chalicelib.usecases.web.requests.request_page import read_request_page
from chalicelib.usecases.web.requests.requests_page import RequestsPart, read_requests_page
from chalicelib.usecases.web.stops import live_sessions
from chalicelib.usecases.web.stops.effects import read_effect
from chalicelib.usecases.web.stops.results import read_result
from chalicelib.usecases.web.suggestions import (
    suggest_engagements,
    suggest_own_session,
    suggest_session,
)
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws, entry
from tests.adapters.web.much import (
    BUSY,
    ENGAGEMENTS,
    LEAD,
    MEMBER,
    hash_of,
    request_id,
    store_much,
)
from tests.builders import (
    a_member,
    a_token,
    an_enrolment,
    presented_by,
)
from tests.rows import every

MOST_CALLS = 7
"""A page has ten, and two or three of them authenticate the request."""


@pytest.fixture(scope="module")
def ports(crowd: Aws) -> Ports:
    now = crowd.ports.now()
    store_much(crowd.ports, now)
    return replace(crowd.ports, now=lambda: now)


def caller(ports: Ports, name: str) -> Caller:
    token, member = ports.state.token_and_member(presented_by(name))
    assert token is not None
    assert member is not None
    return Caller(member, token)


def _now(ports: Ports) -> Any:
    page = read_now(ports, Caller(a_member(LEAD, kind=Kind.LEAD), a_token(LEAD)))
    assert page.sessions is not None
    assert page.requests is not None
    assert (len(page.sessions), len(page.requests)) == (SESSIONS_SHOWN, REQUESTS_READ)
    assert page.has_more_sessions
    assert page.has_more_requests
    assert len(page.shut) == SHUT_SHOWN
    return page


def _sessions(ports: Ports) -> Any:
    page = read_sessions(ports, "")
    assert page.sessions is not None
    assert len(page.sessions) == SESSIONS_PER_PAGE
    assert page.cursor
    return page


def _unused(ports: Ports) -> Any:
    page = review_page.read_unused_review(ports)
    assert len(page.rows) == review_page.ROWS
    return page


def _engagements(ports: Ports) -> Any:
    page = list_engagements(ports, limit=25, starts_with="e-0")
    assert [len(row.shut) for row in page.rows] == [0] + [20] * 24
    return page


def _people(ports: Ports) -> Any:
    page = list_members(ports, limit=25, starts_with=MEMBER[:3])
    assert {row.member.id: row.has_open_code for row in page.items} == {MEMBER: True}
    return page


def _request(ports: Ports, name: str) -> Any:
    return read_request_page(ports, caller(ports, name), request_id(ports.now(), MEMBER, 500))


# Each page, with the most calls that it may make. The caller is read for the test.
PAGES: dict[str, tuple[int, Callable[[Ports], Any]]] = {
    "now": (MOST_CALLS, _now),
    "sessions": (MOST_CALLS, _sessions),
    "health": (MOST_CALLS, read_health),
    "engagements": (20, _engagements),
    "engagement": (15, lambda ports: read_engagement_page(ports, BUSY)),
    "client": (MOST_CALLS, lambda ports: read_client_side(ports, BUSY)),
    "approvals": (MOST_CALLS + 1, lambda ports: read_approvals(ports, BUSY)),
    "role": (MOST_CALLS, lambda ports: read_role_page(ports, BUSY, "role-a")),
    "people": (3, _people),
    "a lead without grants": (10, lambda ports: read_person(ports, caller(ports, LEAD), LEAD)),
    "review": (MOST_CALLS, review_page.read_engagement_review),
    "review of unused grants": (MOST_CALLS, _unused),
    "review of one": (
        MOST_CALLS,
        lambda ports: review_page.read_engagement_review(ports, engagement=BUSY),
    ),
    "review of a member": (MOST_CALLS, lambda ports: review_page.read_member_review(ports, MEMBER)),
    "request": (MOST_CALLS + 1, lambda ports: _request(ports, LEAD)),
    "own request": (MOST_CALLS + 1, lambda ports: _request(ports, MEMBER)),
    "own access": (9, lambda ports: read_access(ports, caller(ports, MEMBER), AccessFilters())),
    "own sessions": (3, lambda ports: read_uses(ports, MEMBER)),
    "an explanation's facts": (
        1,
        lambda ports: read_access_facts(ports, PresentedToken("alice", NO_TOKEN), BUSY, "readonly"),
    ),
    "suggested engagements": (1, suggest_engagements),
    "a suggested session, first step": (2, lambda ports: suggest_session(ports, "")),
    "a suggested session, second step": (2, lambda ports: suggest_session(ports, BUSY)),
    "one's own suggested session": (1, lambda ports: suggest_own_session(ports, MEMBER, BUSY)),
    **{
        f"requests of {name}, {part}": (
            MOST_CALLS + 1,
            lambda ports, name=name, part=part: read_requests_page(
                ports, caller(ports, name), part
            ),
        )
        for name in (LEAD, MEMBER)
        for part in RequestsPart
    },
}


@every("page", PAGES)
def test_a_page_costs_few_calls_however_much_there_is(
    ports: Ports, dynamodb: Any, page: str
) -> None:
    most, read = PAGES[page]
    with recorded_calls(dynamodb) as calls:
        assert read(ports)
    assert len(calls) <= most, [operation for operation, _ in calls]


def test_each_page_of_a_busy_persons_grants_and_tokens_costs_few_calls(
    ports: Ports, dynamodb: Any
) -> None:
    lead, grants_cursor, tokens_cursor = caller(ports, LEAD), "", ""
    engagements: list[str] = []
    while grants_cursor or not engagements:
        with recorded_calls(dynamodb) as calls:
            page = read_person(
                ports, lead, MEMBER, grants_cursor=grants_cursor, tokens_cursor=tokens_cursor
            )
        assert len(calls) <= 16, [operation for operation, _ in calls]
        assert page.access is not None
        assert page.tokens is not None
        assert page.access.requests
        engagements += dict.fromkeys(row.engagement for row in page.access.rows)
        grants_cursor, tokens_cursor = page.access.cursor, page.tokens.cursor
    assert engagements == ENGAGEMENTS


@every("max_entries", [1000, 15])
@every("scope", StopScope)
def test_the_effect_of_a_stop_and_its_result_cost_few_calls(
    ports: Ports, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, max_entries: int, scope: StopScope
) -> None:
    monkeypatch.setattr(live_sessions, "MAX_ENTRIES", max_entries)
    target = StopTarget(
        scope=scope,
        engagement=BUSY,
        role="readonly",
        member=MEMBER,
        token=a_token(MEMBER).id,
        session=hash_of(f"{MEMBER} 0")[:16],
        request=request_id(ports.now(), MEMBER, 500),
        client="Acme",
    )
    with recorded_calls(dynamodb) as calls:
        assert read_effect(ports, target).lines
    with recorded_calls(dynamodb) as more_calls:
        assert read_result(ports, target).sessions
    assert max(len(calls), len(more_calls)) <= MOST_CALLS


def test_what_a_former_lead_set_up_costs_few_calls(ports: Ports, dynamodb: Any) -> None:
    """Each member who used a code of theirs costs two: for their tokens, and for the stops."""
    now = ports.now()
    lead = a_member("led-much", kind=Kind.MEMBER, leads_from=now)
    others = [f"let-in-{number}" for number in range(9)]
    codes = [
        an_enrolment(other, hash=hash_of(other), made_by=lead.id, used_at=now) for other in others
    ]
    written(ports, lead.id, [lead, *codes, *map(a_member, others)])
    written(ports, others[0], [a_token(other, enrolment=hash_of(other)) for other in others])
    for number, code in enumerate(codes):
        made = entry(f"code {number}", actor=lead.id, subject=code.member, at=now)
        details = {"enrolment": code.id}
        operation = replace(made, action=Action.ENROLMENT_CREATE, details=details)
        ports.trail.record(replace(operation, id=f"{number:016x}"))
    for number in range(150):
        made = entry(f"grant {number}", actor=lead.id, subject=MEMBER, at=now)
        engagement = ENGAGEMENTS[number % 30]
        operation = replace(made, action=Action.GRANT_CREATE, engagement=engagement)
        ports.trail.record(replace(operation, id=f"{number:015x}f"))
    with recorded_calls(dynamodb) as calls:
        changes = read_lead_changes(ports, lead.id)
    assert len(calls) <= 2 * len(others) + 10, [operation for operation, _ in calls]
    assert changes.is_complete
    tokens = {each.member for each in changes.changes if each.kind is ChangeKind.TOKEN}
    assert tokens == set(others)
