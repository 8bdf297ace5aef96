"""Sign people in at their identity provider: OpenID Connect's authorization code flow with PKCE.

Daypass is a public client: it has no client secret that could leak. PKCE (RFC 7636) ties the code
to the browser that began the sign-in.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.adapters.people.identity_providers.keys import (
    FRESH_FOR,
    Fetch,
    NotFetched,
    fetch,
    fetch_configuration,
)
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.people.identities import Provider, ProviderSignIn
from chalicelib.domain.reasons import Reason

_ASK_TO_SIGN_IN_AGAIN = {"prompt": "login", "max_age": "0"}
"""The provider asks for a sign-in although the browser is signed in there, and says in its token
when it was. Otherwise anyone with an unattended browser or an unlocked phone could sign in anew."""


class CodeFlow:
    """The sign-in at these providers. It caches each provider's published addresses."""

    def __init__(self, providers: Iterable[Provider], fetch: Fetch = fetch) -> None:
        self._clients = {each.issuer: each.web_client for each in providers if each.web_client}
        self._fetch = fetch
        self._configurations: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def build_url(self, sign_in: ProviderSignIn, redirect_uri: str) -> str:
        """Return the URL of the provider's sign-in page. Raise Unavailable if the provider does not
        answer."""
        address = self._find_address(sign_in.issuer, "authorization_endpoint")
        query = {
            "response_type": "code",
            "client_id": self._clients[sign_in.issuer],
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            **_ASK_TO_SIGN_IN_AGAIN,
            "code_challenge": sign_in.challenge,
            "code_challenge_method": "S256",
        }
        separator = "&" if urlsplit(address).query else "?"
        return f"{address}{separator}{urlencode(query)}"

    def redeem(self, sign_in: ProviderSignIn, redirect_uri: str, code: str) -> str:
        """Exchange the code for an identity token, and return its text, not yet verified.

        Raise AccessDenied if the provider refuses the code, and Unavailable if the provider does
        not answer.
        """
        form = {
            "grant_type": "authorization_code",
            "client_id": self._clients[sign_in.issuer],
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": sign_in.verifier,
        }
        address = self._find_address(sign_in.issuer, "token_endpoint")
        try:
            answer = self._fetch(address, form)
        except NotFetched as error:
            if 400 <= error.status < 500:
                raise AccessDenied(Reason.WEB_SIGN_IN_FAILED) from error
            raise Unavailable(Reason.PROVIDER_UNREACHABLE) from error
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
        return token

    def _find_address(self, issuer: str, name: str) -> str:
        """Return an address in the provider's configuration. Raise Unavailable if it cannot be
        fetched, or the address is not https."""
        fetched_at, configuration = self._configurations.get(issuer, (0.0, {}))
        if not configuration or time.monotonic() > fetched_at + FRESH_FOR.total_seconds():
            try:
                configuration = fetch_configuration(issuer, self._fetch)
            except NotFetched as error:
                raise Unavailable(Reason.PROVIDER_UNREACHABLE) from error
            self._configurations[issuer] = time.monotonic(), configuration
        address = configuration.get(name)
        if not isinstance(address, str) or not address.startswith("https://"):
            raise Unavailable(Reason.PROVIDER_UNREACHABLE)
        return address
