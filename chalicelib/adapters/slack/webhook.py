"""Notices to a channel of Slack's, by its incoming webhook."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Sequence
from urllib.error import URLError

from chalicelib.adapters.slack.posting import is_slacks, send
from chalicelib.domain.slack.secrets import ChannelWebhook
from chalicelib.domain.slack.telling.forms import for_slack
from chalicelib.domain.slack.telling.notified import Answer, Fate, Notice, Via

SECONDS = 5
"""For each step of an answer."""
# "Sending messages using incoming webhooks" (docs.slack.dev): such as `channel_is_archived`.
_word = re.compile(r"[a-z_]{1,40}", re.ASCII)
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


class Webhook:
    """The Outlet port by a webhook of Slack's at `hooks`: nothing is sent anywhere else."""

    via = Via.SLACK
    grave_only = False

    def __init__(self, channel: ChannelWebhook, hooks: str) -> None:
        self.team = channel.team
        self._url = channel.url
        self._hooks = hooks

    def send(self, notice: Notice, *, user: str, again: bool, leads: Sequence[str] = ()) -> Answer:
        if not is_slacks(self._hooks, self._url):
            return Answer(fate=Fate.NOT_TAKEN, why="the webhook's address is not Slack's")
        try:
            told = for_slack(notice, user=user, again=again, leads=leads)
            with send(self._url, told, seconds=SECONDS) as answer:
                return _meaning(answer.status, answer.headers.get("Retry-After"), answer.read1(99))
        except URLError as error:
            if isinstance(error.reason, _NOT_SENT):
                return Answer(fate=Fate.NOT_TAKEN, why="Slack cannot be reached")
        except (OSError, http.client.HTTPException):
            pass
        return Answer(fate=Fate.UNKNOWN, why="no answer")


def _meaning(status: int, retry_after: str | None, body: bytes) -> Answer:
    if 200 <= status < 300:
        return Answer(fate=Fate.TAKEN)
    word = body.decode("ascii", "replace").strip()
    why = f"status {status} {word}" if _word.fullmatch(word) else f"status {status}"
    if status == 429:
        seconds = re.fullmatch(r"[0-9]{1,6}", retry_after or "", re.ASCII)
        return Answer(fate=Fate.NOT_TAKEN, why=why, wait=int(seconds[0]) if seconds else 0)
    return Answer(fate=Fate.REFUSED if 400 <= status < 500 else Fate.NOT_TAKEN, why=why)
