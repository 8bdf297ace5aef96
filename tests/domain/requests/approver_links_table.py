"""The links that open an approver's page, and the shorter times that the page offers."""

from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.client_approvers import ApproverLink
from chalicelib.domain.requests.opening import Choice, list_choices
from tests.builders import a_client_approver, a_request, an_approver_link
from tests.domain.rows import Row, no, yes
from tests.domain.vending.sessions_table import TICK
from tests.fakes import NOON

JO = a_client_approver(named_at=NOON)
LINK = an_approver_link(created_at=NOON)
HOUR = timedelta(hours=1)

OPENS_PAGE = [
    yes("a new link", LINK, JO, NOON),
    no("an expired link", LINK, JO, LINK.expires_at),
    no(
        "a link of a revoked approver",
        LINK,
        a_client_approver(named_at=NOON, revoked_at=NOON),
        NOON,
    ),
    no("a link of a contact", LINK, a_client_approver(named_at=NOON, is_contact=True), NOON),
    no(
        "a link of the person who had the ID before",
        an_approver_link(created_at=NOON - TICK),
        JO,
        NOON,
    ),
]


def lasting(seconds: int) -> Any:
    return a_request(duration=seconds)


def minutes(*values: int) -> tuple[Choice, ...]:
    texts = {15: "15 minutes", 30: "30 minutes", 60: "1 hour"}
    return tuple(Choice(value=str(value), text=texts[value]) for value in values)


def until(text: str, value: str, lasts: str) -> Choice:
    return Choice(value=value, text=f"until 24 November 2026, {text} UTC ({lasts})")


HALF_PAST = until("12:30", "2026-11-24T12:30:00Z", "30 minutes")
CHOICES = [
    Row("the shortest duration", (), lasting(900), NOON),
    Row("a duration in between", minutes(15), lasting(1200), NOON),
    Row("two hours", minutes(60, 30, 15), lasting(7200), NOON),
    Row("an hour from now", (HALF_PAST,), a_request(ends_at=NOON + HOUR), NOON),
    Row(
        "an hour from now, within a minute",
        (until("12:31", "2026-11-24T12:31:00Z", "30 minutes"),),
        a_request(ends_at=NOON + HOUR),
        NOON + TICK,
    ),
    Row(
        "half an hour from later on",
        (until("13:15", "2026-11-24T13:15:00Z", "15 minutes"),),
        a_request(starts_at=NOON + HOUR, ends_at=NOON + 1.5 * HOUR),
        NOON,
    ),
    Row(
        "half an hour that begins now",
        (),
        a_request(starts_at=NOON, ends_at=NOON + HOUR / 2),
        NOON,
    ),
    Row("neither a duration nor an end", (), a_request(duration=None), NOON),
]

RULES = [
    (ApproverLink.opens_page_of, OPENS_PAGE, 3),
    (list_choices, CHOICES, 6),
]
