"""Post a message to Slack: to the address of Slack's that it is for, and to no other."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from chalicelib.domain.slack.messages import Message

SECONDS = 3
"""For Slack's answer. Whoever typed a command is waiting, and so may a function of AWS Lambda."""


class NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A message goes to the address that it was for, and to no other."""


def is_slacks(hooks: str, url: str) -> bool:
    """Whether this is an address of Slack's for messages, whoever says that it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # As they are written, so that no two readers of the address can take it for different ones.
    whole = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    return whole and f"{parts.scheme}://{parts.netloc}" == hooks and parts.path.startswith("/")


def post(hooks: str, url: str, message: Message) -> tuple[int, str]:
    """Slack's status and `Retry-After`; 0 for no answer in time. ValueError for what is not
    Slack's address, which is not called."""
    if not is_slacks(hooks, url):
        raise ValueError("not an address of Slack's")
    opener = build_opener(ProxyHandler({}), NoRedirects)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "daypass"}
    asked = Request(url, json.dumps(message).encode(), headers, method="POST")  # noqa: S310
    try:
        try:
            answer = opener.open(asked, timeout=SECONDS)
        except HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, str(answer.headers.get("Retry-After") or "")
    except (OSError, http.client.HTTPException):
        return 0, ""


class HooksOfSlack:
    """The Slack port."""

    def __init__(self, hooks: str) -> None:
        self._hooks = hooks

    def answer(self, response_url: str, message: Message) -> bool:
        if not is_slacks(self._hooks, response_url):
            return False
        return 200 <= post(self._hooks, response_url, message)[0] < 300
