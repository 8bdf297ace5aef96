"""The keys that an identity provider signs with: fetched when they are needed, over TLS, without
redirects and in little time, and kept a while."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, Request, build_opener

from chalicelib.adapters.no_redirects import NoRedirects

FRESH = timedelta(hours=1)
"""A key that the provider has withdrawn is good for this long at most, while it can be reached."""
STALE = timedelta(hours=6)
"""And for this long if it cannot: a provider's outage is nobody's lock-out at once."""
PAUSE = timedelta(seconds=30)
"""Between two times that a provider is asked: strangers' tokens with made-up keys make no load."""

SECONDS = 4
"""For each answer, however it trickles in."""
LARGEST = 256 * 1024  # bytes; Microsoft's keys, the longest list known to us, take some 15 KiB

Jwk = Mapping[str, Any]
Fetch = Callable[[str], Mapping[str, Any]]


class NotFetched(Exception):
    """The provider did not answer as it should. The text says how, and holds no secret."""


class Keys:
    """The keys of one issuer, by their ids (`kid`)."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._keys: Mapping[str, Jwk] = {}
        self._fetched_at: datetime | None = None
        self._asked_at: datetime | None = None
        self._failure = NotFetched("it was not asked yet")
        self._one_at_a_time = Lock()

    def find(self, kid: str, now: datetime) -> Jwk | None:
        """The key of this id, or None if the provider has none. NotFetched if it was not reached,
        and what is known of its keys is too old."""
        with self._one_at_a_time:
            is_fresh = self._fetched_at is not None and now < self._fetched_at + FRESH
            may_ask = self._asked_at is None or now >= self._asked_at + PAUSE
            if may_ask and not (is_fresh and kid in self._keys):
                self._ask(now)
            if self._fetched_at is None or now >= self._fetched_at + STALE:
                raise self._failure
            return self._keys.get(kid)

    def _ask(self, now: datetime) -> None:
        self._asked_at = now
        try:
            self._keys = self._published()
        except NotFetched as error:
            self._failure = error
        else:
            self._fetched_at = now

    def _published(self) -> dict[str, Jwk]:
        """What the issuer lists, if it calls itself what we do (OpenID Connect Discovery 1.0)."""
        about = self._fetch(f"{self._issuer.removesuffix('/')}/.well-known/openid-configuration")
        place = about.get("jwks_uri")
        if about.get("issuer") != self._issuer or not isinstance(place, str):
            raise NotFetched("a configuration that is another issuer's")
        listed = self._fetch(place).get("keys")
        if not isinstance(listed, list):
            raise NotFetched("a list of keys that is none")
        return {key["kid"]: key for key in listed if _is_for_signatures(key)}


def _is_for_signatures(key: Any) -> bool:
    """Whether it is a public key that says so. A shared secret never is, whatever it says."""
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") in ("RSA", "EC", "OKP")
        and key.get("use", "sig") == "sig"
    )


def fetch(url: str, trusting: ssl.SSLContext | None = None) -> dict[str, Any]:
    """Return the JSON object at this address. NotFetched if there is none, or not in time."""
    if not url.startswith("https://"):
        raise NotFetched("an address that is not https")
    pool = ThreadPoolExecutor(1, thread_name_prefix="provider")
    try:
        return pool.submit(_fetch, url, trusting).result(timeout=SECONDS)
    except (OSError, ValueError) as error:  # a TimeoutError is an OSError, and no JSON a ValueError
        raise NotFetched(type(error).__name__) from error
    finally:
        pool.shutdown(wait=False)  # a slow provider holds its own thread, and no request


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
