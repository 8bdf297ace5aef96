"""The notifications and alerts of each kind of entry."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.notifications.notification import (
    LONGEST_SUBJECT,
    Notification,
    build_notification_key,
    format_mail,
)
from chalicelib.domain.notifications.table import NOT_DONE, TABLE, build_notification, find_alerts
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Entry, Outcome
from tests.domain.notifications.entries import ACMES, FAILED, READONLY, entry
from tests.domain.notifications.tables import ALERTS, NOTIFICATIONS, ROUTINE
from tests.fakes import NOON
from tests.rows import every


def sent_for(recorded: Entry) -> Notification:
    notification = build_notification(recorded)
    assert notification is not None
    return notification


def test_the_table_has_a_rule_for_each_action() -> None:
    assert TABLE.keys() == set(Action)


def test_every_rule_has_a_row() -> None:
    tried = {(item.action, item.outcome) for item, *_ in NOTIFICATIONS}
    done = {(action, Outcome.DONE) for action, rule in TABLE.items() if rule is not None}
    assert tried == done | NOT_DONE.keys()


ABOUT_A_REQUEST = (
    Action.EMERGENCY_BEGIN,
    Action.REQUEST_APPROVE,
    Action.REQUEST_DENY,
    Action.REQUEST_REVOKE,
    Action.EMERGENCY_REVIEW,
)


@every("recorded, title, text, alerts", NOTIFICATIONS)
def test_an_entry_has_its_notification(
    recorded: Entry, title: str, text: str, alerts: list[str]
) -> None:
    """A member is mentioned for what is done to them or in their name, but not for a role's check.

    Nor for a Slack binding: the mentioned user would be the new one, who may be a thief.
    """
    notification = sent_for(recorded)
    is_about_a_member = (
        recorded.action.startswith(("member", "lead", "enrolment", "token", "grant", "session"))
        or recorded.action in ABOUT_A_REQUEST
    )
    assert notification.member == (
        (recorded.subject or recorded.actor) if is_about_a_member else ""
    )
    assert notification.member in text
    assert (notification.title, notification.text) == (title, text)
    assert list(notification.alerts) == alerts
    assert (notification.at, notification.entry) == (recorded.at, recorded.id)


@every("name", ALERTS)
def test_an_alert_says_where_it_was_and_who_did_it_from_where(name: str) -> None:
    facts = {field: getattr(ALERTS[name], field) for field in Entry.__struct_fields__}
    value = Entry(**(facts | {"address": "203.0.113.7"}))
    notification = sent_for(value)
    (raised,) = find_alerts(value)
    assert (raised.alert, raised.at) == (name, value.at)
    assert (raised.engagement, raised.role) == (value.engagement, value.role)
    assert raised.member in (value.subject, value.actor, "")
    assert notification.origin.endswith(" from 203.0.113.7")
    assert raised.text == f"{notification.text} It was done by {notification.origin}."


@every("recorded", ROUTINE)
def test_routine_causes_no_notification_and_no_alert(recorded: Entry) -> None:
    assert (build_notification(recorded), find_alerts(recorded)) == (None, [])


@every("recorded", [recorded for recorded, *_ in NOTIFICATIONS])
def test_each_event_is_one_notice(recorded: Entry) -> None:
    """A client's check is an exception, because a client can repeat it without end. So are limits
    of e-mails: a lead may go on trying."""
    keys = {sent_for(recorded).key, sent_for(entry_again(recorded)).key}
    is_repeated = (recorded.actor == CLIENT and recorded.action is Action.ROLE_VERIFY) or (
        sent_for(recorded).alerts == ("client-mails-limited",)
    )
    assert len(keys) == (1 if is_repeated else 2)
    assert (sent_for(recorded).until == recorded.at) is not is_repeated


def entry_again(recorded: Entry) -> Entry:
    facts = {name: getattr(recorded, name) for name in recorded.__struct_fields__}
    return Entry(**(facts | {"id": "0" * 16, "at": NOON + timedelta(minutes=1)}))


@pytest.mark.parametrize(
    ("actor", "drifted", "quiet_period"),
    [
        (CLIENT, False, timedelta(hours=1)),
        (CLIENT, True, timedelta(0)),
        ("lena", False, timedelta(0)),
        (SCHEDULE, False, timedelta(0)),
    ],
)
def test_failed_checks_by_a_client_notify_once_an_hour(
    actor: str, quiet_period: timedelta, *, drifted: bool
) -> None:
    details = FAILED | ({"drifted": "true"} if drifted else {})
    notification = sent_for(entry(Action.ROLE_VERIFY, details, **READONLY, actor=actor))
    assert notification.until - notification.at == quiet_period


def test_remaining_access_seen_by_a_client_notifies_once_an_hour() -> None:
    for actor, quiet_period in ((CLIENT, timedelta(hours=1)), (SCHEDULE, timedelta(0))):
        remaining = entry(Action.ENGAGEMENT_LEAVE, **ACMES, actor=actor, outcome=Outcome.REFUSED)
        notification = sent_for(remaining)
        assert notification.until - notification.at == quiet_period
        assert (notification.key == sent_for(entry_again(remaining)).key) is (actor == CLIENT)


CUTS = ("suspend", "revoke", "cut", "lost", "dead", "earlier", "less", "no further", "nobody")


def test_a_renewal_never_sounds_like_a_cut() -> None:
    renewed = [item for item in NOTIFICATIONS if "renewed" in item[1]]
    assert renewed
    for _, title, text, _ in renewed:
        assert not [cut for cut in CUTS if cut in f"{title} {text}"]


@pytest.mark.parametrize("length", [64, 65])
def test_a_value_is_cut_where_it_is_longer_than_any_id(length: int) -> None:
    notification = sent_for(entry(Action.MEMBER_REVOKE, subject="m" * length))
    cut = "m" * 64 if length == 64 else "m" * 63 + "…"
    assert notification.title == f"{cut} was suspended"


def test_a_long_value_pushes_out_no_other() -> None:
    notification = sent_for(entry(Action.GRANT_REVOKE, engagement="e" * 3001, subject="bob"))
    assert notification.text == (
        f"lena revoked bob's grant for {'e' * 63}…. bob gets no more sessions for this engagement."
    )


_TEXTS = some.text(max_size=60) | some.sampled_from(["{by}", "{", "}", "{missing}", "2026-11-24"])


@given(
    some.sampled_from([recorded for recorded, *_ in NOTIFICATIONS]),
    some.data(),
    some.sampled_from(["engagement", "role", "subject", "actor", "token", "address", ""]),
)
def test_no_entry_breaks_its_row_whatever_it_holds(
    recorded: Entry, data: some.DataObject, field: str
) -> None:
    """Typed braces are text. A detail may be anything or missing."""
    details = {name: data.draw(_TEXTS) for name in recorded.details if data.draw(some.booleans())}
    facts = {name: getattr(recorded, name) for name in Entry.__struct_fields__} | {
        "details": details
    }
    if field:
        facts[field] = data.draw(_TEXTS)
    changed = Entry(**facts)
    assert {raised.at for raised in find_alerts(changed)} <= {recorded.at}


@every("recorded", [recorded for recorded, *_ in NOTIFICATIONS])
def test_an_email_is_plain_text_without_anything_typed(recorded: Entry) -> None:
    facts = {name: getattr(recorded, name) for name in recorded.__struct_fields__}
    notification = sent_for(
        Entry(**(facts | {"details": {**recorded.details, "said": "https://evil.example"}}))
    )
    subject, text = format_mail(notification, may_have_arrived=False)
    assert subject == f"Daypass: {notification.title}"
    assert text.startswith(notification.text)
    assert "The trail has the reason." in text
    assert "evil" not in text + subject
    assert "possibly" not in text
    assert "(possibly sent before)" in format_mail(notification, may_have_arrived=True)[1]


@given(some.text(max_size=300))
def test_a_mails_subject_is_what_amazon_sns_takes(title: str) -> None:
    """ "Publish" (Amazon SNS API Reference): ASCII, no line's end, fewer than 100 characters."""
    usual = sent_for(NOTIFICATIONS[0][0])
    facts = {name: getattr(usual, name) for name in usual.__struct_fields__}
    subject, _ = format_mail(Notification(**(facts | {"title": title})), may_have_arrived=False)
    assert 0 < len(subject) <= LONGEST_SUBJECT < 100
    assert set(subject) <= set(string.printable) - set("\t\n\r\x0b\x0c")


@given(some.lists(some.text(max_size=80), min_size=1, max_size=4))
def test_a_key_is_one_whatever_it_is_made_of(parts: list[str]) -> None:
    key = build_notification_key(*parts, "x")
    assert 0 < len(key) <= 100
    assert set(key) <= set(string.ascii_lowercase + string.digits + ":-")
