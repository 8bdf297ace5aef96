"""A client's role, whose trust each test sets, and the function of the firm's that asks for it."""

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

    def admits(self, trust: Iterable[dict[str, Any]], **sent: Any) -> bool:
        """Whether the caller may assume the role, once its trust policy has these statements."""
        set_trust(self.aws, self.arn, trust)
        return self.caller.may(self.arn, **sent)


@pytest.fixture(scope="module")
def role(aws: Endpoint) -> ClientRole:
    caller_arn, caller = function(aws, Path="/brokers/", Tags=[{"Key": "team", "Value": "blue"}])
    arn = new_role(aws, CLIENT, trust=[BY_LAMBDA], Tags=[{"Key": "Stage", "Value": "prod"}])
    return ClientRole(aws, arn, caller_arn, caller)
