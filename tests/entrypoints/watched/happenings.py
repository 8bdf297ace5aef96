"""What can happen in a deployment, and which alarms it counts towards. The code itself does each
of them, and writes its lines to the log."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.adapters.notifications.alerts import announce
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.notifications.delivery import Delivery, DeliveryStatus
from chalicelib.domain.people.tokens import token_text
from chalicelib.domain.prober.checks import ApiResponse
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.entrypoints.prober.schedule import prober
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.usecases.notifications.ports import NotifyPorts
from tests.adapters.dynamodb.recorded import Recorded, refused
from tests.adapters.scene import entry
from tests.domain.notifications.tables import ALERTS, ROUTINE, TOLD
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import VEND
from tests.entrypoints.verification.test_schedule import EVENT, Context
from tests.fakes.channels import DELIVERED
from tests.fakes.prober import CANARY_ACCOUNT, ProberWorld
from tests.usecases.notifications.notifying import DOWN, REFUSED, NotifyScene

Happening = Callable[[Api], None]
NO_RECORDS, BUG = Unavailable(Reason.RECORDS_UNAVAILABLE), RuntimeError("a secret")


def vended(api: Api) -> None:
    assert ask(api, VEND, "member").status == 201


def refused_a_vend(api: Api) -> None:
    assert ask(api, VEND, "other").reason == "not-a-member"


def sts_failed(error: DaypassError, api: Api) -> None:
    fail_at(api, "issue", error)
    assert ask(api, VEND, "member").reason == error.reason


def records_failed(api: Api) -> None:
    fail_at(api, "access_facts", NO_RECORDS)
    assert ask(api, VEND, "member").reason == "records-unavailable"


def broke(route: str, step: str, api: Api) -> None:
    fail_at(api, step, BUG)
    assert ask(api, route, "member").reason == "internal-error"


def met_an_unknown_token(route: str, api: Api) -> None:
    text = token_text("lena", b"another 32 bytes of randomness..")
    answer = ask(api, route, "nobody", headers={"Authorization": f"Bearer {text}"})
    assert answer.reason == "token-unknown"


def could_not_record(_api: Api) -> None:
    trail = DynamoTrail(Recorded(refused("AccessDeniedException")).tables)
    with suppress(Unavailable):
        trail.record(entry("one", engagement="acme-prod"))


def swept(ended: str, milliseconds: int, _api: Api) -> None:
    assert sweep(EVENT, Context(milliseconds=milliseconds))["ended"] == ended


def could_not_sweep(api: Api) -> None:
    fail_at(api, "", NO_RECORDS)
    assert sweep(EVENT, Context())["ended"] == "records-unavailable"


def watched(_api: Api, alive: int = 0) -> None:
    assert watch(EVENT, Context()) == {"alive": alive, "too_many": 0, "recorded": 0}


def watched_a_session(api: Api) -> None:
    vended(api)
    watched(api, alive=1)


def run(job: Callable[..., Any], ports: Callable[[], object], milliseconds: int = 300_000) -> Any:
    """What the job gives that has these ports."""
    name = {notify: "notify_ports", prober: "prober_ports"}.get(job, "ports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"chalicelib.bootstrap.{name}", ports)
        return job(EVENT, Context(milliseconds=milliseconds))


def could_not(job: Callable[..., Any], error: Exception, _api: Api) -> None:
    def nothing() -> None:
        raise error

    assert run(job, nothing)["ended"] in list(Reason)


def notified(answer: Delivery, _api: Api) -> None:
    """Somebody was suspended, and people were told of it, or could not be."""
    telling = NotifyScene()
    telling.happens("alice")
    telling.channel.result_for = lambda _: answer
    telling.world.later(minutes=1)
    ports = NotifyPorts(ports=telling.scene.ports, channels=telling.opens())
    ran = run(notify, lambda: ports)
    assert ran["sent"] == (answer.status is DeliveryStatus.DELIVERED)


def had_no_time_to_notify(_api: Api) -> None:
    telling = NotifyScene()
    ports = NotifyPorts(ports=telling.scene.ports, channels=telling.opens())
    assert run(notify, lambda: ports, milliseconds=1000)["ended"] == "out-of-time"


def probed(check: str, response: ApiResponse, api: Api) -> None:
    """The prober ran, and this API check had this response."""
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.api.responses[check] = [response]
    run(prober, world.ports)


def started_with_an_invalid_setting(_api: Api) -> None:
    """As each job does with every run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAYPASS_IDENTITY_PROVIDERS", '{"a secret')
        assert watch(EVENT, Context())["alive"] == 0


