"""The prober reports wrong and inconclusive responses of the API, and nothing else."""

from dataclasses import dataclass, field

from chalicelib.domain.prober.checks import (
    OTHER_ENGAGEMENT_CHECK,
    UNKNOWN_ENGAGEMENT_CHECK,
    ApiResponse,
    Tokens,
    build_denied_checks,
)
from chalicelib.usecases.prober.check_api import (
    DISTINGUISHABLE,
    ROUTES,
    CheckSummary,
    Finding,
    check_api,
    enrol_prober,
)
from tests.builders import token_text_of
from tests.fakes.prober import CANARY_ACCOUNT, ProberWorld
from tests.fakes.prober import ROUTES as ALL_ROUTES
from tests.rows import every
from tests.usecases.lost_answers import DOWN

DENIED = [check.name for check in build_denied_checks(ALL_ROUTES)]
QUIET = CheckSummary(
    checks=len(DENIED) + 1,
    wrongly_allowed=0,
    inconclusive=0,
    not_enrolled=0,
    canary="off",
    wrongly_denied=0,
)


NEEDS_LIVE_TOKEN = (
    *("own identity", "unverified role", "list of members", "trail"),
    *(OTHER_ENGAGEMENT_CHECK.name, UNKNOWN_ENGAGEMENT_CHECK.name),
)


@dataclass
class Run:
    """The result of one run."""

    summary: CheckSummary
    findings: list = field(default_factory=list)
    failures: list = field(default_factory=list)

    @property
    def verdicts(self):
        return [(finding.check, finding.verdict) for finding in self.findings]


def answering(check, status, reason="", **facts):
    """Return a world in which the API answers this check so."""
    world = ProberWorld(**facts)
    world.api.responses[check] = [ApiResponse(status=status, reason=reason)]
    return world


def run(world):
    ran = Run(QUIET)
    ran.summary = check_api(world.ports(), ran.findings.append, ran.failures.append)
    return ran


def test_enrolment_rotates_the_first_token_so_that_a_revoked_one_exists():
    world = ProberWorld()
    enrol_prober(world.ports(), "a-code")
    first, second = token_text_of("prober1"), token_text_of("prober2")
    assert world.api.rotated == ["a-code as the prober", first]
    assert world.secrets.tokens == Tokens(live=second, revoked=first)


def test_a_run_without_findings_is_quiet():
    world = ProberWorld()
    assert run(world) == Run(QUIET)
    assert [name for name, _ in world.api.sent] == ["own identity", *DENIED]


def test_each_check_sends_its_callers_credentials():
    world = ProberWorld()
    run(world)
    tokens = dict(world.api.sent)
    expected = {f"no token: {method} {path}": "" for method, path in ALL_ROUTES}
    expected |= {f"revoked token: {name}": "revoked" for name in ("vend", "read")}
    expected |= {f"malformed token: {name}": "daypass_prober_0" for name in ("vend", "read")}
    assert tokens == expected | dict.fromkeys(NEEDS_LIVE_TOKEN, "live")


@every("name", DENIED)
def test_each_wrongly_allowed_request_is_reported(name):
    ran = run(answering(name, 201))
    verdict, response = "wrongly-allowed", ApiResponse(status=201)
    assert Finding(check=name, verdict=verdict, response=response) in ran.findings
    assert ran.summary.wrongly_allowed == len(ran.findings) > 0


@every("name", DENIED)
def test_a_refusal_for_another_reason_is_inconclusive(name):
    ran = run(answering(name, 401, "token-expired"))
    assert (name, "inconclusive") in ran.verdicts
    assert ran.summary.inconclusive == 1


def test_distinguishable_engagements_are_reported():
    world = ProberWorld()
    for check in (OTHER_ENGAGEMENT_CHECK, UNKNOWN_ENGAGEMENT_CHECK):
        refusal = ApiResponse(status=403, reason="not-a-member", shape=check.name)
        world.api.responses[check.name] = [refusal]
    assert run(world).verdicts == [(DISTINGUISHABLE, "wrongly-allowed")]


@every("status", [0, 429, 500, 503])
def test_an_unanswered_request_is_sent_once_more_after_a_pause(status):
    world = ProberWorld()
    refusal = ApiResponse(status=403, reason="lead-or-auditor-only")
    world.api.responses["list of members"] = [ApiResponse(status=status), refusal]
    assert run(world) == Run(QUIET)
    assert world.pauses == 1
    world.api.responses["list of members"] = [ApiResponse(status=status)]
    assert run(world).verdicts == [("list of members", "inconclusive")]
    assert world.pauses == 2


def test_a_prober_that_is_a_lead_is_inconclusive():
    world = ProberWorld()
    world.api.kind = "lead"
    assert run(world).verdicts == [("own identity", "inconclusive")]


def test_an_unenrolled_prober_sends_no_check_that_needs_a_token_and_reports_that():
    world = ProberWorld()
    world.secrets.tokens = None
    needs_token = {*NEEDS_LIVE_TOKEN, "revoked token: vend", "revoked token: read"}
    assert dict(run(world).verdicts) == dict.fromkeys(needs_token, "not-enrolled")
    assert {token for _, token in world.api.sent} == {"", "daypass_prober_0"}
    assert world.pauses == 0


def test_an_api_without_an_openapi_document_is_inconclusive():
    world = ProberWorld()
    world.api.documented = ()
    assert run(world).verdicts == [(ROUTES, "inconclusive")]


@every("minute, canary", [(0, "vended"), (4, "vended"), (5, "not-due")])
def test_the_canary_role_is_requested_once_an_hour(minute, canary):
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.later(minutes=minute)
    ran = run(world)
    assert (ran.summary.canary, ran.findings) == (canary, [])
    was_requested = "canary role" in dict(world.api.sent)
    assert was_requested is (canary == "vended")


@every("reason", ["frozen", "paused-by-client"])
def test_a_blocked_canary_role_is_no_finding(reason):
    ran = run(answering("canary role", 403, reason, canary_account=CANARY_ACCOUNT))
    assert (ran.summary.canary, ran.findings) == ("blocked", [])


def test_a_refused_canary_role_is_reported():
    world = answering("canary role", 403, "role-unverified", canary_account=CANARY_ACCOUNT)
    ran = run(world)
    assert ran.verdicts == [("canary role", "wrongly-denied")]
    assert (ran.summary.canary, ran.summary.wrongly_denied) == ("denied", 1)
    assert (ran.summary.wrongly_allowed, ran.summary.inconclusive) == (0, 0)


@every("days, is_rotated", [(0, False), (7, False), (7.001, True)])
def test_the_token_is_rotated_once_a_week_and_the_previous_one_becomes_the_revoked_one(
    days, *, is_rotated
):
    world = ProberWorld()
    world.later(days=days)
    assert run(world) == Run(QUIET)
    assert world.api.rotated == (["live"] if is_rotated else [])
    assert world.secrets.tokens.revoked == ("live" if is_rotated else "revoked")


def test_a_prober_with_an_expired_token_is_inconclusive_and_rotates_nothing():
    world = answering("own identity", 401, "token-expired")
    world.later(days=8)
    assert run(world).verdicts == [("own identity", "inconclusive")]
    assert world.api.rotated == []
    assert world.secrets.tokens == Tokens(live="live", revoked="revoked")


def test_findings_are_reported_even_if_the_token_cannot_be_rotated():
    world = answering("trail", 200)
    world.later(days=8)
    world.api.fails = DOWN
    ran = run(world)
    assert ran.verdicts == [("trail", "wrongly-allowed")]
    assert ran.failures == [world.api.fails]
