"""People are notified of an end before it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.notifications.near_ends import (
    NOTICE_BEFORE_END,
    build_end_notification,
    build_policy_end_notification,
)
from tests.builders import a_role, an_engagement
from tests.fakes import NOON


@pytest.mark.parametrize(
    ("left", "changes", "is_notified"),
    [
        (NOTICE_BEFORE_END, {}, True),
        (timedelta(seconds=1), {}, True),
        (NOTICE_BEFORE_END + timedelta(seconds=1), {}, False),
        (timedelta(0), {}, False),
        (NOTICE_BEFORE_END, {"closed_at": NOON}, False),
        (NOTICE_BEFORE_END, {"revoked_at": NOON}, False),
    ],
)
def test_an_end_is_near_seven_days_before(
    left: timedelta, changes: dict[str, Any], *, is_notified: bool
) -> None:
    engagement = an_engagement(ends_at=NOON + left, **changes)
    assert (build_end_notification(engagement, NOON) is not None) is is_notified


def test_each_end_has_one_notification() -> None:
    first = build_end_notification(an_engagement(ends_at=NOON + NOTICE_BEFORE_END), NOON)
    later = build_end_notification(
        an_engagement(ends_at=NOON + NOTICE_BEFORE_END), NOON + timedelta(days=1)
    )
    other = build_end_notification(an_engagement(ends_at=NOON + timedelta(days=1)), NOON)
    assert first is not None
    assert later is not None
    assert other is not None
    assert first.key == later.key != other.key
    assert first.text == (
        "The engagement acme-prod ends at 2026-12-01T12:00:00Z. If the work continues, renew the"
        " engagement. Otherwise you need to do nothing."
    )


ASKED = (NOON + timedelta(days=20), NOON + timedelta(days=50))


@pytest.mark.parametrize(
    ("left", "role", "engagement", "days"),
    [
        (timedelta(days=14, seconds=1), {}, {}, ""),
        (timedelta(days=14), {}, {}, "14"),
        (timedelta(days=3, seconds=1), {}, {}, "14"),
        (timedelta(days=3), {}, {}, "3"),
        (timedelta(days=1), {}, {}, "1"),
        (timedelta(seconds=1), {}, {}, "1"),
        (timedelta(0), {}, {}, ""),
        (timedelta(days=1), {"requested_ends": ASKED[:1]}, {}, ""),
        (timedelta(days=1), {"requested_ends": ASKED[::-1]}, {}, ""),
        (timedelta(days=1), {"requested_ends": ()}, {}, ""),
        (timedelta(days=1), {"verification": None}, {}, ""),
        (timedelta(days=1), {"ended_at": NOON}, {}, ""),
        (timedelta(days=1), {}, {"closed_at": NOON}, ""),
        (timedelta(days=1), {}, {"revoked_at": NOON}, ""),
    ],
)
def test_the_end_of_a_clients_policy_is_near_14_3_and_1_days_before(
    left: timedelta, role: dict[str, Any], engagement: dict[str, Any], days: str
) -> None:
    renewed = an_engagement(ends_at=ASKED[1], **engagement)
    outdated = a_role(**({"requested_ends": ASKED} | role))
    notification = build_policy_end_notification(renewed, outdated, ASKED[0] - left)
    assert (notification.key.split(":")[1] if notification else "") == days


def test_the_notice_of_a_clients_policy_says_what_to_do() -> None:
    renewed, outdated = an_engagement(ends_at=ASKED[1]), a_role(requested_ends=ASKED)
    notification = build_policy_end_notification(renewed, outdated, ASKED[0] - timedelta(days=2))
    assert notification is not None
    assert notification.until == ASKED[0]
    assert notification.text == (
        "Daypass asked the client to end the trust policy of the role readonly of acme-prod at"
        " 2026-12-14T12:00:00Z. The engagement ends at 2027-01-13T12:00:00Z. Ask the client to"
        " update the policy, because AWS refuses every new session after the policy's end. The"
        " client's page explains how."
    )
    longest = a_role("r" * 32, engagement="e" * 40, requested_ends=ASKED)
    names = build_policy_end_notification(
        an_engagement("e" * 40, ends_at=ASKED[1]), longest, NOON + NOTICE_BEFORE_END
    )
    assert names is not None
    assert names.key.endswith("r" * 32)
