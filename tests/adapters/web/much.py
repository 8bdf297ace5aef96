"""Much of everything that a page of the console shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.requests import Approval, new_request_id
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.web.overview.unused import UnusedGrant, UnusedGrants
from chalicelib.usecases.ports import Ports
from tests.adapters.dynamodb.listing import written
from tests.builders import (
    ROLE_ARN,
    a_client_approver,
    a_given_approval,
    a_grant,
    a_link,
    a_member,
    a_request,
    a_role,
    a_token,
    an_approval_policy,
    an_approved_grant,
    an_engagement,
    an_enrolment,
    an_intent,
    role_cut_offs,
)

MANY = 130
"""More than one call to DynamoDB reads: 100 items, or 50 with their stops."""
ROLES = ["readonly", *(f"role-{letter}" for letter in "abcdefghijklmnopqrs")]
LEAD, MEMBER = "a-lead", "much-to-do"
ENGAGEMENTS = [f"e-{n:03}" for n in range(MANY)]
BUSY = ENGAGEMENTS[0]


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def request_id(now: Any, member: str, number: int) -> str:
    return new_request_id(member, now, lambda size: number.to_bytes(size, "big"))


def much(now: Any) -> Iterator[Item]:
    """Yield 130 engagements of one client, the first 30 with twenty roles, most of them shut. In
    each are an undecided request with its policy, and access of the member; in the first is much
    more of everything."""
    dates: dict[str, Any] = {"starts_at": now - timedelta(365), "ends_at": now + timedelta(days=90)}
    soon = dates | {"ends_at": now + timedelta(days=1)}
    yield a_member(LEAD, kind=Kind.LEAD)
    yield a_member(MEMBER)
    for member in (LEAD, MEMBER):
        yield a_token(member, expires_at=now + timedelta(1))
    yield an_enrolment(MEMBER)
    yield from (a_token(MEMBER, hash=hash_of(f"token {n}")) for n in range(MANY))
    approvals = (
        Approval(by=LEAD, at=now),
        Approval(by="bob", at=now),
        Approval(by="jo", at=now, is_client=True),
    )
    for n, name in enumerate(ENGAGEMENTS):
        roles = ROLES if n < 30 else ROLES[:1]
        on_request = frozenset(roles)
        asker = MEMBER if n % 5 == 0 else f"m-{n:03}"
        of_request = {"engagement": name, "created_at": now}
        yield an_engagement(
            name, client="Acme", external_id=f"daypass-{name}", cut_off=CutOffMethod.BRAKE, **soon
        )
        for role in roles:
            shut_at = now if n else None
            yield a_role(role, engagement=name, ended_at=now if n and role == "role-a" else None)
            yield replace(role_cut_offs(), engagement=name, role=role, shut_at=shut_at)
        yield a_client_approver(engagement=name)
        yield an_approval_policy("readonly", engagement=name, client=True)
        yield an_approval_policy(engagement=name)
        yield a_grant(MEMBER, engagement=name, roles=on_request, on_request=on_request, **soon)
        yield a_member(f"m-{n:03}")
        yield a_grant(f"m-{n:03}", engagement=name, **dates)
        yield a_request(
            asker,
            id=request_id(now, asker, n),
            expires_at=now + timedelta(minutes=10, seconds=n),
            approvals=approvals[: n % 4],
            stops=("",) * 4,
            **of_request,
        )
        opened = {"engagement": name, "role": "readonly", "ends_at": now + timedelta(hours=1)}
        theirs = request_id(now, "m-000", n)
        yield a_given_approval(MEMBER, request=theirs, member="m-000", **opened)
        yield an_approved_grant("m-000", request=theirs, **opened)
        yield a_request(
            asker,
            id=request_id(now, asker, n + 500),
            expires_at=now + timedelta(hours=1),
            status="approved",
            decided_at=now,
            decided_by=LEAD,
            number="1",
            stops=("",) * 4,
            **of_request,
        )
    for role in ROLES:
        if role != "readonly":
            yield an_approval_policy(role, engagement=BUSY)
        yield from (
            an_approved_grant(MEMBER, engagement=name, role=role, number=number)
            for name in ENGAGEMENTS[:5]
            for number in "123"
        )
    for n in range(MANY):
        asker = f"x-{n:03}"
        yield a_grant(asker, engagement=BUSY, **dates)
        yield a_client_approver(f"c-{n}", engagement=BUSY)
        if n < 40:
            text = f"{n}".rjust(52, "a")
            yield a_link(text, engagement=BUSY, created_at=now, created_by=asker)
        yield a_request(
            asker,
            id=request_id(now, asker, 0),
            engagement=BUSY,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )


def store_much(ports: Ports, now: Any) -> None:
    written(ports, "much", [*much(now)])
    grants = [UnusedGrant(engagement=name, member=f"m-{name[2:]}") for name in ENGAGEMENTS[30:]]
    ports.state.save(
        UnusedGrants(
            taken_at=now, searched_from=now - timedelta(90), count=len(grants), rows=tuple(grants)
        )
    )
    details = {"duration": "3600", "role_arn": ROLE_ARN, "session_name": "s"}
    details |= {"deadline": rfc3339(now), "request": request_id(now, MEMBER, 500)}
    for n, name in enumerate(ENGAGEMENTS):
        at = now - timedelta(seconds=n)
        theirs = [(f"m-{n:03}", name)] if n < 30 else []
        for member, engagement in [(MEMBER, BUSY), *theirs]:
            vend = hash_of(f"{member} {n}")[:16]
            intent = an_intent(member, vend, at=at, engagement=engagement, details=details)
            ports.trail.record(intent)
            if n < 20:
                issued = build_outcome_entry(intent, Outcome.ISSUED, at=at)
                ports.trail.put_outcome(intent, issued)
