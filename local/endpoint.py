"""Call the local AWS: its services, with any credentials, and the settings under `/_local/`."""

from __future__ import annotations

import functools
import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
from botocore.config import Config


@dataclass(frozen=True, slots=True)
class PolicyDecision:
    """IAM's decision on a request of a role's session."""

    role: str
    """The role's ARN."""
    action: str
    resource: str
    decision: str
    """Allow, Deny or ImplicitDeny. For `sts:AssumeRole`, only the caller's policies count."""
    function: str
    """The name of the function that sent the request; empty if none did."""
    leading_keys: tuple[str, ...]
    """The DynamoDB partition keys in the request, each up to its first #: `MEMBER#*`."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The URL of the local AWS, for all services of all accounts."""

    url: str
    region: str = "us-east-1"

    def as_root(self, account: str, service: str) -> Any:
        """Return a client with all permissions in the account, to set up a test."""
        return self.client(service, access_key_id=account, secret_access_key="test")

    def client(
        self,
        service: str,
        *,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        config: Config | None = None,
    ) -> Any:
        """Return a botocore client that calls the local AWS with these credentials."""
        without_proxy = Config(proxies={})
        return _session().create_client(
            service,
            region_name=self.region,
            endpoint_url=self.url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=session_token,
            config=without_proxy.merge(config) if config else without_proxy,
        )

    def function_credentials_url(self, role_arn: str, function: str = "a-function") -> str:
        """Return the URL from which a function with this role fetches its credentials."""
        account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
        return f"{self.url}/_local/function-credentials/{account}/{role_name}/{function}"

    def events(self, account: str) -> bytes:
        """Return CloudTrail's events of sessions in the account, as a file of CloudTrail's."""
        with urllib.request.urlopen(f"{self.url}/_local/events/{account}") as response:
            content: bytes = response.read()
        return content

    @contextmanager
    def transactions_taking(self, milliseconds: int) -> Iterator[None]:
        """Make every DynamoDB transaction take this long until the block ends.

        While a transaction runs, DynamoDB refuses other transactions and single writes on the same
        items, even if both transactions only check a condition. Reads succeed. The setting holds
        for all callers of this local AWS. Without it a transaction takes no time. The end of the
        block completes running transactions at once.
        """
        self._call("PUT", f"transaction-milliseconds/{milliseconds}")
        try:
            yield
        finally:
            self._call("PUT", "transaction-milliseconds/0")

    @contextmanager
    def policy_versions_taking(self, milliseconds: int) -> Iterator[None]:
        """Let a new default version of a managed policy be in force after this time, until the
        block ends. The end of the block puts all versions in force at once."""
        self._call("PUT", f"policy-milliseconds/{milliseconds}")
        try:
            yield
        finally:
            self._call("PUT", "policy-milliseconds/0")

    @contextmanager
    def organization(self, name: str, *accounts: str) -> Iterator[None]:
        """Put the accounts into an organization with this ID until the block ends.

        Requests then have the condition keys `aws:PrincipalOrgID` and `aws:ResourceOrgID`, which
        are absent outside an organization.
        """
        for account in accounts:
            self._call("PUT", f"organizations/{name}/accounts/{account}")
        try:
            yield
        finally:
            for account in accounts:
                self._call("DELETE", f"organizations/{name}/accounts/{account}")

    def policy_decisions(self) -> set[PolicyDecision]:
        """Return IAM's decisions on all requests of roles' sessions since this local AWS
        started."""
        return {
            PolicyDecision(**fields | {"leading_keys": tuple(fields["leading_keys"])})
            for fields in json.loads(self._call("GET", "policy-decisions"))
        }

    def _call(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(f"{self.url}/_local/{path}", method=method)
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with without_proxy.open(request) as response:
            body: bytes = response.read()
        return body


@functools.cache
def _session() -> Any:
    """Return a botocore session that all clients share, because it caches the service models.

    The session reads neither AWS_PROFILE nor ~/.aws.
    """
    session = botocore.session.Session()
    settings = session.get_component("config_store")
    settings.set_config_variable("profile", None)
    settings.set_config_variable("config_file", os.devnull)
    settings.set_config_variable("credentials_file", os.devnull)
    return session
