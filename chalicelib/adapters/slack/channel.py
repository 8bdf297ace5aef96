"""Notices to a channel of Slack's, by its incoming webhook."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Sequence
from urllib.error import URLError

from chalicelib.adapters.slack.posting import is_slacks, send
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.slack.bindings import issuer
from chalicelib.domain.slack.notification import ChannelWebhook, for_slack

SECONDS = 5
"""For each step of an answer."""
# "Sending messages using incoming webhooks" (docs.slack.dev): such as `channel_is_archived`.
_word = re.compile(r"[a-z_]{1,40}", re.ASCII)
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


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
        if not is_slacks(self._hooks, self._url):
            return Delivery(DeliveryStatus.NOT_TAKEN, "the webhook's address is not Slack's")
        try:
            told = for_slack(notification, user=user, again=again, leads=leads)
            with send(self._url, told, seconds=SECONDS) as answer:
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
