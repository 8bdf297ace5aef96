"""The e-mail of a notification, and its key."""

import string

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from chalicelib.domain.notifications.notification import (
    LONGEST_SUBJECT,
    Notification,
    build_notification_key,
    format_mail,
)
from chalicelib.domain.notifications.recorded import build_notification
from tests.domain.evidence.samples import entry
from tests.fakes import NOON

NOTICE = Notification(key="x", at=NOON, until=NOON, title="t", text="Text.", why="https://evil")


@given(some.text(max_size=300))
def test_a_mail_is_plain_text_that_amazon_sns_takes(title):
    """ "Publish" (Amazon SNS API Reference): ASCII, no line's end, fewer than 100 characters."""
    subject, text = format_mail(replace(NOTICE, title=title), may_have_arrived=True)
    assert 0 < len(subject) <= LONGEST_SUBJECT < 100
    assert set(subject) <= set(string.printable) - set("\t\n\r\x0b\x0c")
    assert text == (
        "Text.\n\nThe trail has the reason.\n\n(possibly sent before)\n\n2026-11-24T12:00:00Z\n"
    )


def test_a_ticket_url_that_a_lead_typed_is_not_in_the_notification():
    changes = {"ticket_url": "https://evil.example/{ticket}", "client": "true"}
    notification = build_notification(entry("approval-policy.change", changes))
    assert notification is not None
    assert "evil" not in notification.text
    assert "The client must approve: yes" in notification.text


@given(some.lists(some.text(max_size=80), min_size=1, max_size=4))
def test_a_key_is_one_whatever_it_is_made_of(parts):
    key = build_notification_key(*parts, "x")
    assert 0 < len(key) <= 100
    assert set(key) <= set(string.ascii_lowercase + string.digits + ":-")
