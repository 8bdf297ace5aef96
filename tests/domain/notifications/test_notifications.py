"""What people are told of, in which words, and that no value in them means more than itself."""

from __future__ import annotations

import json
import string
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block

from chalicelib.domain.notifications.mail import LONGEST_SUBJECT, by_mail
from chalicelib.domain.notifications.notification import Notification, notification_key
from chalicelib.domain.notifications.notifications import (
    SOON,
    notification_of,
    notification_of_end,
    notification_of_policy_end,
)
from chalicelib.domain.slack.messages import LONGEST_TEXT
from chalicelib.domain.slack.notification import for_slack
from chalicelib.domain.trail import CLIENT, SCHEDULE, Action, Entry, Outcome
from tests.builders import a_role, an_engagement
from tests.domain.notifications.notifications_table import (
    FAILED,
    HERS,
    READONLY,
    ROUTINE,
    TOLD,
    entry,
)
from tests.fakes import NOON

IDS = [f"{number} {one.action}" for number, (one, *_) in enumerate(TOLD)]


def told(one: Entry) -> Notification:
    notice = notification_of(one)
    assert notice is not None
    return notice


@pytest.mark.parametrize(("one", "title", "says"), TOLD, ids=IDS)
def test_people_are_told_of(one: Entry, title: str, says: str) -> None:
    notice = told(one)
    assert (notice.title, notice.says) == (title, says)
    assert (notice.at, notice.entry) == (one.at, one.id)


@pytest.mark.parametrize("one", ROUTINE, ids=range(len(ROUTINE)))
def test_nobody_is_told_of_routine(one: Entry) -> None:
    assert notification_of(one) is None


@pytest.mark.parametrize("one", [one for one, *_ in TOLD], ids=IDS)
def test_whom_it_is_about_is_named(one: Entry) -> None:
    """A member is told what is done to them, or in their name; of a role's check, nobody.

    Nor of a binding: the Slack user who would be told is the new one, which may be a thief's.
    """
    notice = told(one)
    is_about_a_member = one.action.startswith(("member", "lead", "enrolment", "token", "grant"))
    assert notice.about == ((one.subject or one.actor) if is_about_a_member else "")
    if notice.about:
        assert notice.about in notice.says


@pytest.mark.parametrize("one", [one for one, *_ in TOLD], ids=IDS)
def test_each_event_is_one_notice(one: Entry) -> None:
    """But for a code, and a client's check, which somebody could repeat without end."""
    keys = {told(one).key, told(entry_again(one)).key}
    is_repeated = one.outcome is Outcome.REFUSED and one.action is Action.ENROLMENT_USE
    is_repeated |= one.action is Action.ROLE_VERIFY and one.actor == CLIENT
    assert len(keys) == (1 if is_repeated else 2)


def entry_again(one: Entry) -> Entry:
    facts = {name: getattr(one, name) for name in one.__struct_fields__}
    return Entry(**(facts | {"id": "0" * 16, "at": NOON + timedelta(minutes=1)}))


@pytest.mark.parametrize(
    ("actor", "drifted", "silent"),
    [
        (CLIENT, False, timedelta(hours=1)),
        (CLIENT, True, timedelta(0)),
        ("lena", False, timedelta(0)),
        (SCHEDULE, False, timedelta(0)),
    ],
)
def test_a_client_who_checks_without_end_is_told_of_once_an_hour(
    actor: str, silent: timedelta, *, drifted: bool
) -> None:
    details = FAILED | ({"drifted": "true"} if drifted else {})
    notice = told(entry(Action.ROLE_VERIFY, details, **READONLY, actor=actor))
    assert notice.until - notice.at == silent


@pytest.mark.parametrize(
    ("left", "changes", "is_told"),
    [
        (SOON, {}, True),
        (timedelta(seconds=1), {}, True),
        (SOON + timedelta(seconds=1), {}, False),
        (timedelta(0), {}, False),
        (SOON, {"closed_at": NOON}, False),
        (SOON, {"revoked_at": NOON}, False),
    ],
)
def test_an_end_is_near_seven_days_before(
    left: timedelta, changes: dict[str, Any], *, is_told: bool
) -> None:
    place = an_engagement(ends_at=NOON + left, **changes)
    assert (notification_of_end(place, NOON) is not None) is is_told


def test_an_end_is_told_once_and_another_end_is_another() -> None:
    first = notification_of_end(an_engagement(ends_at=NOON + SOON), NOON)
    later = notification_of_end(an_engagement(ends_at=NOON + SOON), NOON + timedelta(days=1))
    other = notification_of_end(an_engagement(ends_at=NOON + timedelta(days=1)), NOON)
    assert first is not None
    assert later is not None
    assert other is not None
    assert first.key == later.key != other.key
    assert first.says == (
        "The engagement acme-prod ends at 2026-12-01T12:00:00Z. If the work goes on, give it a"
        " later end; if it is done, nothing has to be done here."
    )


