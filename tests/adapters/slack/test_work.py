"""The function that does what takes longer is invoked, and not waited for."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from chalicelib.adapters.slack.work import LambdaWork
from local.world import FIRM
from tests.adapters.scene import Aws
from tests.local.scene import refusal, run_as


def test_it_is_invoked_as_an_event() -> None:
    client = Mock()

    LambdaWork("daypass-SlackWork-1", lambda: client).begin("ab", "https://hooks.slack.com/x")

    event = b'{"task": "ab", "response_url": "https://hooks.slack.com/x"}'
    client.invoke.assert_called_once_with(
        FunctionName="daypass-SlackWork-1", InvocationType="Event", Payload=event
    )


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
