"""The keys that an identity provider signs with: fetched when they are needed, and kept a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from chalicelib.adapters.people.identity_providers.fetching import NotFetched

FRESH = timedelta(hours=1)
"""A key that the provider has withdrawn is good for this long at most, while it can be reached."""
STALE = timedelta(hours=6)
"""And for this long if it cannot: a provider's outage is nobody's lock-out at once."""
PAUSE = timedelta(seconds=30)
"""Between two times that a provider is asked: strangers' tokens with made-up keys make no load."""

Jwk = Mapping[str, Any]
Fetch = Callable[[str], Mapping[str, Any]]


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
