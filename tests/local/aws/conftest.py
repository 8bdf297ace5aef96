"""A client's role with a trust policy for each test, and a function of the firm that assumes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from local.endpoint import Endpoint
from tests.local.scene import BY_LAMBDA, CLIENT, Credentials, function, new_role, set_trust


@dataclass(frozen=True, slots=True)
class ClientRole:
    aws: Endpoint
    arn: str
    caller_arn: str
    caller: Credentials

    def accepts(self, trust: Iterable[dict[str, Any]], **sent: Any) -> bool:
        """Set the trust policy's statements, and return whether the caller may assume the role."""
        set_trust(self.aws, self.arn, trust)
        return self.caller.may(self.arn, **sent)


@pytest.fixture(scope="module")
def role(aws: Endpoint) -> ClientRole:
    caller_arn, caller = function(aws, Path="/brokers/", Tags=[{"Key": "team", "Value": "blue"}])
    arn = new_role(aws, CLIENT, trust=[BY_LAMBDA], Tags=[{"Key": "Stage", "Value": "prod"}])
    return ClientRole(aws, arn, caller_arn, caller)
