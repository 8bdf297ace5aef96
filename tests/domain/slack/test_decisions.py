"""The notification of a request offers to decide it, in a form that Slack accepts."""

from __future__ import annotations

import pytest
from slack_sdk.models.blocks import Block, ButtonElement, InputBlock

from chalicelib.domain.notifications.table import build_notification
from chalicelib.domain.slack.decisions import APPROVE, DENY, WORDS
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.notification import ChannelWebhook, build_slack_message
from chalicelib.domain.trail import Action, Entry
from tests.domain.notifications.entries import entry
from tests.fakes.slack import buttons_of, text_of, validated

REQUEST = "alice.00d9o4r5k3f81c2q"
DETAILS = {
    "request": REQUEST,
    "span": "for 2 hours from its first use",
    "waiting_for": "a lead",
    "expires_at": "2026-11-24T13:00:00Z",
    "said": "the <nightly> import fails",
}


def request_entry(action: Action = Action.REQUEST_CREATE, **details: str) -> Entry:
    """Return the entry of Alice's request, or of a later one about it."""
    return entry(action, DETAILS | details, actor="alice", engagement="acme-prod", role="deploy")


def posted(about: Entry, *mentions: str) -> Message:
    notification = build_notification(about)
    assert notification is not None
    return build_slack_message(notification, user="", may_have_arrived=False, mentions=mentions)


def test_a_request_is_posted_with_two_buttons_and_a_field_for_words() -> None:
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
    assert (field.block_id, field.element.action_id) == (WORDS, WORDS)  # type: ignore[union-attr]


def test_slack_asks_before_it_sends_the_approval_and_names_the_effect() -> None:
    approve = buttons_of(posted(request_entry()))[APPROVE]
    assert approve["confirm"]["text"]["text"] == (
        "alice can use deploy of acme-prod, for 2 hours from its first use."
    )
    parsed = ButtonElement(**{name: approve[name] for name in approve if name != "type"})
    assert parsed.to_dict() == approve


@pytest.mark.parametrize(
    ("about", "has_buttons"),
    [
        (request_entry(waiting_for="a lead and the client"), True),
        (request_entry(waiting_for="the client"), False),
        (request_entry(Action.REQUEST_APPROVE, waiting_for="a lead or bob"), True),
        (request_entry(Action.REQUEST_APPROVE, waiting_for=""), False),
        (request_entry(Action.REQUEST_DENY, waiting_for=""), False),
        (request_entry(Action.EMERGENCY_BEGIN, waiting_for=""), False),
    ],
)
def test_only_a_request_that_waits_for_the_firm_has_buttons(
    about: Entry, *, has_buttons: bool
) -> None:
    assert bool(buttons_of(posted(about))) is has_buttons


@pytest.mark.parametrize(
    ("about", "engagement"),
    [
        (request_entry(), "acme-prod"),
        (request_entry(Action.REQUEST_APPROVE), "acme-prod"),
        (request_entry(Action.REQUEST_DENY), "acme-prod"),
        (request_entry(Action.EMERGENCY_BEGIN), ""),  # it is an alert for every lead
        (entry(Action.GRANT_REVOKE, subject="alice", engagement="acme-prod"), ""),
    ],
)
def test_what_a_request_causes_goes_to_the_engagements_channel(
    about: Entry, engagement: str
) -> None:
    notification = build_notification(about)
    assert notification is not None
    assert notification.engagement == engagement


GENERAL, ACME = (
    "https://hooks.slack.com/services/T0/B0/g",
    "https://hooks.slack.com/services/T0/B1/a",
)


@pytest.mark.parametrize(
    ("engagement", "urls"),
    [("", [GENERAL]), ("acme-prod", [ACME, GENERAL]), ("globex", [GENERAL])],
)
def test_an_engagement_without_a_channel_uses_the_general_one(
    engagement: str, urls: list[str]
) -> None:
    channel = ChannelWebhook(team="T0", url=GENERAL, engagements={"acme-prod": ACME})
    assert channel.list_urls(engagement) == urls
    assert "services" not in repr(channel)
