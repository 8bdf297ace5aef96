"""The prober says what was given that must not be, and what it could not find out; else nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.prober.checks import (
    NOT_MINE,
    NOT_THERE,
    ApiResponse,
    CheckVerdict,
    Tokens,
    refusals,
)
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.prober.check_api import CheckSummary, Finding, check_api, enrol_prober
from tests.builders import token_text_of
from tests.fakes.prober import CANARY_ACCOUNT, ROUTES, ProberWorld

ALL = [trial.name for trial in refusals(ROUTES)]
QUIET = CheckSummary(trials=len(ALL) + 1, given=0, unclear=0, canary="off", not_given=0)


@dataclass
class Ran:
    """What came of one run."""

    tried: CheckSummary
    found: list[Finding] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    @property
    def told(self) -> list[tuple[str, CheckVerdict]]:
        return [(one.trial, one.verdict) for one in self.found]


def run(world: ProberWorld) -> Ran:
    found: list[Finding] = []
    failed: list[Exception] = []
    return Ran(check_api(world.ports(), found.append, failed.append), found, failed)


def test_the_first_token_is_rotated_at_once_so_that_there_is_a_dead_one() -> None:
    world = ProberWorld()
    enrol_prober(world.ports(), "a-code")
    first, second = token_text_of("prober1"), token_text_of("prober2")
    assert world.api.rotated == ["a-code as the prober", first]
    assert world.safe.tokens == Tokens(live=second, dead=first)


def test_it_is_quiet_where_all_is_as_it_must_be() -> None:
    world = ProberWorld()
    ran = run(world)
    assert ran == Ran(QUIET)
    assert [name for name, _ in world.api.asked] == ["itself", *ALL]


def test_each_trial_shows_what_it_is_to_show() -> None:
    world = ProberWorld()
    run(world)
    shown = dict(world.api.asked)
    assert {shown[f"no token: {method} {path}"] for method, path in ROUTES} == {""}
    assert {shown["revoked token"], shown["revoked token, reading"]} == {"dead"}
    assert {shown["malformed token"], shown["malformed token, reading"]} == {"daypass_prober_0"}
    for name in ("itself", "unproven role", "lead's list", "trail", NOT_MINE.name, NOT_THERE.name):
        assert shown[name] == "live"


@pytest.mark.parametrize("name", ALL)
def test_what_is_given_is_found_whatever_it_is(name: str) -> None:
    world = ProberWorld()
    world.api.says[name] = [ApiResponse(status=201)]
    ran = run(world)
    assert (
        Finding(trial=name, verdict=CheckVerdict.GIVEN, told=ApiResponse(status=201)) in ran.found
    )
    assert ran.tried.given == len(ran.found) > 0


@pytest.mark.parametrize("name", ALL)
def test_what_is_refused_otherwise_is_not_taken_for_right(name: str) -> None:
    world = ProberWorld()
    world.api.says[name] = [ApiResponse(status=401, reason="token-expired")]
    ran = run(world)
    assert (name, CheckVerdict.UNCLEAR) in ran.told
    assert ran.tried.unclear == 1


def test_an_engagement_of_others_that_is_told_apart_from_none_is_found() -> None:
    world = ProberWorld()
    not_mine, reason = Reason.NOT_A_MEMBER, Reason.NOT_A_MEMBER
    world.api.says[NOT_MINE.name] = [ApiResponse(status=403, reason=not_mine, shape="there is one")]
    world.api.says[NOT_THERE.name] = [ApiResponse(status=403, reason=reason, shape="there is none")]
    ran = run(world)
    assert ran.told == [
        ("engagement of others, told apart from one that is not there", CheckVerdict.GIVEN)
    ]


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_what_is_not_answered_is_asked_once_more_after_a_moment(status: int) -> None:
    world = ProberWorld()
    right = ApiResponse(status=403, reason=Reason.LEAD_ONLY)
    world.api.says["lead's list"] = [ApiResponse(status=status), right]
    assert run(world) == Ran(QUIET)
    assert world.pauses == 1
    world.api.says["lead's list"] = [ApiResponse(status=status)]
    assert run(world).told == [("lead's list", CheckVerdict.UNCLEAR)]
    assert world.pauses == 2


def test_a_lead_who_may_do_more_than_a_member_cannot_tell() -> None:
    world = ProberWorld()
    world.api.kind = "lead"
    assert run(world).told == [("itself", CheckVerdict.UNCLEAR)]


def test_without_tokens_it_asks_for_nothing_that_needs_one_and_says_so() -> None:
    world = ProberWorld()
    world.safe.tokens = None
    ran = run(world)
    with_tokens = ["itself", "revoked token", "revoked token, reading", "unproven role"]
    with_tokens += ["lead's list", "trail", NOT_MINE.name, NOT_THERE.name]
    assert ran.told == [(name, CheckVerdict.UNCLEAR) for name in with_tokens]
    assert {token for _, token in world.api.asked} == {"", "daypass_prober_0"}
    assert world.pauses == 0


def test_an_api_that_does_not_describe_itself_is_not_taken_for_one_without_routes() -> None:
    world = ProberWorld()
    world.api.described = ()
    assert run(world).told == [("routes, to ask each without a token", CheckVerdict.UNCLEAR)]


@pytest.mark.parametrize(("minute", "canary"), [(0, "given"), (4, "given"), (5, "not-now")])
def test_the_canary_role_is_asked_for_once_an_hour(minute: int, canary: str) -> None:
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.later(minutes=minute)
    ran = run(world)
    assert (ran.tried.canary, ran.found) == (canary, [])
    asked = "canary role" in dict(world.api.asked)
    assert asked is (canary == "given")


def test_a_canary_role_that_is_not_given_is_found() -> None:
    world = ProberWorld(canary_account=CANARY_ACCOUNT)
    world.api.says["canary role"] = [ApiResponse(status=403, reason=Reason.ROLE_UNVERIFIED)]
    ran = run(world)
    assert ran.told == [("canary role", CheckVerdict.NOT_GIVEN)]
    assert (ran.tried.canary, ran.tried.not_given) == ("not-given", 1)
    assert (ran.tried.given, ran.tried.unclear) == (0, 0)


@pytest.mark.parametrize(("days", "is_rotated"), [(0, False), (7, False), (7.001, True)])
def test_its_token_is_rotated_once_a_week_and_the_former_is_the_dead_one(
    days: float, *, is_rotated: bool
) -> None:
    world = ProberWorld()
    world.later(days=days)
    assert run(world) == Ran(QUIET)
    assert world.api.rotated == (["live"] if is_rotated else [])
    assert world.safe.tokens is not None
    assert world.safe.tokens.dead == ("live" if is_rotated else "dead")


def test_who_is_not_let_in_cannot_tell_and_rotates_nothing() -> None:
    world = ProberWorld()
    world.later(days=8)
    world.api.says["itself"] = [ApiResponse(status=401, reason=Reason.TOKEN_EXPIRED)]
    assert run(world).told == [("itself", CheckVerdict.UNCLEAR)]
    assert world.api.rotated == []
    assert world.safe.tokens == Tokens(live="live", dead="dead")


def test_what_was_found_is_told_though_the_token_cannot_be_rotated() -> None:
    world = ProberWorld()
    world.later(days=8)
    world.api.fails = Unavailable(Reason.TIMED_OUT)
    world.api.says["trail"] = [ApiResponse(status=200)]
    ran = run(world)
    assert ran.told == [("trail", CheckVerdict.GIVEN)]
    assert ran.failed == [world.api.fails]
