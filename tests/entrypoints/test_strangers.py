"""Only a valid token of an active member, in the Authorization header, is accepted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token, build_token_text
from chalicelib.domain.trail import Outcome
from tests.builders import token_text_of
from tests.entrypoints.driver import Api, event, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask, path_of, prepare, with_token
from tests.entrypoints.valid import VEND
from tests.fakes import NOON, World
from tests.rows import every

ROUTES = with_token()
GOOD = token_text_of("lena")
OTHER_BYTES = b"another 32 bytes of randomness.."
UNKNOWN = build_token_text("lena", OTHER_BYTES)
CYRILLIC = "l\u0435na"


def _last_letter_changed(text: str) -> str:
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
def test_a_request_without_a_valid_token_is_refused(api: Api, route: str, what: str) -> None:
    header, reason = HEADERS[what]
    prepare(api.world, route)
    before = dict(api.world.items)
    answer = ask(api, route, "nobody", headers={"Authorization": header})

    check(route, answer)
    assert (answer.status, answer.reason) == (401, reason)
    assert api.world.items == before
    assert not api.world.entries  # anyone could fill the trail with those
    assert not {"change", "issue", "probe", "put_outcome issued"} & set(api.world.steps)


def _revoked(world: World, member: str) -> None:
    (token,) = world.find(Token, where=lambda t: t.member == member)
    world.add(replace(token, revoked_at=NOON))


def _suspended(world: World, member: str) -> None:
    (person,) = world.find(Member, where=lambda m: m.id == member)
    world.add(replace(person, suspended_at=NOON))


# What has become of a token that was good, the status and the reason. What else can become of one
# is the rule's table.
STATUS_CHANGES = [(_revoked, 401, "token-revoked"), (_suspended, 403, "member-suspended")]


@every(
    "route, change, status, reason",
    [
        *[(route, *status_change) for route in RECOGNISED for status_change in STATUS_CHANGES],
        *[(route, *STATUS_CHANGES[0]) for route in ROUTES if route not in RECOGNISED],
    ],
    api=fresh_api,
)
def test_a_token_that_is_no_longer_valid_is_refused_and_recorded(
    api: Api, route: str, change: Callable[[World, str], None], status: int, reason: str
) -> None:
    caller = "member" if route.endswith("}/sessions") else "lead"
    change(api.world, "alice" if caller == "member" else "lena")
    answer = ask(api, route, caller)

    check(route, answer)
    assert (answer.status, answer.reason) == (status, reason)
    (entry,) = api.world.entries
    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, reason)


WRONG: dict[str, dict[str, Any]] = {
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
def test_an_unauthenticated_caller_learns_nothing_else_about_the_request(
    api: Api, route: str, what: str
) -> None:
    for token, reason in ((UNKNOWN, "token-unknown"), (token_text_of("sam"), "member-suspended")):
        header = {"Authorization": f"Bearer {token}"}
        assert ask(api, route, "nobody", headers=header, **WRONG[what]).reason == reason
    assert [entry.reason for entry in api.world.entries] == ["member-suspended"]


@every("scheme", ["Bearer", "bearer", "BEARER"])
@every("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_scheme_and_header_have_no_case(api: Api, name: str, scheme: str) -> None:
    """RFC 9110, 5.1 and 11.1."""
    assert api.get("/v1/me", headers={name: f"{scheme} {GOOD}"}).status == 200


@every("route", RECOGNISED)
def test_a_token_counts_only_in_the_header(api: Api, route: str) -> None:
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
def test_a_request_without_headers_has_no_token(api: Api, route: str, headers: Any) -> None:
    """API Gateway's own test console sends null where there are none."""
    request = event(route.partition(" ")[0], path_of(route))
    request["requestContext"] |= CLAIMS
    answer = api.invoke(request | {"headers": headers, "multiValueHeaders": None})

    assert (answer.status, answer.reason) == (401, "token-missing")
