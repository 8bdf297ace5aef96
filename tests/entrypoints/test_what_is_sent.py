"""Every sent field reaches the record, the trail and the response."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import Action
from tests.entrypoints.driver import ADDRESS, Api, fresh_api
from tests.entrypoints.matrix import CODE_ROUTES, FOR_MEMBERS, ask, path_of, routes, served_by
from tests.entrypoints.valid import APPROVE, BODIES, DENY, EMERGENCY, VEND
from tests.rows import every

PREVIEW = "POST /v1/previews/{name}"  # reads, and changes nothing
WRITING = [route for route in routes() if not route.startswith("GET") and route != PREVIEW]
ENDING = [
    route
    for route in WRITING
    if route.endswith(
        (
            "/revoke",
            "/close",
            "/reopen",
            "/rotate",
            "/override/end",
            "/renew",
            "/leave",
            "/review",
            "/client-approval",
        )
    )
    and BODIES.get(route)
]
# How a moment that was sent with another offset comes back.
SPELT = {
    "2026-12-24T18:00:00+01:00": "2026-12-24T17:00:00Z",
    "2026-11-25T18:00:00+01:00": "2026-11-25T17:00:00Z",
}
# Shown at a role's setup, and not at the role.
CHOSEN = {"permissions": "security-audit"}
# Where what was sent comes back under another name: `reason` is the freeze's.
RENAMED = {
    "POST /v1/thaw": {"reason": "lift_reason"},
    "POST /v1/engagements/{engagement}/lift-pause": {"reason": "lift_reason"},
    APPROVE: {"reason": "decision"},
    DENY: {"reason": "decision"},
}
# Where what was sent is a part of what is answered.
PART = {"POST /v1/engagements/{engagement}/roles/{role}/override": "override"}


# Where each part has an entry, and the last entry is about the whole.
SUMMARISED = ("POST /v1/clients/revoke", "POST /v1/members/{member}/leave")
# What is sent there is a profile's text: tests/entrypoints/test_imports.py.
IMPORT = "POST /v1/imports"


@every("route", [r for r in BODIES if r not in (VEND, IMPORT, PREVIEW, *ENDING)], api=fresh_api)
def test_sent_values_are_shown(api: Api, route: str) -> None:
    shown = ask(api, route, served_by(route)).json
    shown = shown[PART[route]] if route in PART else shown

    for name, value in BODIES[route].items():
        if (route, name) == (EMERGENCY, "duration"):
            assert shown["ends_at"] == "2026-11-24T12:30:00Z"
            continue
        if name in ("code", "identity_token"):
            assert value not in str(shown)
            continue
        if isinstance(value, list) and isinstance(value[0], dict):
            (sent,), (made,) = value, shown[name]
            differs = {name: value for name, value in sent.items() if made.get(name) != value}
            assert differs.items() <= CHOSEN.items()
            continue
        expected = SPELT.get(value, value) if isinstance(value, str) else value
        assert shown[RENAMED.get(route, {}).get(name, name)] == expected


def _kept(api: Api, path: str) -> Any:
    answer = api.get(path, "lena")
    assert answer.status == 200
    return answer.json


@every("route", [r for r in BODIES if r.startswith("PATCH")], api=fresh_api)
def test_changed_values_persist(api: Api, route: str) -> None:
    before = _kept(api, path_of(route))
    shown = ask(api, route, "lead").json
    kept = _kept(api, path_of(route))

    assert kept == kept | shown != before


@every("route", ENDING, api=fresh_api)
def test_the_reason_is_on_the_trail(api: Api, route: str) -> None:
    ask(api, route, served_by(route))

    if route in SUMMARISED:
        assert {entry.details["said"] for entry in api.world.entries} == {BODIES[route]["reason"]}
        return
    entry, *grants = api.world.entries
    # A renewal, a review, a session's cut-off.
    of_the_same_call = (Action.GRANT_CHANGE, Action.GRANT_REVOKE, Action.CUT_OFF_REQUEST)
    assert all(grant.action in of_the_same_call for grant in grants)
    assert entry.details["said"] == BODIES[route]["reason"]


@every("route", [route for route in WRITING if route not in CODE_ROUTES], api=fresh_api)
def test_a_refusal_is_recorded_under_the_attempted_action(api: Api, route: str) -> None:
    """With the address that it came from."""
    outsider, insider = ("other", "member") if route in FOR_MEMBERS else ("member", "lead")
    if "/me/" in route:
        outsider, insider = "suspended", served_by(route)
    ask(api, route, outsider)
    ask(api, route, insider)

    refusal, *others = api.world.entries
    done = others[-1 if route in SUMMARISED else 0]
    assert refusal.action is done.action is not Action.READ
    assert refusal.address == done.address == ADDRESS


@every("route", [r for r in routes() if r.startswith("GET /v1/")], api=fresh_api)
def test_reading_is_recorded_only_where_it_is_refused(api: Api, route: str) -> None:
    ask(api, route, "suspended")

    (entry,) = api.world.entries
    assert entry.action is Action.READ


def _busy(api: Api) -> None:
    """alice draws two sessions at acme-prod, bob one at globex; bob is refused at acme-prod."""
    for member, engagement in (("alice", "acme-prod"), ("bob", "globex"), ("alice", "acme-prod")):
        path = f"/v1/engagements/{engagement}/sessions"
        assert api.post(path, member, {"role": "readonly"}).status == 201
        api.world.later(minutes=1)
    assert ask(api, VEND, "other").status == 403


SESSIONS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["alice", "bob", "alice"]),
    ({"member": "alice"}, ["alice", "alice"]),
    ({"engagement": "globex"}, ["bob"]),
    ({"engagement": "acme-prod", "member": "bob"}, []),
]


def test_sessions_are_filtered_by_the_query(api: Api) -> None:
    _busy(api)
    for query, members in SESSIONS:
        sessions = api.get("/v1/sessions", "lena", query=query).json["sessions"]
        assert [session["member"] for session in sessions] == members, query


def test_my_sessions_contain_only_my_sessions(api: Api) -> None:
    _busy(api)
    for member, count in (("alice", 2), ("bob", 1), ("lena", 0)):
        sessions = api.get("/v1/me/sessions", member).json["sessions"]
        assert [session["member"] for session in sessions] == [member] * count


# The matching entries, by actor and outcome.
A, B = "alice", "bob"
TRAIL: list[tuple[dict[str, str], list[str]]] = [
    ({}, [B, A, A, B, B, A, A]),
    ({"member": B}, [B, B, B]),
    ({"outcome": "refused"}, [B]),
    ({"engagement": "globex"}, [B, B]),
    ({"engagement": "acme-prod", "member": B}, [B]),
    ({"from": "2026-11-24T12:01:00Z", "to": "2026-11-24T12:02:00Z"}, [B, B]),
    ({"limit": "3"}, [B, A, A]),
    ({"cursor": "2026-11-24T12:01:00.000000Z#0"}, [A, A]),
]


def test_entries_are_filtered_by_the_query(api: Api) -> None:
    _busy(api)
    for query, actors in TRAIL:
        entries = api.get("/v1/trail", "ada", query=query).json["entries"]
        assert [entry["actor"] for entry in entries] == actors, query
