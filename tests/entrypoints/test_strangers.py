"""Only a valid token of an active member, in the Authorization header, is accepted."""

from chalicelib.domain.people.tokens import build_token_text
from chalicelib.domain.trail import Outcome
from tests.builders import a_member, a_token, token_text_of
from tests.entrypoints.driver import event, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask, path_of, prepare, with_token
from tests.entrypoints.valid import VEND
from tests.fakes import NOON
from tests.rows import every

ROUTES = with_token()
GOOD = token_text_of("lena")
OTHER_BYTES = b"another 32 bytes of randomness.."
UNKNOWN = build_token_text("lena", OTHER_BYTES)
CYRILLIC = "l\u0435na"


def _last_letter_changed(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


HEADERS = {
    "nothing": ("", "token-missing"),
    "a scheme": ("Bearer", "token-missing"),
    "a token without a scheme": (GOOD, "token-missing"),
    "Basic": (f"Basic {GOOD}", "token-missing"),
    "a colon": (f"Bearer:{GOOD}", "token-missing"),
    "a tab": (f"Bearer\t{GOOD}", "token-missing"),
    "no token": ("Bearer x", "token-malformed"),
    "a letter too few": (f"Bearer {GOOD[:-1]}", "token-malformed"),
    "another letter": (f"Bearer {_last_letter_changed(GOOD)}", "token-malformed"),
    "two headers folded": (f"Bearer {GOOD}, Bearer {GOOD}", "token-malformed"),
    "a Cyrillic е": (f"Bearer {GOOD.replace('lena', CYRILLIC)}", "token-malformed"),
    "a zero-width space": (f"Bearer {GOOD}\u200b", "token-malformed"),
    "far too long": ("Bearer daypass_" + "a" * 100_000, "token-malformed"),
    "well-formed, of a member": (f"Bearer {UNKNOWN}", "token-unknown"),
    "well-formed, of nobody": (
        f"Bearer {build_token_text('nobody', OTHER_BYTES)}",
        "token-unknown",
    ),
}


# A vend is recognised with its facts, all others in one place: each header on one route of both
# kinds, and each route with the one header that only the records show to be wrong.
RECOGNISED = ("GET /v1/me", VEND)


@every(
    "route, what",
    [
        *[(route, what) for route in RECOGNISED for what in HEADERS],
        *[(route, "well-formed, of a member") for route in ROUTES if route not in RECOGNISED],
    ],
    api=fresh_api,
)
def test_a_request_without_a_valid_token_is_refused(api, route, what):
    header, reason = HEADERS[what]
    prepare(api.world, route)
    before = dict(api.world.items)
    answer = ask(api, route, "nobody", headers={"Authorization": header})

    check(route, answer)
    assert (answer.status, answer.reason) == (401, reason)
    assert api.world.items == before
    assert not api.world.entries  # anyone could fill the trail with those
    assert not {"change", "issue", "probe", "put_outcome issued"} & set(api.world.steps)


# What has become of a token that was good, the status and the reason. What else can become of one
# is the rule's table.
STATUS_CHANGES = [
    (a_token, {"revoked_at": NOON}, 401, "token-revoked"),
    (a_member, {"suspended_at": NOON}, 403, "member-suspended"),
]


@every(
    "route, build, changes, status, reason",
    [
        *[(route, *status_change) for route in RECOGNISED for status_change in STATUS_CHANGES],
        *[(route, *STATUS_CHANGES[0]) for route in ROUTES if route not in RECOGNISED],
    ],
    api=fresh_api,
)
def test_a_token_that_is_no_longer_valid_is_refused_and_recorded(
    api, route, build, changes, status, reason
):
    caller = "member" if route.endswith("}/sessions") else "lead"
    api.world.add(build("alice" if caller == "member" else "lena", **changes))
    answer = ask(api, route, caller)

    check(route, answer)
    assert (answer.status, answer.reason) == (status, reason)
    (entry,) = api.world.entries
    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, reason)


WRONG = {
    "no JSON": {"raw": "{"},
    "a body that is too large": {"raw": " " * 20_000},
    "a field that is not known": {"body": {"x": 1}},
    "a query that is not known": {"query": {"x": "1"}},
}
AT_ONCE = "a body and a query that are not known"
WRONG[AT_ONCE] = {"body": {"x": 1}, "query": {"x": "1"}}


@every(
    "route, what",
    [
        *[(route, what) for route in RECOGNISED for what in WRONG],
        *[(route, AT_ONCE) for route in ROUTES if route not in RECOGNISED],
    ],
    api=fresh_api,
)
def test_an_unauthenticated_caller_learns_nothing_else_about_the_request(api, route, what):
    for token, reason in ((UNKNOWN, "token-unknown"), (token_text_of("sam"), "member-suspended")):
        header = {"Authorization": f"Bearer {token}"}
        assert ask(api, route, "nobody", headers=header, **WRONG[what]).reason == reason
    assert [entry.reason for entry in api.world.entries] == ["member-suspended"]


@every("scheme", ["Bearer", "bearer", "BEARER"])
@every("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_scheme_and_header_have_no_case(api, name, scheme):
    """RFC 9110, 5.1 and 11.1."""
    assert api.get("/v1/me", headers={name: f"{scheme} {GOOD}"}).status == 200


@every("route", RECOGNISED)
def test_a_token_counts_only_in_the_header(api, route):
    """A URL ends up in logs, histories and Referer headers."""
    for name in ("token", "access_token", "Authorization", "authorization"):
        assert ask(api, route, "nobody", query={name: GOOD}).reason == "token-missing"
        assert ask(api, route, "nobody", body={name: GOOD}).reason == "token-missing"
    for header in ("Cookie", "X-Api-Key", "X-Authorization", "Proxy-Authorization"):
        answer = ask(api, route, "nobody", headers={header: f"Bearer {GOOD}"})
        assert answer.reason == "token-missing"


CLAIMS = {
    "authorizer": {"principalId": "lena", "claims": {"sub": "lena", "cognito:groups": "lead"}},
    "identity": {"sourceIp": "127.0.0.1", "userArn": "arn:aws:iam::1:root", "caller": "lena"},
}
"""The event's facts about a caller that API Gateway has authenticated. Daypass uses none of them,
because someone who may invoke a function directly chooses the whole event."""


@every("headers", [None, {}, {"Authorization": None}])
@every("route", RECOGNISED)
def test_a_request_without_headers_has_no_token(api, route, headers):
    """API Gateway's own test console sends null where there are none."""
    request = event(route.partition(" ")[0], path_of(route))
    request["requestContext"] |= CLAIMS
    answer = api.invoke(request | {"headers": headers, "multiValueHeaders": None})

    assert (answer.status, answer.reason) == (401, "token-missing")
