"""Verification of tokens of these tests' provider."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from chalicelib.adapters.people.identity_providers.keys import fetch
from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.errors import Unauthenticated, Unavailable
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import IdentityProvider
from tests.fakes import NOON
from tests.fakes.providers import claims


def verifier_for(provider: IdentityProvider, *algorithms: str) -> TokenVerifier:
    trusted = Provider(
        issuer=provider.url, audience="daypass", algorithms=algorithms or ("RS256", "ES384")
    )
    return TokenVerifier([trusted], partial(fetch, tls_context=provider.trusting))


def claims_of(provider: IdentityProvider, **changes: Any) -> dict[str, Any]:
    return claims(NOON, **({"iss": provider.url} | changes))


def refusal(reader: Any, text: str, now: datetime = NOON) -> Reason:
    with pytest.raises((Unauthenticated, Unavailable)) as caught:
        reader.verify(text, now)
    return caught.value.reason
