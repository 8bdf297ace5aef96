"""Fetch an identity provider's signing keys, and cache them. The requests use TLS, follow no
redirects and have a time limit."""

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
"""How long Daypass uses the cached keys before it fetches them again. For that time it still
accepts a key that the provider has removed."""
STALE = timedelta(hours=6)
"""How long Daypass accepts cached keys while the provider cannot be reached, so that an outage does
not lock everyone out at once."""
PAUSE = timedelta(seconds=30)
"""The shortest time between two requests to a provider, so that tokens with made-up keys cause no
load."""

SECONDS = 4
"""The time limit for a response, however slowly it arrives."""
LARGEST = 256 * 1024  # bytes; Microsoft's list of keys is about 15 KiB

Jwk = Mapping[str, Any]
Fetch = Callable[[str], Mapping[str, Any]]


class NotFetched(Exception):
    """The provider's response was missing or invalid. The text says why, without secrets."""


class Keys:
    """The cached signing keys of one issuer, by key ID (`kid`)."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._keys: Mapping[str, Jwk] = {}
        self._fetched_at: datetime | None = None
        self._requested_at: datetime | None = None
        self._failure = NotFetched("the keys were not requested yet")
        self._lock = Lock()

    def find(self, kid: str, now: datetime) -> Jwk | None:
        """Return the key with this ID, or None if the provider has no such key. Fetch the keys
        first if they are older than FRESH or lack the ID. Raise NotFetched if the provider cannot
        be reached and the cached keys are older than STALE."""
        with self._lock:
            is_fresh = self._fetched_at is not None and now < self._fetched_at + FRESH
            may_request = self._requested_at is None or now >= self._requested_at + PAUSE
            if may_request and not (is_fresh and kid in self._keys):
                self._refresh(now)
            if self._fetched_at is None or now >= self._fetched_at + STALE:
                raise self._failure
            return self._keys.get(kid)

    def _refresh(self, now: datetime) -> None:
        """Fetch the keys. If that fails, keep the cached ones and the error."""
        self._requested_at = now
        try:
            self._keys = self._fetch_keys()
        except NotFetched as error:
            self._failure = error
        else:
            self._fetched_at = now

    def _fetch_keys(self) -> dict[str, Jwk]:
        """Fetch and return the issuer's published keys. Raise NotFetched if the fetched
        configuration is for another issuer, as OpenID Connect Discovery 1.0 requires."""
        configuration = self._fetch(
            f"{self._issuer.removesuffix('/')}/.well-known/openid-configuration"
        )
        keys_url = configuration.get("jwks_uri")
        if configuration.get("issuer") != self._issuer or not isinstance(keys_url, str):
            raise NotFetched("a configuration of another issuer")
        published_keys = self._fetch(keys_url).get("keys")
        if not isinstance(published_keys, list):
            raise NotFetched("an invalid list of keys")
        return {key["kid"]: key for key in published_keys if _is_signing_key(key)}


def _is_signing_key(key: Any) -> bool:
    """Return whether this entry of a key list is a public signing key. A shared secret is not."""
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") in ("RSA", "EC", "OKP")
        and key.get("use", "sig") == "sig"
    )


def fetch(url: str, trusting: ssl.SSLContext | None = None) -> dict[str, Any]:
    """Return the JSON object at this URL. Raise NotFetched if there is none or the time limit
    passes."""
    if not url.startswith("https://"):
        raise NotFetched("an address that is not https")
    pool = ThreadPoolExecutor(1, thread_name_prefix="provider")
    try:
        return pool.submit(_fetch, url, trusting).result(timeout=SECONDS)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError, invalid JSON a ValueError
        raise NotFetched(type(error).__name__) from error
    finally:
        pool.shutdown(wait=False)  # a slow provider must not delay the request


def _fetch(url: str, trusting: ssl.SSLContext | None) -> dict[str, Any]:
    deadline = time.monotonic() + SECONDS
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - https, see `fetch`
    opener = build_opener(NoRedirects, HTTPSHandler(context=trusting))
    try:
        response = opener.open(request, timeout=SECONDS)
    except HTTPError as error:
        error.close()
        raise NotFetched(f"a response with the status {error.code}") from None
    with response:
        content = b""
        while part := response.read1(65536):
            content += part
            if len(content) > LARGEST or time.monotonic() > deadline:
                raise NotFetched("a response that is too long or too slow")
    document = json.loads(content)
    if not isinstance(document, dict):
        raise NotFetched("a response that is not a JSON object")
    return document
