"""Call the broker's API over HTTPS, with the stored token."""

from __future__ import annotations

import http.client
import json
import os
import platform
import re
import socket
import time
from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from daypass import __version__
from daypass.errors import (
    LocalProblem,
    NotLoggedIn,
    Refused,
    UnexpectedAnswer,
    Unreachable,
    UsageProblem,
)

TIMEOUT = 25.0
"""Seconds for one answer. API Gateway answers within 29 s, and the AWS SDK for Go waits a minute
for a credential process."""
LARGEST_ANSWER = 8_000_000
"""Bytes. A Lambda function answers with at most 6 MB ("Lambda quotas", AWS Lambda Developer
Guide)."""
_ADDRESS = re.compile(r"https?://[a-z0-9.:\[\]-]+(/[a-z0-9._~/-]*)?", re.IGNORECASE)
"""Nothing that a shell or ~/.aws/config could read as more than an address."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


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

    def __init__(self, address: str, token: str = "") -> None:
        if any(not 32 < ord(character) < 127 for character in token):
            raise NotLoggedIn(
                "The stored token has characters that no token has. Type: daypass login"
            )
        self.address, self._token = address, token
        self.clock_offset: float | None = None
        """Seconds that the broker's clock is ahead of this machine's, by the last answer."""

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET. Leave out empty fields of the query."""
        fields = {
            name.rstrip("_"): value for name, value in query.items() if value not in ("", None)
        }
        return self.call("GET", f"{path}?{urlencode(fields)}" if fields else path)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.call("POST", path, {} if body is None else body)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self.call("PATCH", path, body)

    def pages(self, path: str, name: str, **query: Any) -> Iterator[Any]:
        """Yield the items of a list, page by page, as they are needed."""
        query.setdefault("limit", 200)
        while True:
            page = self.get(path, **query)
            items, cursor = page.get(name), page.get("cursor")
            if not isinstance(items, list) or (cursor and cursor == query.get("cursor")):
                raise UnexpectedAnswer(self.address, name)
            yield from items
            if not cursor:
                return
            query["cursor"] = cursor

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON of the answer.

        Raise NotLoggedIn for status 401, Refused for another refusal, and Unreachable if no answer
        of a Daypass API came.
        """
        answer, content = self._send(method, path, body)
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            document = None
        if 200 <= answer.status < 300 and isinstance(document, dict):
            Broker.last_address = self.address
            return document
        if isinstance(document, dict) and {"reason", "detail"} <= document.keys():
            raise _refusal(answer.status, document)
        if 300 <= answer.status < 400:
            raise Unreachable(
                f"{self.address} redirects to another address, which Daypass does not follow. Ask"
                " your lead for the right address, and type: daypass login ADDRESS"
            )
        if answer.status in (429, 502, 503, 504):
            raise Unreachable(
                f"Daypass is busy or not running (HTTP {answer.status}). Try again in a moment."
            )
        raise Unreachable(
            f"The server at {self.address} did not answer as Daypass does (HTTP {answer.status})."
            " Check the address. A proxy or a sign-in page of your network may be in between."
        )

    def download(self, path: str) -> bytes:
        """Return the body of a public file."""
        answer, content = self._send("GET", path, None)
        if answer.status != 200:
            raise Unreachable(f"{self.address}{path} is not there (HTTP {answer.status}).")
        return content

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        parts = urlsplit(self.address)
        headers = {"User-Agent": _USER_AGENT, "Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = connect_to(parts.scheme, parts.hostname or "", parts.port, TIMEOUT)
        try:
            connection.request(
                method, parts.path + path, None if body is None else json.dumps(body), headers
            )
            answer = connection.getresponse()
            content = _read_body(answer)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise unreachable(self.address, error) from None
        finally:
            connection.close()
        self._note_clock(answer.getheader("Date"))
        return answer, content

    def _note_clock(self, date: str | None) -> None:
        if date is None:
            return
        from email.utils import mktime_tz, parsedate_tz

        try:
            # A date without a zone counts as UTC here.
            self.clock_offset = mktime_tz(parsedate_tz(date)) - time.time()  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            self.clock_offset = None


_REFUSED_BY_AWS = ("role-refused-daypass", "aws-rejected")
_USER_AGENT = f"daypass/{__version__} ({platform.system() or 'unknown'})"


def segment(text: str) -> str:
    """Return text as one segment of a route's path."""
    return quote(text, safe="")


