"""Verify identity tokens of OpenID Connect providers (the IdentityProviders port)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chalicelib.domain.errors import Unauthenticated, Unavailable
from chalicelib.domain.people.identities import IdentityToken, Provider, ProviderSignIn
from chalicelib.domain.reasons import Reason

if TYPE_CHECKING:
    from chalicelib.adapters.people.identity_providers.code_flow import CodeFlow
    from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier


_TURNED_OFF_MESSAGE = (
    "Sign-in with an identity provider is off, because its setting is invalid. Use an API token,"
    " and tell the operator: an alarm names the setting."
)


class OidcProviders:
    """The identity providers in the deployment's settings, possibly none. If `is_turned_off`, every
    token is refused."""

    def __init__(self, providers: Sequence[Provider], *, is_turned_off: bool = False) -> None:
        self._providers = providers
        self._is_turned_off = is_turned_off

    def verify(self, text: str, now: datetime) -> IdentityToken:
        """Return the verified identity token, as `IdentityProviders.verify` describes."""
        self._require_valid_setting()
        if not self._providers:
            raise Unauthenticated(Reason.IDENTITY_TOKEN_REFUSED)
        return self._verifier.verify(text, now)

    @property
    def issuers(self) -> tuple[str, ...]:
        """Return the issuers of all providers, as `IdentityProviders` describes."""
        self._require_valid_setting()
        return tuple(each.issuer for each in self._providers)

    @property
    def web_issuers(self) -> tuple[str, ...]:
        """Return the issuers with which members can sign in to the web console."""
        if self._is_turned_off:
            return ()
        return tuple(each.issuer for each in self._providers if each.web_client)

    def build_sign_in_url(self, sign_in: ProviderSignIn, redirect_uri: str) -> str:
        """Return the provider's sign-in URL, as `IdentityProviders` describes."""
        return self._code_flow.build_url(sign_in, redirect_uri)

    def redeem_code(
        self, sign_in: ProviderSignIn, redirect_uri: str, code: str, now: datetime
    ) -> IdentityToken:
        """Exchange a code for a verified identity token, as `IdentityProviders` describes."""
        token = self._code_flow.redeem(sign_in, redirect_uri, code)
        return self._web_verifier.verify(token, now)

    def _require_valid_setting(self) -> None:
        if self._is_turned_off:
            raise Unavailable(Reason.SETTING_INVALID, _TURNED_OFF_MESSAGE)

    @cached_property
    def _code_flow(self) -> CodeFlow:
        from chalicelib.adapters.people.identity_providers.code_flow import CodeFlow

        return CodeFlow(self._providers)

    @cached_property
    def _web_verifier(self) -> TokenVerifier:
        """Return the verifier of tokens for the web console's clients."""
        from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier

        return TokenVerifier(
            replace(each, audience=each.web_client) for each in self._providers if each.web_client
        )

    @cached_property
    def _verifier(self) -> TokenVerifier:
        """Return the verifier of these providers' tokens, which is created when it is first
        used."""
        # This imports cryptography, which callers with a Daypass token must not wait for.
        from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier

        return TokenVerifier(self._providers)
