"""Where the local AWS answers, and how to call it as an account's administrator."""

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
class Judgement:
    """What the policies of a role said to one thing that it was to do."""

    role: str
    """Its ARN."""
    action: str
    resource: str
    decision: str
    """Allow, Deny or ImplicitDeny. That of `sts:AssumeRole` is the caller's side of it alone."""
    function: str
    """The name of the function that it was done in; empty where it was none."""
    leading_keys: tuple[str, ...]
    """The partition keys of DynamoDB that it was about, each up to its first #: `MEMBER#*`."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The one URL at which every service of every account answers."""

    url: str
    region: str = "us-east-1"

    def as_root(self, account: str, service: str) -> Any:
        """A client with every permission in the account: for setting the scene."""
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
        """A botocore client that calls the local AWS with these credentials, and no others."""
        directly = Config(proxies={})
        return _session().create_client(
            service,
            region_name=self.region,
            endpoint_url=self.url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            aws_session_token=session_token,
            config=directly.merge(config) if config else directly,
        )

    def function_credentials_url(self, role_arn: str, function: str = "a-function") -> str:
        """Where a function that runs as the role fetches its credentials, again and again."""
        account, role_name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
        return f"{self.url}/_local/function-credentials/{account}/{role_name}/{function}"

    @contextmanager
    def transactions_taking(self, milliseconds: int) -> Iterator[None]:
        """Until the block ends, a DynamoDB transaction takes so long, and others conflict with it.

        Meanwhile each of its items is refused, as by the real DynamoDB, to other transactions (a
        ConditionCheck on both sides included) and to single writes; reads go on. Whoever calls
        this local AWS meets it, from other processes too. Otherwise a transaction takes no time;
        those that still run when the block ends are done at once.
        """
        self._ask("PUT", f"transaction-milliseconds/{milliseconds}")
        try:
            yield
        finally:
            self._ask("PUT", "transaction-milliseconds/0")

    @contextmanager
    def organization(self, name: str, *accounts: str) -> Iterator[None]:
        """Until the block ends, these accounts are in an organization of this ID, as `o-firm1`.

        `aws:PrincipalOrgID` and `aws:ResourceOrgID` tell it. Otherwise an account is in none, and
        the keys are absent.
        """
        for account in accounts:
            self._ask("PUT", f"organizations/{name}/accounts/{account}")
        try:
            yield
        finally:
            for account in accounts:
                self._ask("DELETE", f"organizations/{name}/accounts/{account}")

    def judgements(self) -> set[Judgement]:
        """What the sessions of roles have asked for since this AWS began, and what IAM said."""
        return {
            Judgement(**one | {"leading_keys": tuple(one["leading_keys"])})
            for one in json.loads(self._ask("GET", "judgements"))
        }

    def _ask(self, method: str, what: str) -> bytes:
        request = urllib.request.Request(f"{self.url}/_local/{what}", method=method)
        directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with directly.open(request) as answer:
            told: bytes = answer.read()
        return told


@functools.cache
def _session() -> Any:
    """One for all, since it keeps the service models; and blind to AWS_PROFILE and ~/.aws."""
    session = botocore.session.Session()
    settings = session.get_component("config_store")
    settings.set_config_variable("profile", None)
    settings.set_config_variable("config_file", os.devnull)
    settings.set_config_variable("credentials_file", os.devnull)
    return session
