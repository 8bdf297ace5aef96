"""Scenarios in a deployment, and the alarms that each must raise.

Each scenario runs the real code, which writes its log lines.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

import pytest

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.adapters.evidence.event_bus import AwsEventBus
from chalicelib.adapters.notifications.alerts import announce
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.evidence.trail_events import NewEntry, SendResult
from chalicelib.domain.notifications.notification import GRAVE_ALERTS, Delivery, DeliveryStatus
from chalicelib.domain.people.tokens import build_token_text
from chalicelib.domain.prober.checks import ApiResponse
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.entrypoints.engagements.overview_job import overview
from chalicelib.entrypoints.evidence.digest_job import digest
from chalicelib.entrypoints.evidence.publish_job import publish
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.entrypoints.prober.schedule import prober
from chalicelib.entrypoints.vending.cut_off_job import cut_off
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.usecases.evidence.publish import PublishPorts
from chalicelib.usecases.notifications.notify import NotifyPorts
from tests.adapters.dynamodb.recorded import Recorded, refused
from tests.adapters.scene import entry
from tests.builders import a_cut_off, role_cut_offs
from tests.domain.evidence.samples import ALERTS, NOTIFYING, ROUTINE
from tests.domain.requests.outcomes_table import DECIDED
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.test_jobs import EVENT, Context
from tests.entrypoints.valid import VEND
from tests.fakes import NOON
from tests.fakes.channels import DELIVERED
from tests.fakes.digests import digest_ports
from tests.fakes.prober import CANARY_ACCOUNT, ProberWorld
from tests.usecases.notifications.notifying import DOWN, REFUSED, NotifyScene

Scenario = Callable[[Api], None]
NO_RECORDS, BUG = Unavailable(Reason.RECORDS_UNAVAILABLE), RuntimeError("a secret")


def vend(api: Api) -> None:
    assert ask(api, VEND, "member").status == 201


def refuse_vend(api: Api) -> None:
    assert ask(api, VEND, "other").reason == "not-a-member"


def fail_at_sts(error: DaypassError, api: Api) -> None:
    fail_at(api, "issue", error)
    assert ask(api, VEND, "member").reason == error.reason


def fail_at_records(api: Api) -> None:
    fail_at(api, "access_facts", NO_RECORDS)
    assert ask(api, VEND, "member").reason == "records-unavailable"


def fail_with_bug(route: str, step: str, api: Api) -> None:
    fail_at(api, step, BUG)
    assert ask(api, route, "member").reason == "internal-error"


def present_unknown_token(route: str, api: Api) -> None:
    text = build_token_text("lena", b"another 32 bytes of randomness..")
    response = ask(api, route, "nobody", headers={"Authorization": f"Bearer {text}"})
    assert response.reason == "token-unknown"


def fail_to_record(_api: Api) -> None:
    trail = DynamoTrail(Recorded(refused("AccessDeniedException")).tables)
    with suppress(Unavailable):
        trail.record(entry("1", engagement="acme-prod"))


def run_sweep(ended: str, milliseconds: int, _api: Api) -> None:
    assert sweep(EVENT, Context(milliseconds=milliseconds))["ended"] == ended


def fail_to_sweep(api: Api) -> None:
    fail_at(api, "", NO_RECORDS)
    assert sweep(EVENT, Context())["ended"] == "records-unavailable"


def run_watch(_api: Api, alive: int = 0) -> None:
    assert watch(EVENT, Context()) == {"alive": alive, "too_many": 0, "recorded": 0}


def watch_a_session(api: Api) -> None:
    vend(api)
    run_watch(api, alive=1)


def run_cut_off(_api: Api, late: int = 0) -> None:
    summary = cut_off(EVENT, Context())
    assert (summary["ended"], summary["late"]) == ("all-done", late)


def run_overview(_api: Api) -> None:
    assert overview(EVENT, Context())["ended"] == "all-done"


def run_digest(api: Api) -> None:
    assert run_job(digest, lambda: digest_ports(api.world))["hours"] == 1


class PutEvents:
    """A client of Amazon EventBridge that gives each event this result."""

    CODES: ClassVar = {SendResult.NOT_SENT: "AccessDenied", SendResult.INVALID: "MalformedDetail"}

    def __init__(self, result: SendResult) -> None:
        code = self.CODES.get(result)
        self._result = {"ErrorCode": code} if code else {"EventId": "1"}

    def put_events(self, *, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - botocore's
        return {"Entries": [self._result] * len(Entries)}


def run_publish_with(result: SendResult, *, entry: Entry | None = ROUTINE[0]) -> Scenario:
    """Return a scenario in which the event bus gives an entry of six minutes ago this result."""
    recorded_at = NOON - timedelta(minutes=6)
    record = NewEntry(position="1", recorded_at=recorded_at, key="a key", entry=entry)
    ports = PublishPorts(
        bus=AwsEventBus("a bus", PutEvents(result)),
        read_stream=lambda _: [record],
        now=lambda: NOON,
        pause=lambda _: None,
    )
    failures = [{"itemIdentifier": "1"}] if result is SendResult.NOT_SENT else []

    def run(_api: Api) -> None:
        assert run_job(publish, lambda: ports) == {"batchItemFailures": failures}

    return run


def run_with_late_cut_off(api: Api) -> None:
    late = a_cut_off(requested_at=NOON - timedelta(minutes=6))
    api.world.add(role_cut_offs(late, tried_at=NOON, try_count=9))
    run_cut_off(api, late=1)


def run_job(
    job: Callable[..., Any], ports: Callable[[], object], milliseconds: int = 300_000
) -> Any:
    """Run a job with these ports, and return its summary."""
    names = {
        digest: "digest_ports",
        notify: "notify_ports",
        prober: "prober_ports",
        publish: "publish_ports",
    }
    name = names.get(job, "ports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"chalicelib.bootstrap.{name}", ports)
        return job(EVENT, Context(milliseconds=milliseconds))


def fail_to_run(job: Callable[..., Any], error: Exception, _api: Api) -> None:
    def fail() -> None:
        raise error

    summary = run_job(job, fail)
    assert summary["ended"] in list(Reason)
    assert summary["detail"]


def fail_to_publish(error: Exception, _api: Api) -> None:
    def fail() -> None:
        raise error

    assert run_job(publish, fail) == {"batchItemFailures": [{"itemIdentifier": ""}]}


def run_notify(delivery: Delivery, _api: Api) -> None:
    """Suspend someone, and notify the leads with this result."""
    scene = NotifyScene()
    scene.happens("alice")
    scene.channel.result_for = lambda _: delivery
    scene.world.later(minutes=1)
    ports = NotifyPorts(ports=scene.scene.ports, channels=scene.opens())
    summary = run_job(notify, lambda: ports)
    assert summary["sent"] == (delivery.status is DeliveryStatus.DELIVERED)


def run_notify_without_time(_api: Api) -> None:
    scene = NotifyScene()
    ports = NotifyPorts(ports=scene.scene.ports, channels=scene.opens())
    assert run_job(notify, lambda: ports, milliseconds=1000)["ended"] == "out-of-time"


def run_prober(check: str, response: ApiResponse, api: Api) -> None:
    """Run the prober; this API check gets this response."""
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.api.responses[check] = [response]
    run_job(prober, world.ports)


def run_prober_without_tokens(_api: Api) -> None:
    """Run the prober as a deployment begins: no one has enrolled it, and its canary check is on."""
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.secrets.tokens = None
    assert run_job(prober, world.ports)["canary"] == "denied"


def start_with_an_invalid_setting(_api: Api) -> None:
    """Start a job: each run reports invalid settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAYPASS_IDENTITY_PROVIDERS", '{"a secret')
        assert watch(EVENT, Context())["alive"] == 0


