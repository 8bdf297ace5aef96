"""Access to Slack's two secret parameters and to the function that does Slack's work."""

from __future__ import annotations

import json
import logging
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.slack.aws import MIN_CACHE_SECONDS, LambdaWorkQueue, ParameterStoreSecrets
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.slack.notification import ChannelWebhook
from chalicelib.domain.slack.signatures import SlackSecrets
from local.sample_accounts import FIRM
from local.slack.workspace import SIGNING, WEBHOOK
from tests.adapters.scene import Aws
from tests.local.scene import run_as
from tests.rows import every

SIGNING_SECRETS = {
    "team": "T0EXAMPLE",
    "signing_secret": "the-signing-secret",
    "previous_signing_secret": "the-previous-secret",
}
URL = "https://hooks.slack.com/services/T0/B0/the-webhook"
CHANNEL_WEBHOOK = {"team": "T0EXAMPLE", "webhook": URL}
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


def test_each_role_reads_its_own_parameter_and_no_repr_shows_the_secrets(aws: Aws) -> None:
    root = aws.endpoint.as_root(FIRM, "ssm")
    for name, value in ((SIGNING, SIGNING_SECRETS), (WEBHOOK, CHANNEL_WEBHOOK)):
        text = json.dumps(value)
        root.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    slack, notify = (
        run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/daypass-{name}").client("ssm")
        for name in ("slack", "notify")
    )
    signing = ParameterStoreSecrets(SIGNING, slack, SlackSecrets).read()
    webhook = ParameterStoreSecrets(WEBHOOK, notify, ChannelWebhook).read()
    assert (signing.team, signing.signing_secrets) == ("T0EXAMPLE", SECRETS[:2])
    assert webhook == ChannelWebhook(team="T0EXAMPLE", url=URL)
    assert not any(secret in f"{signing!r} {webhook!r}" for secret in SECRETS)
    root.delete_parameters(Names=[SIGNING, WEBHOOK])


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
