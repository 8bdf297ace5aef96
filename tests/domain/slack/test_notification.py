"""A notification in a Slack channel, in which no value means more than itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from chalicelib.domain.notifications.notification import Notification, by_mail
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.slack.messages import LONGEST_TEXT
from chalicelib.domain.slack.notification import for_slack
from chalicelib.domain.trail import Action, Entry
from tests.domain.notifications.entries import HERS, entry
from tests.domain.notifications.tables import IDS, TOLD
from tests.domain.notifications.test_table import told


def message(notification: Notification, *, user: str = "", again: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(for_slack(notification, user=user, again=again)))
    return made


def texts(made: dict[str, Any]) -> list[str]:
    """Every text of a message that Slack reads for mentions and links."""
    items = [made["text"]]
    for block in made["blocks"]:
        items += [get["text"] for get in (block.get("text"), *block.get("elements", ())) if get]
    return items


def is_taken_by_slack(made: dict[str, Any]) -> None:
    """Slack's own SDK raises for what Slack would refuse."""
    blocks = Block.parse_all(made["blocks"])
    assert len(blocks) == len(made["blocks"]) <= 50
    for block in blocks:
        block.to_dict()  # it validates
    assert all(0 < len(text) <= LONGEST_TEXT for text in texts(made))
    assert not made["unfurl_links"] and not made["unfurl_media"]  # noqa: PT018


@pytest.mark.parametrize("one", [entry for entry, *_ in TOLD], ids=IDS)
def test_slack_takes_every_message(one: Entry) -> None:
    notification = told(one)
    for user in ("", "U0123ABCD"):
        made = message(notification, user=user, again=True)
        is_taken_by_slack(made)
        first = made["blocks"][0]["text"]["text"]
        assert notification.text in first.replace("&amp;", "&")
        assert ("<@U0123ABCD>, this concerns you." in first) is bool(user)
        assert first.endswith("(possibly sent before)")


def test_why_is_repeated_apart_from_our_own_words() -> None:
    notification = told(
        entry(Action.MEMBER_REVOKE, {"said": "lost <laptop> & bag"}, subject="alice")
    )
    made = message(notification)
    first, said, where = (texts({"text": "", "blocks": [block]})[1] for block in made["blocks"])
    assert said == "> lost &lt;laptop&gt; &amp; bag"
    assert "laptop" not in first + where + made["text"]
    assert where == "2026-11-24T12:00:00Z, on the trail as 5d2f8a0c4e917b36"


def verbatim(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def test_a_whole_message_and_a_whole_mail() -> None:
    notification = told(entry(Action.GRANT_REVOKE, {"said": "moved on"}, **HERS))
    text = "lena revoked alice's grant for acme-prod. They get no more sessions there."
    first = f"*alice has no more access to acme-prod*\n{text}\n<@U0ALICE>, this concerns you."
    where = "2026-11-24T12:00:00Z, on the trail as 5d2f8a0c4e917b36"
    assert message(notification, user="U0ALICE") == {
        "text": f"alice has no more access to acme-prod. {text}",
        "blocks": [
            {"type": "section", "text": verbatim(first)},
            {"type": "section", "text": verbatim("> moved on")},
            {"type": "context", "elements": [verbatim(where)]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert by_mail(notification, again=True) == (
        "Daypass: alice has no more access to acme-prod",
        f"{text}\n\nThe trail has the reason.\n\n(possibly sent before)\n\n{where}\n",
    )


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
def test_typed_text_is_never_a_mention_a_link_or_a_ping(typed: str) -> None:
    """Wherever it stands, were it in what no rule of ours lets through."""
    details = dict.fromkeys(("said", "roles", "former_roles", "token", "until", "link"), typed)
    for item, *_ in TOLD:
        facts = {name: getattr(item, name) for name in item.__struct_fields__}
        names = dict.fromkeys(("actor", "engagement", "role", "subject", "token"), typed)
        hostile = Entry(**(facts | names | {"details": {**item.details, **details}}))
        notification = notification_of(hostile)
        if notification is None:
            continue
        made = message(notification, user="U0123ABCD", again=True)
        is_taken_by_slack(made)
        for text in texts(made):
            # What is left of `<` is ours: one mention, in its own line.
            assert "<" not in text.replace("\n<@U0123ABCD>, this concerns you.", "")
            assert "\x00" not in text
            assert "\u202e" not in text
        for block in made["blocks"]:
            assert "text" not in block or block["text"]["verbatim"] is True
        assert "\n" not in notification.title + notification.text + notification.why
        sized(notification)


def sized(notification: Notification) -> None:
    """No longer than tests/usecases/test_item_sizes.py counts on."""
    for name, longest in {"title": 200, "text": 1000, "why": 200, "member": 64}.items():
        assert len(getattr(notification, name)) <= longest
