from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.roles.deployed import Deployed, deployed


@pytest.fixture(scope="module")
def place() -> Iterator[Deployed]:
    with deployed() as made:
        yield made
