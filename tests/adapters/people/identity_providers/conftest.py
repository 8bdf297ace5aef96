from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from tests.adapters.people.identity_providers.provider import (
    IdentityProvider,
    an_identity_provider,
    an_rsa_key,
)


@pytest.fixture(scope="session")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    folder: Path = tmp_path_factory.mktemp("provider")
    with an_identity_provider(folder) as provider:
        yield provider


@pytest.fixture(scope="session")
def rsa_key() -> RSAPrivateKey:
    return an_rsa_key()


@pytest.fixture
def provider(listening: IdentityProvider, rsa_key: RSAPrivateKey) -> IdentityProvider:
    """Return a provider with one key and no requests yet."""
    listening.pages.clear()
    listening.answers.clear()
    listening.publish(one=rsa_key)
    listening.requests.clear()
    return listening
