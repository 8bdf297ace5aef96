"""One deployment for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.roles.deployed import DeployedApi, deployed_api


@pytest.fixture(scope="module")
def deployment() -> Iterator[DeployedApi]:
    with deployed_api() as deployment:
        yield deployment
