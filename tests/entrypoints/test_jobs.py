"""The jobs as Lambda runs them: none fails, none logs a secret, and each stores its last start and
end. Their alarms: watched/test_alarms.py."""

import json
import logging
from dataclasses import dataclass
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.engagements.overview_job import overview
from chalicelib.entrypoints.evidence.digest_job import digest
from chalicelib.entrypoints.vending.cut_off_job import cut_off
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.usecases.vending.watch import watch_sessions
from tests.adapters.scene import entry
from tests.builders import EXTERNAL_ID, NOON, ROLE_ARN, a_role, token_text_of
from tests.entrypoints.driver import fresh_api, run_alone
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import VEND
from tests.fakes.digests import digest_ports
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

    def get_remaining_time_in_millis(self):
        return self.milliseconds


def invoke(context=None, event=EVENT):
    """Invoke Sweep as Lambda does, with JSON in both directions."""
    event = json.loads(json.dumps(event))
    return json.loads(json.dumps(sweep(event, context or Context())))


DONE = {
    "engagements": 2,
    "checked": 2,
    "drifted": 0,
    "unchecked": 0,
    "access_removed": 0,
    "access_remains": 0,
    "compared": 0,
    "ended": "all-done",
}


OVERVIEW = {
    "engagements": 2,
    "roles": 2,
    "members": 4,
    "days": 90,
    "ended": "all-done",
}


WATCHED = {"alive": 0, "too_many": 0, "recorded": 0}
JOBS = [
    (sweep, StoredJob.SWEEP, DONE),
    (watch, StoredJob.WATCH, WATCHED),
    (cut_off, StoredJob.CUT_OFF, {"ended": "all-done"}),
    (overview, StoredJob.OVERVIEW, OVERVIEW),
    (digest, StoredJob.DIGEST, {"entries": 0, "ended": "all-done"}),
]
COUNT = "chalicelib.entrypoints.vending.schedule.watch_sessions"


def stored_run(api, job=StoredJob.WATCH):
    return api.scene.stored(JobRun, job.value)


@every("job, name, numbers", JOBS, api=fresh_api)
def test_a_run_is_one_line_of_numbers_and_is_stored(api, output, monkeypatch, job, name, numbers):
    monkeypatch.setattr(bootstrap, "digest_ports", lambda: digest_ports(api.world))
    output.clear()
    assert job(EVENT, Context()).items() >= numbers.items()

    (line,) = output.lines()
    assert (line["message"], line["level"], line["service"]) == (name, "INFO", "daypass")
    assert line["correlation_id"] == "invocation-1"
    assert line.items() >= numbers.items()
    run, ended_at = stored_run(api, name), api.world.clock
    assert (run.started_at, run.ended_at, run.ended) == (NOON, ended_at, "all-done")
    api.world.later(minutes=1)
    started_at = api.world.clock
    job(EVENT, Context())
    run = stored_run(api, name)
    assert (run.started_at, run.ended_at, run.version) == (started_at, api.world.clock, 4)


def test_a_count_of_sessions_is_one_line_of_numbers(api, output):
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
def test_an_invocation_by_hand_runs_the_same(api, event):
    assert invoke(event=event) == DONE
    assert watch(event, Context()) == WATCHED
    assert overview(event, Context()) == OVERVIEW


def test_a_run_stops_when_lambda_has_too_little_time_left(api):
    assert invoke(Context(milliseconds=134_999))["ended"] == "out-of-time"
    assert not api.world.entries
    assert invoke(Context(milliseconds=135_000)) == DONE


def test_an_overview_that_has_too_little_time_to_read_everything_counts_as_failed(api, output):
    assert overview(EVENT, Context(milliseconds=59_999))["ended"] == Reason.BUG
    assert output.lines()[-1]["FailedRuns"] == [1.0]
    assert not api.world.items.keys() & {(Overview, ())}


def test_a_bug_in_one_engagement_is_a_line_of_its_own(api, output):
    api.world.add(a_role(arn=None))

    assert invoke() == DONE | {"engagements": 1, "checked": 1, "unchecked": 1}

    bug, line = output.lines()
    assert (bug["message"], bug["error"]) == ("bug", "AttributeError")
    assert bug["correlation_id"] == line["correlation_id"] == "invocation-1"
    assert any(" _check_role" in frame for frame in bug["lines"])


