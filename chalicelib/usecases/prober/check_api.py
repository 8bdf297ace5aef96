"""Enrol the prober, the function that tests the deployed API as an ordinary member, and make its
checks. Most are requests that the API must refuse. The canary check, which the operator can turn
on, requests a session that the API must give.

The adapter drops credentials from responses, so they never reach this module.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.prober.checks import (
    CANARY_CHECK,
    IDENTITY_CHECK,
    MALFORMED,
    OTHER_ENGAGEMENT_CHECK,
    UNKNOWN_ENGAGEMENT_CHECK,
    ApiCheck,
    ApiResponse,
    CheckCaller,
    CheckVerdict,
    Tokens,
    are_distinguishable,
    build_denied_checks,
    is_blocked,
    is_session_in,
    judge_response,
    was_answered,
)
from chalicelib.domain.values import Value


class DeployedApi(Protocol):
    """The deployed API, called over HTTPS like any other caller does."""

    def send(self, check: ApiCheck, token: str) -> ApiResponse:
        """Return the response to the check's request. An empty `token` sends none. A request
        without a response returns status 0 and raises nothing."""

    def find_token_routes(self) -> Sequence[tuple[str, str]]:
        """Return the method and path of each route that needs a token, from the API's own OpenAPI
        document. Return none if the document is unavailable."""

    def enrol(self, code: str, label: str) -> str:
        """Return the token for an enrolment code. AccessDenied if the API refuses the code,
        Unavailable without a response."""

    def rotate(self, token: str) -> str:
        """Return the token that replaces this one, which the API revokes. Errors as `enrol`."""


class SecretStore(Protocol):
    """The prober's tokens, which only its own AWS role can read. Unavailable if AWS does not
    answer."""

    def find(self) -> Tokens | None: ...

    def write(self, tokens: Tokens) -> None: ...


class ProberPorts(Value):
    """Everything that the prober uses."""

    api: DeployedApi
    secrets: SecretStore
    canary_account: str
    """The AWS account of the canary role; empty if there is none."""
    now: Callable[[], datetime]
    pause: Callable[[], None]
    """Wait a moment before a request is repeated."""


ROTATED_AFTER = timedelta(days=7)
"""How old the prober's token gets. A token is valid for 90 days. The token that is replaced each
week is then the revoked token that the API must refuse."""
CANARY_MINUTES = 5
"""The canary role is checked only in the first five minutes of each hour, in which one run
begins."""

LABEL = "the prober"
"""The label of the prober's token."""
DISTINGUISHABLE = "the refusals for another team's engagement and an unknown one differ"
"""The check that compares two refusals. They must not show which engagement exists."""
ROUTES = "list of routes"
"""The check that the API's own list of routes is available."""


class CanaryResult(StrEnum):
    """The result of the canary check."""

    VENDED = "vended"
    DENIED = "denied"
    BLOCKED = "blocked"
    """Refused because Daypass is frozen, or the canary role's engagement paused. That is no
    finding."""
    NOT_DUE = "not-due"
    OFF = "off"
    """The operator chose no account for the canary role."""


class Finding(Value):
    """A check whose response was not as expected."""

    check: str
    verdict: CheckVerdict
    response: ApiResponse


class CheckSummary(Value):
    """The result of one run: the number of checks, the numbers of findings, and the canary
    check."""

    checks: int
    wrongly_allowed: int
    inconclusive: int
    """The number of checks with another refusal or without a response."""
    not_enrolled: int
    """The number of checks that the prober could not make, because no one has enrolled it."""
    canary: CanaryResult
    wrongly_denied: int


def enrol_prober(ports: ProberPorts, code: str) -> None:
    """Exchange the enrolment code for a token, and store it. Rotate the token first: the checks
    also need a revoked token, which the API must refuse.

    Raise AccessDenied for an invalid code. Raise Unavailable if the API does not respond. Then the
    code may have been used, and the prober needs a new one.
    """
    first = ports.api.enrol(code, LABEL)
    ports.secrets.write(Tokens(live=ports.api.rotate(first), revoked=first))


