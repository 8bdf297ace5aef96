from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.fixture
def provider(listening: IdentityProvider) -> IdentityProvider:
    """Return a provider with one key and no requests yet."""
    listening.pages.clear()
    listening.answers.clear()
    listening.publish(one=_KEY)
    listening.requests.clear()
    return listening


_KEY = an_rsa_key()
