"""Whose word a token is: real keys, a real provider over TLS, and what forgers try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from chalicelib.adapters.people.identity_providers import OidcProviders
from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import (
    KEYS,
    IdentityProvider,
    an_ec_key,
    an_rsa_key,
    jwk,
    pem,
)
from tests.adapters.people.identity_providers.reading import refusal, said, words
from tests.fakes import NOON
from tests.fakes.providers import FakeProviders, claims, fake_identity_token

OTHERS = an_rsa_key()


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"") -> str:
    sealed_with = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return f"{part(header)}.{part(body)}.{sealed_with or 'AA'}"


def hmac_with(secret: bytes, header: dict[str, Any], body: dict[str, Any]) -> str:
    text = f"{part(header)}.{part(body)}"
    return forged(header, body, hmac.digest(secret, text.encode(), hashlib.sha256))


def test_a_providers_word_is_read(provider: IdentityProvider) -> None:
    text = words(provider).verify(provider.token(said(provider)), NOON)
    assert (text.issuer, text.subject) == (provider.url, "alice@example.com")
    assert text.good_until == NOON + timedelta(hours=1)


def test_so_is_one_in_the_form_that_aws_gives_it(provider: IdentityProvider) -> None:
    """As `sts:GetWebIdentityToken` does: signed with ES384, its own claims one level down."""
    provider.publish(aws=an_ec_key())
    body = said(
        provider,
        sub="arn:aws:iam::123456789012:user/alice",
        jti="5f3e",
        **{
            "https://sts.amazonaws.com/": {
                "aws_account": "123456789012",
                "principal_id": "arn:aws:iam::123456789012:user/alice",
                "source_region": "eu-central-1",
            }
        },
    )
    token = provider.token(body, "aws", "ES384", typ="JWT")
    assert words(provider).verify(token, NOON).subject.endswith("user/alice")


def test_and_one_signed_with_an_edwards_curve_where_that_is_trusted(
    provider: IdentityProvider,
) -> None:
    provider.publish(one=ed25519.Ed25519PrivateKey.generate())
    token = provider.token(said(provider), "one", "EdDSA")
    assert words(provider, "EdDSA").verify(token, NOON).subject == "alice@example.com"
    assert refusal(words(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


Forges = Callable[[IdentityProvider], str]

FORGERIES: dict[str, Forges] = {
    "not signed at all": lambda p: forged({"alg": "none", "kid": "one"}, said(p)),
    "not signed, in other letters": lambda p: forged({"alg": "nOnE", "kid": "one"}, said(p)),
    "signed with no algorithm": lambda p: forged({"kid": "one"}, said(p)),
    "signed with a list of them": lambda p: forged({"alg": ["RS256"], "kid": "one"}, said(p)),
    "sealed with the public key": lambda p: hmac_with(
        pem(p.keys["one"]), {"alg": "HS256", "kid": "one"}, said(p)
    ),
    "sealed with the public key, and called RS256": lambda p: hmac_with(
        pem(p.keys["one"]), {"alg": "RS256", "kid": "one"}, said(p)
    ),
    "sealed with an empty secret": lambda p: hmac_with(
        b"", {"alg": "HS256", "kid": "one"}, said(p)
    ),
    "signed by somebody else": lambda p: _signed(p, OTHERS),
    "with a key of its own": lambda p: _signed(p, OTHERS, jwk=jwk(OTHERS, "one")),
    "with the address of its own keys": lambda p: _signed(
        p, OTHERS, jku=p.url + "/forged", x5u=p.url + "/forged"
    ),
    "under a key that is not there": lambda p: _signed(p, OTHERS, kid="other"),
    "under no key's name": lambda p: _signed(p, p.keys["one"], kid=None),
    "under a name that is a number": lambda p: forged({"alg": "RS256", "kid": 7}, said(p)),
    "under a name that is a list": lambda p: forged({"alg": "RS256", "kid": ["one"]}, said(p)),
    "with a body that is no JSON": lambda p: f"{part({'alg': 'RS256', 'kid': 'one'})}.ew.AA",
    "of an issuer that is an object": lambda p: forged(
        {"alg": "RS256", "kid": "one"}, said(p) | {"iss": {}}
    ),
    "under the name of a file": lambda p: _signed(p, OTHERS, kid="../../dev/null"),
    "with an algorithm that is not trusted": lambda p: p.token(said(p), "one", "PS256"),
    "with something that has to be understood": lambda p: _signed(
        p, p.keys["one"], crit=["exp"], exp=1
    ),
    "with a body that is not in it": lambda p: _signed(p, p.keys["one"], crit=["b64"], b64=False),
    "of another issuer": lambda p: p.token(said(p, iss="https://login.example.org")),
    "of nobody": lambda p: p.token(said(p, iss=None)),
    "of an issuer that is a list": lambda p: p.token(said(p) | {"aud": [], "sub": ""}),
    "with another body under the signature": lambda p: _with(p, body={"sub": "lena@example.com"}),
    "with another header over the signature": lambda p: _with(p, header={"typ": "other"}),
    "without a signature": lambda p: p.token(said(p)).rpartition(".")[0] + ".AA",
    "with a list for a header": lambda p: f"{part(['RS256'])}.{part(said(p))}.AA",
    "with a text for a body": lambda p: f"{part({'alg': 'RS256', 'kid': 'one'})}.{part('x')}.AA",
    "with a body of many brackets": lambda p: (
        f"{part({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 3000).decode()}.AA"
    ),
    "with nothing that is base64": lambda p: "a.b.c",
    "longer than any": lambda p: p.token(said(p, more="x" * 8192)),
}


def _signed(provider: IdentityProvider, key: Any, *, kid: Any = "one", **headers: Any) -> str:
    import jwt

    body = said(provider)
    fields = {} if kid is None else {"kid": kid}
    if headers.get("b64") is False:
        return forged({"alg": "RS256", **fields, **headers}, body)
    return jwt.encode(body, key, "RS256", fields | headers)


def _with(
    provider: IdentityProvider, *, body: dict[str, Any] | None = None, header: Any = None
) -> str:
    first, second, signature = provider.token(said(provider)).split(".")
    if body is not None:
        second = part(said(provider) | body)
    if header is not None:
        first = part({"alg": "RS256", "kid": "one"} | header)
    return f"{first}.{second}.{signature}"


@pytest.mark.parametrize("forgery", FORGERIES)
def test_nobody_is_believed_who_only_says_so(provider: IdentityProvider, forgery: str) -> None:
    reader = words(provider)
    assert refusal(reader, FORGERIES[forgery](provider)) is Reason.IDENTITY_TOKEN_REFUSED
    assert "/forged" not in provider.asked
    assert reader.verify(provider.token(said(provider)), NOON).subject == "alice@example.com"


def test_a_key_that_is_too_short_to_be_believed_is_not(provider: IdentityProvider) -> None:
    provider.publish(one=an_rsa_key(1024))
    with pytest.warns(match="1024"):
        token = provider.token(said(provider))
    assert refusal(words(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


@pytest.mark.parametrize(
    "listed",
    [
        {"use": "enc"},
        {"alg": "PS256"},
        {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode()},
        {"n": "AQAB"},
        {"n": "no number"},
    ],
)
def test_a_key_is_used_for_what_it_is_listed_for_alone(
    provider: IdentityProvider, listed: dict[str, str]
) -> None:
    provider.pages[KEYS] = {"keys": [jwk(provider.keys["one"], "one", **listed)]}
    token = provider.token(said(provider))
    assert refusal(words(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


def test_what_is_no_key_at_all_is_passed_over(provider: IdentityProvider) -> None:
    items = ["one", 7, None, {}, {"kid": 7, "kty": "RSA"}, {"kid": ["one"], "kty": "RSA"}]
    provider.pages[KEYS] = {"keys": [*items, jwk(provider.keys["one"], "one")]}
    text = words(provider).verify(provider.token(said(provider)), NOON)
    assert text.subject == "alice@example.com"


def test_what_a_signed_word_says_is_judged_as_well(provider: IdentityProvider) -> None:
    reader = words(provider)
    for changes, reason in (
        ({"aud": "payroll"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": None}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": NOON.timestamp()}, Reason.IDENTITY_TOKEN_EXPIRED),
    ):
        assert refusal(reader, provider.token(said(provider, **changes))) is reason


def test_where_providers_are_named_their_word_is_read(provider: IdentityProvider) -> None:
    trusted = Provider(issuer=provider.url, audience="daypass", algorithms=("RS256",))
    reader = OidcProviders([trusted])
    assert isinstance(reader._verifier, TokenVerifier)
    vars(reader)["_verifier"] = words(provider)  # who believe the provider's certificate
    assert reader.verify(provider.token(said(provider)), NOON).subject == "alice@example.com"


def test_where_no_provider_is_named_no_word_is_taken() -> None:
    reader = OidcProviders([])
    assert refusal(reader, fake_identity_token(claims(NOON))) is Reason.IDENTITY_TOKEN_REFUSED
    assert "_words" not in vars(reader)  # nor is anything loaded for it


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"aud": "payroll"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"iss": "https://login.example.org"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"sub": ""}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": NOON.timestamp()}, Reason.IDENTITY_TOKEN_EXPIRED),
    ],
)
def test_the_fake_provider_is_believed_where_a_real_one_is(
    provider: IdentityProvider, changes: dict[str, Any], reason: Reason | None
) -> None:
    real, fake = words(provider), FakeProviders()
    signed = provider.token(said(provider, **changes))
    if reason is None:
        assert (
            real.verify(signed, NOON).subject
            == fake.verify(fake_identity_token(claims(NOON)), NOON).subject
        )
    else:
        assert (
            refusal(real, signed)
            is refusal(fake, fake_identity_token(claims(NOON, **changes)))
            is reason
        )
    forgery = fake_identity_token(claims(NOON, **changes), key="a stranger's")
    assert refusal(real, _signed(provider, OTHERS)) is refusal(fake, forgery)
