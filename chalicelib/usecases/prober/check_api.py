"""Enrol the prober, and try the deployed API: what must be refused, and what must be given.

What it is given is dropped in the adapter, and never reaches this.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.prober.checks import (
    ITSELF,
    MALFORMED,
    MUST_BE_GIVEN,
    NOT_MINE,
    NOT_THERE,
    ApiCheck,
    ApiResponse,
    CheckCaller,
    CheckVerdict,
    Tokens,
    is_in,
    refusals,
    told_apart,
    verdict,
    was_answered,
)
from chalicelib.domain.values import Value
from chalicelib.usecases.prober.ports import ProberPorts

ROTATED_AFTER = timedelta(days=7)
"""A token lives for 90 days. So often, the one that must be refused is a fresh one, too."""
WITHIN = 5
"""Minutes of each hour: one of the runs, which come every five minutes, falls into them."""

LABEL = "the prober"
TOLD_APART = "engagement of others, told apart from one that is not there"
ROUTES = "routes, to ask each without a token"


class Canary(StrEnum):
    """What came of asking for what must be given."""

    GIVEN = "given"
    NOT_GIVEN = "not-given"
    NOT_NOW = "not-now"
    OFF = "off"
    """The operator has named no account for it."""


class Finding(Value, frozen=True, kw_only=True):
    """One answer that was not as it must be."""

    trial: str
    verdict: CheckVerdict
    told: ApiResponse


class CheckSummary(Value, frozen=True, kw_only=True):
    """What one run found, in numbers."""

    trials: int
    given: int
    """What must be refused, and was given."""
    unclear: int
    """What was refused for another reason, or not asked, or not answered."""
    canary: Canary
    not_given: int
    """What must be given, and was not."""


def enrol_prober(ports: ProberPorts, code: str) -> None:
    """Exchange the code for a token, and rotate it at once, so that there is one that has been
    revoked. AccessDenied for a bad code; Unavailable if that is not known: another is needed."""
    first = ports.api.enrol(code, LABEL)
    ports.safe.keep(Tokens(live=ports.api.rotate(first), dead=first))


class _Run:
    """One run: what it may show of itself, and what it has found so far."""

    def __init__(self, ports: ProberPorts, tokens: Tokens | None) -> None:
        self._ports = ports
        self._shown = {CheckCaller.NOBODY: "", CheckCaller.MALFORMED: MALFORMED}
        if tokens is not None:
            self._shown |= {CheckCaller.LIVE: tokens.live, CheckCaller.DEAD: tokens.dead}
        self.trials = 0
        self.findings: list[Finding] = []

    def ask(self, trial: ApiCheck) -> ApiResponse:
        """What it says, the second time if it gave no answer; nothing, to who is not enrolled."""
        self.trials += 1
        if trial.who not in self._shown:
            return ApiResponse()
        told = self._ports.api.ask(trial, self._shown[trial.who])
        if was_answered(told):
            return told
        self._ports.pause()
        return self._ports.api.ask(trial, self._shown[trial.who])

    def found(self, trial: str, verdict: CheckVerdict, told: ApiResponse) -> None:
        if verdict is not CheckVerdict.RIGHT:
            self.findings.append(Finding(trial=trial, verdict=verdict, told=told))

    def count(self, verdict: CheckVerdict) -> int:
        return sum(one.verdict is verdict for one in self.findings)


def check_api(
    ports: ProberPorts,
    found: Callable[[Finding], None],
    failed: Callable[[Exception], None],
) -> CheckSummary:
    """Give each finding, and the numbers. Unavailable where its own tokens cannot be read."""
    tokens = ports.safe.find()
    run = _Run(ports, tokens)
    itself = run.ask(ITSELF)
    is_member = itself.kept.get("member.kind") == Kind.MEMBER
    run.found(ITSELF.name, CheckVerdict.RIGHT if is_member else CheckVerdict.UNCLEAR, itself)
    _try_what_must_be_refused(run, ports)
    canary = _try_what_must_be_given(run, ports)
    for one in run.findings:
        found(one)
    if tokens is not None and is_member:
        try:
            _rotate(ports, tokens, itself)
        except DaypassError as error:  # what was found stands all the same
            failed(error)
    return CheckSummary(
        trials=run.trials,
        given=run.count(CheckVerdict.GIVEN),
        unclear=run.count(CheckVerdict.UNCLEAR),
        canary=canary,
        not_given=run.count(CheckVerdict.NOT_GIVEN),
    )


def _try_what_must_be_refused(run: _Run, ports: ProberPorts) -> None:
    routes = ports.api.routes()
    if not routes:
        run.found(ROUTES, CheckVerdict.UNCLEAR, ApiResponse())
    answers = {}
    for trial in refusals(routes):
        told = answers[trial.name] = run.ask(trial)
        run.found(trial.name, verdict(trial, told), told)
    not_mine, not_there = answers[NOT_MINE.name], answers[NOT_THERE.name]
    if told_apart(not_mine, not_there):
        run.found(TOLD_APART, CheckVerdict.GIVEN, not_mine)


def _try_what_must_be_given(run: _Run, ports: ProberPorts) -> Canary:
    if not ports.canary_account:
        return Canary.OFF
    if ports.now().minute >= WITHIN:
        return Canary.NOT_NOW
    told = run.ask(MUST_BE_GIVEN)
    if is_in(ports.canary_account, told):
        return Canary.GIVEN
    run.found(MUST_BE_GIVEN.name, CheckVerdict.NOT_GIVEN, told)
    return Canary.NOT_GIVEN


def _rotate(ports: ProberPorts, tokens: Tokens, itself: ApiResponse) -> None:
    """The live token is the dead one of the next runs: what is revoked has not been for long."""
    made_at = datetime.fromisoformat(itself.kept["token.created_at"])
    if ports.now() - made_at > ROTATED_AFTER:
        ports.safe.keep(Tokens(live=ports.api.rotate(tokens.live), dead=tokens.live))
