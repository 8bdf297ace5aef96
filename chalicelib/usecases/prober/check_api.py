"""Enrol the prober, the function that tests the deployed API, and make its checks.

The adapter drops credentials from responses; they never reach this module.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

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
    is_session_in,
    judge_response,
    was_answered,
)
from chalicelib.domain.values import Value
from chalicelib.usecases.prober.ports import ProberPorts

ROTATED_AFTER = timedelta(days=7)
"""Tokens last 90 days. Weekly rotation also renews the revoked token that the API must refuse."""
CANARY_MINUTES = 5
"""The canary role is checked in the first five minutes of each hour, which is one run."""

LABEL = "the prober"
DISTINGUISHABLE = "another team's engagement distinguishable from an unknown one"
ROUTES = "list of routes"


class CanaryResult(StrEnum):
    """The result of the canary check."""

    VENDED = "vended"
    DENIED = "denied"
    NOT_DUE = "not-due"
    OFF = "off"
    """The operator chose no account for the canary role."""


class Finding(Value, frozen=True, kw_only=True):
    """A check whose response was not as expected."""

    check: str
    verdict: CheckVerdict
    response: ApiResponse


class CheckSummary(Value, frozen=True, kw_only=True):
    """The numbers of one run."""

    checks: int
    wrongly_allowed: int
    inconclusive: int
    """Checks with another refusal or no response, and checks that the prober could not make."""
    canary: CanaryResult
    wrongly_denied: int


def enrol_prober(ports: ProberPorts, code: str) -> None:
    """Exchange the code for a token, and rotate the token at once to get a revoked one as well.

    Raise AccessDenied for a bad code. Raise Unavailable if the API does not respond. The code may
    be used up then.
    """
    first = ports.api.enrol(code, LABEL)
    ports.secrets.write(Tokens(live=ports.api.rotate(first), revoked=first))


class _Run:
    """One run: the credentials of each caller, and the findings so far."""

    def __init__(self, ports: ProberPorts, tokens: Tokens | None) -> None:
        self._ports = ports
        self._credentials = {CheckCaller.NO_TOKEN: "", CheckCaller.MALFORMED: MALFORMED}
        if tokens is not None:
            self._credentials |= {
                CheckCaller.LIVE: tokens.live,
                CheckCaller.REVOKED: tokens.revoked,
            }
        self.checks = 0
        self.findings: list[Finding] = []

    def send(self, check: ApiCheck) -> ApiResponse:
        """Return the API's response, after one retry if needed. Status 0 for a check that needs a
        token that the prober does not have."""
        self.checks += 1
        if check.caller not in self._credentials:
            return ApiResponse()
        response = self._ports.api.send(check, self._credentials[check.caller])
        if was_answered(response):
            return response
        self._ports.pause()
        return self._ports.api.send(check, self._credentials[check.caller])

    def add(self, check: str, verdict: CheckVerdict, response: ApiResponse) -> None:
        if verdict is not CheckVerdict.AS_EXPECTED:
            self.findings.append(Finding(check=check, verdict=verdict, response=response))

    def count(self, verdict: CheckVerdict) -> int:
        return sum(finding.verdict is verdict for finding in self.findings)


def check_api(
    ports: ProberPorts,
    report_finding: Callable[[Finding], None],
    report_failure: Callable[[Exception], None],
) -> CheckSummary:
    """Make all checks, report each finding, and return the numbers. Unavailable if the prober's
    tokens cannot be read."""
    tokens = ports.secrets.find()
    run = _Run(ports, tokens)
    identity = run.send(IDENTITY_CHECK)
    is_member = identity.extracted.get("member.kind") == Kind.MEMBER
    run.add(
        IDENTITY_CHECK.name,
        CheckVerdict.AS_EXPECTED if is_member else CheckVerdict.INCONCLUSIVE,
        identity,
    )
    _check_refusals(run, ports)
    canary = _check_canary(run, ports)
    for finding in run.findings:
        report_finding(finding)
    if tokens is not None and is_member:
        try:
            _rotate_token_if_due(ports, tokens, identity)
        except DaypassError as error:  # the findings are reported all the same
            report_failure(error)
    return CheckSummary(
        checks=run.checks,
        wrongly_allowed=run.count(CheckVerdict.WRONGLY_ALLOWED),
        inconclusive=run.count(CheckVerdict.INCONCLUSIVE),
        canary=canary,
        wrongly_denied=run.count(CheckVerdict.WRONGLY_DENIED),
    )


def _check_refusals(run: _Run, ports: ProberPorts) -> None:
    routes = ports.api.routes()
    if not routes:
        run.add(ROUTES, CheckVerdict.INCONCLUSIVE, ApiResponse())
    responses = {}
    for check in build_denied_checks(routes):
        response = responses[check.name] = run.send(check)
        run.add(check.name, judge_response(check, response), response)
    other, unknown = (
        responses[OTHER_ENGAGEMENT_CHECK.name],
        responses[UNKNOWN_ENGAGEMENT_CHECK.name],
    )
    if are_distinguishable(other, unknown):
        run.add(DISTINGUISHABLE, CheckVerdict.WRONGLY_ALLOWED, other)


def _check_canary(run: _Run, ports: ProberPorts) -> CanaryResult:
    if not ports.canary_account:
        return CanaryResult.OFF
    if ports.now().minute >= CANARY_MINUTES:
        return CanaryResult.NOT_DUE
    response = run.send(CANARY_CHECK)
    if is_session_in(ports.canary_account, response):
        return CanaryResult.VENDED
    run.add(CANARY_CHECK.name, CheckVerdict.WRONGLY_DENIED, response)
    return CanaryResult.DENIED


def _rotate_token_if_due(ports: ProberPorts, tokens: Tokens, identity: ApiResponse) -> None:
    """Rotate the live token if it is over a week old. The replaced token becomes the revoked token
    of later runs."""
    created_at = datetime.fromisoformat(identity.extracted["token.created_at"])
    if ports.now() - created_at > ROTATED_AFTER:
        ports.secrets.write(Tokens(live=ports.api.rotate(tokens.live), revoked=tokens.live))
