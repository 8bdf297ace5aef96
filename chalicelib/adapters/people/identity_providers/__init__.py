"""The Providers port, by OpenID Connect."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.domain.errors import Unauthenticated, Unavailable
from chalicelib.domain.people.identities import IdentityToken, Provider
from chalicelib.domain.reasons import Reason

if TYPE_CHECKING:
    from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier


_TURNED_OFF = (
    "Daypass cannot read its list of identity providers, so nobody can sign in with one. Use an API"
    " token, and tell the operator, whose alarm names the setting."
)


class OidcProviders:
    """The identity providers that a deployment names, perhaps none. Turned off, it accepts
    nobody."""

    def __init__(self, providers: Sequence[Provider], *, turned_off: bool = False) -> None:
        self._providers = providers
        self._turned_off = turned_off

    def verify(self, text: str, now: datetime) -> IdentityToken:
        if self._turned_off:
            raise Unavailable(Reason.SETTING_INVALID, _TURNED_OFF)
        if not self._providers:
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        return self._words.verify(text, now)

    @cached_property
    def _words(self) -> TokenVerifier:
        # With it comes cryptography: nobody waits for that who comes with a token of ours.
        from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier

        return TokenVerifier(self._providers)
