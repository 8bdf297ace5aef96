"""Posting to Slack: only to Slack's addresses, and a delivery status for each response."""

import json
import socket

import pytest
from msgspec.structs import replace

from chalicelib.adapters.slack import posting
from chalicelib.adapters.slack.posting import Webhook, is_slack_address
from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.slack.requests import ChannelWebhook, build_slack_message
from tests.domain.evidence.samples import NOTIFYING
from tests.rows import every

SLACK = "https://hooks.slack.com"

ADDRESSES = [
    ("https://hooks.slack.com/commands/T0/1/abc", True),
    ("https://hooks.slack.com/services/T0/B0/xyz", True),
    ("http://hooks.slack.com/commands/T0/1/abc", False),
    ("https://hooks.slack.com.evil.example/commands/T0", False),
    ("https://evil.example/hooks.slack.com", False),
    ("https://hooks.slack.com@evil.example/commands", False),
    ("https://user:pass@hooks.slack.com/commands", False),
    ("https://hooks.slack.com:444/commands", False),
    ("https://hooks.slack.com", False),
    ("https://HOOKS.slack.com/commands", False),
    ("https://hooks.slack.com\\@evil.example/commands", False),
    ("https://hooks.slack.com/ commands", False),
    ("https://hooks.slack.com/commands\r\nX: y", False),
    ("https://hooks.slаck.com/commands", False),  # with a Cyrillic letter
    ("https://[hooks.slack.com/commands", False),
    ("//hooks.slack.com/commands", False),
    ("file:///etc/passwd", False),
    ("http://169.254.169.254/latest/meta-data/", False),
    ("https://hooks.slack.com/commands x", False),
    ("https://hooks.slack.com/commands\n", False),
    ("file://hooks.slack.com/commands", False),
    ("", False),
]


@every("url, accepted", ADDRESSES)
def test_only_a_complete_slack_address_is_accepted(url, *, accepted):
    assert is_slack_address(SLACK, url) is accepted


PATH = "/services/T0FIRM/B0HOOK/secretofthewebhook"
NOTIFICATION = build_notification(NOTIFYING[0])
assert NOTIFICATION is not None


def send(hooks, url, *, user="", may_have_arrived=False):
    assert NOTIFICATION is not None
    channel = ChannelWebhook(team="T0FIRM", url=url)
    return Webhook(channel, hooks).send(NOTIFICATION, user=user, may_have_arrived=may_have_arrived)


def test_a_notification_is_one_message_to_the_webhook(site):
    assert send(site.url, site.url + PATH, user="U0ALICE", may_have_arrived=True) == Delivery(
        DeliveryStatus.DELIVERED
    )
    ((method, path, headers, body),) = site.requests
    assert (method, path) == ("POST", PATH)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(body) == build_slack_message(
        NOTIFICATION, user="U0ALICE", may_have_arrived=True
    )


@every(
    "http_status, body, status, why",
    [
        (200, b"ok", DeliveryStatus.DELIVERED, ""),
        (201, b"", DeliveryStatus.DELIVERED, ""),
        (400, b"invalid_payload", DeliveryStatus.REFUSED, "status 400 invalid_payload"),
        (403, b"action_prohibited", DeliveryStatus.REFUSED, "status 403 action_prohibited"),
        (404, b"no_service\n", DeliveryStatus.REFUSED, "status 404 no_service"),
        (410, b"channel_is_archived", DeliveryStatus.REFUSED, "status 410 channel_is_archived"),
        (400, b"<html>not one of the error codes", DeliveryStatus.REFUSED, "status 400"),
        (400, b"w" * 99, DeliveryStatus.REFUSED, "status 400"),
        (400, b"\xff\xfe", DeliveryStatus.REFUSED, "status 400"),
        (500, b"rollup_error", DeliveryStatus.NOT_DELIVERED, "status 500 rollup_error"),
        (503, b"", DeliveryStatus.NOT_DELIVERED, "status 503"),
    ],
)
def test_each_response_is_a_delivery_a_refusal_or_a_reason_to_try_again(
    site, http_status, body, status, why
):
    site.requests.clear()
    site.status, site.body = http_status, body
    assert send(site.url, site.url + PATH) == Delivery(status=status, why=why)
    assert len(site.requests) == 1


@every(
    "retry_after, wait",
    [("30", 30), ("999999", 999_999), ("9999999", 0), ("-1", 0), ("soon", 0), ("٣", 0), (None, 0)],
)
def test_the_wait_after_a_429_comes_from_its_retry_after_header(site, retry_after, wait):
    site.status, site.body = 429, b"rate_limited"
    site.headers = {"Retry-After": retry_after.encode().decode("latin-1")} if retry_after else {}
    expected = Delivery(
        status=DeliveryStatus.NOT_DELIVERED, why="status 429 rate_limited", wait=wait
    )
    assert send(site.url, site.url + PATH) == expected


@every("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(site, status):
    site.requests.clear()
    site.status, site.headers = status, {"Location": f"{site.url}/elsewhere"}
    assert send(site.url, site.url + PATH).status is DeliveryStatus.NOT_DELIVERED
    assert [path for _, path, *_ in site.requests] == [PATH]


@every("instead", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200"])
def test_without_a_status_line_the_delivery_is_unknown(site, instead):
    site.raw_response = instead
    expected = (
        DeliveryStatus.DELIVERED if instead.startswith(b"HTTP/1.1 200") else DeliveryStatus.UNKNOWN
    )
    assert send(site.url, site.url + PATH).status is expected


def test_a_response_after_the_timeout_leaves_the_delivery_unknown(site, monkeypatch):
    monkeypatch.setattr(posting, "CHANNEL_SECONDS", 0.2)
    site.delay = 0.6
    assert send(site.url, site.url + PATH) == Delivery(DeliveryStatus.UNKNOWN, "no answer")


def test_without_a_connection_the_notification_is_not_delivered():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    expected = Delivery(status=DeliveryStatus.NOT_DELIVERED, why="Slack cannot be reached")
    assert send(url, url + PATH) == expected


def test_an_address_that_is_not_slacks_is_never_called(site):
    delivery = send("https://hooks.slack.com", f"{site.url}{PATH}")
    assert delivery == Delivery(
        DeliveryStatus.NOT_DELIVERED, "the webhook's address is not Slack's"
    )
    assert site.requests == []


def send_to_engagement(site):
    """Send a notification for the channel of acme-prod, which has a webhook of its own."""
    assert NOTIFICATION is not None
    channel = ChannelWebhook(
        team="T0FIRM", url=site.url + PATH, engagements={"acme-prod": f"{site.url}/services/acme"}
    )
    notification = replace(NOTIFICATION, engagement="acme-prod")
    return Webhook(channel, site.url).send(notification, user="", may_have_arrived=False)


@pytest.mark.parametrize(
    ("status", "delivery", "paths"),
    [
        (200, DeliveryStatus.DELIVERED, ["/services/acme"]),
        (503, DeliveryStatus.NOT_DELIVERED, ["/services/acme"]),  # the next run tries it again
        (410, DeliveryStatus.REFUSED, ["/services/acme", PATH]),
    ],
)
def test_an_engagements_channel_comes_first_and_the_general_one_if_slack_refuses(
    site, status, delivery, paths
):
    site.status = status
    assert send_to_engagement(site).status is delivery
    assert [path for _, path, *_ in site.requests] == paths
