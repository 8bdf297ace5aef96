"""A local AWS that runs deployed functions, and Daypass deployed there by `make deploy`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.endpoint import Endpoint
from local.processes import local_aws
from local.sample_accounts import FIRM, FIRM_NAME
from tests.e2e.package.building import Build
from tests.e2e.package.deploying.deployed import Deployed
from tests.e2e.package.deploying.operator import Operator

_accounts = itertools.count(200000000001)


@contextmanager
def aws_running(build: Build) -> Iterator[Endpoint]:
    """Yield a local AWS that runs functions on the build's Python."""
    with local_aws(port=0, function_python=build.python) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def aws(build: Build) -> Iterator[Endpoint]:
    with aws_running(build) as endpoint:
        yield endpoint


@pytest.fixture
def operator(aws: Endpoint, aws_cli: Path, build: Build) -> Operator:
    """Return the operator of an empty AWS account."""
    return Operator(aws, str(next(_accounts)), aws_cli, build.folder)


@pytest.fixture(scope="session")
def deployed(aws: Endpoint, aws_cli: Path, build: Build) -> Deployed:
    """Deploy Daypass to the firm's account, once for all tests."""
    operator = Operator(aws, FIRM, aws_cli, build.folder)
    output = operator.deploy(FIRM_NAME=FIRM_NAME, OTHER_ACCOUNTS="222233334444")
    return Deployed(operator, output)
