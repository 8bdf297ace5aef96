"""Sign a member in to the web console at the firm's identity provider."""

from __future__ import annotations

import hmac

from chalicelib.domain.errors import AccessDenied, NotFound, Unauthenticated
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.identities import (
    CodeExchange,
    Identity,
    SignInRequest,
    identity_hash,
)
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.web.provider_sign_in import ProviderSignIn
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.sign_in import NewWebSession, sign_in_with_token


class BegunSignIn(Value, frozen=True):
    """The provider's page to open, and the text of the browser's cookie."""

    url: Secret[str]
    cookie: Secret[str]


def begin_sign_in(ports: Ports, issuer: str, *, redirect_uri: str) -> BegunSignIn:
    """Return the provider's sign-in page. Raise NotFound for a provider without a client for the
    web console, and Unavailable if the provider does not answer."""
    if issuer not in ports.identity_providers.web_issuers:
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    cookie, _ = IN_URL.new_secret(ports.random)
    sign_in = ProviderSignIn(issuer, cookie)
    request = SignInRequest(
        issuer=issuer,
        redirect_uri=redirect_uri,
        state=sign_in.state,
        nonce=sign_in.nonce,
        challenge=sign_in.challenge,
    )
    return BegunSignIn(ports.identity_providers.build_sign_in_url(request), cookie)


def finish_sign_in(
    ports: Ports,
    cookie: str,
    *,
    state: str,
    issuer: str,
    code: str,
    redirect_uri: str,
    address: str,
) -> NewWebSession:
    """Exchange the provider's code, and return a new browser session of the identity's member.

    `issuer` is the provider that says it has sent the browser back (RFC 9207), or empty. A code of
    another provider is never sent to the one at which this browser began: that one could use it.

    Raise AccessDenied if this browser did not begin the sign-in, or the provider refuses the code.
    Raise Unauthenticated for an identity that belongs to no member, and Unavailable if the provider
    does not answer.
    """
    sign_in = _find_begun_sign_in(ports, cookie, state)
    if issuer not in ("", sign_in.issuer):
        raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
    exchange = CodeExchange(
        issuer=sign_in.issuer, redirect_uri=redirect_uri, code=code, verifier=sign_in.verifier
    )
    verified = ports.identity_providers.redeem_code(exchange, ports.now())
    if verified.issuer != sign_in.issuer or not hmac.compare_digest(
        verified.nonce.encode(), sign_in.nonce.encode()
    ):
        raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
    identity = ports.state.get(Identity, identity_hash(verified.issuer, verified.subject))
    if identity is None:
        raise Unauthenticated(Reason.IDENTITY_UNKNOWN)
    presented = PresentedToken(identity.member, identity.token)
    return sign_in_with_token(
        ports,
        presented,
        address=address,
        provider=verified.issuer,
        authenticated_at=verified.authenticated_at,
    )


def _find_begun_sign_in(ports: Ports, cookie: str, state: str) -> ProviderSignIn:
    """Return the sign-in that this browser began. Raise AccessDenied if it began none with this
    state."""
    if IN_URL.hash_of(cookie) is not None:
        for issuer in ports.identity_providers.web_issuers:
            sign_in = ProviderSignIn(issuer, cookie)
            if hmac.compare_digest(sign_in.state.encode(), state.encode()):
                return sign_in
    raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
