"""Post messages to Slack: to the address of Slack's that each is for, and to no other."""

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

from chalicelib.adapters.no_redirects import answered
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.slack.bindings import issuer
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.slack.notification import ChannelWebhook, for_slack

SECONDS = 3
"""For Slack's answer. Whoever typed a command is waiting, and so may a function of AWS Lambda."""
CHANNEL_SECONDS = 5
"""For each step of the answer to a notification, for which nobody waits."""
# "Sending messages using incoming webhooks" (docs.slack.dev): such as `channel_is_archived`.
_word = re.compile(r"[a-z_]{1,40}", re.ASCII)
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


def is_slack_hook(hooks: str, url: str) -> bool:
    """Whether this is an address of Slack's for messages, whoever says that it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # As they are written, so that no two readers of the address can take it for different ones.
    whole = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    return whole and f"{parts.scheme}://{parts.netloc}" == hooks and parts.path.startswith("/")


def send(url: str, message: Message, *, seconds: float) -> Any:
    """Return what is answered to a message, whatever its status. The address has to be Slack's.
    OSError or HTTPException if nothing is answered in that time."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "daypass"}
    asked = Request(url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310
    return answered(asked, seconds)


class HooksOfSlack:
    """The Slack port."""

    def __init__(self, hooks: str) -> None:
        self._hooks = hooks

    def answer(self, response_url: str, message: Message) -> bool:
        if not is_slack_hook(self._hooks, response_url):
            return False
        try:
            with send(response_url, message, seconds=SECONDS) as answered:
                status: int = answered.status
                return 200 <= status < 300
        except (OSError, http.client.HTTPException):
            return False


class Webhook:
    """The Channel port by a webhook of Slack's at `hooks`: nothing is sent anywhere else."""

    via = ChannelKind.SLACK
    alerts_only = False

    def __init__(self, channel: ChannelWebhook, hooks: str) -> None:
        self.issuer = issuer(channel.team)
        self._url, self._hooks = channel.url, hooks

    def send(
        self, notification: Notification, *, user: str, again: bool, leads: Sequence[str] = ()
    ) -> Delivery:
        if not is_slack_hook(self._hooks, self._url):
            return Delivery(DeliveryStatus.NOT_TAKEN, "the webhook's address is not Slack's")
        try:
            told = for_slack(notification, user=user, again=again, leads=leads)
            with send(self._url, told, seconds=CHANNEL_SECONDS) as answer:
                return _meaning(answer.status, answer.headers.get("Retry-After"), answer.read1(99))
        except URLError as error:
            if isinstance(error.reason, _NOT_SENT):
                return Delivery(DeliveryStatus.NOT_TAKEN, "Slack cannot be reached")
        except (OSError, http.client.HTTPException):
            pass
        return Delivery(DeliveryStatus.UNKNOWN, "no answer")


def _meaning(status: int, retry_after: str | None, body: bytes) -> Delivery:
    if 200 <= status < 300:
        return Delivery(DeliveryStatus.TAKEN)
    word = body.decode("ascii", "replace").strip()
    why = f"status {status} {word}" if _word.fullmatch(word) else f"status {status}"
    if status == 429:
        seconds = re.fullmatch(r"[0-9]{1,6}", retry_after or "", re.ASCII)
        return Delivery(DeliveryStatus.NOT_TAKEN, why, int(seconds[0]) if seconds else 0)
    is_refused = 400 <= status < 500
    return Delivery(DeliveryStatus.REFUSED if is_refused else DeliveryStatus.NOT_TAKEN, why)
