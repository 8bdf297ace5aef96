"""Post a message to Slack: to the address of Slack's that it is for, and to no other."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from chalicelib.adapters.no_redirects import NoRedirects
from chalicelib.domain.slack.messages import Message

SECONDS = 3
"""For Slack's answer. Whoever typed a command is waiting, and so may a function of AWS Lambda."""


def is_slacks(hooks: str, url: str) -> bool:
    """Whether this is an address of Slack's for messages, whoever says that it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # As they are written, so that no two readers of the address can take it for different ones.
    whole = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    return whole and f"{parts.scheme}://{parts.netloc}" == hooks and parts.path.startswith("/")


class HooksOfSlack:
    """The Slack port."""

    def __init__(self, hooks: str) -> None:
        self._hooks = hooks

    def answer(self, response_url: str, message: Message) -> bool:
        if not is_slacks(self._hooks, response_url):
            return False
        try:
            with send(response_url, message, seconds=SECONDS) as answered:
                status: int = answered.status
                return 200 <= status < 300
        except (OSError, http.client.HTTPException):
            return False


def send(url: str, message: Message, *, seconds: float) -> Any:
    """What is answered to a message, whatever its status. The address has to be Slack's: see above.
    OSError, HTTPException where nothing is answered in that time."""
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "daypass"}
    asked = Request(url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310
    try:
        return build_opener(ProxyHandler({}), NoRedirects).open(asked, timeout=seconds)
    except HTTPError as refused:
        return refused
