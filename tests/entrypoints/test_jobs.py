"""The jobs as Lambda runs them: none fails, and none logs a secret. Others: test_alarms.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.entrypoints.web.overview_job import overview
from tests.adapters.scene import entry
from tests.builders import EXTERNAL_ID, NOON, ROLE_ARN, a_role, token_text_of
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api, fresh_api, run_alone
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import VEND
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every

# The event of a scheduled rule ("Creating an Amazon EventBridge rule that runs on a schedule").
EVENT = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-24T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/daypass-SweepSweepEvent"],
    "detail": {},
}


@dataclass
class Context:
    """The part of Lambda's context that the handlers use."""

    milliseconds: int = 300_000
    aws_request_id: str = "invocation-1"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def invoke(context: Any = None, event: Any = EVENT) -> dict[str, Any]:
    """Invoke Sweep as Lambda does, with JSON in both directions."""
    event = json.loads(json.dumps(event))
    answer: dict[str, Any] = json.loads(json.dumps(sweep(event, context or Context())))
    return answer


DONE = {
    "engagements": 2,
    "checked": 2,
    "drifted": 0,
    "unchecked": 0,
    "access_removed": 0,
    "access_remains": 0,
    "ended": "all-done",
}


OVERVIEW = {
    "engagements": 2,
    "roles": 2,
    "members": 4,
    "days": 90,
    "ended": "all-done",
}


@every("job, name, numbers", [(sweep, "sweep", DONE), (overview, "overview", OVERVIEW)])
def test_a_run_is_one_line_of_numbers(
    api: Api, output: Output, job: Callable[..., Any], name: str, numbers: dict[str, Any]
) -> None:
    output.clear()
    assert job(EVENT, Context()) == numbers

    (line,) = output.lines()
    assert (line["message"], line["level"], line["service"]) == (name, "INFO", "daypass")
    assert line["correlation_id"] == "invocation-1"
    assert {name: line[name] for name in numbers} == numbers


def test_a_count_of_sessions_is_one_line_of_numbers(api: Api, output: Output) -> None:
    for _ in range(101):
        ask(api, VEND, "member")
    output.lines()
    numbers = {"alive": 101, "too_many": 1, "recorded": 1}
    assert watch(EVENT, Context()) == numbers
    line = output.lines()[-1]
    assert (line["message"], line["correlation_id"]) == ("watch", "invocation-1")
    assert {name: line[name] for name in numbers} == numbers
    assert line["LiveSessions"] == [101.0]
    assert [event.alert for event in api.world.alerts] == ["many-sessions"]


@every("event", [{}, None, [], "now", {"id": 7}], api=fresh_api)
def test_an_invocation_by_hand_runs_the_same(api: Api, event: Any) -> None:
    assert invoke(event=event) == DONE
    assert watch(event, Context()) == {"alive": 0, "too_many": 0, "recorded": 0}
    assert overview(event, Context()) == OVERVIEW


def test_a_run_stops_when_lambda_has_too_little_time_left(api: Api) -> None:
    assert invoke(Context(milliseconds=134_999))["ended"] == "out-of-time"
    assert not api.world.entries
    assert invoke(Context(milliseconds=135_000)) == DONE


def test_an_overview_that_has_too_little_time_to_read_everything_counts_as_failed(
    api: Api, output: Output
) -> None:
    assert overview(EVENT, Context(milliseconds=59_999))["ended"] == Reason.BUG
    assert output.lines()[-1]["FailedRuns"] == [1.0]
    assert not api.world.items.keys() & {(Overview, ())}


def test_a_bug_in_one_engagement_is_a_line_of_its_own(api: Api, output: Output) -> None:
    api.world.add(a_role(arn=None))

    assert invoke() == DONE | {"engagements": 1, "checked": 1, "unchecked": 1}

    bug, line = output.lines()
    assert (bug["message"], bug["error"]) == ("bug", "AttributeError")
    assert bug["correlation_id"] == line["correlation_id"] == "invocation-1"
    assert any(" _check_role" in frame for frame in bug["lines"])


def test_a_run_finishes_an_interrupted_revocation(api: Api) -> None:
    member = api.world.items[Member, ("alice",)]
    revoked = entry("the-revocation", at=NOON - timedelta(hours=1), action=Action.MEMBER_REVOKE)
    stop = Stop(kind="Member", names=("alice",), entry=replace(revoked, subject="alice"))
    api.world.add(stop)

    assert invoke() == DONE

    assert api.world.entries[0] == stop.entry
    assert api.world.find(Stop, where=lambda stop: stop.is_finished)
    assert api.world.items[Member, ("alice",)] == member


@pytest.mark.parametrize("cause", [OSError("no such table"), None], ids=["with", "without"])
def test_unavailable_tables_are_logged(api: Api, output: Output, cause: Exception | None) -> None:
    def fail(_step: str) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE) from cause

    api.world.before = fail

    assert invoke()["ended"] == "records-unavailable"
    not_stored, *upstream, line = output.lines()
    assert (not_stored["message"], not_stored["job"]) == ("run not stored", "sweep")
    assert line["ended"] == "records-unavailable"
    assert {event["cause"] for event in upstream} == (
        {"OSError: no such table"} if cause else set()
    )


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Unavailable(Reason.RECORDS_UNAVAILABLE), "records-unavailable"),
        (RuntimeError("a secret that a bug's text may hold"), "internal-error"),
    ],
)
def test_a_run_that_cannot_begin_does_not_fail_for_lambda(
    api: Api, output: Output, monkeypatch: pytest.MonkeyPatch, error: Exception, ended: str
) -> None:
    def nothing() -> None:
        raise error

    monkeypatch.setattr("chalicelib.bootstrap.ports", nothing)

    answer = invoke()

    assert answer["ended"] == ended
    assert answer["detail"]
    assert output.lines()[-1]["ended"] == ended
    assert "secret" not in output.text


def test_the_log_has_no_secret_and_no_external_id(api: Api, output: Output) -> None:
    del api.world.roles[ROLE_ARN]
    invoke()

    output.lines()
    secrets = [CANARY_SECRET_KEY, CANARY_SESSION_TOKEN, EXTERNAL_ID, token_text_of("alice")]
    assert not [secret for secret in secrets if secret in output.text]


ALONE = """
from types import SimpleNamespace
from chalicelib import bootstrap
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.entrypoints.web.overview_job import overview
from tests.fakes import World

bootstrap.ports = World().ports
context = SimpleNamespace(aws_request_id="", get_remaining_time_in_millis=lambda: 300_000)
answer = sweep(event, context)
"""


def test_it_works_if_lambda_imports_only_its_module() -> None:
    assert run_alone(ALONE, EVENT)["ended"] == "all-done"
