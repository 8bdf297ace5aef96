"""Access to Slack's two secret parameters and to the function that does Slack's work."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.slack.aws import MIN_CACHE_SECONDS, LambdaWorkQueue, ParameterStoreSecrets
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.slack.notification import ChannelWebhook
from chalicelib.domain.slack.signatures import SlackSecrets
from local import functions
from local.sample_accounts import FIRM
from local.slack.workspace import SIGNING, WEBHOOK
from tests.adapters.scene import Aws
from tests.local.scene import refusal, run_as
from tests.rows import every

SIGNING_SECRETS = {
    "team": "T0EXAMPLE",
    "signing_secret": "the-signing-secret",
    "previous_signing_secret": "the-previous-secret",
}
URL = "https://hooks.slack.com/services/T0/B0/the-webhook"
CHANNEL_WEBHOOK = {"team": "T0EXAMPLE", "webhook": URL}
READERS = {SIGNING: "daypass-slack", WEBHOOK: "daypass-notify"}
ROLES = sorted(set(functions.roles().values()))
SECRETS = ("the-signing-secret", "the-previous-secret", "the-webhook")


class ParameterClient:
    """A stub of the Parameter Store client that counts its calls."""

    def __init__(self, value: Any) -> None:
        self.value, self.calls = value, 0

    def get_parameter(self, **request: Any) -> Any:
        assert request == {"Name": SIGNING, "WithDecryption": True}
        self.calls += 1
        if isinstance(self.value, Exception):
            raise self.value
        return {"Parameter": {"Value": self.value}}


def a_store(client: ParameterClient) -> tuple[ParameterStoreSecrets[SlackSecrets], list[float]]:
    now = [1000.0]
    store = ParameterStoreSecrets(SIGNING, client, SlackSecrets)
    store.clock = lambda: now[0]
    return store, now


@pytest.fixture
def as_role(aws: Aws) -> Iterator[Callable[[str], Any]]:
    """Store both parameters, and yield a function that returns a role's Parameter Store client."""
    root = aws.endpoint.as_root(FIRM, "ssm")
    for name, value in ((SIGNING, SIGNING_SECRETS), (WEBHOOK, CHANNEL_WEBHOOK)):
        text = json.dumps(value)
        root.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    yield lambda role: run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/{role}").client("ssm")
    root.delete_parameters(Names=[SIGNING, WEBHOOK])


def test_each_role_reads_its_own_parameter_and_no_repr_shows_the_secrets(as_role: Any) -> None:
    signing = ParameterStoreSecrets(SIGNING, as_role("daypass-slack"), SlackSecrets).read()
    webhook = ParameterStoreSecrets(WEBHOOK, as_role("daypass-notify"), ChannelWebhook).read()

    assert (signing.team, signing.signing_secrets) == ("T0EXAMPLE", SECRETS[:2])
    assert webhook == ChannelWebhook(team="T0EXAMPLE", url=URL)
    assert not any(secret in f"{signing!r} {webhook!r}" for secret in SECRETS)


@every("name", READERS)
@every("role", ROLES)
def test_only_the_designated_role_reads_a_parameter(as_role: Any, role: str, name: str) -> None:
    """Otherwise, an attacker in the function that posts to the channel could sign commands as a
    lead."""
    error = refusal(as_role(role).get_parameter, Name=name, WithDecryption=True)
    assert (error is None) is (role == READERS[name])


def test_no_role_writes_the_parameters_or_reads_the_one_of_an_earlier_version(
    as_role: Any,
) -> None:
    for role in ROLES:
        client = as_role(role)
        assert refusal(client.get_parameter, Name="/daypass/slack", WithDecryption=True)
        for name in READERS:
            assert refusal(client.put_parameter, Name=name, Value="x", Overwrite=True)


def test_a_refresh_reads_the_secrets_again_but_not_for_every_wrong_signature() -> None:
    client = ParameterClient(json.dumps(SIGNING_SECRETS))
    store, now = a_store(client)
    store.read()
    now[0] += MIN_CACHE_SECONDS + 1
    for _ in range(100):
        store.read(refresh=True)
    assert client.calls == 2


def test_the_previous_secret_is_optional() -> None:
    store, _ = a_store(ParameterClient('{"team": "T0", "signing_secret": "s"}'))
    assert store.read().signing_secrets == ("s",)


UNREADABLE = {
    "no JSON": "the-signing-secret",
    "an array": '["the-signing-secret"]',
    "no team": '{"signing_secret": "the-signing-secret"}',
    "a number as team": '{"team": 7, "signing_secret": "the-signing-secret"}',
    "no parameter": ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter"),
    "no response": EndpointConnectionError(endpoint_url="https://ssm"),
}


@every("name", UNREADABLE)
def test_an_unreadable_parameter_raises_unavailable_and_no_secret_is_shown(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, _ = a_store(ParameterClient(UNREADABLE[name]))
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as raised:
        store.read()
    text = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
    assert not any(secret in text for secret in SECRETS)


def test_the_work_function_is_invoked_asynchronously() -> None:
    client = Mock()

    LambdaWorkQueue("daypass-SlackWork-1", lambda: client).enqueue(
        "ab", "https://hooks.slack.com/x"
    )

    event = b'{"task": "ab", "response_url": "https://hooks.slack.com/x"}'
    client.invoke.assert_called_once_with(
        FunctionName="daypass-SlackWork-1", InvocationType="Event", Payload=event
    )


@every(
    "role, function, is_refused",
    [
        ("daypass-slack", "daypass-SlackWork-abc", False),
        ("daypass-slack", "daypass-FirstLead-abc", True),
        ("daypass-slack", "another", True),
        ("daypass-api", "daypass-SlackWork-abc", True),
        ("daypass-broker", "daypass-SlackWork-abc", True),
    ],
)
def test_only_slacks_function_invokes_the_work_function_and_no_other(
    aws: Aws, role: str, function: str, *, is_refused: bool
) -> None:
    client = run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/{role}").client("lambda")
    error = refusal(client.invoke, FunctionName=function, InvocationType="Event")
    # The functions do not exist here, so a permitted call fails too, with another code.
    assert error is not None
    assert error.code.startswith("AccessDenied") is is_refused
