"""Connect to a server over HTTPS, read its whole answer, and explain a failure."""

from __future__ import annotations

import http.client
import os
import socket
import time
from urllib.parse import urlsplit

from daypass.errors import LocalProblem, Unreachable

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 25.0
"""Seconds for one answer. API Gateway answers within 29 s, and the AWS SDK for Go waits a minute
for a credential process."""
LARGEST_ANSWER = 8_000_000
"""Bytes. A Lambda function answers with at most 6 MB ("Lambda quotas", AWS Lambda Developer
Guide)."""


class _TooLarge(http.client.HTTPException):
    """An answer that no Lambda function can give."""


def exchange(
    method: str, url: str, body: str | None, headers: dict[str, str], timeout: float | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send a request. Return the answer with its whole body. Raise Unreachable if none comes."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = _connect_to(parts.scheme, parts.hostname or "", parts.port, timeout or TIMEOUT)
    try:
        connection.request(method, target, body, headers)
        with connection.getresponse() as answer:
            return answer, _read_body(answer)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise _unreachable(f"{parts.scheme}://{parts.netloc}", error) from None
    finally:
        connection.close()


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


def _connect_to(
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


def _unreachable(address: str, error: Exception) -> Unreachable:
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
        return Unreachable(
            f"The host name {host} cannot be resolved. Check the network and the address."
        )
    if isinstance(error, (socket.timeout, TimeoutError)):
        return Unreachable(
            f"Daypass at {host} did not respond within {TIMEOUT:.0f} s. Try again. If this keeps"
            " happening, tell your operator."
        )
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(f"Nothing answers at {address}. Check the address and the network.")
    if isinstance(error, _TooLarge):
        return Unreachable(
            f"The response from {host} is too large to come from Daypass. Check the address."
        )
    if isinstance(error, http.client.HTTPException):
        return Unreachable(
            f"The response from {host} was cut short, or is not HTTP. Try again. If this keeps"
            " happening, check the address."
        )
    why = getattr(error, "strerror", None) or error
    return Unreachable(f"Cannot reach {host}: {why}. Check the network.")
