"""Verification of identity tokens: real keys, a real provider over TLS, and forgeries."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from msgspec.structs import replace

from chalicelib.adapters.people.identity_providers import OidcProviders
from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
from chalicelib.domain.reasons import Reason
from tests.adapters.people.identity_providers.provider import (
    CONFIGURATION,
    KEYS,
    IdentityProvider,
    an_ec_key,
    an_rsa_key,
    jwk,
    pem,
)
from tests.adapters.people.identity_providers.reading import claims_of, refusal, verifier_for
from tests.fakes import NOON
from tests.fakes.providers import FakeProviders, claims, fake_identity_token
from tests.rows import every

Forges = Callable[[IdentityProvider], str]
HEADER = {"alg": "RS256", "kid": "one"}


@cache
def others_key():
    """Return a key that no provider has."""
    return an_rsa_key()


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(header, body, signature=b""):
    sealed_with = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return f"{part(header)}.{part(body)}.{sealed_with or 'AA'}"


def hmac_with(secret, provider, **changes):
    header, body = HEADER | changes, claims_of(provider)
    text = f"{part(header)}.{part(body)}"
    return forged(header, body, hmac.digest(secret, text.encode(), hashlib.sha256))


def unsigned(**header):
    return lambda provider: forged(HEADER | header, claims_of(provider))


def test_a_token_in_the_form_of_aws_is_verified(provider):
    """As `sts:GetWebIdentityToken` does: signed with ES384, its own claims one level down."""
    provider.publish(aws=an_ec_key())
    body = claims_of(
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
    assert verifier_for(provider).verify(token, NOON).subject.endswith("user/alice")


def test_an_edwards_curve_signature_is_verified_if_the_algorithm_is_trusted(provider):
    provider.publish(one=ed25519.Ed25519PrivateKey.generate())
    token = provider.token(claims_of(provider), "one", "EdDSA")
    assert verifier_for(provider, "EdDSA").verify(token, NOON).subject == "alice@example.com"
    assert refusal(verifier_for(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


FORGERIES = {
    "not signed at all": unsigned(alg="none"),
    "not signed, in other letters": unsigned(alg="nOnE"),
    "signed with no algorithm": lambda p: forged({"kid": "one"}, claims_of(p)),
    "signed with a list of them": unsigned(alg=["RS256"]),
    "sealed with the public key": lambda p: hmac_with(pem(p.keys["one"]), p, alg="HS256"),
    "sealed with the public key, and called RS256": lambda p: hmac_with(pem(p.keys["one"]), p),
    "sealed with an empty secret": lambda p: hmac_with(b"", p, alg="HS256"),
    "signed by another key": lambda p: _signed(p, others_key()),
    "with a key of its own": lambda p: _signed(p, others_key(), jwk=jwk(others_key(), "one")),
    "with the address of its own keys": lambda p: _signed(
        p, others_key(), jku=p.url + "/forged", x5u=p.url + "/forged"
    ),
    "under a key that is not there": lambda p: _signed(p, others_key(), kid="other"),
    "under no key's name": lambda p: _signed(p, p.keys["one"], kid=None),
    "under a name that is a number": unsigned(kid=7),
    "under a name that is a list": unsigned(kid=["one"]),
    "with a body that is no JSON": lambda p: f"{part(HEADER)}.ew.AA",
    "of an issuer that is an object": lambda p: forged(HEADER, claims_of(p) | {"iss": {}}),
    "under the name of a file": lambda p: _signed(p, others_key(), kid="../../dev/null"),
    "with an algorithm that is not trusted": lambda p: p.token(claims_of(p), "one", "PS256"),
    "with something that has to be understood": lambda p: _signed(
        p, p.keys["one"], crit=["exp"], exp=1
    ),
    "with a body that is not in it": lambda p: _signed(p, p.keys["one"], crit=["b64"], b64=False),
    "of another issuer": lambda p: p.token(claims_of(p, iss="https://login.example.org")),
    "without an issuer": lambda p: p.token(claims_of(p, iss=None)),
    "of an issuer that is a list": lambda p: p.token(claims_of(p) | {"aud": [], "sub": ""}),
    "with another body under the signature": lambda p: _with(p, body={"sub": "lena@example.com"}),
    "with another header over the signature": lambda p: _with(p, header={"typ": "other"}),
    "without a signature": lambda p: p.token(claims_of(p)).rpartition(".")[0] + ".AA",
    "with a list for a header": lambda p: f"{part(['RS256'])}.{part(claims_of(p))}.AA",
    "with a text for a body": lambda p: f"{part(HEADER)}.{part('x')}.AA",
    "with a body of many brackets": lambda p: (
        f"{part({'alg': 'RS256'})}.{base64.urlsafe_b64encode(b'[' * 3000).decode()}.AA"
    ),
    "with nothing that is base64": lambda p: "a.b.c",
    "longer than any": lambda p: p.token(claims_of(p, more="x" * 8192)),
}


def _signed(provider, key, *, kid="one", **headers):
    import jwt

    body = claims_of(provider)
    fields = {} if kid is None else {"kid": kid}
    if headers.get("b64") is False:
        return forged({"alg": "RS256", **fields, **headers}, body)
    return jwt.encode(body, key, "RS256", fields | headers)


def _with(provider, *, body=None, header=None):
    first, second, signature = provider.token(claims_of(provider)).split(".")
    if body is not None:
        second = part(claims_of(provider) | body)
    if header is not None:
        first = part(HEADER | header)
    return f"{first}.{second}.{signature}"


@every("forgery", FORGERIES)
def test_a_forged_token_is_refused(provider, forgery):
    reader = verifier_for(provider)
    assert refusal(reader, FORGERIES[forgery](provider)) is Reason.IDENTITY_TOKEN_REFUSED
    assert "/forged" not in provider.requests
    assert reader.verify(provider.token(claims_of(provider)), NOON).subject == "alice@example.com"


def test_a_key_that_is_too_short_is_refused(provider):
    provider.publish(one=an_rsa_key(1024))
    with pytest.warns(match="1024"):
        token = provider.token(claims_of(provider))
    assert refusal(verifier_for(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


@every(
    "listed",
    [
        {"use": "enc"},
        {"alg": "PS256"},
        {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode()},
        {"n": "AQAB"},
        {"n": "no number"},
    ],
)
def test_a_key_is_used_for_what_it_is_listed_for_alone(provider, listed):
    provider.pages[KEYS] = {"keys": [jwk(provider.keys["one"], "one", **listed)]}
    token = provider.token(claims_of(provider))
    assert refusal(verifier_for(provider), token) is Reason.IDENTITY_TOKEN_REFUSED


def test_invalid_keys_in_the_list_are_ignored(provider):
    items = ["one", 7, None, {}, {"kid": 7, "kty": "RSA"}, {"kid": ["one"], "kty": "RSA"}]
    provider.pages[KEYS] = {"keys": [*items, jwk(provider.keys["one"], "one")]}
    text = verifier_for(provider).verify(provider.token(claims_of(provider)), NOON)
    assert text.subject == "alice@example.com"


def test_without_the_providers_keys_every_token_is_refused(provider):
    provider.pages[CONFIGURATION] = {"issuer": provider.url, "jwks_uri": "file:///etc/passwd"}
    token = provider.token(claims_of(provider))
    assert refusal(verifier_for(provider), token) is Reason.PROVIDER_UNREACHABLE
    assert KEYS not in provider.requests


def test_tokens_of_a_configured_provider_are_verified(provider):
    trusted = Provider(issuer=provider.url, audience="daypass", algorithms=("RS256",))
    reader = OidcProviders([trusted])
    assert isinstance(reader._verifier, TokenVerifier)
    vars(reader)["_verifier"] = verifier_for(provider)  # which trusts the provider's certificate
    assert reader.verify(provider.token(claims_of(provider)), NOON).subject == "alice@example.com"


def test_without_configured_providers_every_token_is_refused():
    reader = OidcProviders([])
    assert refusal(reader, fake_identity_token(claims(NOON))) is Reason.IDENTITY_TOKEN_REFUSED
    assert "_words" not in vars(reader)  # nor is anything loaded for it


@every(
    "changes, reason",
    [
        ({}, None),
        ({"aud": "payroll"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"iss": "https://login.example.org"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"sub": ""}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": None}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": NOON.timestamp()}, Reason.IDENTITY_TOKEN_EXPIRED),
    ],
)
def test_the_fake_provider_behaves_like_a_real_one(provider, changes, reason):
    real, fake = verifier_for(provider), FakeProviders()
    signed = provider.token(claims_of(provider, **changes))
    others = fake_identity_token(claims(NOON, **changes))
    if reason is None:
        by_fake = fake.verify(others, NOON)
        assert real.verify(signed, NOON) == replace(by_fake, issuer=provider.url)
        assert by_fake.identity_expires_at == NOON + timedelta(hours=1)
    else:
        assert refusal(real, signed) is refusal(fake, others) is reason
    forgery = fake_identity_token(claims(NOON, **changes), key="another key")
    assert refusal(real, _signed(provider, others_key())) is refusal(fake, forgery)


def test_a_providers_token_is_verified(provider):
    text = verifier_for(provider).verify(provider.token(claims_of(provider)), NOON)
    assert (text.issuer, text.subject) == (provider.url, "alice@example.com")
    assert text.identity_expires_at == NOON + timedelta(hours=1)


def test_the_claims_of_a_signed_token_are_checked(provider):
    reader = verifier_for(provider)
    for changes, reason in (
        ({"aud": "payroll"}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": None}, Reason.IDENTITY_TOKEN_REFUSED),
        ({"exp": NOON.timestamp()}, Reason.IDENTITY_TOKEN_EXPIRED),
    ):
        assert refusal(reader, provider.token(claims_of(provider, **changes))) is reason
