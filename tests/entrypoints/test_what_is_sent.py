"""Every sent field reaches the record, the trail and the response."""

from __future__ import annotations

from chalicelib.domain.trail import Action
from tests.entrypoints.driver import ADDRESS, Api, fresh_api
from tests.entrypoints.matrix import CODE_ROUTES, FOR_MEMBERS, ask, routes, served_by
from tests.entrypoints.valid import BODIES, VEND
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
# Shown at a role's setup, and not at the role.
# Where what was sent comes back under another name: `reason` is the freeze's.
# Where what was sent is a part of what is answered.


# Where each part has an entry, and the last entry is about the whole.
SUMMARISED = ("POST /v1/clients/revoke", "POST /v1/members/{member}/leave")


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
