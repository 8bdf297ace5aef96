"""Slack's ports: the fakes and the adapters behave alike."""

import json
import logging
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from msgspec.structs import replace

from chalicelib.adapters.slack.aws import (
    CACHE_SECONDS,
    MIN_CACHE_SECONDS,
    LambdaWorkQueue,
    ParameterStoreSecrets,
)
from chalicelib.adapters.slack.posting import HttpSlackResponder
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.messages import message
from chalicelib.domain.slack.requests import ChannelWebhook
from chalicelib.domain.slack.signatures import SlackSecrets
from chalicelib.usecases.slack.authentication import SlackResponder
from local.sample_accounts import FIRM
from local.slack.stand_in import SlackStandIn
from local.slack.workspace import SIGNING, WEBHOOK
from tests.fakes import World
from tests.fakes.slack import (
    HOOKS,
    RESPONSE_URL,
    SECRETS,
    FakeResponder,
    FakeSecretStore,
    FakeWorkQueue,
)
from tests.local.scene import run_as
from tests.rows import every

DONE, NEW = message("Done."), replace(SECRETS, signing_secret="new")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://ssm")
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
LOST = ReadTimeoutError(endpoint_url="https://lambda")
Action = Callable[[Any], Any]
both = pytest.mark.parametrize("kind", ["fake", "real"])


class Client:
    """A stub of the clients of Parameter Store and AWS Lambda."""

    def __init__(self):
        self.value, self.invoked = "", list[tuple[str, str]]()
        self.read = []
        self.failure = None

    def get_parameter(self, **request):
        self.read.append(request)
        if self.failure:
            raise self.failure
        return {"Parameter": {"Value": self.value}}

    def invoke(self, *, Payload, **_):  # noqa: N803 - it is botocore's
        if self.failure:
            raise self.failure
        event = json.loads(Payload)
        self.invoked.append((event["task"], event["response_url"]))


def a_store(kind):
    """Return the store, and functions that store secrets, make it fail, and let seconds pass."""
    if kind == "fake":
        world = World()
        fake, error = FakeSecretStore(world), Unavailable(Reason.RECORDS_UNAVAILABLE)
        return (
            fake,
            lambda secrets: setattr(fake, "stored", secrets),
            lambda _: world.fails_at("secrets", error),
            lambda seconds: world.later(seconds=seconds),
        )
    client, now = Client(), [1000.0]
    store = ParameterStoreSecrets("secrets", client, SlackSecrets)
    store.clock = lambda: now[0]
    return (
        store,
        lambda secrets: setattr(client, "value", msgspec.json.encode(secrets).decode()),
        lambda error: setattr(client, "failure", error),
        lambda seconds: now.append(now.pop() + seconds),
    )


@both
def test_secrets_are_cached_for_minutes_and_refreshed_on_request(kind):
    store, put, _, later = a_store(kind)
    put(SECRETS)
    assert store.read() == SECRETS
    put(NEW)
    later(MIN_CACHE_SECONDS + 1)
    assert store.read() == SECRETS
    assert store.read(refresh=True) == NEW
    put(SECRETS)
    later(CACHE_SECONDS + 1)
    assert store.read() == SECRETS


@both
def test_cached_secrets_work_while_the_store_does_not_answer(kind):
    store, put, fail, later = a_store(kind)
    put(SECRETS)
    store.read()
    fail(UNREACHABLE)
    later(MIN_CACHE_SECONDS + 1)
    assert store.read() == SECRETS
    with pytest.raises(Unavailable, match="records-unavailable"):
        store.read(refresh=True)


@pytest.fixture
def stand_in():
    with SlackStandIn("a-secret") as running:
        yield running


ResponderScene = tuple[SlackResponder, str, Action, Callable[[], list[Any]]]
"""The port, an address of Slack's, a function that makes Slack refuse, and all posted messages."""


@pytest.fixture(params=["fake", "real"])
def scene(request, stand_in):
    if request.param == "fake":
        fake = FakeResponder()
        refuse = lambda _: setattr(fake, "accepts", lambda: False)  # noqa: E731
        return fake, RESPONSE_URL, refuse, lambda: [posted for _, posted in fake.posted]
    posted = lambda: [post.message for post in stand_in.posted]  # noqa: E731
    return HttpSlackResponder(stand_in.url), stand_in.response_url(), stand_in.will_refuse, posted


def test_a_response_is_posted_to_its_address(scene):
    responder, url, _, posted = scene
    assert responder.respond(url, DONE)
    assert posted() == [DONE]