class _TooLarge(http.client.HTTPException):
    """An answer that no Lambda function can give."""


def _read_body(answer: http.client.HTTPResponse) -> bytes:
    """Return the whole body. Raise TimeoutError if it takes longer than TIMEOUT as a whole, however
    steadily it drips, and HTTPException if it is not whole or too large."""
    deadline, content = time.monotonic() + TIMEOUT, bytearray()
    while True:
        part = answer.read1(65536)
        content += part
        if not part:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
        if len(content) > LARGEST_ANSWER:
            raise _TooLarge
    if answer.length:
        raise http.client.IncompleteRead(bytes(content), answer.length)
    return bytes(content)


def connect_to(
    scheme: str, host: str, port: int | None, timeout: float
) -> http.client.HTTPConnection:
    """Return a connection, through the proxy that the environment names, if any."""
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=timeout)
    import ssl

    bundle = os.environ.get("AWS_CA_BUNDLE") or None
    try:
        context = ssl.create_default_context(cafile=bundle)
    except OSError as error:  # an SSLError is one, too
        raise LocalProblem(
            f"AWS_CA_BUNDLE is {bundle}, which holds no certificates"
            f" ({error.strerror or 'unreadable'}). Correct or unset it."
        ) from None
    proxy = _https_proxy(host)
    if not proxy:
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        raise LocalProblem("HTTPS_PROXY must be an http:// address, such as http://proxy:3128.")
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port or 3128, timeout=timeout, context=context
    )
    tunnel_headers = {}
    if parts.username is not None:
        from base64 import b64encode
        from urllib.parse import unquote

        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        tunnel_headers["Proxy-Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    connection.set_tunnel(host, port or 443, tunnel_headers)
    return connection


def _https_proxy(host: str) -> str:
    if not (os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")):
        return ""
    from urllib.request import getproxies, proxy_bypass

    return "" if proxy_bypass(host) else getproxies().get("https", "")


def _refusal(status: int, problem: dict[str, Any]) -> Refused | Unreachable:
    """Return the error for a problem that the API describes. A failure of its own or of AWS, and
    too many requests, say nothing about the caller's access."""
    text = str(problem["detail"])
    if problem.get("field"):
        text = f"{problem['field']}: {text}"
    if status == 429 or (status >= 500 and problem["reason"] not in _REFUSED_BY_AWS):
        return Unreachable(f"{text} (request {problem.get('request_id', 'unknown')})")
    kind = NotLoggedIn if status == 401 else Refused
    return kind(text, str(problem["reason"]), str(problem.get("request_id", "")), status)


def unreachable(address: str, error: Exception) -> Unreachable:
    """Return the error for a failed connection, with the likeliest fix."""
    host = urlsplit(address).hostname
    # The ssl module is loaded only if a connection needed it.
    if type(error).__name__ == "SSLCertVerificationError":
        why = getattr(error, "verify_message", "") or "it is not valid"
        return Unreachable(
            f"{host} has no certificate that this machine trusts: {why}. Check the address. If your"
            " network replaces certificates, set SSL_CERT_FILE to its CA bundle."
        )
    if type(error).__module__ == "ssl":
        return Unreachable(
            f"{host} does not speak TLS as expected ({getattr(error, 'reason', None) or error})."
            " Check the address and its port."
        )
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Unreachable(f"The name {host} is unknown. Check the network and the address.")
    if isinstance(error, (socket.timeout, TimeoutError)):
        return Unreachable(
            f"Daypass at {host} did not answer within {TIMEOUT:.0f} s. Try again; if it lasts, tell"
            " your operator."
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"Nothing answers at {address}. Check the address and the network.")
    if isinstance(error, _TooLarge):
        return Unreachable(f"The answer of {host} is too large for Daypass's. Check the address.")
    if isinstance(error, http.client.HTTPException):
        return Unreachable(
            f"The answer of {host} broke off, or is no HTTP. Try again; if it lasts, check the"
            " address."
        )
    why = getattr(error, "strerror", None) or error
    return Unreachable(f"Cannot reach {host}: {why}. Check the network.")
