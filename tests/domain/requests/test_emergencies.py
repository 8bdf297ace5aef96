"""The rule of emergencies, and the items that open a role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import choose_approved_grant
from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.requests.emergencies import (
    Emergency,
    EmergencyFacts,
    OpenEmergency,
    build_emergency,
    find_emergency_problem,
    find_review_problem,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from tests.builders import AFTER, a_member, an_engagement, some_facts
from tests.domain.requests.emergencies_table import (
    EMERGENCIES,
    ID,
    REVIEWS,
    an_emergency_grant,
    three_grants,
)
from tests.domain.rows import Row
from tests.fakes import NOON
from tests.rows import every

HOUR = timedelta(hours=1)


def opened(
    opening: OpenEmergency | None = None, *, record: Any = None, lock: Any = None, **access: Any
) -> Emergency:
    facts = EmergencyFacts(
        access=some_facts(**({"grant": an_emergency_grant()} | access)),
        policy=ApprovalPolicy(engagement="acme-prod"),
        lock=lock,
        record=record,
    )
    return build_emergency(facts, a_member(), ID, opening or OpenEmergency(reason="INC-7"), NOON)


@every("row", EMERGENCIES)
def test_a_member_may_open_a_role_or_learns_why_not(row: Row) -> None:
    assert row.result_of(find_emergency_problem) == row.expected


@pytest.mark.parametrize("row", REVIEWS, ids=str)
def test_a_lead_may_review_an_emergency_or_learns_why_not(row: Row) -> None:
    assert row.result_of(find_review_problem) == row.expected


@pytest.mark.parametrize("facts", [{}, {"engagement": an_engagement(ends_at=AFTER + HOUR)}])
def test_the_access_lasts_as_long_as_asked(facts: dict[str, Any]) -> None:
    emergency = opened(OpenEmergency(duration=1800, reason="INC-7"), **facts)
    assert (emergency.grant.starts_at, emergency.grant.ends_at) == (NOON, NOON + HOUR / 2)
    assert emergency.request.ends_at == emergency.grant.ends_at


def test_the_access_lasts_an_hour_if_no_duration_was_sent() -> None:
    assert opened().grant.ends_at == NOON + HOUR


@pytest.mark.parametrize(
    "facts",
    [
        {"grant": an_emergency_grant(ends_at=NOON + HOUR / 2)},
        {"engagement": an_engagement(ends_at=NOON + HOUR / 2)},
    ],
    ids=["grant", "engagement"],
)
def test_the_access_ends_with_the_grant_and_the_engagement(facts: dict[str, Any]) -> None:
    assert opened(**facts).grant.ends_at == NOON + HOUR / 2


def test_it_opens_the_role_as_an_approval_would() -> None:
    emergency = opened()
    request, grant = emergency.request, emergency.grant
    assert (request.is_emergency, grant.is_emergency, grant.client_approved) == (True, True, False)
    assert (request.number, grant.request) == (grant.number, request.id)
    assert choose_approved_grant([grant], an_engagement(), ("", "", "", ""), NOON) == grant


@pytest.mark.parametrize(
    ("member", "facts"),
    [
        (a_member(stop="s"), {}),
        (a_member(), {"engagement": an_engagement(stop="s")}),
        (a_member(), {"grant": an_emergency_grant(stop="s")}),
    ],
    ids=["member", "engagement", "grant"],
)
def test_a_later_revocation_ends_it_for_good(member: Any, facts: dict[str, Any]) -> None:
    before = opened().grant
    access = some_facts(**({"grant": an_emergency_grant()} | facts))
    facts_after = EmergencyFacts(
        access=access, policy=ApprovalPolicy(engagement="acme-prod"), lock=None
    )
    opening = OpenEmergency(reason="INC-7")
    assert build_emergency(facts_after, member, ID, opening, NOON).grant.stops != before.stops


def test_it_takes_the_number_of_an_approved_grant_that_has_ended() -> None:
    over = three_grants(ends_at=NOON, version=4, stop="s", revoked_at=NOON)
    grant = opened(approved_grants=over).grant
    assert (grant.number, grant.version, grant.stop, grant.revoked_at) == ("3", 5, "s", None)
    with pytest.raises(TypeError):
        opened(approved_grants=three_grants())


def test_it_counts_and_locks() -> None:
    first = opened()
    assert (first.record.count, first.record.last_at) == (1, NOON)
    assert (first.lock.member, first.lock.request) == ("alice", ID)
    earlier = EmergencyRecord(
        engagement="acme-prod", member="alice", count=2, last_at=NOON - HOUR, version=2
    )
    lock = EmergencyLock(member="alice", request=None, version=5)
    again = opened(record=earlier, lock=lock)
    assert again.record == replace(earlier, count=3, last_at=NOON, version=3)
    assert again.lock == replace(lock, request=ID, version=6)