@pytest.mark.parametrize("status", [500, 429, 404, 302, 0])
def test_a_refusal_by_slack_is_a_result_and_no_error(scene, status):
    responder, url, refuse, _ = scene
    refuse(status)
    assert not responder.respond(url, DONE)


@pytest.mark.parametrize("url", ["", "https://evil.example/commands", f"{HOOKS}.evil.example/x"])
def test_a_foreign_address_is_never_called(scene, url):
    responder, _, _, posted = scene
    assert not responder.respond(url, DONE)
    assert posted() == []


def queues(kind):
    """Return the port, a function that makes it fail, and the enqueued events."""
    if kind == "fake":
        world = World()
        fake, error = FakeWorkQueue(world), Unavailable(Reason.AWS_UNREACHABLE)
        return fake, lambda _: world.fails_at("enqueue", error), fake.enqueued
    client = Client()
    fail = lambda error: setattr(client, "failure", error)  # noqa: E731
    return LambdaWorkQueue("daypass-SlackWork-1", lambda: client), fail, client.invoked


@both
@pytest.mark.parametrize("failure", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_an_event_is_enqueued_or_the_failure_is_raised(kind, failure):
    queue, fail, enqueued = queues(kind)
    queue.enqueue("ab", RESPONSE_URL)
    fail(failure)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        queue.enqueue("cd", RESPONSE_URL)
    assert enqueued == [("ab", RESPONSE_URL)]


SIGNING_SECRETS = {
    "team": "T0EXAMPLE",
    "signing_secret": "the-signing-secret",
    "previous_signing_secret": "the-previous-secret",
}
URL = "https://hooks.slack.com/services/T0/B0/the-webhook"
TEXTS = ("the-signing-secret", "the-previous-secret", "the-webhook")


def test_each_role_reads_its_own_parameter_and_no_repr_shows_the_secrets(aws):
    root = aws.endpoint.as_root(FIRM, "ssm")
    webhook_text = {"team": "T0EXAMPLE", "webhook": URL}
    for name, value in ((SIGNING, SIGNING_SECRETS), (WEBHOOK, webhook_text)):
        text = json.dumps(value)
        root.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
    slack, notify = (
        run_as(aws.endpoint, f"arn:aws:iam::{FIRM}:role/daypass-{name}").client("ssm")
        for name in ("slack", "notify")
    )
    signing = ParameterStoreSecrets(SIGNING, slack, SlackSecrets).read()
    webhook = ParameterStoreSecrets(WEBHOOK, notify, ChannelWebhook).read()
    assert (signing.team, signing.signing_secrets) == ("T0EXAMPLE", TEXTS[:2])
    assert webhook == ChannelWebhook(team="T0EXAMPLE", url=URL)
    assert not any(secret in f"{signing!r} {webhook!r}" for secret in TEXTS)
    root.delete_parameters(Names=[SIGNING, WEBHOOK])


def test_a_refresh_reads_the_secrets_again_but_not_for_every_wrong_signature():
    client, now = Client(), [1000.0]
    client.value = '{"team": "T0", "signing_secret": "s"}'  # the previous one is optional
    store = ParameterStoreSecrets(SIGNING, client, SlackSecrets)
    store.clock = lambda: now[0]
    assert store.read().signing_secrets == ("s",)
    now[0] += MIN_CACHE_SECONDS + 1
    for _ in range(100):
        store.read(refresh=True)
    assert client.read == [{"Name": SIGNING, "WithDecryption": True}] * 2


@every(
    "stored",
    [
        "the-signing-secret",
        '["the-signing-secret"]',
        '{"signing_secret": "the-signing-secret"}',
        '{"team": 7, "signing_secret": "the-signing-secret"}',
        ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter"),
        UNREACHABLE,
    ],
)
def test_an_unreadable_parameter_raises_unavailable_and_no_secret_is_shown(stored, caplog):
    client = Client()
    field = "failure" if isinstance(stored, Exception) else "value"
    setattr(client, field, stored)
    store = ParameterStoreSecrets(SIGNING, client, SlackSecrets)
    with caplog.at_level(logging.DEBUG), pytest.raises(Unavailable) as raised:
        store.read()
    text = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
    assert not any(secret in text for secret in TEXTS)


def test_the_work_function_is_invoked_asynchronously():
    client = Mock()
    LambdaWorkQueue("daypass-SlackWork-1", lambda: client).enqueue("ab", RESPONSE_URL)
    event = json.dumps({"task": "ab", "response_url": RESPONSE_URL}).encode()
    client.invoke.assert_called_once_with(
        FunctionName="daypass-SlackWork-1", InvocationType="Event", Payload=event
    )
