"""`make run`, as a newcomer starts it, and the AWS CLI that they have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.aws_cli import quick_aws_cli
from tests.running import Started, make_run


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """A fresh world for each module: the tests in it may revoke what they like."""
    with make_run() as running:
        yield running


@pytest.fixture(scope="session")
def aws_cli() -> Iterator[Path]:
    """The folder that it is in."""
    with quick_aws_cli() as folder:
        yield folder
