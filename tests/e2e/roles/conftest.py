from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.roles.deployed import Deployed, deployed


@pytest.fixture(scope="module")
def on_local_aws() -> Iterator[Deployed]:
    with deployed() as local:
        yield local
