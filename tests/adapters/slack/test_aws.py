"""One role may read each of the two parameters of Slack's secrets, and one may begin the work."""

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

STORED = {
    "team": "T0EXAMPLE",
    "signing_secret": "the-signing-secret",
    "previous_signing_secret": "the-one-before",
}
URL = "https://hooks.slack.com/services/T0/B0/the-webhook"
OF_THE_CHANNEL = {"team": "T0EXAMPLE", "webhook": URL}
READERS = {SIGNING: "daypass-slack", WEBHOOK: "daypass-notify"}
ROLES = sorted(set(functions.roles().values()))
SECRETS = ("the-signing-secret", "the-one-before", "the-webhook")


class Parameter:
    """AWS's client, as far as it goes, and how often it was asked."""

    def __init__(self, value: Any) -> None:
        self.value, self.asked = value, 0

    def get_parameter(self, **asked: Any) -> Any:
        assert asked == {"Name": SIGNING, "WithDecryption": True}
        self.asked += 1
        if isinstance(self.value, Exception):
            raise self.value
        return {"Parameter": {"Value": self.value}}


def a_store(parameter: Parameter) -> tuple[ParameterStoreSecrets[SlackSecrets], list[float]]:
    now = [1000.0]
    store = ParameterStoreSecrets(SIGNING, parameter, SlackSecrets)
    store.clock = lambda: now[0]
    return store, now


@pytest.fixture
def as_role(aws: Aws) -> Iterator[Callable[[str], Any]]:
    """Its client for the Parameter Store, in which both are."""
    root = aws.endpoint.as_root(FIRM, "ssm")
    for name, value in ((SIGNING, STORED), (WEBHOOK, OF_THE_CHANNEL)):
        response = json.dumps(value)
        root.put_parameter(Name=name, Value=response, Type="SecureString", Overwrite=True)
    yield lambda role: run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/{role}").client("ssm")
    root.delete_parameters(Names=[SIGNING, WEBHOOK])


def test_each_role_reads_its_own_and_no_repr_shows_them(as_role: Any) -> None:
    read = ParameterStoreSecrets(SIGNING, as_role("daypass-slack"), SlackSecrets).read()
    webhook = ParameterStoreSecrets(WEBHOOK, as_role("daypass-notify"), ChannelWebhook).read()

    assert (read.team, read.signing) == ("T0EXAMPLE", SECRETS[:2])
    assert webhook == ChannelWebhook(team="T0EXAMPLE", url=URL)
    assert not any(secret in f"{read!r} {webhook!r}" for secret in SECRETS)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("role", ROLES)
def test_no_other_role_does(as_role: Any, role: str, name: str) -> None:
    """Whoever breaks the function that posts to the channel could otherwise sign as a lead does."""
    error = refusal(as_role(role).get_parameter, Name=name, WithDecryption=True)
    assert (error is None) is (role == READERS[name])


def test_no_role_of_daypass_writes_the_secrets_or_reads_the_earlier_parameter(
    as_role: Any,
) -> None:
    for role in ROLES:
        client = as_role(role)
        assert refusal(client.get_parameter, Name="/daypass/slack", WithDecryption=True)
        for name in READERS:
            assert refusal(client.put_parameter, Name=name, Value="x", Overwrite=True)


def test_asked_for_anew_they_are_read_again_but_not_for_every_wrong_signature() -> None:
    parameter = Parameter(json.dumps(STORED))
    store, now = a_store(parameter)
    store.read()
    now[0] += MIN_CACHE_SECONDS + 1
    for _ in range(100):
        store.read(refresh=True)
    assert parameter.asked == 2


def test_one_secret_is_enough() -> None:
    store, _ = a_store(Parameter('{"team": "T0", "signing_secret": "s"}'))
    assert store.read().signing == ("s",)


BAD = {
    "no JSON": "the-signing-secret",
    "another thing": '["the-signing-secret"]',
    "no team": '{"signing_secret": "the-signing-secret"}',
    "a number": '{"team": 7, "signing_secret": "the-signing-secret"}',
    "not there": ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter"),
    "no answer": EndpointConnectionError(endpoint_url="https://ssm"),
}


@pytest.mark.parametrize("what", BAD)
def test_an_unreadable_parameter_gives_no_secret_and_is_not_repeated(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, _ = a_store(Parameter(BAD[what]))
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as raised:
        store.read()
    text = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
    assert not any(secret in text for secret in SECRETS)


def test_it_is_invoked_as_an_event() -> None:
    client = Mock()

    LambdaWorkQueue("daypass-SlackWork-1", lambda: client).enqueue(
        "ab", "https://hooks.slack.com/x"
    )

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
