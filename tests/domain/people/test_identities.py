"""Identity tokens with a verified signature: which claims are accepted."""

import hashlib
import json
from datetime import timedelta

from chalicelib.domain.people.identities import (
    IdentityToken,
    identity_hash,
    is_identity_token,
    parse_identity_claims,
)
from tests.builders import token_text_of
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER, claims, fake_identity_token
from tests.rows import every


def test_an_identity_token_is_valid_until_its_expiry():
    identity = parse_identity_claims(claims(NOON), PROVIDER, NOON)
    assert isinstance(identity, IdentityToken)
    assert identity.identity_expires_at == NOON + timedelta(hours=1)


def test_an_identity_is_looked_up_as_it_was_stored_by_every_version():
    stored = '["https://login.example.com","alice@example.com"]'
    assert identity_hash(*json.loads(stored)) == hashlib.sha256(stored.encode()).hexdigest()


def test_no_two_identities_are_looked_up_by_the_same_name():
    """Moving characters between the issuer and the subject gives another hash."""
    identities = [
        IdentityToken(issuer=issuer, subject=subject, identity_expires_at=NOON)
        for issuer, subject in [
            ("https://a.example", "bc"),
            ("https://a.exampleb", "c"),
            ("https://a.example", "b"),
            ("https://b.example", "bc"),
            ('https://a.example","b', "c"),
            ("https://a.example", 'b","c'),
        ]
    ]
    assert len(
        {identity_hash(identity.issuer, identity.subject) for identity in identities}
    ) == len(identities)


@every(
    "text, is_identity",
    [
        (fake_identity_token(claims(NOON)), True),
        ("a.b.c", True),
        (token_text_of("alice"), False),
        ("a.b", False),
        ("a.b.c.d", False),
        ("a..c", False),
        ("a.b.c\n", False),
        ("a.b.ç", False),
        ("a.b=.c", False),
        (f"a.b.{'c' * 8188}", True),
        (f"a.b.{'c' * 8189}", False),
    ],
)
def test_an_identity_token_is_recognised_by_its_format(text, *, is_identity):
    assert is_identity_token(text) is is_identity
