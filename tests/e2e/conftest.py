"""A running `make run`, and an AWS CLI."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws_cli import quick_aws_cli
from tests.running import Started, make_run


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """Start a fresh world for each module, so that its tests may revoke anything."""
    with make_run() as running:
        yield running


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[Path]:
    """Yield the folder of the AWS CLI."""
    with quick_aws_cli() as folder:
        yield folder
