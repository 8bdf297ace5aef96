"""Ask an identity provider for what it publishes: over TLS, no redirects, in little time."""

from __future__ import annotations

import json
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, Request, build_opener

from chalicelib.adapters.no_redirects import NoRedirects

SECONDS = 4
"""For each answer, however it trickles in."""
LARGEST = 256 * 1024  # bytes; Microsoft's keys, the longest list known to us, take some 15 KiB


class NotFetched(Exception):
    """The provider did not answer as it should. The text says how, and holds no secret."""


def fetch(url: str, trusting: ssl.SSLContext | None = None) -> dict[str, Any]:
    """The JSON object at this address. NotFetched if there is none, or not in time.

    `trusting`: the certificates that are believed; those that Python believes unless given.
    """
    if not url.startswith("https://"):
        raise NotFetched("an address that is not https")
    pool = ThreadPoolExecutor(1, thread_name_prefix="provider")
    try:
        return pool.submit(_fetch, url, trusting).result(timeout=SECONDS)
    except (OSError, ValueError) as error:  # a TimeoutError is an OSError, and no JSON a ValueError
        raise NotFetched(type(error).__name__) from error
    finally:
        pool.shutdown(wait=False)  # whoever trickles keeps a thread, and nobody else


def _fetch(url: str, trusting: ssl.SSLContext | None) -> dict[str, Any]:
    until = time.monotonic() + SECONDS
    asked = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - https, see `fetch`
    opener = build_opener(NoRedirects, HTTPSHandler(context=trusting))
    try:
        answered = opener.open(asked, timeout=SECONDS)
    except HTTPError as error:
        error.close()
        raise NotFetched(f"an answer with the status {error.code}") from None
    with answered as answer:
        read = b""
        while part := answer.read1(65536):
            read += part
            if len(read) > LARGEST or time.monotonic() > until:
                raise NotFetched("an answer that is too long")
    told = json.loads(read)
    if not isinstance(told, dict):
        raise NotFetched("an answer that is no JSON object")
    return told
