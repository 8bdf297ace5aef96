"""The local AWS with the firm's foundation, and the adapter that assumes clients' roles."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.vending.sts import AwsSts
from local import sample_accounts
from local.endpoint import Endpoint
from local.functions import deployed_name
from local.processes import local_aws
from tests.local.scene import Credentials, run_as

_accounts = itertools.count(200_000_000_000)


@dataclass(frozen=True, slots=True)
class Aws:
    """The local AWS, the broker's credentials in it, and the port that uses them."""

    endpoint: Endpoint
    broker: Credentials
    sts: AwsSts
    cli: Path
    """The folder that the AWS CLI is in."""

    def iam(self, account_id: str) -> Any:
        return self.endpoint.as_root(account_id, "iam")

    def run(
        self, text: str, account_id: str, *arguments: str, interpreter: str = "sh"
    ) -> subprocess.CompletedProcess[str]:
        command = [interpreter, "-s", "--", *arguments]
        return as_administrator(command, text, self.endpoint, self.cli, account_id)


def as_administrator(
    command: list[str], text: str, endpoint: Endpoint, cli: Path, account_id: str
) -> subprocess.CompletedProcess[str]:
    """Run a script as an administrator of the account, with the real AWS CLI."""
    return subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": f"{cli}:/usr/bin:/bin",
            "AWS_ENDPOINT_URL": endpoint.url,
            "AWS_DEFAULT_REGION": endpoint.region,
            "AWS_ACCESS_KEY_ID": account_id,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1,localhost",
        },
    )


def no_further_clients(service: str, **_: Any) -> Any:
    raise AssertionError(f"{service}: a probe needs only the STS client")


@pytest.fixture(scope="session")
def aws(aws_cli: Path) -> Iterator[Aws]:
    with local_aws(port=0) as endpoint:
        foundation = sample_accounts.create_foundation(endpoint)
        broker = run_as(endpoint, foundation.broker_role_arn, deployed_name("Enter"))
        sts = AwsSts(lambda: broker.client("sts"), no_further_clients, foundation.broker_role_arn)
        yield Aws(endpoint, broker, sts, aws_cli)


@pytest.fixture
def account_id() -> str:
    """A client's AWS account that no other test uses."""
    return str(next(_accounts))