ASKED = (NOON + timedelta(days=20), NOON + timedelta(days=50))


@pytest.mark.parametrize(
    ("left", "role", "place", "days"),
    [
        (timedelta(days=14, seconds=1), {}, {}, ""),
        (timedelta(days=14), {}, {}, "14"),
        (timedelta(days=3, seconds=1), {}, {}, "14"),
        (timedelta(days=3), {}, {}, "3"),
        (timedelta(days=1), {}, {}, "1"),
        (timedelta(seconds=1), {}, {}, "1"),
        (timedelta(0), {}, {}, ""),
        (timedelta(days=1), {"asked_ends": ASKED[:1]}, {}, ""),
        (timedelta(days=1), {"asked_ends": ASKED[::-1]}, {}, ""),
        (timedelta(days=1), {"asked_ends": ()}, {}, ""),
        (timedelta(days=1), {"verification": None}, {}, ""),
        (timedelta(days=1), {"ended_at": NOON}, {}, ""),
        (timedelta(days=1), {}, {"closed_at": NOON}, ""),
        (timedelta(days=1), {}, {"revoked_at": NOON}, ""),
    ],
)
def test_the_end_of_a_clients_policy_is_near_14_3_and_1_days_before(
    left: timedelta, role: dict[str, Any], place: dict[str, Any], days: str
) -> None:
    renewed = an_engagement(ends_at=ASKED[1], **place)
    outdated = a_role(**({"asked_ends": ASKED} | role))
    notice = notification_of_policy_end(renewed, outdated, ASKED[0] - left)
    assert (notice.key.split(":")[1] if notice else "") == days


def test_the_notice_of_a_clients_policy_says_what_to_do() -> None:
    renewed, outdated = an_engagement(ends_at=ASKED[1]), a_role(asked_ends=ASKED)
    notice = notification_of_policy_end(renewed, outdated, ASKED[0] - timedelta(days=2))
    assert notice is not None
    assert notice.until == ASKED[0]
    assert notice.says == (
        "The client's trust policy for the role readonly of acme-prod ends at 2026-12-14T12:00:00Z,"
        " as Daypass asked. The engagement goes on until 2027-01-13T12:00:00Z. AWS refuses every"
        " session after that, until the client has updated it: their page says how."
    )
    longest = a_role("r" * 32, engagement="e" * 40, asked_ends=ASKED)
    named = notification_of_policy_end(
        an_engagement("e" * 40, ends_at=ASKED[1]), longest, NOON + SOON
    )
    assert named is not None
    assert named.key.endswith("r" * 32)


CUTS = ("suspend", "revoke", "cut", "lost", "dead", "earlier", "less", "no further", "nobody")


def test_a_renewal_never_sounds_like_a_cut() -> None:
    renewed = [one for one in TOLD if "renewed" in one[1]]
    assert renewed
    for _, title, says in renewed:
        assert not [word for word in CUTS if word in f"{title} {says}"]


def message(notice: Notification, *, user: str = "", again: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(for_slack(notice, user=user, again=again)))
    return made


def texts(made: dict[str, Any]) -> list[str]:
    """Every text of a message that Slack reads for mentions and links."""
    found = [made["text"]]
    for block in made["blocks"]:
        found += [one["text"] for one in (block.get("text"), *block.get("elements", ())) if one]
    return found


def is_taken_by_slack(made: dict[str, Any]) -> None:
    """Slack's own SDK raises for what Slack would refuse."""
    blocks = Block.parse_all(made["blocks"])
    assert len(blocks) == len(made["blocks"]) <= 50
    for block in blocks:
        block.to_dict()  # it validates
    assert all(0 < len(text) <= LONGEST_TEXT for text in texts(made))
    assert not made["unfurl_links"] and not made["unfurl_media"]  # noqa: PT018


@pytest.mark.parametrize("one", [one for one, *_ in TOLD], ids=IDS)
def test_slack_takes_every_message(one: Entry) -> None:
    notice = told(one)
    for user in ("", "U0123ABCD"):
        made = message(notice, user=user, again=True)
        is_taken_by_slack(made)
        first = made["blocks"][0]["text"]["text"]
        assert notice.says in first.replace("&amp;", "&")
        assert ("<@U0123ABCD>, this is about you." in first) is bool(user)
        assert first.endswith("(perhaps for the second time)")


def test_why_is_repeated_apart_from_our_own_words() -> None:
    notice = told(entry(Action.MEMBER_REVOKE, {"said": "lost <laptop> & bag"}, subject="alice"))
    made = message(notice)
    first, said, where = (texts({"text": "", "blocks": [one]})[1] for one in made["blocks"])
    assert said == "> lost &lt;laptop&gt; &amp; bag"
    assert "laptop" not in first + where + made["text"]
    assert where == "2026-11-24T12:00:00Z, on the trail as 5d2f8a0c4e917b36"


