"""The rule of emergencies, and the items that open a role."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    EmergencyLock,
    EmergencyRecord,
)
from chalicelib.domain.errors import Conflict
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.requests.emergencies import (
    OpenEmergency,
    build_emergency,
)
from tests.builders import AFTER, a_member, an_engagement, some_facts
from tests.domain.requests.emergencies_table import (
    ID,
    an_emergency_grant,
    three_grants,
)
from tests.fakes import NOON
from tests.rows import every

HOUR = timedelta(hours=1)


def opened(opening=None, *, record=None, lock=None, **access):
    facts = some_facts(**({"grant": an_emergency_grant()} | access))
    opening = opening or OpenEmergency(reason="INC-7")
    return build_emergency(facts, lock, record, a_member(), ID, opening, NOON)


@every("facts", [{}, {"engagement": an_engagement(ends_at=AFTER + HOUR)}])
def test_the_access_lasts_as_long_as_asked(facts):
    emergency = opened(OpenEmergency(duration=1800, reason="INC-7"), **facts)
    assert emergency.request.starts_at == NOON
    # The clock of the function that vends may be behind.
    span = emergency.grant.starts_at, emergency.grant.ends_at
    assert span == (NOON - CLOCK_MARGIN, NOON + HOUR / 2)
    assert emergency.request.ends_at == emergency.grant.ends_at


def test_the_access_lasts_an_hour_if_no_duration_was_sent():
    assert opened().grant.ends_at == NOON + HOUR


@every(
    "facts",
    [
        {"grant": an_emergency_grant(ends_at=NOON + HOUR / 2)},
        {"engagement": an_engagement(ends_at=NOON + HOUR / 2)},
    ],
)
def test_the_access_ends_with_the_grant_and_the_engagement(facts):
    assert opened(**facts).grant.ends_at == NOON + HOUR / 2


def test_it_takes_the_number_of_an_approved_grant_that_has_ended():
    over = three_grants(ends_at=NOON, version=4, stop="s", revoked_at=NOON)
    grant = opened(approved_grants=over).grant
    assert (grant.number, grant.version, grant.stop, grant.revoked_at) == ("3", 5, "s", None)
    with pytest.raises(Conflict):
        opened(approved_grants=three_grants())


def test_it_counts_and_locks():
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
