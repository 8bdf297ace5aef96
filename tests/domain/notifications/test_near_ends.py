"""People are notified of an end before it comes."""

from datetime import timedelta

from chalicelib.domain.notifications.near_ends import build_end_notification
from tests.builders import a_role, an_engagement
from tests.fakes import DAY, NOON, TICK
from tests.golden import hold_against_file
from tests.rows import every

ASKED = (NOON + 20 * DAY, NOON + 50 * DAY)
LEFT = [
    (14 * DAY + TICK, ""),
    (14 * DAY, "14"),
    (3 * DAY + TICK, "14"),
    (3 * DAY, "3"),
    (DAY + TICK, "3"),
    (DAY, "1"),
    (TICK, "1"),
    (timedelta(0), ""),
    (-DAY, ""),
]
"""The time that is left, and the days of the warning that is due."""
NO_END = [
    (None, {"closed_at": NOON}),
    (None, {"revoked_at": NOON}),
    ({}, {"closed_at": NOON}),
    ({}, {"revoked_at": NOON}),
    ({"requested_ends": ASKED[:1]}, {}),
    ({"requested_ends": ASKED[::-1]}, {}),
    ({"requested_ends": ()}, {}),
    ({"verification": None}, {}),
    ({"ended_at": NOON}, {}),
]
"""Changes of the role, if any, and of the engagement, after which no end is near."""


def warning_at(left, role=None, **engagement):
    """Return the days of the warning that is due so long before the end."""
    ends_at = NOON + left if role is None else ASKED[1]
    outdated = None if role is None else a_role(**({"requested_ends": ASKED} | role))
    now = NOON if role is None else ASKED[0] - left
    notification = build_end_notification(
        an_engagement(ends_at=ends_at, **engagement), outdated, now
    )
    return notification.key.split(":")[1] if notification else ""


@every("left, days", LEFT)
@every("role", [None, {}])
def test_an_end_is_near_14_3_and_1_days_before(left, days, role):
    assert warning_at(left, role) == days


@every("role, engagement", NO_END)
def test_an_end_that_is_none_any_more_is_not_near(role, engagement):
    assert warning_at(DAY, role, **engagement) == ""


def test_each_end_has_its_own_warnings_each_until_the_next_is_due():
    texts, longest = [], a_role("r" * 32, engagement="e" * 40, requested_ends=ASKED)
    for engagement, role, end in (
        (an_engagement(ends_at=ASKED[0]), None, ASKED[0]),
        (an_engagement(ends_at=ASKED[1]), None, ASKED[1]),
        (an_engagement("e" * 40, ends_at=ASKED[1]), longest, ASKED[0]),
    ):
        for days in (14, 3, 1):
            notice = build_end_notification(engagement, role, end - days * DAY)
            last = build_end_notification(engagement, role, notice.until - TICK)
            assert (last.key, last.title) == (notice.key, notice.title)
            texts.append(f"{notice.key}, until {notice.until}\n{notice.title}\n{notice.text}")
    hold_against_file("near-ends.txt", "\n\n".join(texts))
