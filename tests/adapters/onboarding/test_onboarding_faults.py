"""Faults during a check and a rotation: each call fails in turn, and nothing is half-written."""

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
from tests.adapters.faults import FAULTS, STS_FAULTS, failing, failing_sts_checks
from tests.adapters.scene import Aws, entry, sequential, trail_of
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
def test_a_failure_of_the_records_is_unavailable(
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
def test_a_passing_fault_is_retried(aws: Aws, name: str, dynamodb: Any, call: str) -> None:
    operation, act = CALLS[call]
    with failing(dynamodb, operation, FAULTS["broken"], times=1) as calls:
        act(aws, name)
    assert len(calls) == 2


def test_a_sweep_with_a_lost_response_is_stored_and_looks_like_another_ones(
    aws: Aws, dynamodb: Any
) -> None:
    """Unlike a transaction, a put has no token with which DynamoDB recognises a repetition."""
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
    """A client's calls. One of them fails, with every retry of the SDK."""

    failing: int = -1
    made: list[str] = field(default_factory=list)
    own: threading.local = field(default_factory=threading.local)
    """The number of the thread's current call. Another call may begin before it is sent."""
    side_by_side: list[range] = field(default_factory=list)
    """The numbers of the calls that would be made in parallel."""


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


def next_id_issued(side: ClientSide) -> None:
    side.check()
    side.rotate()
    side.follow_setup_page()


def previous_id_removed(side: ClientSide) -> None:
    next_id_issued(side)
    side.check()
    side.follow_setup_page()


def counting(ports: Ports, count: Count) -> Ports:
    """Record which calls would be made in parallel, and make them one after the other."""

    def one_after_the_other(calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
        began = len(count.made)
        for call in calls:
            yield call()
        count.side_by_side.append(range(began, len(count.made)))

    return replace(ports, side_by_side=one_after_the_other)


@pytest.mark.parametrize(
    "stage", [next_id_issued, previous_id_removed], ids=lambda stage: stage.__name__
)
@pytest.mark.parametrize("service", ["sts", "dynamodb"])
def test_after_any_fault_during_a_check_daypass_still_vends_from_the_role(
    side: ClientSide, dynamodb: Any, sts: Any, service: str, stage: Callable[[ClientSide], None]
) -> None:
    """Each call fails in turn (of parallel calls, only the first), until a check has no other call.
    Each single probe is tested in tests/usecases/verification/rotation."""
    stage(side)
    client = sts if service == "sts" else dynamodb
    fault = STS_FAULTS["throttled"] if service == "sts" else FAULTS["broken"]
    number, failed, count = 0, 0, Count()
    while number <= len(count.made):
        before = side.ids
        count = Count(failing=number)
        with counted(client, fault, count), suppress(Unavailable):
            side.check(ports=counting(side.ports, count))
        assert side.role().passed_verification(side.engagement) is not None
        assert side.ids in (before, one_step_further(*before))
        side.vend()
        parallel = [calls.stop for calls in count.side_by_side if number in calls]
        number, failed = parallel[0] if parallel else number + 1, failed + 1
    assert failed > 5


def one_step_further(
    current: str, next_id: str | None, previous: str | None
) -> tuple[str, str | None, str | None]:
    """Return the IDs after promoting or retiring one. The last call of a check is a read, so a
    fault there comes after the step.
    """
    return (next_id, None, current) if next_id else (current, None, None)


@pytest.mark.parametrize("service", ["sts", "dynamodb"])
def test_after_any_fault_during_an_access_removal_check_nothing_is_recorded(
    side: ClientSide, dynamodb: Any, sts: Any, service: str
) -> None:
    close_engagement(side.ports, side.lead, side.id, why="the work is done")
    side.delete_role()
    client = sts if service == "sts" else dynamodb
    fault = (STS_FAULTS if service == "sts" else FAULTS)["broken"]
    for number in range(60):
        count = Count(failing=number)
        with counted(client, fault, count):
            try:
                engagement = check_access_removed(sequential(side.ports), side.lead, side.id)
            except Unavailable:
                assert side.engagement.access_removed_at is None
                continue
        assert len(count.made) == number
        assert side.engagement == engagement
        assert engagement.access_removed_at is not None
        break
    else:
        raise AssertionError("a check makes fewer calls than this")
    done = [e for e in trail_of(side.aws, side.id) if e.details.get("refused_by")]
    assert len(done) == 1


@pytest.mark.parametrize("fault", [fault for fault in STS_FAULTS if fault != "denied"])
def test_an_unclear_probe_keeps_the_earlier_result(side: ClientSide, sts: Any, fault: str) -> None:
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


def test_without_the_account_of_the_session_nothing_is_proven(side: ClientSide, sts: Any) -> None:
    before = side.check()
    fault = STS_FAULTS["throttled"]
    with (
        failing_sts_checks(side.aws, "sts", "GetCallerIdentity", fault) as port,
        pytest.raises(Unavailable),
    ):
        side.check(ports=replace(side.ports, sts=port))
    assert side.role() == before
    side.vend()
