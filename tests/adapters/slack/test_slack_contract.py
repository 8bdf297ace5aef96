"""Slack's ports: the fakes and the adapters, told the same, answer the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from msgspec.structs import replace

from chalicelib.adapters.slack.posting import HooksOfSlack
from chalicelib.adapters.slack.secrets import KEPT, KEPT_AT_LEAST, ParameterSafe
from chalicelib.adapters.slack.work import LambdaWork
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.messages import message
from chalicelib.domain.slack.signatures import Secrets
from chalicelib.usecases.slack.ports import Safe, Slack, Work
from local.slack.stand_in import SlackStandIn
from tests.fakes import World
from tests.fakes.slack import HOOKS, RESPONSE_URL, SECRETS, FakeSafe, FakeSlack, FakeWork

DONE, NEW = message("Done."), replace(SECRETS, signing_secret="new")
NO_WAY = EndpointConnectionError(endpoint_url="https://ssm")
THROTTLED = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
LOST = ReadTimeoutError(endpoint_url="https://lambda")
both = pytest.mark.parametrize("kind", ["fake", "real"])


class Client:
    """AWS's client of the Parameter Store or of AWS Lambda, as far as it goes."""

    def __init__(self, value: str = "") -> None:
        self.value, self.invoked = value, list[dict[str, Any]]()
        self.failure: Exception | None = None

    def get_parameter(self, **_: Any) -> Any:
        if self.failure:
            raise self.failure
        return {"Parameter": {"Value": self.value}}

    def invoke(self, **request: Any) -> None:
        if self.failure:
            raise self.failure
        self.invoked.append(request)


@dataclass
class Stored:
    """The safe, and what can be done to what is in it."""

    safe: Safe
    put: Callable[[Secrets], Any]
    fail: Callable[[], Any]
    later: Callable[[float], Any]


def stored(kind: str) -> Stored:
    if kind == "fake":
        world = World()
        fake, error = FakeSafe(world), Unavailable(Reason.RECORDS_UNAVAILABLE)
        return Stored(
            fake,
            lambda secrets: setattr(fake, "stored", secrets),
            lambda: world.fails_at("secrets", error),
            lambda seconds: world.later(seconds=seconds),
        )
    client, now = Client(), [1000.0]
    safe = ParameterSafe("secrets", client, Secrets)
    safe.clock = lambda: now[0]

    def put(secrets: Secrets) -> None:
        client.value = msgspec.json.encode(secrets).decode()

    put(SECRETS)
    return Stored(
        safe,
        put,
        lambda: setattr(client, "failure", NO_WAY),
        lambda seconds: now.append(now.pop() + seconds),
    )


@both
def test_secrets_are_kept_for_some_minutes_and_read_anew_where_asked_for(kind: str) -> None:
    it = stored(kind)
    assert it.safe.read() == SECRETS
    it.put(NEW)
    it.later(KEPT_AT_LEAST + 1)
    assert it.safe.read() == SECRETS
    assert it.safe.read(anew=True) == NEW
    it.put(SECRETS)
    it.later(KEPT + 1)
    assert it.safe.read() == SECRETS


@both
def test_secrets_that_cannot_be_had_are_none_and_what_is_kept_is_good_meanwhile(kind: str) -> None:
    it = stored(kind)
    it.safe.read()
    it.fail()
    it.later(KEPT_AT_LEAST + 1)
    assert it.safe.read() == SECRETS
    with pytest.raises(Unavailable, match="records-unavailable"):
        it.safe.read(anew=True)


@dataclass
class Answers:
    """Slack, an address of it, and what it takes."""

    slack: Slack
    url: str
    refuse: Callable[[int], Any]
    posted: Callable[[], list[Any]]


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn("a-secret") as made:
        yield made


@pytest.fixture(params=["fake", "real"])
def answers(request: pytest.FixtureRequest, stand_in: SlackStandIn) -> Answers:
    if request.param == "fake":
        fake = FakeSlack()
        return Answers(
            fake,
            RESPONSE_URL,
            lambda _: setattr(fake, "takes", lambda: False),
            lambda: [posted for _, posted in fake.posted],
        )
    return Answers(
        HooksOfSlack(stand_in.url),
        stand_in.response_url(),
        stand_in.will_refuse,
        lambda: [posted.message for posted in stand_in.posted],
    )


def test_an_answer_is_posted_where_it_was_asked_for(answers: Answers) -> None:
    assert answers.slack.answer(answers.url, DONE)
    assert answers.posted() == [DONE]


@pytest.mark.parametrize("status", [500, 429, 404, 302, 0])
def test_slack_that_does_not_take_it_is_an_answer_and_no_failure(
    answers: Answers, status: int
) -> None:
    answers.refuse(status)
    assert not answers.slack.answer(answers.url, DONE)


@pytest.mark.parametrize("url", ["", "https://evil.example/commands", f"{HOOKS}.evil.example/x"])
def test_an_address_that_is_not_slacks_is_never_called(answers: Answers, url: str) -> None:
    assert not answers.slack.answer(url, DONE)
    assert answers.posted() == []


@dataclass
class Begins:
    """The function that does the work, and what it was told to do."""

    work: Work
    fail: Callable[[Exception], Any]
    begun: Callable[[], list[tuple[str, str]]]


def begins(kind: str) -> Begins:
    if kind == "fake":
        world = World()
        fake, error = FakeWork(world), Unavailable(Reason.AWS_UNREACHABLE)
        return Begins(fake, lambda _: world.fails_at("begin", error), lambda: fake.begun)
    client = Client()
    payloads = (json.loads(one["Payload"]) for one in client.invoked)
    return Begins(
        LambdaWork("daypass-SlackWork-1", lambda: client),
        lambda failure: setattr(client, "failure", failure),
        lambda: [(one["task"], one["response_url"]) for one in payloads],
    )


@both
def test_a_task_is_begun_with_where_to_answer(kind: str) -> None:
    it = begins(kind)
    it.work.begin("ab", RESPONSE_URL)
    assert it.begun() == [("ab", RESPONSE_URL)]


@both
@pytest.mark.parametrize("failure", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_a_task_that_may_not_have_begun_is_said_not_to_have(kind: str, failure: Exception) -> None:
    it = begins(kind)
    it.fail(failure)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        it.work.begin("ab", RESPONSE_URL)
    assert it.begun() == []
