"""Call the broker's API over HTTPS, with the stored token."""

from __future__ import annotations

import http.client
import json
import platform
import re
import time
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from daypass import __version__
from daypass.cached import is_job
from daypass.connection import LOOPBACK, exchange
from daypass.errors import (
    NotLoggedIn,
    Refused,
    UnexpectedAnswer,
    Unreachable,
    UsageProblem,
)
from daypass.terminal.output import printable_lines

_ADDRESS = re.compile(r"https?://[a-z0-9.:\[\]-]+(/[a-z0-9._~/-]*)?", re.IGNORECASE)
"""Nothing that a shell or ~/.aws/config could read as more than an address."""
MOST_PER_PAGE = 200
"""The most items that Daypass returns in one page."""
MOST_PAGES = 1000
"""The most pages of a list. A firm with 10,000 engagements has 50 of them."""
LONGEST_WAIT = 32
"""Seconds before the last of the requests for a page that Daypass does not answer. The waits are 1,
2, 4, 8, 16 and 32 seconds: about a minute together."""


def check_address(address: str) -> str:
    """Return the broker's address without a slash at its end.

    Raise UsageProblem for an address that is not https. Without encryption, only this machine
    itself is allowed: the token would be readable on the way.
    """
    address = address.strip()
    try:
        parts = urlsplit(address if _ADDRESS.fullmatch(address) else "")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise UsageProblem(
            f"{address!r} is not the address of a Daypass API. Copy it again from your lead's"
            " message. It looks like https://….amazonaws.com/api."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise UsageProblem(
            "The address must begin with https://, so that your token travels encrypted."
        )
    netloc = f"[{host}]" if ":" in host else host
    if port is not None:
        netloc += f":{port}"
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


class Broker:
    """A Daypass API at one address. It follows no redirect, so the token goes to no other host."""

    last_address: ClassVar[str] = ""
    """The broker whose answer this process worked with last."""

    def __init__(self, address: str, token: str = "", timeout: float | None = None) -> None:
        if any(not 32 < ord(character) < 127 for character in token):
            raise NotLoggedIn("The stored token has invalid characters. Type: daypass login")
        self.address, self._token, self._timeout = address, token, timeout
        self.clock_offset: float | None = None
        """Seconds that the broker's clock is ahead of this machine's, by the last answer."""

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET. Leave out empty fields of the query. A name that is a word of
        Python is written with an underscore at its end, which is not sent."""
        fields = {
            name.rstrip("_"): value for name, value in query.items() if value not in ("", None)
        }
        return self.call("GET", f"{path}?{urlencode(fields)}" if fields else path)

    def find(self, path: str, missing: str) -> dict[str, Any] | None:
        """Return the JSON of a GET, or None if Daypass refuses it for the reason `missing`."""
        try:
            return dict(self.get(path))
        except Refused as error:
            if error.reason != missing:
                raise
            return None

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.call("POST", path, {} if body is None else body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self.call("PATCH", path, body)

    def list_items(
        self, path: str, name: str, *, most_pages: int = MOST_PAGES, **query: Any
    ) -> Iterator[Any]:
        """Yield the items of a list. Read each page when its first item is needed."""
        for page in self.read_pages(path, name, most_pages=most_pages, **query):
            yield from page[name]

    def read_pages(
        self, path: str, name: str, *, most_pages: int = MOST_PAGES, **query: Any
    ) -> Iterator[Any]:
        """Yield the pages of a list, as they are needed. `name` is the field with a page's items.

        Raise UnexpectedAnswer for a list of more than `most_pages`, which no Daypass has, and for a
        page that repeats the cursor.
        """
        query.setdefault("limit", MOST_PER_PAGE)
        for _ in range(most_pages):
            page = self.get(path, **query)
            cursor = page.get("cursor")
            if not isinstance(page.get(name), list) or (cursor and cursor == query.get("cursor")):
                raise UnexpectedAnswer(self.address, name)
            yield page
            if not cursor:
                return
            query["cursor"] = cursor
        raise UnexpectedAnswer(self.address, f"a list of more than {most_pages:,} pages")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON of the answer.

        Raise NotLoggedIn for status 401, Refused for another refusal, and Unreachable if no answer
        of a Daypass API came.
        """
        answer, content = self._send(method, path, body)
        document = _parse(content)
        if 200 <= answer.status < 300 and isinstance(document, dict):
            Broker.last_address = self.address  # `report_problems` names it
            return document
        raise self._problem(answer.status, document)

    def fetch(self, path: str, media: str) -> bytes:
        """Return the file of this media type. Raise the errors of `call`, and UnexpectedAnswer for
        another type."""
        answer, content = self._send("GET", path, None, accept=media)
        if answer.status != 200:
            raise self._problem(answer.status, _parse(content))
        if not (answer.getheader("Content-Type") or "").startswith(media):
            raise UnexpectedAnswer(self.address, "a file")
        return content

    def read_texts(self, path: str, media: str, **query: Any) -> Iterator[bytes]:
        """Yield the pages of a list as the bytes that Daypass sends, as they are needed. The cursor
        of the next page is in the header `Link`.

        If Daypass does not answer the request for a further page, send it again for a minute. Raise
        UnexpectedAnswer for a page of another type, and for one that repeats earlier entries.
        """
        cursor, wait = "", 0
        fields = {name: value for name, value in query.items() if value}
        while True:
            sent = {**fields, "cursor": cursor} if cursor else fields
            try:
                answer, content = self._send("GET", f"{path}?{urlencode(sent)}", None)
                if answer.status != 200:
                    raise self._problem(answer.status, _parse(content))
            except Unreachable:
                if not cursor or wait >= LONGEST_WAIT:
                    raise
                wait = wait * 2 or 1
                time.sleep(wait)
                continue
            link = answer.getheader("Link") or ""
            following = dict(parse_qsl(link.partition(">")[0].partition("?")[2])).get("cursor", "")
            # Each cursor is a time and an ID, and later pages have earlier entries. So each cursor
            # sorts before the previous one, and the first before "~".
            if not (answer.getheader("Content-Type") or "").startswith(media) or (
                link and not "" < following < (cursor or "~")
            ):
                raise UnexpectedAnswer(self.address, "the next page")
            yield content
            if not link:
                return
            cursor, wait = following, 0

    def _problem(self, status: int, document: Any) -> Refused | Unreachable:
        """Return the error for an answer that describes a problem, or that is not from Daypass."""
        if isinstance(document, dict) and {"reason", "detail"} <= document.keys():
            return _refusal(status, document)
        if 300 <= status < 400:
            return Unreachable(
                f"{self.address} redirects to another address, which Daypass does not follow. Ask"
                " your lead for the right address, and type: daypass login ADDRESS"
            )
        if status in (429, 502, 503, 504):
            return Unreachable(
                f"Daypass is busy or not running (HTTP {status}). Try again in a moment."
            )
        return Unreachable(
            f"The response from {self.address} (HTTP {status}) does not look like Daypass's."
            " Check the address. A proxy or a sign-in page of your network may have responded"
            " instead."
        )

    def _send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        *,
        accept: str = "application/json",
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Send a request with the token, and return the answer, whatever its status is, with its
        body. Raise Unreachable if no answer came."""
        headers = {"User-Agent": _USER_AGENT, "Accept": accept}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body)
        answer, received = exchange(method, self.address + path, content, headers, self._timeout)
        self._note_clock(answer.getheader("Date"))
        return answer, received

    def _note_clock(self, date: str | None) -> None:
        """Compare this machine's clock with the `Date` of an answer."""
        if date is None:
            return
        from email.utils import mktime_tz, parsedate_tz

        try:
            # A date without a zone counts as UTC here.
            self.clock_offset = mktime_tz(parsedate_tz(date)) - time.time()  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            self.clock_offset = None


_ARGUMENTS = {
    "account_id": "account",
    "agents": "--agents",
    "answer_within": "--answer-within",
    "client": "--client",
    "duration": "--for",
    "email": "--email",
    "ends_at": "--until",
    "expires_at": "--until",
    "first_approver": "--first",
    "id": "name",
    "issuer": "issuer",
    "kind": "--kind",
    "member": "member",
    "members": "--member",
    "longest": "--longest",
    "name": "--name",
    "others_after": "--others-after",
    "people": "--people",
    "permissions": "--role",
    "reason": "--reason",
    "role": "role",
    "roles": "role",
    "starts_at": "--from",
    "subject": "subject",
    "ticket": "--ticket",
    "ticket_pattern": "--ticket",
    "ticket_url": "--ticket-url",
}
"""The arguments that fill a request's fields, for problems that a field causes."""
_REFUSED_BY_AWS = ("role-refused-daypass", "aws-rejected")
_USER_AGENT = f"daypass/{__version__} ({platform.system() or 'unknown'})"


def segment(text: str) -> str:
    """Return text as one segment of a route's path."""
    return quote(text, safe="")


def _parse(content: bytes) -> Any:
    """Return the JSON of an answer without control characters, or None if it is not JSON."""
    try:
        return _make_printable(json.loads(content))
    except (ValueError, RecursionError):
        return None


def _make_printable(value: Any) -> Any:
    """Return the JSON without control characters, so that no answer can steer a terminal."""
    if isinstance(value, str):
        return printable_lines(value)
    if isinstance(value, list):
        return [_make_printable(item) for item in value]
    if isinstance(value, dict):
        return {printable_lines(name): _make_printable(item) for name, item in value.items()}
    return value


def _refusal(status: int, problem: dict[str, Any]) -> Refused | Unreachable:
    """Return the error for a problem that the API describes. It is Unreachable after a failure of
    the API or too many requests, which say nothing about the caller's access. Otherwise it is
    Refused."""
    text = str(problem["detail"])
    if problem.get("field") in _ARGUMENTS:
        text = f"{_ARGUMENTS[problem['field']]}: {text}"
    if status == 429 or (status >= 500 and problem["reason"] not in _REFUSED_BY_AWS):
        return Unreachable(f"{text} (request {problem.get('request_id', 'unknown')})")
    kind = NotLoggedIn if status == 401 else Refused
    if status == 401 and is_job():
        from daypass.machine.ci import explain_refusal

        text = explain_refusal(str(problem["reason"]), text)
    return kind(text, str(problem["reason"]), str(problem.get("request_id", "")), status)
