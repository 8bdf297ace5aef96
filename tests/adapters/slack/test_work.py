"""The function that does what takes longer is invoked, and not waited for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.slack.work import LambdaWork
from chalicelib.domain.errors import Unavailable
from local.world import FIRM
from tests.adapters.scene import Aws
from tests.local.scene import refusal, run_as


class Lambda:
    """AWS's client, as far as it goes."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.invoked: list[dict[str, Any]] = []
        self.failure = failure

    def invoke(self, **asked: Any) -> None:
        self.invoked.append(asked)
        if self.failure:
            raise self.failure


def test_it_is_invoked_as_an_event_with_the_task_and_where_to_answer() -> None:
    client = Lambda()

    LambdaWork("daypass-SlackWork-1", lambda: client).begin("ab", "https://hooks.slack.com/x")

    (asked,) = client.invoked
    assert (asked["FunctionName"], asked["InvocationType"]) == ("daypass-SlackWork-1", "Event")
    told = {"task": "ab", "response_url": "https://hooks.slack.com/x"}
    assert json.loads(asked["Payload"]) == told


@pytest.mark.parametrize(
    "failure",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        ReadTimeoutError(endpoint_url="https://lambda"),
    ],
    ids=["throttled", "lost"],
)
def test_what_may_not_have_begun_is_said(failure: Exception) -> None:
    with pytest.raises(Unavailable):
        LambdaWork("f", lambda: Lambda(failure)).begin("ab", "")


@pytest.mark.parametrize(
    ("role", "function", "is_refused"),
    [
        ("daypass-slack", "daypass-SlackWork-abc", False),
        ("daypass-slack", "daypass-FirstLead-abc", True),
        ("daypass-slack", "another", True),
        ("daypass-api", "daypass-SlackWork-abc", True),
        ("daypass-broker", "daypass-SlackWork-abc", True),
    ],
)
def test_the_role_of_slacks_function_alone_may_and_nothing_else(
    aws: Aws, role: str, function: str, *, is_refused: bool
) -> None:
    client = run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/{role}").client("lambda")
    refused = refusal(client.invoke, FunctionName=function, InvocationType="Event")
    # What may be asked for is not there, which is another refusal.
    assert refused is not None
    assert refused.code.startswith("AccessDenied") is is_refused
