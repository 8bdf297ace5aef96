"""A notification in a Slack channel: every value stays plain text, and a request has buttons."""

import json

from slack_sdk.models.blocks import Block, ButtonElement, InputBlock

from chalicelib.domain.notifications.notification import format_mail
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.slack.messages import LONGEST_TEXT
from chalicelib.domain.slack.requests import (
    APPROVE,
    DENY,
    WORDS,
    ChannelWebhook,
    build_slack_message,
)
from chalicelib.domain.trail import Action, Entry
from tests.domain.evidence.samples import NOTIFYING, entry
from tests.fakes.slack import buttons_of, text_of, validated
from tests.rows import every


def notification_for(announced):
    notification = build_notification(announced)
    assert notification is not None
    return notification


def message(notification, *, user="", may_have_arrived=False):
    sent = build_slack_message(notification, user=user, may_have_arrived=may_have_arrived)
    return json.loads(json.dumps(sent))


def texts(sent):
    """Return the texts of a message that Slack searches for mentions and links, and those of its
    buttons and fields."""
    return [sent["text"], *_find_texts(sent["blocks"])]


def _find_texts(part):
    """Yield the texts of all text objects in this part of a message."""
    if isinstance(part, list):
        for each in part:
            yield from _find_texts(each)
    elif isinstance(part, dict):
        if part.get("type") in ("mrkdwn", "plain_text"):
            yield part["text"]
        yield from _find_texts(list(part.values()))


def assert_slack_accepts(sent):
    """Validate a message with Slack's SDK, which raises for a message that Slack refuses."""
    blocks = Block.parse_all(sent["blocks"])
    assert len(blocks) == len(sent["blocks"]) <= 50
    for block in blocks:
        block.to_dict()  # it validates
    assert all(0 < len(text) <= LONGEST_TEXT for text in texts(sent))
    assert not sent["unfurl_links"] and not sent["unfurl_media"]  # noqa: PT018


@every("announced", NOTIFYING)
def test_slack_accepts_every_message(announced):
    notification = notification_for(announced)
    for user in ("", "U0123ABCD"):
        sent = message(notification, user=user, may_have_arrived=True)
        assert_slack_accepts(sent)
        first = sent["blocks"][0]["text"]["text"]
        assert notification.text in first.replace("&amp;", "&")
        assert ("<@U0123ABCD>, this concerns you." in first) is bool(user)
        assert first.endswith("(possibly sent before)")


def verbatim(text):
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def test_a_complete_message_and_a_complete_mail():
    revoked = entry(
        Action.GRANT_REVOKE, {"said": "moved <on>"}, engagement="acme-prod", subject="alice"
    )
    notification = notification_for(revoked)
    text = "lena revoked alice's grant for acme-prod."
    first = f"*alice no longer has access to acme-prod*\n{text}\n<@U0ALICE>, this concerns you."
    context = "2026-11-24T12:00:00Z, trail entry 5d2f8a0c4e917b36"
    assert message(notification, user="U0ALICE") == {
        "text": f"alice no longer has access to acme-prod. {text}",
        "blocks": [
            {"type": "section", "text": verbatim(first)},
            {"type": "section", "text": verbatim("> moved &lt;on&gt;")},
            {"type": "context", "elements": [verbatim(context)]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    assert format_mail(notification, may_have_arrived=True) == (
        "Daypass: alice no longer has access to acme-prod",
        f"{text}\n\nThe trail has the reason.\n\n(possibly sent before)\n\n{context}\n",
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


@every("typed", HOSTILE)
def test_no_typed_text_becomes_a_mention_a_link_or_a_ping(typed):
    """Daypass's rules would refuse some of these texts. The message must not depend on them."""
    details = dict.fromkeys(("said", "roles", "former_roles", "token", "until", "link"), typed)
    for announced in NOTIFYING:
        fields = {name: getattr(announced, name) for name in announced.__struct_fields__}
        typed_fields = dict.fromkeys(("actor", "engagement", "role", "subject", "token"), typed)
        hostile = Entry(**(fields | typed_fields | {"details": {**announced.details, **details}}))
        notification = build_notification(hostile)
        if notification is None:
            continue
        sent = message(notification, user="U0123ABCD", may_have_arrived=True)
        assert_slack_accepts(sent)
        for text in texts(sent):
            # The only `<` is Daypass's own: one mention, on its own line.
            assert "<" not in text.replace("\n<@U0123ABCD>, this concerns you.", "")
            assert "\x00" not in text
            assert "\u202e" not in text
        for block in sent["blocks"]:
            assert "text" not in block or block["text"]["verbatim"] is True
        assert "\n" not in notification.title + notification.text + notification.why
        assert_sizes(notification)


def assert_sizes(notification):
    """Require the maximum lengths that tests/usecases/test_item_sizes.py assumes."""
    for name, longest in {"title": 240, "text": 1000, "why": 200, "member": 64}.items():
        assert len(getattr(notification, name)) <= longest


REQUEST = "alice.00d9o4r5k3f81c2q"
DETAILS = {
    "request": REQUEST,
    "span": "for 2 hours from first use",
    "waiting_for": "a lead",
    "expires_at": "2026-11-24T13:00:00Z",
    "said": "the <nightly> import fails",
}


def request_entry(action=Action.REQUEST_CREATE, **details):
    """Return the entry of Alice's request, or of a later one about it."""
    return entry(action, DETAILS | details, actor="alice", engagement="acme-prod", role="deploy")


def posted(about, *mentions):
    notification = build_notification(about)
    assert notification is not None
    return build_slack_message(notification, user="", may_have_arrived=False, mentions=mentions)


def test_a_request_is_posted_with_two_buttons_and_a_field_for_words():
    message = validated(posted(request_entry(), "U0BOB", "U0LENA"))
    assert "Please decide: <@U0BOB> <@U0LENA>" in text_of(message)
    assert "the &lt;nightly&gt; import fails" in text_of(message)
    buttons = buttons_of(message)
    assert {name: button["value"] for name, button in buttons.items()} == {
        APPROVE: REQUEST,
        DENY: REQUEST,
    }
    (field,) = [block for block in Block.parse_all(message["blocks"]) if block.type == "input"]
    assert isinstance(field, InputBlock)
    assert (field.block_id, field.element.action_id) == (WORDS, WORDS)


def test_slack_asks_before_it_sends_the_approval_and_names_the_effect():
    approve = buttons_of(posted(request_entry()))[APPROVE]
    assert approve["confirm"]["text"]["text"] == (
        "alice can use acme-prod/deploy, for 2 hours from first use."
    )
    parsed = ButtonElement(**{name: approve[name] for name in approve if name != "type"})
    assert parsed.to_dict() == approve


GENERAL, ACME = (
    "https://hooks.slack.com/services/T0/B0/g",
    "https://hooks.slack.com/services/T0/B1/a",
)


@every("engagement, urls", [("", [GENERAL]), ("acme-prod", [ACME, GENERAL]), ("globex", [GENERAL])])
def test_an_engagement_without_a_channel_uses_the_general_one(engagement, urls):
    channel = ChannelWebhook(team="T0", url=GENERAL, engagements={"acme-prod": ACME})
    assert channel.list_urls(engagement) == urls
    assert "services" not in repr(channel)
