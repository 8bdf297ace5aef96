"""What the prober asks for, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.people.tokens import presented
from chalicelib.domain.prober import checks
from chalicelib.domain.prober.checks import (
    ApiCheck,
    CheckCaller,
    Tokens,
    is_in,
    refusals,
    told_apart,
    verdict,
    was_answered,
)
from tests.domain.prober.trials_table import ANSWERED, APART, IS_IN, JUDGED
from tests.domain.rows import Row

ROUTES = [("GET", "/v1/members/{member}/tokens/{token}"), ("POST", "/v1/members")]


def asked() -> dict[str, ApiCheck]:
    return {trial.name: trial for trial in refusals(ROUTES)}


def test_every_route_is_asked_without_a_token_about_what_is_not_there() -> None:
    assert len(asked()) == len(refusals(ROUTES))  # no two trials have one name
    reading, writing = (one for one in asked().values() if one.who is CheckCaller.NOBODY)
    assert (reading.method, reading.path) == (
        "GET",
        "/v1/members/prober-unknown/tokens/prober-unknown",
    )
    assert reading.body is None
    assert (writing.method, writing.path, writing.body) == ("POST", "/v1/members", {})
    for one in (reading, writing):
        assert (one.status, one.reason) == (401, "token-missing")


def test_the_rest_is_asked_as_a_member_who_goes_too_far() -> None:
    assert {
        (one.who, one.method, one.path, one.status, one.reason)
        for one in asked().values()
        if one.who is not CheckCaller.NOBODY
    } == {
        ("malformed", "GET", "/v1/me", 401, "token-malformed"),
        ("malformed", "POST", "/v1/engagements/prober/sessions", 401, "token-malformed"),
        ("dead", "GET", "/v1/me", 401, "token-revoked"),
        ("dead", "POST", "/v1/engagements/prober/sessions", 401, "token-revoked"),
        ("live", "POST", "/v1/engagements/prober/sessions", 403, "role-unverified"),
        ("live", "POST", "/v1/engagements/prober-other/sessions", 403, "not-a-member"),
        ("live", "POST", "/v1/engagements/prober-unknown/sessions", 403, "not-a-member"),
        ("live", "GET", "/v1/members", 403, "lead-only"),
        ("live", "GET", "/v1/trail", 403, "lead-or-auditor-only"),
    }


def test_the_two_that_must_look_alike_differ_in_the_engagement_alone() -> None:
    mine, there = checks.NOT_MINE, checks.NOT_THERE
    assert mine.path.replace("prober-other", "prober-unknown") == there.path
    assert (mine.method, mine.who, mine.body) == (there.method, there.who, there.body)


def test_what_is_malformed_begins_as_a_token_does_and_is_none() -> None:
    assert checks.MALFORMED.startswith("daypass_")
    assert presented(checks.MALFORMED) is None


def test_its_tokens_have_no_face() -> None:
    assert repr(Tokens(live="a-secret", dead="another")) == "Tokens()"


TABLES = [(verdict, JUDGED), (was_answered, ANSWERED), (told_apart, APART), (is_in, IS_IN)]


@pytest.mark.parametrize(
    ("rule", "row"),
    [
        pytest.param(rule, row, id=f"{rule.__name__} {number} {row}")
        for rule, rows in TABLES
        for number, row in enumerate(rows)
    ],
)
def test_an_answer_shows(rule: Callable[..., object], row: Row) -> None:
    assert rule(*row.given) is row.answer


def test_what_must_be_given_is_asked_for_as_briefly_as_aws_allows() -> None:
    wanted = checks.MUST_BE_GIVEN
    assert (wanted.who, wanted.method, wanted.status) == (CheckCaller.LIVE, "POST", 201)
    assert wanted.path == "/v1/engagements/prober/sessions"
    assert wanted.body == {"role": "canary", "duration": 900}
    assert wanted.keeps == ("assumed_role_arn",)


def test_itself_is_asked_for_what_the_rest_hangs_on() -> None:
    itself = checks.ITSELF
    assert (itself.who, itself.method, itself.path) == (CheckCaller.LIVE, "GET", "/v1/me")
    assert (itself.status, itself.keeps) == (200, ("member.kind", "token.created_at"))
