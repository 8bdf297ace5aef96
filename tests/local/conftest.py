from collections.abc import Iterator

import pytest

from local.endpoint import Endpoint
from local.processes import local_aws
from local.sample_accounts import Foundation, create_foundation
from tests.sdk import shared_service_models  # noqa: F401


@pytest.fixture(scope="session")
def aws() -> Iterator[Endpoint]:
    with local_aws(port=0) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ministack() -> Iterator[Endpoint]:
    with local_aws(port=0, without_fixes=True) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def foundation(aws: Endpoint) -> Foundation:
    return create_foundation(aws)
