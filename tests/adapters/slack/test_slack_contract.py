"""Slack's ports: the fakes and the adapters, told the same, answer the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from msgspec.structs import replace

from chalicelib.adapters.slack.aws import KEPT, KEPT_AT_LEAST, LambdaWork, ParameterStoreSecrets
from chalicelib.adapters.slack.posting import HooksOfSlack
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.messages import message
from chalicelib.domain.slack.signatures import Secrets
from chalicelib.usecases.slack.ports import SecretStore, Slack, Work
from local.slack.stand_in import SlackStandIn
from tests.fakes import World
from tests.fakes.slack import HOOKS, RESPONSE_URL, SECRETS, FakeSafe, FakeSlack, FakeWork

DONE, NEW = message("Done."), replace(SECRETS, signing_secret="new")
NO_WAY = EndpointConnectionError(endpoint_url="https://ssm")
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
LOST = ReadTimeoutError(endpoint_url="https://lambda")
Does = Callable[[Any], Any]
both = pytest.mark.parametrize("kind", ["fake", "real"])


class Client:
    """AWS's client of the Parameter Store or of AWS Lambda, as far as it goes."""

    def __init__(self) -> None:
        self.value, self.invoked = "", list[tuple[str, str]]()
        self.failure: Exception | None = None

    def get_parameter(self, **_: Any) -> Any:
        if self.failure:
            raise self.failure
        return {"Parameter": {"Value": self.value}}

    def invoke(self, *, Payload: bytes, **_: Any) -> None:  # noqa: N803 - it is botocore's
        if self.failure:
            raise self.failure
        told = json.loads(Payload)
        self.invoked.append((told["task"], told["response_url"]))


def stored(kind: str) -> tuple[SecretStore, Does, Does, Does]:
    """The safe; and what puts secrets into it, lets it fail, and lets seconds pass."""
    if kind == "fake":
        world = World()
        fake, error = FakeSafe(world), Unavailable(Reason.RECORDS_UNAVAILABLE)
        return (
            fake,
            lambda secrets: setattr(fake, "stored", secrets),
            lambda _: world.fails_at("secrets", error),
            lambda seconds: world.later(seconds=seconds),
        )
    client, now = Client(), [1000.0]
    safe = ParameterStoreSecrets("secrets", client, Secrets)
    safe.clock = lambda: now[0]
    return (
        safe,
        lambda secrets: setattr(client, "value", msgspec.json.encode(secrets).decode()),
        lambda error: setattr(client, "failure", error),
        lambda seconds: now.append(now.pop() + seconds),
    )


@both
def test_secrets_are_kept_for_some_minutes_and_read_anew_where_asked_for(kind: str) -> None:
    safe, put, _, later = stored(kind)
    put(SECRETS)
    assert safe.read() == SECRETS
    put(NEW)
    later(KEPT_AT_LEAST + 1)
    assert safe.read() == SECRETS
    assert safe.read(anew=True) == NEW
    put(SECRETS)
    later(KEPT + 1)
    assert safe.read() == SECRETS


@both
def test_secrets_that_cannot_be_had_are_none_and_what_is_kept_is_good_meanwhile(kind: str) -> None:
    safe, put, fail, later = stored(kind)
    put(SECRETS)
    safe.read()
    fail(NO_WAY)
    later(KEPT_AT_LEAST + 1)
    assert safe.read() == SECRETS
    with pytest.raises(Unavailable, match="records-unavailable"):
        safe.read(anew=True)


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn("a-secret") as made:
        yield made


Answers = tuple[Slack, str, Does, Callable[[], list[Any]]]
"""The port, an address of Slack's, what has Slack refuse the next message, and all it was sent."""


@pytest.fixture(params=["fake", "real"])
def answers(request: pytest.FixtureRequest, stand_in: SlackStandIn) -> Answers:
    if request.param == "fake":
        fake = FakeSlack()
        refuse = lambda _: setattr(fake, "takes", lambda: False)  # noqa: E731
        return fake, RESPONSE_URL, refuse, lambda: [posted for _, posted in fake.posted]
    posted = lambda: [one.message for one in stand_in.posted]  # noqa: E731
    return HooksOfSlack(stand_in.url), stand_in.response_url(), stand_in.will_refuse, posted


def test_an_answer_is_posted_where_it_was_asked_for(answers: Answers) -> None:
    slack, url, _, posted = answers
    assert slack.answer(url, DONE)
    assert posted() == [DONE]


@pytest.mark.parametrize("status", [500, 429, 404, 302, 0])
def test_slack_that_does_not_take_it_is_an_answer_and_no_failure(
    answers: Answers, status: int
) -> None:
    slack, url, refuse, _ = answers
    refuse(status)
    assert not slack.answer(url, DONE)


@pytest.mark.parametrize("url", ["", "https://evil.example/commands", f"{HOOKS}.evil.example/x"])
def test_an_address_that_is_not_slacks_is_never_called(answers: Answers, url: str) -> None:
    slack, _, _, posted = answers
    assert not slack.answer(url, DONE)
    assert posted() == []


def begins(kind: str) -> tuple[Work, Does, list[tuple[str, str]]]:
    """The port, what lets it fail, and what was begun."""
    if kind == "fake":
        world = World()
        fake, error = FakeWork(world), Unavailable(Reason.AWS_UNREACHABLE)
        return fake, lambda _: world.fails_at("begin", error), fake.begun
    client = Client()
    fail = lambda error: setattr(client, "failure", error)  # noqa: E731
    return LambdaWork("daypass-SlackWork-1", lambda: client), fail, client.invoked


@both
@pytest.mark.parametrize("failure", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_a_task_is_begun_with_where_to_answer_or_is_said_not_to_be(
    kind: str, failure: Exception
) -> None:
    work, fail, begun = begins(kind)
    work.begin("ab", RESPONSE_URL)
    fail(failure)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        work.begin("cd", RESPONSE_URL)
    assert begun == [("ab", RESPONSE_URL)]