def verbatim(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def test_a_whole_message_and_a_whole_mail() -> None:
    notice = told(entry(Action.GRANT_REVOKE, {"said": "moved on"}, **HERS))
    says = "lena has revoked the grant of alice for acme-prod: no further sessions there."
    first = f"*alice is off acme-prod*\n{says}\n<@U0ALICE>, this is about you."
    where = "2026-11-24T12:00:00Z, on the trail as 5d2f8a0c4e917b36"
    assert message(notice, user="U0ALICE") == {
        "text": f"alice is off acme-prod. {says}",
        "blocks": [
            {"type": "section", "text": verbatim(first)},
            {"type": "section", "text": verbatim("> moved on")},
            {"type": "context", "elements": [verbatim(where)]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    mail = by_mail(notice, again=True)
    assert mail.subject == "Daypass: alice is off acme-prod"
    assert mail.text == (
        f"{says}\n\nWhy is on the trail.\n\n(perhaps for the second time)\n\n{where}\n"
    )


@pytest.mark.parametrize("length", [64, 65])
def test_a_value_is_cut_where_it_is_longer_than_any_id(length: int) -> None:
    notice = told(entry(Action.MEMBER_REVOKE, subject="m" * length))
    cut = "m" * 64 if length == 64 else "m" * 63 + "…"
    assert notice.title == f"{cut} is suspended"


HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<@U0123ABCD>",
    "<https://evil.example|Acme>",
    "https://evil.example",
    "@channel @here #general",
    "*bold* _it_ ~gone~ `code`",
    "&lt;!channel&gt;",
    "a\nb\r\n\u2028> c\x00\u202e\u200b",
    "&" * 3001,
    "<" * 3001,
    "🙂" * 3001,
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_that_somebody_typed_is_a_mention_a_link_or_a_ping(typed: str) -> None:
    """Wherever it stands, were it in what no rule of ours lets through."""
    details = dict.fromkeys(("said", "roles", "former_roles", "token", "until", "link"), typed)
    for one, *_ in TOLD:
        facts = {name: getattr(one, name) for name in one.__struct_fields__}
        named = dict.fromkeys(("actor", "engagement", "role", "subject", "token"), typed)
        hostile = Entry(**(facts | named | {"details": {**one.details, **details}}))
        notice = notification_of(hostile)
        if notice is None:
            continue
        made = message(notice, user="U0123ABCD", again=True)
        is_taken_by_slack(made)
        for text in texts(made):
            # What is left of `<` is ours: one mention, in its own line.
            assert "<" not in text.replace("\n<@U0123ABCD>, this is about you.", "")
            assert "\x00" not in text
            assert "\u202e" not in text
        for block in made["blocks"]:
            assert "text" not in block or block["text"]["verbatim"] is True
        assert "\n" not in notice.title + notice.says + notice.said
        sized(notice)


def sized(notice: Notification) -> None:
    """No longer than tests/usecases/test_item_sizes.py counts on."""
    for name, longest in {"title": 200, "says": 1000, "said": 200, "about": 64}.items():
        assert len(getattr(notice, name)) <= longest


def test_a_long_value_pushes_out_no_other() -> None:
    notice = told(entry(Action.GRANT_REVOKE, engagement="e" * 3001, subject="bob"))
    assert notice.says == (
        f"lena has revoked the grant of bob for {'e' * 63}…: no further sessions there."
    )


@pytest.mark.parametrize("one", [one for one, *_ in TOLD], ids=IDS)
def test_a_mail_is_plain_and_repeats_nothing_that_somebody_typed(one: Entry) -> None:
    facts = {name: getattr(one, name) for name in one.__struct_fields__}
    notice = told(Entry(**(facts | {"details": {**one.details, "said": "https://evil.example"}})))
    mail = by_mail(notice, again=False)
    assert mail.subject == f"Daypass: {notice.title}"
    assert mail.text.startswith(notice.says)
    assert "Why is on the trail." in mail.text
    assert "evil" not in mail.text + mail.subject
    assert "perhaps" not in mail.text
    assert "(perhaps for the second time)" in by_mail(notice, again=True).text


@given(some.text(max_size=300))
def test_a_mails_subject_is_what_amazon_sns_takes(title: str) -> None:
    """ "Publish" (Amazon SNS API Reference): ASCII, no line's end, fewer than 100 characters."""
    usual = told(TOLD[0][0])
    facts = {name: getattr(usual, name) for name in usual.__struct_fields__}
    subject = by_mail(Notification(**(facts | {"title": title})), again=False).subject
    assert 0 < len(subject) <= LONGEST_SUBJECT < 100
    assert set(subject) <= set(string.printable) - set("\t\n\r\x0b\x0c")


@given(some.lists(some.text(max_size=80), min_size=1, max_size=4))
def test_a_key_is_one_whatever_it_is_made_of(parts: list[str]) -> None:
    key = notification_key(*parts, "x")
    assert 0 < len(key) <= 100
    assert set(key) <= set(string.ascii_lowercase + string.digits + ":-")
