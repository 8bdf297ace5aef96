"""The requests that the prober sends, and its conclusions from the responses."""

from msgspec.structs import replace

from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.prober import checks
from chalicelib.domain.prober.checks import build_denied_checks

ROUTES = [("GET", "/v1/members/{member}/tokens/{token}"), ("POST", "/v1/members")]


def checks_by_name():
    return {check.name: check for check in build_denied_checks(ROUTES)}


def test_every_route_is_checked_without_a_token_and_with_unknown_ids():
    by_name = checks_by_name()
    assert len(by_name) == len(build_denied_checks(ROUTES))  # names are unique
    read, write = (check for check in by_name.values() if check.caller == "none")
    assert (read.method, read.path) == ("GET", "/v1/members/prober-unknown/tokens/prober-unknown")
    assert read.body is None
    assert (write.method, write.path, write.body) == ("POST", "/v1/members", {})
    for check in (read, write):
        assert (check.status, check.reason) == (401, "token-missing")


def test_the_other_checks_exceed_a_members_permissions():
    assert {
        (check.caller, check.method, check.path, check.status, check.reason)
        for check in checks_by_name().values()
        if check.caller != "none"
    } == {
        ("malformed", "GET", "/v1/me", 401, "token-malformed"),
        ("malformed", "POST", "/v1/engagements/prober/sessions", 401, "token-malformed"),
        ("revoked", "GET", "/v1/me", 401, "token-revoked"),
        ("revoked", "POST", "/v1/engagements/prober/sessions", 401, "token-revoked"),
        ("live", "POST", "/v1/engagements/prober/sessions", 403, "role-unverified"),
        ("live", "POST", "/v1/engagements/prober-other/sessions", 403, "not-a-member"),
        ("live", "POST", "/v1/engagements/prober-unknown/sessions", 403, "not-a-member"),
        ("live", "GET", "/v1/members", 403, "lead-or-auditor-only"),
        ("live", "GET", "/v1/trail", 403, "lead-or-auditor-only"),
    }


def test_the_two_indistinguishable_requests_differ_only_in_the_engagement():
    other, unknown = checks.OTHER_ENGAGEMENT_CHECK, checks.UNKNOWN_ENGAGEMENT_CHECK
    path = other.path.replace("prober-other", "prober-unknown")
    assert replace(other, name=unknown.name, path=path) == unknown


def test_the_malformed_token_has_the_prefix_and_is_not_parsed():
    assert checks.MALFORMED.startswith("daypass_")
    assert parse_token(checks.MALFORMED) is None
