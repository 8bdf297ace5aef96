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
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, Request, build_opener

from chalicelib.adapters.no_redirects import NoRedirects

FRESH_FOR = timedelta(hours=1)
"""How long Daypass uses cached keys before it fetches the keys again. For that time it still
accepts a key that the provider has removed."""
USABLE_FOR = timedelta(hours=6)
"""How long Daypass accepts cached keys while the provider cannot be reached, so that an outage does
not lock everyone out at once."""
MIN_REQUEST_INTERVAL = timedelta(seconds=30)
"""The shortest time between two requests to a provider, so that tokens with made-up key IDs cause
no load."""

TIMEOUT_SECONDS = 4
"""The time limit for a whole response, however slowly it arrives."""
MAX_RESPONSE_BYTES = 256 * 1024  # Microsoft's list of keys is about 15 KiB

Jwk = Mapping[str, Any]
"""A key in JSON (JSON Web Key)."""
Fetch = Callable[..., Mapping[str, Any]]
"""A function with the parameters and the result of `fetch`."""


class NotFetched(Exception):
    """The provider's response was missing or invalid. The text says why, without secrets. `status`
    is the HTTP status of a refusal, or else 0."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


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
        first if they are older than FRESH_FOR or lack the ID, unless the provider was asked within
        MIN_REQUEST_INTERVAL. Raise NotFetched if no keys were fetched within USABLE_FOR."""
        with self._lock:
            is_fresh = self._fetched_at is not None and now < self._fetched_at + FRESH_FOR
            may_request = (
                self._requested_at is None or now >= self._requested_at + MIN_REQUEST_INTERVAL
            )
            if may_request and not (is_fresh and kid in self._keys):
                self._refresh(now)
            if self._fetched_at is None or now >= self._fetched_at + USABLE_FOR:
                raise self._failure  # set, because the last request must have failed
            return self._keys.get(kid)

    def _refresh(self, now: datetime) -> None:
        """Fetch the keys into the cache. If that fails, keep the cached keys, and keep the error
        for `find`."""
        self._requested_at = now
        try:
            self._keys = self._fetch_keys()
        except NotFetched as error:
            self._failure = error
        else:
            self._fetched_at = now

    def _fetch_keys(self) -> dict[str, Jwk]:
        """Fetch the issuer's published keys, and return its signing keys by key ID. Raise
        NotFetched if the fetched configuration names another issuer (OpenID Connect Discovery
        1.0), or has no list of keys."""
        keys_url = fetch_configuration(self._issuer, self._fetch).get("jwks_uri")
        if not isinstance(keys_url, str):
            raise NotFetched("a configuration without keys")
        published_keys = self._fetch(keys_url).get("keys")
        if not isinstance(published_keys, list):
            raise NotFetched("an invalid list of keys")
        return {key["kid"]: key for key in published_keys if _is_signing_key(key)}


def fetch_configuration(issuer: str, fetch: Fetch) -> Mapping[str, Any]:
    """Return the issuer's published configuration (OpenID Connect Discovery 1.0). Raise NotFetched
    if it names another issuer."""
    configuration = fetch(f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
    if configuration.get("issuer") != issuer:
        raise NotFetched("a configuration of another issuer")
    return configuration


def _is_signing_key(key: Any) -> bool:
    """Return whether an entry of the provider's key list is a public signing key with an ID. A
    shared secret is not one."""
    return (
        isinstance(key, dict)
        and isinstance(key.get("kid"), str)
        and key.get("kty") in ("RSA", "EC", "OKP")
        and key.get("use", "sig") == "sig"
    )


def fetch(
    url: str, form: Mapping[str, str] | None = None, *, tls_context: ssl.SSLContext | None = None
) -> dict[str, Any]:
    """Return the JSON object at this URL, or the response to the form if there is one. Raise
    NotFetched if the response is not a JSON object, is too long, or does not arrive within
    TIMEOUT_SECONDS."""
    if not url.startswith("https://"):
        raise NotFetched("an address that is not https")
    pool = ThreadPoolExecutor(1, thread_name_prefix="provider")
    try:
        return pool.submit(_fetch_now, url, form, tls_context).result(timeout=TIMEOUT_SECONDS)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError, invalid JSON a ValueError
        raise NotFetched(type(error).__name__) from error
    finally:
        # Leave the thread of a slow response behind, so that it does not delay Daypass's request.
        pool.shutdown(wait=False)


def _fetch_now(
    url: str, form: Mapping[str, str] | None, tls_context: ssl.SSLContext | None
) -> dict[str, Any]:
    """Return the JSON object at this URL. Raise NotFetched, OSError or ValueError if that fails."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    data = urlencode(form).encode("ascii") if form is not None else None
    headers = {"Accept": "application/json"}
    request = Request(url, data, headers)  # noqa: S310 - https, see `fetch`
    opener = build_opener(NoRedirects, HTTPSHandler(context=tls_context))
    try:
        response = opener.open(request, timeout=TIMEOUT_SECONDS)
    except HTTPError as error:
        error.close()
        raise NotFetched(f"a response with the status {error.code}", error.code) from None
    with response:
        content = b""
        while part := response.read1(65536):
            content += part
            if len(content) > MAX_RESPONSE_BYTES or time.monotonic() > deadline:
                raise NotFetched("a response that is too long or too slow")
    document = json.loads(content)
    if not isinstance(document, dict):
        raise NotFetched("a response that is not a JSON object")
    return document
