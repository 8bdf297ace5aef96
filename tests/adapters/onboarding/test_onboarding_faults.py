"""Bad days of a check and a rotation: every call fails in turn, and nothing is half-written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from botocore.awsrequest import AWSResponse
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.adapters.client_side import ClientSide
from tests.adapters.faults import FAULTS, STS_FAULTS, failing, failing_further
from tests.adapters.scene import Aws, entry, on_the_trail, one_by_one
from tests.builders import NOON, a_link

T = TypeVar("T")


def next_sweep(aws: Aws) -> SweepProgress:
    old = aws.ports.state.get(SweepProgress)
    return SweepProgress(done_until=NOON, version=1 + (old.version if old else 0))


CALLS: dict[str, tuple[str, Callable[[Aws, str], Any]]] = {
    "setup": ("GetItem", lambda aws, name: aws.ports.state.get(RoleSetup, name, "readonly")),
    "links": ("Query", lambda aws, name: list_all(aws.ports.state, SetupLink, engagement=name)),
    "save": ("PutItem", lambda aws, name: aws.ports.state.save(next_sweep(aws))),
    "change": (
        "TransactWriteItems",
        lambda aws, name: aws.ports.state.change(
            [a_link(name, engagement=name), RoleSetup(engagement=name, role="readonly")],
            entry(name),
        ),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_records_that_fail_are_unavailable(
    aws: Aws, name: str, dynamodb: Any, call: str, fault: str
) -> None:
    operation, act = CALLS[call]
    before = aws.ports.state.get(SweepProgress)
    with failing(dynamodb, operation, FAULTS[fault]), pytest.raises(Unavailable) as failure:
        act(aws, name)
    assert failure.value.retry_after > 0
    assert aws.ports.state.get(SweepProgress) == before
    assert aws.ports.state.get(RoleSetup, name, "readonly") is None
    assert aws.ports.state.get(SetupLink, a_link(name).hash) is None


@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_passes_is_ridden_out(aws: Aws, name: str, dynamodb: Any, call: str) -> None:
    operation, act = CALLS[call]
    with failing(dynamodb, operation, FAULTS["broken"], times=1) as calls:
        act(aws, name)
    assert len(calls) == 2


def test_a_sweep_whose_answer_was_lost_is_remembered_and_looks_like_somebody_elses(
    aws: Aws, dynamodb: Any
) -> None:
    """A put has no token by which DynamoDB could know the same one again, as a transaction has."""
    lost: list[int] = []
    original = dynamodb._endpoint.http_session.send

    def send(request: Any) -> Any:
        answer = original(request)
        if not lost and request.headers["X-Amz-Target"].endswith(b"PutItem"):
            lost.append(answer.status_code)
            answer.status_code = 500
        return answer

    sweep = next_sweep(aws)
    dynamodb._endpoint.http_session.send = send
    try:
        with pytest.raises(FactsChanged):
            aws.ports.state.save(sweep)
    finally:
        dynamodb._endpoint.http_session.send = original
    assert aws.ports.state.get(SweepProgress) == sweep


@dataclass(slots=True)
class Count:
    """The calls of a client, of which one fails, with every try that the SDK makes of it."""

    failing: int = -1
    made: list[str] = field(default_factory=list)
    own: threading.local = field(default_factory=threading.local)
    """The number of the call that a thread is making: another one may begin before it is sent."""
    side_by_side: list[range] = field(default_factory=list)
    """The numbers of those that are made side by side."""


@contextmanager
def counted(client: Any, fault: Any, count: Count) -> Iterator[None]:
    events, service = client.meta.events, client.meta.service_model.service_name

    def begin(model: Any, **_: Any) -> None:
        count.own.number = len(count.made)
        count.made.append(model.name)

    def send(**_: Any) -> AWSResponse | None:
        if count.own.number != count.failing:
            return None
        if isinstance(fault, Exception):
            raise fault
        answer: AWSResponse = fault()
        return answer

    events.register(f"before-call.{service}.*", begin)
    events.register_first(f"before-send.{service}.*", send)
    try:
        yield
    finally:
        events.unregister(f"before-call.{service}.*", begin)
        events.unregister(f"before-send.{service}.*", send)


def next_one_made(side: ClientSide) -> None:
    side.check()
    side.rotate()
    side.do_as_the_page_says()


def former_one_gone(side: ClientSide) -> None:
    next_one_made(side)
    side.check()
    side.do_as_the_page_says()


def counting(ports: Ports, count: Count) -> Ports:
    """Notes which calls would be made side by side, and makes one after the other."""

    def one_after_the_other(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
        began = len(count.made)
        for call in calls:
            yield call()
        count.side_by_side.append(range(began, len(count.made)))

    return replace(ports, side_by_side=one_after_the_other)


@pytest.mark.parametrize("stage", [next_one_made, former_one_gone], ids=lambda one: one.__name__)
@pytest.mark.parametrize("service", ["sts", "dynamodb"])
def test_wherever_a_check_breaks_off_the_role_goes_on_to_be_vended_from(
    side: ClientSide, dynamodb: Any, sts: Any, service: str, stage: Callable[[ClientSide], None]
) -> None:
    """Calls fail in turn, of those that are made side by side the first one, until a check is
    through with none left to fail. Each single probe: tests/usecases/verification/rotation."""
    stage(side)
    client = sts if service == "sts" else dynamodb
    fault = STS_FAULTS["throttled"] if service == "sts" else FAULTS["broken"]
    number, failed, count = 0, 0, Count()
    while number <= len(count.made):
        before = side.ids
        count = Count(failing=number)
        with counted(client, fault, count), suppress(Unavailable):
            side.check(ports=counting(side.ports, count))
        assert side.role().proof(side.place) is not None
        assert side.ids in (before, one_step_on(*before))
        side.vend()
        alike = [calls.stop for calls in count.side_by_side if number in calls]
        number, failed = alike[0] if alike else number + 1, failed + 1
    assert failed > 5


def one_step_on(
    sent: str, following: str | None, former: str | None
) -> tuple[str, str | None, str | None]:
    """Promoted, or retired. The last call of a check is a read: what it broke off was done."""
    return (following, None, sent) if following else (sent, None, None)


@pytest.mark.parametrize("service", ["sts", "dynamodb"])
def test_wherever_the_last_look_breaks_off_nothing_is_stated(
    side: ClientSide, dynamodb: Any, sts: Any, service: str
) -> None:
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    side.deletes()
    client = sts if service == "sts" else dynamodb
    fault = (STS_FAULTS if service == "sts" else FAULTS)["broken"]
    for number in range(20):
        count = Count(failing=number)
        with counted(client, fault, count):
            try:
                left = check_access_removed(one_by_one(side.ports), side.lead, side.id)
            except Unavailable:
                assert side.place.access_removed_at is None
                continue
        assert len(count.made) == number
        assert side.place == left
        assert left.access_removed_at is not None
        break
    else:
        raise AssertionError("a look makes fewer calls than this")
    done = [e for e in on_the_trail(side.aws, side.id) if e.details.get("refused_by")]
    assert len(done) == 1


@pytest.mark.parametrize("fault", [one for one in STS_FAULTS if one != "denied"])
def test_a_probe_without_an_answer_leaves_what_was_known(
    side: ClientSide, sts: Any, fault: str
) -> None:
    before = side.check()
    with failing(sts, "AssumeRole", STS_FAULTS[fault]):
        if fault == "region off":
            after = side.check()
            assert after.verification is not None
            assert [cause.value for cause in after.verification.causes] == ["region-disabled"]
            return
        with pytest.raises(Unavailable):
            side.check()
    assert side.role() == before
    side.vend()


def test_nobody_knows_where_they_arrived_so_nothing_is_proven(side: ClientSide, sts: Any) -> None:
    before = side.check()
    fault = STS_FAULTS["throttled"]
    with (
        failing_further(side.aws, "sts", "GetCallerIdentity", fault) as port,
        pytest.raises(Unavailable),
    ):
        side.check(ports=replace(side.ports, sts=port))
    assert side.role() == before
    side.vend()
