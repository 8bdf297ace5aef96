"""Post messages to Slack, and only to Slack's addresses."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request

from chalicelib.adapters.no_redirects import send_without_redirects
from chalicelib.domain.notifications.notification import (
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Notification,
)
from chalicelib.domain.slack.bindings import workspace_issuer
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.requests import ChannelWebhook, build_slack_message

RESPONSE_SECONDS = 3
"""The timeout for posting a command's response, for which the person who typed the command
waits."""
CHANNEL_SECONDS = 5
"""The timeout for each step of posting a notification, for which no one waits."""
# The form of Slack's error codes, such as `channel_is_archived` ("Sending messages using incoming
# webhooks", docs.slack.dev).
_ERROR_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)
_MAX_ERROR_BYTES = 99  # enough for an error code
# After these errors, Slack has certainly not received the message.
_NOT_SENT_ERRORS = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


def is_slack_address(slack_origin: str, url: str) -> bool:
    """Return whether the URL, which may be forged, is one of Slack's addresses for messages.
    `slack_origin` is the scheme and host of these addresses."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # Compare the text as it is, and allow no character that another parser may read differently.
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    has_origin = f"{parts.scheme}://{parts.netloc}" == slack_origin
    return is_plain and has_origin and parts.path.startswith("/")


def post_message(url: str, message: Message, *, timeout: float) -> Any:
    """Post the message to this URL of Slack's, and return the response, even if its status is an
    error. Raise OSError or HTTPException if no response arrives in time."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "daypass"}
    request = Request(url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310
    return send_without_redirects(request, timeout)


class HttpSlackResponder:
    """The SlackResponder port: posts a command's response to the URL that Slack sent with the
    command."""

    def __init__(self, slack_origin: str) -> None:
        self._slack_origin = slack_origin

    def respond(self, response_url: str, message: Message) -> bool:
        """Post the message to the response URL, and return whether Slack accepted it."""
        if not is_slack_address(self._slack_origin, response_url):
            return False
        try:
            with post_message(response_url, message, timeout=RESPONSE_SECONDS) as response:
                status: int = response.status
                return 200 <= status < 300
        except (OSError, http.client.HTTPException):
            return False


class Webhook:
    """A Channel that posts to the webhooks of Slack channels, but only if their URLs have the
    origin `slack_origin`."""

    kind = ChannelKind.SLACK
    alerts_only = False
    for_client = False

    def __init__(self, channel: ChannelWebhook, slack_origin: str) -> None:
        self.issuer = workspace_issuer(channel.team)
        self._channel, self._slack_origin = channel, slack_origin

    def send(
        self,
        notification: Notification,
        *,
        user: str,
        may_have_arrived: bool,
        mentions: Sequence[str] = (),
    ) -> Delivery:
        """Post the notification to its engagement's channel or the general one, and return whether
        Slack accepted it.

        If Slack refuses it for the engagement's channel, which may be archived, post it to the
        general one. The message mentions `user` and `mentions`. `may_have_arrived` says that an
        earlier attempt may have delivered it.
        """
        message = build_slack_message(
            notification, user=user, may_have_arrived=may_have_arrived, mentions=mentions
        )
        delivery = Delivery(DeliveryStatus.REFUSED, "the channel has no webhook")
        for url in self._channel.list_urls(notification.engagement):
            delivery = self._post(url, message)
            if delivery.status is not DeliveryStatus.REFUSED:
                break
        return delivery

    def _post(self, url: str, message: Message) -> Delivery:
        """Post the message to this webhook, and return whether Slack accepted it."""
        if not is_slack_address(self._slack_origin, url):
            return Delivery(DeliveryStatus.NOT_DELIVERED, "the webhook's address is not Slack's")
        try:
            with post_message(url, message, timeout=CHANNEL_SECONDS) as response:
                retry_after = response.headers.get("Retry-After")
                error_text = response.read1(_MAX_ERROR_BYTES)
                return _delivery_from_response(response.status, retry_after, error_text)
        except URLError as error:
            if isinstance(error.reason, _NOT_SENT_ERRORS):
                return Delivery(DeliveryStatus.NOT_DELIVERED, "Slack cannot be reached")
        except (OSError, http.client.HTTPException):
            pass
        # After any other error, Slack may have received the message.
        return Delivery(DeliveryStatus.UNKNOWN, "no answer")


def _delivery_from_response(status: int, retry_after: str | None, body: bytes) -> Delivery:
    """Return whether Slack delivered the message, according to this response. With the status 429,
    include the seconds to wait that Slack asks for."""
    if 200 <= status < 300:
        return Delivery(DeliveryStatus.DELIVERED)
    error = body.decode("ascii", "replace").strip()
    status_text = f"status {status} {error}" if _ERROR_CODE.fullmatch(error) else f"status {status}"
    if status == 429:
        wait_seconds = re.fullmatch(r"[0-9]{1,6}", retry_after or "", re.ASCII)
        return Delivery(
            DeliveryStatus.NOT_DELIVERED, status_text, int(wait_seconds[0]) if wait_seconds else 0
        )
    is_refused = 400 <= status < 500
    return Delivery(
        DeliveryStatus.REFUSED if is_refused else DeliveryStatus.NOT_DELIVERED, status_text
    )
