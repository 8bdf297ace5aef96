"""A run of all stages: what the stages share, and how their checks become results."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.live.accounts import Account
from local.live.ledger import Ledger, Resource
from local.live.report import Report, Result, Seen, Status
from local.rehearsal.commands import StepFailed, run
from local.rehearsal.operator import make_command
from local.rehearsal.screen import Screen

_HTTP_SECONDS = 60


class Skipped(Exception):
    """A check does not apply to these accounts. The message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API, whatever its status."""

    status: int
    headers: Message[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        return self.headers.get("X-Request-Id", "")

    def json(self) -> Any:
        """Return the parsed body. Raise StepFailed if the API refused the request."""
        if self.status >= 300:
            text = self.body.decode(errors="replace")
            raise StepFailed(f"The API answered {self.status}: {text} ({self.request_id})")
        return json.loads(self.body)


@dataclass(slots=True)
class Run:
    """Two accounts, the ledger, and what the stages so far have made."""

    firm: Account
    client: Account
    ledger: Ledger
    screen: Screen
    is_local: bool = False
    packaged: str = ""
    """The folder of an existing package; empty to package this folder."""
    api_address: Callable[[str], str] = lambda address: address
    """Turns the address of the stack's output into the one that answers here."""
    report: Report = field(default_factory=Report)
    api_url: str = ""
    lead: str = ""
    members: dict[str, str] = field(default_factory=dict)
    """Members' API tokens by ID."""
    notes: dict[str, Any] = field(default_factory=dict)
    """Results of the stages' preparations, for their checks. They may contain secrets."""

    def create(self, account: Account, kind: str, name: str, *, before: str = "") -> str:
        """Write the resource into the ledger, and return its name. Then create it."""
        self.ledger.record(Resource(kind, account.id, account.region, name, before))
        return name

    def make(self, target: str, settings: Mapping[str, str], *, is_secret: bool = False) -> str:
        """Run `make TARGET` for the firm's account, and return its output.

        Show the output unless it is secret. Raise StepFailed if the command fails.
        """
        environment = dict(self.firm.environment)
        self.screen.command(f"make {target}")
        return run(
            self.screen.hidden() if is_secret else self.screen,
            make_command(target, settings, aws_cli=environment.get("AWS_CLI", "")),
            env=environment,
            name=f"make {target}",
            pass_fds=(self.ledger.file,),
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        body: Mapping[str, Any] | bytes | None = None,
        **headers: str,
    ) -> Reply:
        """Send a request to the API, and return its answer. Follow no redirect."""
        url = path if path.startswith("http") else self.api_url + path
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            names = {"Content-Type": "application/json"} | names
        if token:
            names["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, data=data, method=method, headers=names)
        try:
            with _OPENER.open(request, timeout=_HTTP_SECONDS) as response:
                return Reply(response.status, response.headers, response.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Reply(refusal.code, refusal.headers, refusal.read())

    def as_lead(self, method: str, path: str, **body: Any) -> Any:
        """Send a request with the lead's token, and return its JSON. Raise StepFailed if the API
        refuses it."""
        return self.call(method, path, token=self.lead, body=body or None).json()

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> float | None:
        """Return the seconds until the condition held, or None if it did not in this time."""
        started = time.monotonic()
        while not condition():
            if time.monotonic() - started > seconds:
                return None
            time.sleep(0.5)
        return time.monotonic() - started


@dataclass(frozen=True, slots=True)
class Check:
    """A check of one point of docs/reference/live-account.md."""

    point: int
    see: Callable[[Run], Seen]
    leaves: str = ""
    """The part of the point that remains to be checked by hand."""
    not_local: str = ""
    """Why the local AWS does not even run this check; empty if it does."""

    def judge(self, run: Run, stage: str) -> Result:
        """Make the check, and return its result. No failure of AWS or of the API passes it."""
        if run.is_local and self.not_local:
            return Result(self.point, stage, Status.NOT_JUDGED, self.not_local)
        try:
            seen = self.see(run)
        except Skipped as reason:
            return Result(self.point, stage, Status.SKIP, str(reason))
        except ClientError as refusal:
            seen = _see_refusal(refusal)
        except (StepFailed, BotoCoreError, OSError, KeyError, ValueError) as failure:
            seen = Seen(holds=False, value=f"{type(failure).__name__}: {failure}")
        status = _status(seen, is_local=run.is_local)
        left = f". By hand: {self.leaves}" if self.leaves else ""
        return Result(self.point, stage, status, seen.value + left, seen.request_id)


@dataclass(frozen=True, slots=True)
class Stage:
    """Checks that share what they need."""

    name: str
    title: str
    prepare: Callable[[Run], None]
    """Create what the checks need. Raise StepFailed if that is impossible."""
    checks: tuple[Check, ...]
    is_needed: bool = False
    """True if no later stage can run without this one."""


def run_stages(run: Run, stages: tuple[Stage, ...]) -> None:
    """Run the stages in their order. After a needed one has failed, skip the others."""
    blocked = ""
    for stage in stages:
        if blocked:
            _skip(run, stage, blocked)
            continue
        with run.screen.step(stage.title):
            try:
                stage.prepare(run)
            except (StepFailed, ClientError, BotoCoreError, OSError, KeyError, ValueError) as error:
                failure = f"{type(error).__name__}: {error}"
                run.report.add(Result(None, stage.name, Status.FAIL, failure))
                run.screen.line(run.report.clean(f"FAIL  {failure}"))
                _skip(run, stage, f"The stage {stage.name} could not be prepared.")
                if stage.is_needed:
                    blocked = f"The stage {stage.name} failed."
                continue
            for check in stage.checks:
                _add(run, check.judge(run, stage.name))


def _skip(run: Run, stage: Stage, reason: str) -> None:
    for check in stage.checks:
        _add(run, Result(check.point, stage.name, Status.SKIP, reason))


def _add(run: Run, result: Result) -> None:
    run.report.add(result)
    run.screen.line(run.report.clean(f"{result.status}  {result.point}  {result.value}"))


def _status(seen: Seen, *, is_local: bool) -> Status:
    """Return the status. What the local AWS does shows nothing about AWS, unless it fails."""
    if not seen.holds:
        return Status.FAIL
    return Status.NOT_JUDGED if is_local else Status.PASS


def _see_refusal(refusal: ClientError) -> Seen:
    request_id = refusal.response.get("ResponseMetadata", {}).get("RequestId", "")
    return Seen(holds=False, value=str(refusal), request_id=request_id)


def refused(call: Callable[..., Any], **arguments: Any) -> ClientError | None:
    """Return AWS's refusal of the call, or None if AWS accepted it."""
    try:
        call(**arguments)
    except ClientError as refusal:
        return refusal
    return None


def request_id(response: Any) -> str:
    """Return the ID of an AWS request from its response."""
    return str(response["ResponseMetadata"].get("RequestId", ""))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Returns a redirect as the answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
