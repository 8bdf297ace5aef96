"""Slack's secrets lie encrypted in one parameter, which the role of Slack's function may read."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.adapters.slack.secrets import KEPT, KEPT_AT_LEAST, ParameterSafe
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.slack.secrets import Secrets
from local.world import FIRM
from tests.adapters.scene import Aws
from tests.local.scene import refusal, run_as

NAME = "/daypass/slack"
STORED = {
    "team": "T0EXAMPLE",
    "signing_secret": "the-signing-secret",
    "previous_signing_secret": "the-one-before",
    "webhook": "https://hooks.slack.com/services/T0/B0/the-webhook",
}
SECRETS = ("the-signing-secret", "the-one-before", "the-webhook")


class Parameter:
    """AWS's client, as far as it goes, and how often it was asked."""

    def __init__(self, value: Any) -> None:
        self.value, self.asked = value, 0

    def get_parameter(self, **asked: Any) -> Any:
        assert asked == {"Name": NAME, "WithDecryption": True}
        self.asked += 1
        if isinstance(self.value, Exception):
            raise self.value
        return {"Parameter": {"Value": self.value}}


def the_safe(parameter: Parameter) -> tuple[ParameterSafe, list[float]]:
    now = [1000.0]
    return ParameterSafe(NAME, parameter, lambda: now[0]), now


@pytest.fixture
def ssm(aws: Aws) -> Iterator[Any]:
    root = aws.endpoint.as_root(FIRM, "ssm")
    value = json.dumps(STORED)
    root.put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)
    yield run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/daypass-slack").client("ssm")
    root.delete_parameters(Names=[NAME])


def test_the_role_of_slacks_function_reads_them(ssm: Any) -> None:
    read = ParameterSafe(NAME, ssm).read()

    assert read == Secrets(team="T0EXAMPLE", signing=SECRETS[:2], webhook=STORED["webhook"])
    assert not any(secret in repr(read) for secret in SECRETS)


@pytest.mark.parametrize("role", ["daypass-broker", "daypass-api", "daypass-anonymous"])
def test_nobody_elses_role_does(aws: Aws, ssm: Any, role: str) -> None:
    client = run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/{role}").client("ssm")
    assert refusal(client.get_parameter, Name=NAME, WithDecryption=True) is not None


def test_no_role_of_ours_writes_them(aws: Aws, ssm: Any) -> None:
    assert refusal(ssm.put_parameter, Name=NAME, Value="x", Overwrite=True) is not None


def test_they_are_kept_for_some_minutes(aws: Aws) -> None:
    parameter = Parameter(json.dumps(STORED))
    safe, now = the_safe(parameter)
    for _ in range(3):
        safe.read()
    assert parameter.asked == 1
    now[0] += KEPT + 1
    safe.read()
    assert parameter.asked == 2


def test_asked_for_anew_they_are_read_again_but_not_for_every_wrong_signature() -> None:
    parameter = Parameter(json.dumps(STORED))
    safe, now = the_safe(parameter)
    safe.read()
    now[0] += KEPT_AT_LEAST + 1
    for _ in range(100):
        safe.read(anew=True)
    assert parameter.asked == 2


def test_one_secret_is_enough() -> None:
    safe, _ = the_safe(Parameter('{"team": "T0", "signing_secret": "s"}'))
    assert safe.read() == Secrets(team="T0", signing=("s",), webhook="")


BAD = {
    "no JSON": "the-signing-secret",
    "another thing": '["the-signing-secret"]',
    "no team": '{"signing_secret": "the-signing-secret"}',
    "a number": '{"team": 7, "signing_secret": "the-signing-secret"}',
    "not there": ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter"),
    "no answer": EndpointConnectionError(endpoint_url="https://ssm"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_read_is_no_secret_and_is_not_repeated(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    safe, _ = the_safe(Parameter(BAD[what]))
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as raised:
        safe.read()
    told = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
    assert not any(secret in told for secret in SECRETS)
