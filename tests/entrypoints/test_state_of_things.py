"""The errors for a lead if an item does not exist, exists already, or has ended already."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.vending.sessions import Revocation
from tests.builders import a_grant, a_token
from tests.entrypoints.driver import NO_BODY, Api
from tests.entrypoints.http.contract import check, refused
from tests.entrypoints.matrix import (
    EXPLAIN,
    FOR_MEMBERS,
    PATH,
    ask,
    prepare,
    revocations,
    routes,
    served_by,
)
from tests.entrypoints.valid import BODIES, VEND

UNKNOWN = {
    "engagement": ("no-such-client", "no-such-engagement"),
    "role": ("no-such-role", "no-such-role"),
    "token": ("0" * 12, "no-such-token"),
    "link": ("0" * 12, "no-such-link"),
    "session": ("0" * 16, "no-such-session"),
    "approver": ("nobody-we-know", "no-such-approver"),
    "request": ("alice." + "0" * 16, "no-such-request"),
}


def test_another_members_token_is_not_found(api: Api) -> None:
    body = {"reason": "mine?"}
    bobs = f"/v1/me/tokens/{a_token('bob').id}"
    for method, path, more in (
        ("GET", bobs, NO_BODY),
        ("PATCH", bobs, {"label": "mine"}),
        ("POST", f"{bobs}/revoke", body),
    ):
        for caller in ("alice", "lena"):
            answer = api.send(method, path, caller, more)
            assert (answer.status, answer.reason) == (404, "no-such-token")
    assert not api.world.entries


def unknown_member(route: str) -> tuple[str, str]:
    reason = "no-such-grant" if "/grants/" in route else "no-such-member"
    return "nobody-we-know", reason


@pytest.mark.parametrize(
    "route", [r for r in routes() if "{" in r and r not in (*FOR_MEMBERS, EXPLAIN)]
)
def test_a_missing_item_is_named(api: Api, route: str) -> None:
    pattern = route.partition(" ")[2]
    for name in (name for name in PATH if f"{{{name}}}" in pattern):
        value, reason = unknown_member(route) if name == "member" else UNKNOWN[name]
        answer = refused(api, route, path=pattern.format(**PATH | {name: value}))
        assert (answer.status, answer.reason) == (404, reason)


ELSEWHERE = [
    ("GET /v1/sessions", {"query": {"member": "nobody-we-know"}}, "no-such-member"),
    ("GET /v1/sessions", {"query": {"engagement": "no-such-client"}}, "no-such-engagement"),
    (
        "POST /v1/engagements/{engagement}/grants",
        {"body": {"member": "nobody-we-know", "roles": ["readonly"]}},
        "no-such-member",
    ),
    (
        "GET /v1/members/{member}/tokens/{token}",
        {"path": f"/v1/members/bob/tokens/{PATH['token']}"},
        "no-such-token",
    ),
]


@pytest.mark.parametrize(("route", "changes", "reason"), ELSEWHERE)
def test_a_missing_item_is_named_in_every_part_of_a_request(
    api: Api, route: str, changes: dict[str, Any], reason: str
) -> None:
    answer = refused(api, route, **changes)

    assert (answer.status, answer.reason) == (404, reason)


def test_the_trail_can_be_queried_for_unknown_names(api: Api) -> None:
    answer = api.get("/v1/trail", "lena", query={"member": "nobody-we-know"})

    assert (answer.status, answer.json) == (200, {"entries": [], "cursor": None})


# Asked a second time, with nothing changed in between.
AGAIN = {
    "POST /v1/members": "already-exists",
    "POST /v1/engagements": "already-exists",
    "POST /v1/engagements/{engagement}/roles": "already-exists",
    "POST /v1/engagements/{engagement}/grants": "already-exists",
    "POST /v1/members/{member}/reinstate": "not-ended",
    "POST /v1/engagements/{engagement}/reopen": "not-ended",
    "POST /v1/imports": "already-exists",
    "POST /v1/engagements/{engagement}/rotate": "rotation-under-way",
    "POST /v1/engagements/{engagement}/approvers": "already-exists",
}


def test_every_route_that_creates_or_ends_an_item_is_here() -> None:
    making = [r for r in routes() if BODIES.get(r, {}).keys() & {"id", "name", "member"}]
    assert len(revocations()) == 12
    assert {r for r in making if r.startswith("POST")} <= AGAIN.keys()


@pytest.mark.parametrize("route", AGAIN)
def test_a_repeated_change_is_a_conflict(api: Api, route: str) -> None:
    prepare(api.world, route)
    method, _, pattern = route.partition(" ")
    member = "sam" if route.endswith("reinstate") else "alice"
    path = pattern.format(**PATH | {"member": member})
    body = {"body": BODIES[route]} if route in BODIES else {}
    assert api.send(method, path, "lena", **body).status < 300
    items, entries = dict(api.world.items), list(api.world.entries)

    answer = api.send(method, path, "lena", **body)

    check(route, answer)
    assert (answer.status, answer.reason) == (409, AGAIN[route])
    assert (api.world.items, api.world.entries) == (items, entries)


# What cannot be done with what has ended, once it has.
ENDED = {
    "PATCH /v1/engagements/{engagement}/grants/{member}": "/v1/engagements/acme-prod/grants/alice",
    "PATCH /v1/engagements/{engagement}/roles/{role}": "/v1/engagements/acme-prod/roles/readonly",
    "POST /v1/engagements/{engagement}/roles/{role}/verify": (
        "/v1/engagements/acme-prod/roles/readonly"
    ),
    "POST /v1/members/{member}/enrolment": "/v1/members/alice",
}


@pytest.mark.parametrize("route", ENDED)
def test_an_ended_item_cannot_be_changed(api: Api, route: str) -> None:
    assert api.post(f"{ENDED[route]}/revoke", "lena", {"reason": "over"}).status == 200
    api.world.steps.clear()
    answer = refused(api, route)

    assert (answer.status, answer.reason) == (409, "already-ended")


@pytest.mark.parametrize("route", revocations())
def test_every_revocation_answers_in_the_same_shape(api: Api, route: str) -> None:
    answer = ask(api, route, served_by(route)).json
    revocation = answer.get("revocation", answer)

    assert {*Revocation.__struct_fields__, "message"} <= revocation.keys()
    assert revocation["revoked_at"] == "2026-11-24T12:00:00Z"
    assert revocation["cut_off_at"] == "2026-11-24T12:00:05Z"
    assert revocation["alive"] == len(revocation["sessions"])
    assert answer["message"].startswith(revocation["message"])


def test_an_auditor_gets_no_grant(api: Api) -> None:
    body = {"member": "ada", "roles": ["readonly"]}
    answer = refused(api, "POST /v1/engagements/{engagement}/grants", body=body)

    assert (answer.status, answer.reason) == (400, "auditor-cannot-enter")


def test_a_revocation_says_what_it_cannot_do(api: Api) -> None:
    """AWS takes no session back: the answer lists them, and never says just "revoked"."""
    api.world.add(a_grant("alice"))
    ask(api, VEND, "member", body={"role": "readonly"})
    api.world.later(seconds=1, milliseconds=250)

    done = api.post("/v1/engagements/acme-prod/revoke", "lena", {"reason": "a leak"}).json

    assert [session["member"] for session in done["sessions"]] == ["alice"]
    assert done["last_moment"] == done["sessions"][0]["ends_by"] == "2026-11-24T13:00:00Z"
    assert done["cut_off_at"] == "2026-11-24T12:00:07Z"
    assert "AWS cannot recall issued sessions" in done["message"]
    assert done["last_moment"] in done["message"]
