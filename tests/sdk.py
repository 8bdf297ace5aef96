"""Read the AWS SDK's descriptions of services once, and not once for each of the SDK's sessions.

A client is then created in a fifth of the time. A `conftest.py` that imports the fixture applies it
to its folder.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from botocore import session


@pytest.fixture(scope="session", autouse=True)
def shared_service_models() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "create_loader", cache(session.create_loader))
        yield