class _CheckRun:
    """One run of the checks: what each `CheckCaller` sends as its token, and the findings so
    far."""

    def __init__(self, ports: ProberPorts, tokens: Tokens | None) -> None:
        self._ports = ports
        self._credentials = {CheckCaller.NO_TOKEN: "", CheckCaller.MALFORMED: MALFORMED}
        if tokens is not None:
            self._credentials |= {
                CheckCaller.LIVE: tokens.live,
                CheckCaller.REVOKED: tokens.revoked,
            }
        self.check_count = 0
        self.findings: list[Finding] = []

    def send(self, check: ApiCheck) -> ApiResponse:
        """Send the check's request, and return the API's response. Retry once if there is none.
        Return a response with status 0 if the prober does not have the token for this check."""
        self.check_count += 1
        if check.caller not in self._credentials:
            return ApiResponse()
        response = self._ports.api.send(check, self._credentials[check.caller])
        if was_answered(response):
            return response
        self._ports.pause()
        return self._ports.api.send(check, self._credentials[check.caller])

    def add_response(self, check: ApiCheck, verdict: CheckVerdict, response: ApiResponse) -> None:
        """Add a finding, unless the verdict is as expected. Without a token for the check, the
        prober is not enrolled."""
        has_token = check.caller in self._credentials
        self.add_result(check.name, verdict if has_token else CheckVerdict.NOT_ENROLLED, response)

    def add_result(self, check: str, verdict: CheckVerdict, response: ApiResponse) -> None:
        """Add a finding, unless the verdict is as expected."""
        if verdict is not CheckVerdict.AS_EXPECTED:
            self.findings.append(Finding(check=check, verdict=verdict, response=response))

    def count_findings(self, verdict: CheckVerdict) -> int:
        """Return the number of findings with this verdict."""
        return sum(finding.verdict is verdict for finding in self.findings)


def check_api(
    ports: ProberPorts,
    report_finding: Callable[[Finding], None],
    report_failure: Callable[[Exception], None],
) -> CheckSummary:
    """Make all checks, report each finding, and return a summary. Afterwards rotate the prober's
    token if that is due, and report a failure to do so. Raise Unavailable if the prober's tokens
    cannot be read."""
    tokens = ports.secrets.find()
    run = _CheckRun(ports, tokens)
    identity = run.send(IDENTITY_CHECK)
    is_ordinary_member = identity.extracted.get("member.kind") == Kind.MEMBER
    run.add_response(
        IDENTITY_CHECK,
        CheckVerdict.AS_EXPECTED if is_ordinary_member else CheckVerdict.INCONCLUSIVE,
        identity,
    )
    _check_refusals(run, ports)
    canary = _check_canary(run, ports)
    for finding in run.findings:
        report_finding(finding)
    if tokens is not None and is_ordinary_member:
        try:
            _rotate_token_if_due(ports, tokens, identity)
        except DaypassError as error:  # the run goes on, and returns its summary
            report_failure(error)
    return CheckSummary(
        checks=run.check_count,
        wrongly_allowed=run.count_findings(CheckVerdict.WRONGLY_ALLOWED),
        inconclusive=run.count_findings(CheckVerdict.INCONCLUSIVE),
        not_enrolled=run.count_findings(CheckVerdict.NOT_ENROLLED),
        canary=canary,
        wrongly_denied=run.count_findings(CheckVerdict.WRONGLY_DENIED),
    )


def _check_refusals(run: _CheckRun, ports: ProberPorts) -> None:
    """Make the checks that the API must refuse, and add their results to the run. Also compare the
    refusal for an engagement of others with that for an engagement that does not exist."""
    routes = ports.api.find_token_routes()
    if not routes:
        run.add_result(ROUTES, CheckVerdict.INCONCLUSIVE, ApiResponse())
    responses = {}
    for check in build_denied_checks(routes):
        response = responses[check.name] = run.send(check)
        run.add_response(check, judge_response(check, response), response)
    for_other_engagement = responses[OTHER_ENGAGEMENT_CHECK.name]
    for_unknown_engagement = responses[UNKNOWN_ENGAGEMENT_CHECK.name]
    if are_distinguishable(for_other_engagement, for_unknown_engagement):
        run.add_result(DISTINGUISHABLE, CheckVerdict.WRONGLY_ALLOWED, for_other_engagement)


def _check_canary(run: _CheckRun, ports: ProberPorts) -> CanaryResult:
    """Request a session of the canary role, if that check is on and due, and return the result. It
    is due in the first run of each hour. If the API gives no session in the canary account, add a
    finding to the run, unless a freeze or a pause is in force."""
    if not ports.canary_account:
        return CanaryResult.OFF
    if ports.now().minute >= CANARY_MINUTES:
        return CanaryResult.NOT_DUE
    response = run.send(CANARY_CHECK)
    if is_session_in(ports.canary_account, response):
        return CanaryResult.VENDED
    if is_blocked(response):
        return CanaryResult.BLOCKED
    run.add_response(CANARY_CHECK, CheckVerdict.WRONGLY_DENIED, response)
    return CanaryResult.DENIED


def _rotate_token_if_due(ports: ProberPorts, tokens: Tokens, identity: ApiResponse) -> None:
    """Rotate the live token if it is older than ROTATED_AFTER. Later runs use the replaced token as
    the revoked token."""
    created_at = datetime.fromisoformat(identity.extracted["token.created_at"])
    if ports.now() - created_at > ROTATED_AFTER:
        ports.secrets.write(Tokens(live=ports.api.rotate(tokens.live), revoked=tokens.live))
