"""However much there is, the effect of a stop and its result need few calls to AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.stops import live_sessions
from chalicelib.usecases.web.stops.effects import read_effect
from chalicelib.usecases.web.stops.results import read_result
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.scene import Aws
from tests.builders import (
    ROLE_ARN,
    a_given_approval,
    a_grant,
    a_member,
    a_request,
    a_request_id,
    a_role,
    a_token,
    an_approved_grant,
    an_engagement,
)

MANY = 130
"""More than one call to DynamoDB reads: 100 items, or 50 with their stops."""
MOST = 7
"""Calls of an effect or a result. A page has ten, and three of them authenticate."""
SESSIONS = 30


def _items(name: str, ports: Ports) -> Iterator[Item]:
    now = ports.now()
    soon = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1)}
    opened = {"role": "readonly", "member": name, "ends_at": now + timedelta(hours=1)}
    for number in range(MANY):
        engagement = f"{name}-{number:03}"
        yield an_engagement(engagement, client=name, external_id=f"daypass-{engagement}", **soon)
        yield a_role(engagement=engagement)
        yield a_grant(name, engagement=engagement, **soon)
        yield a_token(name, hash=hashlib.sha256(engagement.encode()).hexdigest())
        request = a_request_id(name, number)
        yield a_given_approval(name, request=request, engagement=engagement, **opened)
        yield an_approved_grant(engagement=engagement, request=request, **opened)
    yield a_member(name)
    yield a_token(name)
    yield a_request(
        name, engagement=f"{name}-000", status=RequestStatus.APPROVED, number="1", stops=("",) * 4
    )


def _intents(name: str, ports: Ports) -> Iterator[Entry]:
    for number in range(SESSIONS):
        vend = hashlib.sha256(f"{name}{number}".encode()).hexdigest()[:16]
        yield Entry(
            id=vend,
            vend=vend,
            at=ports.now() - timedelta(seconds=number),
            actor=name,
            action=Action.VEND,
            outcome=Outcome.INTENDED,
            token=a_token(name).id,
            engagement=f"{name}-{number % 3 and number:03}",
            role="readonly",
            details={
                "duration": "3600",
                "role_arn": ROLE_ARN,
                "session_name": f"{name}.{vend}",
                "request": a_request_id(name),
            },
        )


def targets(name: str, session: str) -> Iterator[StopTarget]:
    for scope in StopScope:
        yield StopTarget(
            scope=scope,
            engagement=f"{name}-000",
            role="readonly",
            member=name,
            token=a_token(name).id,
            session=session,
            request=a_request_id(name),
            client=name,
        )


@pytest.mark.parametrize("is_one_page", [True, False])
def test_an_effect_and_a_result_need_few_calls(
    crowd: Aws, dynamodb: Any, name: str, monkeypatch: pytest.MonkeyPatch, *, is_one_page: bool
) -> None:
    if not is_one_page:
        monkeypatch.setattr(live_sessions, "MAX_ENTRIES", SESSIONS // 2)
    ports = crowd.ports
    written(ports, name, [*_items(name, ports)])
    intents = [*_intents(name, ports)]
    for intent in intents:
        ports.trail.record(intent)
    ports.trail.put_outcome(
        intents[0], replace(intents[0], id=f"{intents[0].vend}-outcome", outcome=Outcome.ISSUED)
    )
    counts: dict[StopScope, tuple[int, int]] = {}
    for target in targets(name, intents[0].vend):
        with recorded_calls(dynamodb) as calls:
            effect = read_effect(ports, target)
        with recorded_calls(dynamodb) as more_calls:
            result = read_result(ports, target)
        counts[target.scope] = len(calls), len(more_calls)
        assert effect.lines, target.scope
        assert result.sessions, target.scope
    assert max(map(max, counts.values())) <= MOST, counts
