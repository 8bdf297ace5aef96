"""A function is invoked without waiting for it. A lost call does no harm."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from chalicelib.adapters.vending.kick import KICK, kick


class FakeLambda:
    """A Lambda client that records its calls, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[dict[str, Any]] = []
        self._error = error

    def invoke(self, **parameters: Any) -> None:
        self.calls.append(parameters)
        if self._error is not None:
            raise self._error


def test_the_function_is_invoked_asynchronously() -> None:
    client = FakeLambda()
    kick("daypass-CutOff-abc", lambda: client)
    assert client.calls == [
        {"FunctionName": "daypass-CutOff-abc", "InvocationType": "Event", "Payload": KICK}
    ]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        ConnectTimeoutError(endpoint_url="https://lambda"),
    ],
)
def test_a_lost_call_raises_nothing(error: Exception) -> None:
    kick("daypass-CutOff-abc", lambda: FakeLambda(error))
