"""People are notified of an end before it comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.notifications.near_ends import (
    build_end_notification,
    build_policy_end_notification,
)
from tests.builders import a_role, an_engagement
from tests.fakes import NOON
from tests.rows import every

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@every(
    "left, changes, days",
    [
        (14 * DAY + TICK, {}, ""),
        (14 * DAY, {}, "14"),
        (3 * DAY + TICK, {}, "14"),
        (3 * DAY, {}, "3"),
        (DAY + TICK, {}, "3"),
        (DAY, {}, "1"),
        (TICK, {}, "1"),
        (timedelta(0), {}, ""),
        (-DAY, {}, ""),
        (DAY, {"closed_at": NOON}, ""),
        (DAY, {"revoked_at": NOON}, ""),
    ],
)
def test_an_engagements_end_is_near_14_3_and_1_days_before(
    left: timedelta, changes: dict[str, Any], days: str
) -> None:
    engagement = an_engagement(ends_at=NOON + left, **changes)
    notification = build_end_notification(engagement, NOON)
    assert (notification.key.split(":")[1] if notification else "") == days


def test_each_end_has_its_own_warnings_each_until_the_next_is_due() -> None:
    end = NOON + 14 * DAY
    keys = set()
    for left, until, time_left in (
        (14 * DAY, end - 3 * DAY, "within 14 days"),
        (3 * DAY, end - DAY, "within 3 days"),
        (DAY, end, "within a day"),
    ):
        engagement = an_engagement(ends_at=end)
        first = build_end_notification(engagement, end - left)
        last = build_end_notification(engagement, until - TICK)
        other_end = build_end_notification(an_engagement(ends_at=end + DAY / 2), end - left + DAY)
        assert first is not None
        assert last is not None
        assert other_end is not None
        assert first.key == last.key != other_end.key
        assert first.until == until
        assert first.title == f"acme-prod ends {time_left}"
        assert first.text == (
            "The engagement acme-prod ends at 2026-12-08T12:00:00Z. After that, Daypass gives no"
            " sessions for it. If the work continues, renew the engagement. Otherwise you need to"
            " do nothing."
        )
        keys.add(first.key)
    assert len(keys) == 3


ASKED = (NOON + timedelta(days=20), NOON + timedelta(days=50))


@every(
    "left, role, engagement, days",
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
    assert notification.until == ASKED[0] - DAY
    assert (
        notification.title == "The trust policy of the role acme-prod/readonly ends within 3 days"
    )
    assert notification.text == (
        "Daypass asked the client to end the trust policy of the role acme-prod/readonly at"
        " 2026-12-14T12:00:00Z. The engagement ends at 2027-01-13T12:00:00Z. Ask the client to"
        " update the policy, because AWS refuses every new session after the policy's end. The"
        " client's page explains how."
    )
    longest = a_role("r" * 32, engagement="e" * 40, requested_ends=ASKED)
    names = build_policy_end_notification(
        an_engagement("e" * 40, ends_at=ASKED[1]), longest, NOON + 7 * DAY
    )
    assert names is not None
    assert names.key.endswith("r" * 32)