def record(entry: Entry, _api: Api) -> None:
    announce(entry)


def fail_at(api: Api, step: str, error: Exception) -> None:
    """Make every call of this name fail; every call, if the name is empty."""

    def fail(name: str) -> None:
        if step in ("", name):
            raise error from OSError("no route to host")

    api.world.before = fail


def _alarm_of(alert: str) -> str:
    return "GraveAlert" if alert in GRAVE_ALERTS else "OtherAlert"


JOBS: dict[str, Callable[..., Any]] = {
    "Watch": watch,
    "Overview": overview,
    "Digest": digest,
    "CutOff": cut_off,
    "Notify": notify,
    "Prober": prober,
}
SCENARIOS: dict[str, tuple[Scenario, set[str]]] = {
    "a vend": (vend, set()),
    "a sweep": (partial(run_sweep, "all-done", 300_000), set()),
    "a watch": (run_watch, set()),
    "a watch of a session": (watch_a_session, set()),
    "an invalid setting": (start_with_an_invalid_setting, {"InvalidSettings"}),
    "a refused vend": (refuse_vend, {"RefusedVends"}),
    **{
        f"sts: {reason}": (partial(fail_at_sts, kind(reason)), {"StsErrors"})
        for kind, reason in (
            (AwsRefused, Reason.ROLE_REFUSED_DAYPASS),
            (AwsRefused, Reason.AWS_REJECTED),
            (Unavailable, Reason.AWS_THROTTLED),
            (Unavailable, Reason.AWS_UNREACHABLE),
        )
    },
    "no records": (fail_at_records, {"RefusedVends", "RecordsUnavailable"}),
    "a bug in a vend": (partial(fail_with_bug, VEND, "access_facts"), {"RefusedVends", "Bugs"}),
    "a bug elsewhere": (partial(fail_with_bug, "GET /v1/me", "token_and_member"), {"Bugs"}),
    "an unknown token": (partial(present_unknown_token, "GET /v1/me"), {"UnknownTokens"}),
    "an unknown token in a vend": (
        partial(present_unknown_token, VEND),
        {"UnknownTokens", "RefusedVends"},
    ),
    "an entry that is not recorded": (fail_to_record, {"Unrecorded"}),
    "a sweep without time": (partial(run_sweep, "out-of-time", 1000), {"SweepBehind"}),
    "a sweep without records": (fail_to_sweep, {"FailedRuns"}),
    "an overview": (run_overview, set()),
    "a digest": (run_digest, set()),
    "an entry that is sent": (run_publish_with(SendResult.SENT), set()),
    "an entry that is not sent": (run_publish_with(SendResult.NOT_SENT), {"LateEvents"}),
    "an entry that cannot be sent": (run_publish_with(SendResult.INVALID), {"LeftOutEvents"}),
    "an entry that cannot be read": (
        run_publish_with(SendResult.SENT, entry=None),
        {"LeftOutEvents"},
    ),
    **{
        f"Publish: {error}": (partial(fail_to_publish, error), {"FailedRuns", *others})
        for error, others in ((NO_RECORDS, ()), (BUG, ("Bugs",)))
    },
    "a cut-off run": (run_cut_off, set()),
    "a cut-off that is late": (run_with_late_cut_off, {"CutOffLate"}),
    "a notification": (partial(run_notify, DELIVERED), set()),
    "a notification to an unavailable channel": (partial(run_notify, DOWN), {"FailedNotices"}),
    "a refused notification": (partial(run_notify, REFUSED), {"FailedNotices"}),
    "a notify without time": (run_notify_without_time, {"NotifyBehind"}),
    "a prober that finds nothing": (
        partial(run_prober, "no check of this name", ApiResponse()),
        set(),
    ),
    "a prober that was wrongly allowed something": (
        partial(run_prober, "unverified role", ApiResponse(status=201)),
        {"ProberWronglyAllowed"},
    ),
    "an inconclusive prober": (
        partial(
            run_prober, "unverified role", ApiResponse(status=403, reason=Reason.GRANT_NOT_CURRENT)
        ),
        {"ProberInconclusive"},
    ),
    "a prober that is not enrolled": (run_prober_without_tokens, {"ProberNotEnrolled"}),
    "a prober that was denied the canary role": (
        partial(
            run_prober, "canary role", ApiResponse(status=502, reason=Reason.ROLE_REFUSED_DAYPASS)
        ),
        {"ProberWronglyDenied"},
    ),
    **{
        f"{name}: {error}": (partial(fail_to_run, job, error), {"FailedRuns", *others})
        for name, job in JOBS.items()
        for error, others in ((NO_RECORDS, ()), (BUG, ("Bugs",)))
    },
    **{
        f"alert: {alert}": (partial(record, raises), {_alarm_of(alert)})
        for alert, raises in ALERTS.items()
    },
    "a decided request": (partial(record, DECIDED[0].arguments[0]), set()),
    "a routine entry": (partial(record, ROUTINE[0]), set()),
    "an entry that only notifies people": (partial(record, NOTIFYING[0]), set()),
}