def recorded(entry: Entry, _api: Api) -> None:
    announce(entry)


def fail_at(api: Api, step: str, error: Exception) -> None:
    """Let every step of this name fail; all of them, if it is empty."""

    def fail(name: str) -> None:
        if step in ("", name):
            raise error from OSError("no route to host")

    api.world.before = fail


def _alarm_of(alert: str) -> str:
    return alert.replace("-", " ").title().replace(" ", "")


HAPPENINGS: dict[str, tuple[Happening, set[str]]] = {
    "a vend": (vended, set()),
    "a sweep": (partial(swept, "all-done", 300_000), set()),
    "a watch": (watched, set()),
    "a watch of a session": (watched_a_session, set()),
    "an invalid setting": (started_with_an_invalid_setting, {"InvalidSettings"}),
    "a refused vend": (refused_a_vend, {"RefusedVends"}),
    **{
        f"sts: {reason}": (partial(sts_failed, kind(reason)), {"StsErrors"})
        for kind, reason in (
            (AwsRefused, Reason.ROLE_REFUSED_DAYPASS),
            (AwsRefused, Reason.AWS_REJECTED),
            (Unavailable, Reason.AWS_THROTTLED),
            (Unavailable, Reason.AWS_UNREACHABLE),
        )
    },
    "no records": (records_failed, {"RefusedVends", "RecordsUnavailable"}),
    "a bug in a vend": (partial(broke, VEND, "access_facts"), {"RefusedVends", "Bugs"}),
    "a bug elsewhere": (partial(broke, "GET /v1/me", "token_and_member"), {"Bugs"}),
    "an unknown token": (partial(met_an_unknown_token, "GET /v1/me"), {"UnknownTokens"}),
    "an unknown token in a vend": (
        partial(met_an_unknown_token, VEND),
        {"UnknownTokens", "RefusedVends"},
    ),
    "an entry that is not recorded": (could_not_record, {"Unrecorded"}),
    "a sweep without time": (partial(swept, "out-of-time", 1000), {"SweepBehind"}),
    "a sweep without records": (could_not_sweep, {"SweepFailed"}),
    "a watch without records": (partial(could_not, watch, NO_RECORDS), {"WatchFailed"}),
    "a notice": (partial(notified, DELIVERED), set()),
    "a notice that nobody takes": (partial(notified, DOWN), {"FailedNotices"}),
    "a notice that is refused": (partial(notified, REFUSED), {"FailedNotices"}),
    "a notify without time": (had_no_time_to_notify, {"NotifyBehind"}),
    "a notify without records": (partial(could_not, notify, NO_RECORDS), {"NotifyFailed"}),
    "a bug in a notify": (partial(could_not, notify, BUG), {"NotifyFailed", "Bugs"}),
    "a prober that finds nothing": (partial(probed, "no check of this name", ApiResponse()), set()),
    "a prober that was wrongly allowed something": (
        partial(probed, "unverified role", ApiResponse(status=201)),
        {"ProberWronglyAllowed"},
    ),
    "an inconclusive prober": (
        partial(
            probed, "unverified role", ApiResponse(status=403, reason=Reason.GRANT_NOT_CURRENT)
        ),
        {"ProberInconclusive"},
    ),
    "a prober that was denied the canary role": (
        partial(probed, "canary role", ApiResponse(status=502, reason=Reason.ROLE_REFUSED_DAYPASS)),
        {"ProberWronglyDenied"},
    ),
    "a prober that cannot read its tokens": (
        partial(could_not, prober, NO_RECORDS),
        {"ProberFailed"},
    ),
    "a bug in a watch": (partial(could_not, watch, BUG), {"WatchFailed", "Bugs"}),
    **{
        f"alert: {alert}": (partial(recorded, raises), {_alarm_of(alert)})
        for alert, raises in ALERTS.items()
    },
    "a routine entry": (partial(recorded, ROUTINE[0]), set()),
    "an entry that people are only notified of": (partial(recorded, TOLD[0][0]), set()),
}
