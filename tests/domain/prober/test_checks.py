"""The requests that the prober sends, and its conclusions from the responses."""

from __future__ import annotations

from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.prober import checks
from chalicelib.domain.prober.checks import (
    ApiCheck,
    CheckCaller,
    Tokens,
    build_denied_checks,
)

ROUTES = [("GET", "/v1/members/{member}/tokens/{token}"), ("POST", "/v1/members")]


def checks_by_name() -> dict[str, ApiCheck]:
    return {check.name: check for check in build_denied_checks(ROUTES)}


def test_every_route_is_checked_without_a_token_and_with_unknown_ids() -> None:
    by_name = checks_by_name()
    assert len(by_name) == len(build_denied_checks(ROUTES))  # names are unique
    read, write = (check for check in by_name.values() if check.caller is CheckCaller.NO_TOKEN)
    assert (read.method, read.path) == ("GET", "/v1/members/prober-unknown/tokens/prober-unknown")
    assert read.body is None
    assert (write.method, write.path, write.body) == ("POST", "/v1/members", {})
    for check in (read, write):
        assert (check.status, check.reason) == (401, "token-missing")


def test_the_other_checks_exceed_a_members_permissions() -> None:
    assert {
        (check.caller, check.method, check.path, check.status, check.reason)
        for check in checks_by_name().values()
        if check.caller is not CheckCaller.NO_TOKEN
    } == {
        ("malformed", "GET", "/v1/me", 401, "token-malformed"),
        ("malformed", "POST", "/v1/engagements/prober/sessions", 401, "token-malformed"),
        ("revoked", "GET", "/v1/me", 401, "token-revoked"),
        ("revoked", "POST", "/v1/engagements/prober/sessions", 401, "token-revoked"),
        ("live", "POST", "/v1/engagements/prober/sessions", 403, "role-unverified"),
        ("live", "POST", "/v1/engagements/prober-other/sessions", 403, "not-a-member"),
        ("live", "POST", "/v1/engagements/prober-unknown/sessions", 403, "not-a-member"),
        ("live", "GET", "/v1/members", 403, "lead-only"),
        ("live", "GET", "/v1/trail", 403, "lead-or-auditor-only"),
    }


def test_the_two_indistinguishable_requests_differ_only_in_the_engagement() -> None:
    other, unknown = checks.OTHER_ENGAGEMENT_CHECK, checks.UNKNOWN_ENGAGEMENT_CHECK
    assert other.path.replace("prober-other", "prober-unknown") == unknown.path
    assert (other.method, other.caller, other.body) == (
        unknown.method,
        unknown.caller,
        unknown.body,
    )


def test_the_malformed_token_has_the_prefix_and_is_not_parsed() -> None:
    assert checks.MALFORMED.startswith("daypass_")
    assert parse_token(checks.MALFORMED) is None


def test_the_repr_of_tokens_shows_no_token() -> None:
    assert repr(Tokens(live="a-secret", revoked="another")) == "Tokens()"


def test_the_canary_role_is_requested_for_the_shortest_session_that_aws_allows() -> None:
    canary = checks.CANARY_CHECK
    assert (canary.caller, canary.method, canary.status) == (CheckCaller.LIVE, "POST", 201)
    assert canary.path == "/v1/engagements/prober/sessions"
    assert canary.body == {"role": "canary", "duration": 900}
    assert canary.extract == ("assumed_role_arn",)


def test_the_identity_check_reads_the_members_kind_and_the_tokens_age() -> None:
    identity = checks.IDENTITY_CHECK
    assert (identity.caller, identity.method, identity.path) == (CheckCaller.LIVE, "GET", "/v1/me")
    assert (identity.status, identity.extract) == (200, ("member.kind", "token.created_at"))
