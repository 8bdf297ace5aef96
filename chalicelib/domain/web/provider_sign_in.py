"""Derive the values of a sign-in at an identity provider from one secret of the browser's cookie.

Nothing is stored at Daypass. The request that brings a code back must also have the state,
and the browser must still have the cookie. So no one can sign a browser in as someone else.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

from chalicelib.domain.values import Secret, Value

LIFE = timedelta(minutes=10)
"""How long a person has at their provider's sign-in page."""


class ProviderSignIn(Value, frozen=True):
    """A sign-in that has begun at this issuer, by a browser whose cookie has this text."""

    issuer: str
    cookie: Secret[str]

    @property
    def state(self) -> str:
        """Return the value with which the provider sends the browser back. It names the issuer, so
        that no provider can answer for another."""
        return self._derive("state")

    @property
    def nonce(self) -> str:
        """Return the value that the identity token must contain."""
        return self._derive("nonce")

    @property
    def verifier(self) -> str:
        """Return the secret with which Daypass redeems the code (PKCE, RFC 7636: 43 to 128
        characters)."""
        return self._derive("verifier")

    @property
    def challenge(self) -> str:
        """Return the hash of the verifier, by the method S256."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")

    def _derive(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose} {self.issuer} {self.cookie}".encode()).hexdigest()
