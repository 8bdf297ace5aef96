"""Run the app's functions in this process, in place of AWS Lambda, each with its own role.

One function runs at a time, as in a Lambda environment. While a function runs, `bootstrap.ports`
returns ports with the credentials of the function's role. So a call that the role does not permit
fails here as it does on AWS.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import msgspec
import yaml
from msgspec.structs import replace

from local.endpoint import Endpoint
from local.outbox import Outbox

if TYPE_CHECKING:
    from chalicelib.domain.requests.client_decisions import ClientDecision
    from chalicelib.usecases.ports import KickedFunction, Ports
    from chalicelib.usecases.slack.authentication import SlackPorts

_TEMPLATE = Path(__file__).parent.parent / ".chalice" / "app.yaml"
API = "APIHandler"
_NOTIFY_SECONDS = 55.0
"""The timeout of Notify (.chalice/config.json)."""
_OVERVIEW_SECONDS = 600.0
"""The timeout of Overview (.chalice/config.json)."""
_CUT_OFF_SECONDS = 180.0
"""The timeout of CutOff (.chalice/config.json)."""
_DECISION_SECONDS = 15.0
"""The timeout of ClientDecision (.chalice/config.json)."""


class LocalClock:
    """The clock of all functions. It can show an earlier time, to create data with a history, while
    no job runs beside the caller."""

    def __init__(self) -> None:
        self._behind = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) - self._behind

    @contextmanager
    def behind(self, time: timedelta) -> Iterator[None]:
        """Show the time of so long ago during the block. Times at AWS stay as they are."""
        self._behind = time
        try:
            yield
        finally:
            self._behind = timedelta()


@contextmanager
def _errors_logged(job: str) -> Iterator[None]:
    """Log an error instead of raising it: the local AWS may have stopped."""
    from chalicelib.telemetry import logger

    try:
        yield
    except Exception as error:  # noqa: BLE001 - any error of the job
        logger.error(job, extra={"error": repr(error)})


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of the app's stack, by their logical names."""

    aws: Endpoint
    account: str
    ports_of: dict[str, Ports] = field(default_factory=dict)
    """The ports of each function that has run."""
    slack_ports_of: dict[str, SlackPorts | None] = field(default_factory=dict)
    """The Slack ports of each function that has used them."""
    clock: LocalClock = field(default_factory=LocalClock)
    runs_cut_offs: bool = False
    """True if the functions CutOff and Notify run in threads of this process, as on AWS."""
    _outbox: Outbox = field(init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _one_cut_off_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    @property
    def outbox(self) -> Outbox:
        return self._outbox

    def __post_init__(self) -> None:
        object.__setattr__(self, "_outbox", Outbox(self.aws, self.account))
        _factories()  # before a function replaces them

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Run the block in this function: with its ports, and while no other function runs."""
        with self._one_at_a_time, self._as(function):
            yield

    @contextmanager
    def _as(self, function: str) -> Iterator[None]:
        """Run the block with this function's ports."""
        from chalicelib import bootstrap
        from chalicelib.adapters.dynamodb.tables import connect

        ports = self.ports(function)
        # pynamodb's models have one connection per process: the latest one.
        connect(ports.state._tables)  # type: ignore[attr-defined]
        _, new_slack_ports = _factories()
        slack_ports = partial(self.slack_ports, function, new_slack_ports)
        with (
            patch.object(bootstrap, "ports", lambda: ports),
            patch.object(bootstrap, "slack_ports", slack_ports),
        ):
            yield

    def _decide(self, decision: ClientDecision) -> None:
        """Run the function ClientDecision while ClientApproval waits for it, with JSON as the
        event and as the result."""
        from chalicelib.adapters.dynamodb.tables import connect
        from chalicelib.adapters.requests.decisions import read_result
        from chalicelib.entrypoints.requests.client_decision import client_decision

        event = json.loads(msgspec.json.encode(decision))
        try:
            with self._as("ClientDecision"):
                result = client_decision(event, _Context(_DECISION_SECONDS))
        finally:
            connect(self.ports("ClientApproval").state._tables)  # type: ignore[attr-defined]
        read_result(json.dumps(result).encode())

    def slack_ports(
        self, function: str, make: Callable[[], SlackPorts | None]
    ) -> SlackPorts | None:
        """Return the function's Slack ports, or None if Slack is off. They are made only once."""
        if function not in self.slack_ports_of:
            with environment_with(self.credentials(function)):
                made = make()
            self.slack_ports_of[function] = made and replace(made, queue=_ThreadQueue(self))
        return self.slack_ports_of[function]

    def ports(self, function: str) -> Ports:
        """Return the function's ports, with its role's credentials. They are made only once."""
        if function not in self.ports_of:
            with environment_with(self.credentials(function)):
                new_ports, _ = _factories()
                ports = new_ports()
            ports = replace(ports, now=self.clock.now)
            ports = replace(ports, decide_for_client=self._decide)
            if self.runs_cut_offs:
                ports = replace(ports, kick=self._kick)
            self.ports_of[function] = ports
        return self.ports_of[function]

    def _kick(self, function: KickedFunction) -> None:
        """Run the function in a thread of this process."""
        from chalicelib.entrypoints.notifications.schedule import AFTER_KICK_SECONDS

        if function == "Notify":
            self.kick_notify(after=AFTER_KICK_SECONDS)
        else:
            self.kick_cut_off()

    def kick_notify(self, *, after: float = 0) -> None:
        """Run the function Notify in a thread of this process after so many seconds."""
        threading.Thread(target=self._run_notify, args=(after,), daemon=True).start()

    def _run_notify(self, after: float) -> None:
        """Mail the clients' approvers, and print the e-mails. Other channels are left out: nobody
        reads them here."""
        from chalicelib import bootstrap
        from chalicelib.entrypoints.http.jobs import Invocation, run_job
        from chalicelib.usecases.notifications.notify import notify

        time.sleep(after)
        context = _Context(_NOTIFY_SECONDS)
        with _errors_logged("notify"):
            settings = self.credentials("Notify") | {"DAYPASS_SLACK_WEBHOOK": ""}
            # The client for Amazon SES fetches its credentials with its first request.
            with self.running("Notify"), environment_with(settings):
                run_job(
                    "notify",
                    Invocation({}, context),
                    lambda run: notify(
                        bootstrap.notify_ports.__wrapped__(),
                        time_left=run.time_left,
                        report_failure=run.report_failure,
                    ),
                )
            self.outbox.print_new()

    def kick_cut_off(self) -> None:
        """Run the function CutOff in a thread of this process."""
        threading.Thread(target=self._run_cut_off, daemon=True).start()

    def _run_cut_off(self) -> None:
        """Run the job of the function CutOff. Its runs follow one another, and the other functions
        run between its calls to AWS."""
        from chalicelib.adapters.dynamodb.tables import connect
        from chalicelib.entrypoints.http.jobs import Invocation, run_job
        from chalicelib.usecases.vending.run_cut_offs import run_cut_offs

        context = _Context(_CUT_OFF_SECONDS)
        with _errors_logged("cut-off"), self._one_cut_off_at_a_time, self._one_at_a_time:
            ports = replace(self.ports("CutOff"), pause=self._let_others_run)
            connect(ports.state._tables)  # type: ignore[attr-defined]
            run_job(
                "cut_off",
                Invocation({}, context),
                lambda run: run_cut_offs(
                    ports, time_left=run.time_left, report_failure=run.report_failure
                ),
                get_ports=lambda: ports,
            )

    def kick_overview(self) -> None:
        """Run the function Overview in a thread of this process."""
        threading.Thread(target=self.run_overview, daemon=True).start()

    def run_overview(self) -> None:
        """Run the job of the function Overview, and log an error instead of raising it."""
        from chalicelib.entrypoints.http.jobs import Invocation, run_job
        from chalicelib.usecases.engagements.overview import make_overview

        context = _Context(_OVERVIEW_SECONDS)
        with _errors_logged("overview"), self.running("Overview"):
            run_job(
                "overview",
                Invocation({}, context),
                lambda run: make_overview(self.ports("Overview"), time_left=run.time_left),
            )

    def run_scheduled(self, function: str) -> None:
        """Run the function Sweep, Watch or Digest, and log an error instead of raising it."""
        from chalicelib import bootstrap
        from chalicelib.entrypoints.evidence.digest_job import digest
        from chalicelib.entrypoints.vending.schedule import watch
        from chalicelib.entrypoints.verification.schedule import sweep

        jobs = {"Sweep": (sweep, 720.0), "Watch": (watch, 25.0), "Digest": (digest, 300.0)}
        handler, seconds = jobs[function]
        settings = self.credentials(function) | self.digest_settings
        with (
            _errors_logged(function),
            self.running(function),
            environment_with(settings),
            patch.object(bootstrap, "digest_ports", bootstrap.digest_ports.__wrapped__),
        ):
            handler({}, _Context(seconds))

    @property
    def digest_settings(self) -> dict[str, str]:
        """Return the environment variables that only the function Digest has."""
        return {
            "DAYPASS_DIGEST_BUCKET": f"daypass-digests-{self.account}-{self.aws.region}",
            "DAYPASS_DIGEST_KEY": "alias/daypass-digests",
        }

    def _let_others_run(self, _tries: int) -> None:
        """Wait for a moment in which the other functions run, as they do beside CutOff on AWS."""
        from chalicelib.adapters.dynamodb.tables import connect

        self._one_at_a_time.release()
        try:
            time.sleep(0.1)
        finally:
            self._one_at_a_time.acquire()
        connect(self.ports("CutOff").state._tables)  # type: ignore[attr-defined]

    def credentials(self, function: str) -> dict[str, str]:
        """Return the environment variables for the function's name and its credentials' URL."""
        role_arn = f"arn:aws:iam::{self.account}:role/{roles()[function]}"
        name = deployed_name(function)
        url = self.aws.function_credentials_url(role_arn, name)
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_LAMBDA_FUNCTION_NAME": name}


class _Context:
    """The context of an invocation that has so many seconds."""

    aws_request_id = "local"

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> float:
        return (self._ends_at - time.monotonic()) * 1000


@dataclass(frozen=True, slots=True)
class _ThreadQueue:
    """A queue that runs the function SlackWork in a thread of this process."""

    functions: Functions

    def enqueue(self, task: str, response_url: str) -> None:
        event = {"task": task, "response_url": response_url}
        threading.Thread(target=self._work, args=(event,), daemon=True).start()

    def _work(self, event: dict[str, str]) -> None:
        from chalicelib.entrypoints.slack.work import slack_work

        with self.functions.running("SlackWork"):
            slack_work(event, None)


@cache
def _factories() -> tuple[Callable[[], Ports], Callable[[], SlackPorts | None]]:
    """Return the functions that make a function's ports and its Slack ports, as they are before a
    running function replaces them."""
    from chalicelib import bootstrap

    return bootstrap.ports.__wrapped__, bootstrap.slack_ports.__wrapped__


def deployed_name(function: str) -> str:
    """Return a name like those that AWS CloudFormation generates for the app's functions."""
    return f"daypass-{function}-local"


@cache
def roles() -> dict[str, str]:
    """Return the name of each function's role, from the deployment's template. Publish is left out:
    it exists only with an event bus, and its role only with it."""
    template = yaml.safe_load(_TEMPLATE.read_text(encoding="utf-8"))
    arns: dict[str, Any] = {
        name: resource["Properties"]["Role"]["Fn::Sub"]
        for name, resource in template["Resources"].items()
        if "Fn::Sub" in resource["Properties"].get("Role", {})
    }
    return {name: arn.rpartition("/")[2] for name, arn in arns.items()}


def function_for_route(method: str, path: str) -> str:
    """Return the name of the function that serves this route.

    Return APIHandler if no route has this method and path: its response lists the methods.
    """
    from chalicelib.entrypoints.http.routes import ROUTES

    return next((r.function for r in ROUTES if (r.method, r.path) == (method, path)), API)


@contextmanager
def environment_with(variables: Mapping[str, str]) -> Iterator[None]:
    """Add the variables to the environment until the block ends, with a new session of the AWS SDK.

    The new session has no cached credentials, so it uses those of the variables.
    """
    from chalicelib import bootstrap

    before = dict(os.environ)
    os.environ.update(variables)
    try:
        with patch.object(
            bootstrap, "botocore_session", cache(bootstrap.botocore_session.__wrapped__)
        ):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
