"""A notification as a mail."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.notifications.notification import (
    LONGEST_SUBJECT,
    Notification,
    by_mail,
    notification_key,
)
from chalicelib.domain.trail import Entry
from tests.domain.notifications.tables import IDS, TOLD
from tests.domain.notifications.test_table import told


@pytest.mark.parametrize("one", [one for one, *_ in TOLD], ids=IDS)
def test_a_mail_is_plain_and_repeats_nothing_that_somebody_typed(one: Entry) -> None:
    facts = {name: getattr(one, name) for name in one.__struct_fields__}
    notification = told(
        Entry(**(facts | {"details": {**one.details, "said": "https://evil.example"}}))
    )
    subject, text = by_mail(notification, again=False)
    assert subject == f"Daypass: {notification.title}"
    assert text.startswith(notification.text)
    assert "Why is on the trail." in text
    assert "evil" not in text + subject
    assert "perhaps" not in text
    assert "(perhaps for the second time)" in by_mail(notification, again=True)[1]


@given(some.text(max_size=300))
def test_a_mails_subject_is_what_amazon_sns_takes(title: str) -> None:
    """ "Publish" (Amazon SNS API Reference): ASCII, no line's end, fewer than 100 characters."""
    usual = told(TOLD[0][0])
    facts = {name: getattr(usual, name) for name in usual.__struct_fields__}
    subject, _ = by_mail(Notification(**(facts | {"title": title})), again=False)
    assert 0 < len(subject) <= LONGEST_SUBJECT < 100
    assert set(subject) <= set(string.printable) - set("\t\n\r\x0b\x0c")


@given(some.lists(some.text(max_size=80), min_size=1, max_size=4))
def test_a_key_is_one_whatever_it_is_made_of(parts: list[str]) -> None:
    key = notification_key(*parts, "x")
    assert 0 < len(key) <= 100
    assert set(key) <= set(string.ascii_lowercase + string.digits + ":-")