def test_a_run_finishes_an_interrupted_revocation(api):
    member = api.world.items[Member, ("alice",)]
    revoked = entry("the-revocation", at=NOON - timedelta(hours=1), action=Action.MEMBER_REVOKE)
    stop = Stop(kind="Member", names=("alice",), entry=replace(revoked, subject="alice"))
    api.world.add(stop)

    assert invoke() == DONE

    assert api.world.entries[0] == stop.entry
    assert api.world.find(Stop, where=lambda stop: stop.is_finished)
    assert api.world.items[Member, ("alice",)] == member


@pytest.mark.parametrize("cause", [OSError("no such table"), None], ids=["with", "without"])
def test_unavailable_tables_are_logged(api, output, cause):
    error = Unavailable(Reason.RECORDS_UNAVAILABLE)
    error.__cause__ = cause
    api.world.before = raising(error)

    assert invoke()["ended"] == "records-unavailable"
    not_stored, *upstream, line = output.lines()
    assert (not_stored["message"], not_stored["job"]) == ("run not stored", "sweep")
    assert line["ended"] == "records-unavailable"
    assert {event["cause"] for event in upstream} == (
        {"OSError: no such table"} if cause else set()
    )


def test_the_log_has_no_secret_and_no_external_id(api, output):
    del api.world.roles[ROLE_ARN]
    invoke()

    output.lines()
    secrets = [CANARY_SECRET_KEY, CANARY_SESSION_TOKEN, EXTERNAL_ID, token_text_of("alice")]
    assert not [secret for secret in secrets if secret in output.text]


ALONE = """
from types import SimpleNamespace
from chalicelib import bootstrap
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.entrypoints.engagements.overview_job import overview
from chalicelib.usecases.vending.watch import watch_sessions
from tests.fakes import World

bootstrap.ports = World().ports
context = SimpleNamespace(aws_request_id="", get_remaining_time_in_millis=lambda: 300_000)
answer = sweep(event, context)
"""


def test_it_works_if_lambda_imports_only_its_module():
    assert run_alone(ALONE, EVENT)["ended"] == "all-done"


def raising(error):
    def fail(*_):
        raise error

    return fail


def test_a_killed_run_has_started_and_not_ended(api, monkeypatch):
    """Nor has one whose end cannot be stored. A failed one stores a code and no text."""
    watch(EVENT, Context())
    api.world.later(minutes=5)
    with monkeypatch.context() as patch:
        patch.setattr(COUNT, raising(SystemExit))  # AWS Lambda ends the process
        with pytest.raises(SystemExit):
            watch(EVENT, Context())
    run = stored_run(api)
    assert run.is_open
    assert (run.started_at, run.ended_at) == (api.world.clock, NOON)
    with monkeypatch.context() as patch:
        unstored = raising(Unavailable(Reason.RECORDS_UNAVAILABLE))
        patch.setattr("chalicelib.entrypoints.http.jobs.store_end", unstored)
        assert watch(EVENT, Context()) == WATCHED
    assert stored_run(api).is_open
    monkeypatch.setattr(COUNT, raising(ValueError("a secret")))
    watch(EVENT, Context())
    assert stored_run(api).ended == Reason.BUG.value


@pytest.mark.parametrize("error", [Unavailable(Reason.RECORDS_UNAVAILABLE), ValueError("a secret")])
def test_a_job_whose_run_cannot_be_stored_does_its_work(api, caplog, error):
    api.world.fails_at("save", error)
    with caplog.at_level(logging.WARNING):
        assert watch(EVENT, Context()) == WATCHED
    assert api.scene.get(JobRun, "watch") is None
    (line,) = [record for record in caplog.records if record.message == "run not stored"]
    assert (vars(line)["job"], vars(line)["error"]) == ("watch", type(error).__name__)
    assert "secret" not in str(vars(line))


def test_a_run_that_began_since_keeps_its_item(api, monkeypatch):
    """Two runs overlap: the first that started does not say that the second has ended."""

    def starts_another(ports):
        monkeypatch.setattr(COUNT, raising(SystemExit))
        api.world.later(minutes=1)
        with pytest.raises(SystemExit):
            watch(EVENT, Context())
        return watch_sessions(ports)

    monkeypatch.setattr(COUNT, starts_another)
    assert watch(EVENT, Context())["alive"] == 0
    run = stored_run(api)
    assert run.is_open
    assert run.started_at == api.world.clock
