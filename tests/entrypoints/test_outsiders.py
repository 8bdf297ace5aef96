"""An outsider learns nothing: no engagement and not mine are one answer, at one cost."""

import re

from tests.builders import a_grant, a_role, a_scene, an_engagement
from tests.entrypoints.driver import served
from tests.entrypoints.matrix import EXPLAIN, FOR_MEMBERS, PATH, ask, routes
from tests.entrypoints.valid import BODIES, QUERIES, VEND
from tests.fakes import NOON
from tests.rows import every

NOWHERE = "no-such-client"
OUTSIDERS = ["other", "lead", "auditor", "suspended"]

REPORT = "GET /v1/engagements/{engagement}/report"
SESSION = "GET /v1/engagements/{engagement}/sessions/{session}"
PAUSE = "GET /v1/engagements/{engagement}/pause"


# What the outsider must not be able to tell apart from an engagement that does not exist.
STATES = {
    "open": [],
    "closed": [an_engagement(closed_at=NOON)],
    "revoked": [an_engagement(revoked_at=NOON)],
    "over": [an_engagement(ends_at=NOON)],
    "unverified": [a_role(verification=None)],
    "with an ended role": [a_role(ended_at=NOON)],
    "that asks for a reason": [a_role(requires_reason=True)],
    "with others on it": [a_grant("dora")],
}
WISHES = [
    {"role": "readonly"},
    {"role": "no-such-role"},
    {"role": "readonly", "duration": 3600, "reason": "curious"},
    {"role": "readonly", "format": "env"},
    {"role": "Readonly"},
    {"role": "readonly", "duration": 1},
    {"external_id": "x", "role": "readonly"},
    [],
]


def seen(state, engagement, route, caller, member=PATH["member"], **changes):
    """Return all that an outsider can see or measure of one request in a fresh scene."""
    scene = a_scene(*STATES[state])
    pattern = route.partition(" ")[2]
    with served(scene) as api:
        path = pattern.format(**PATH | {"engagement": engagement, "member": member})
        answer = ask(api, route, caller, path=path, **changes)
    return (
        answer.status,
        answer.headers,
        answer.text,
        scene.world.steps,
        len(scene.world.entries),
        len(scene.world.issued),
    )


@every("caller", OUTSIDERS)
@every("state", STATES)
def test_members_without_a_grant_cannot_tell_that_an_engagement_exists(state, caller):
    for request in WISHES:
        there = seen(state, "acme-prod", VEND, caller, body=request)
        nowhere = seen(state, NOWHERE, VEND, caller, body=request)

        assert there == nowhere
        assert there[0] in (400, 403)


def test_an_unknown_engagement_gets_the_refusal_of_a_member_without_a_grant():
    status, _, text, steps, entries, issued = seen("open", NOWHERE, VEND, "other")

    assert (status, '"reason":"not-a-member"' in text) == (403, True)
    assert (steps, entries, issued) == (["access_facts", "record refused"], 1, 0)


@every("role", ["deploy", "raedonly", "Readonly", "read only"])
def test_a_refused_role_refers_the_caller_to_their_own_roles(role):
    """A role that exists but was not granted, and one that does not exist, get the same answer."""

    def answer(*roles):
        with served(a_scene(*roles)) as api:
            response = ask(api, VEND, "member", body={"role": role})
        return response.status, response.headers, response.text

    nowhere = answer()
    assert answer(a_role("deploy")) == nowhere
    status, _, text = nowhere
    assert status == (403 if role in ("deploy", "raedonly") else 400)
    assert re.search("one of your roles|lists your roles", text)


@every("caller", ["member", "other", "auditor", "suspended", "nobody"])
@every("route", [r for r in routes() if "{engagement}/" in r or "nts}" in r])
def test_a_leads_route_shows_only_leads_what_exists(route, caller):
    if route in (*FOR_MEMBERS, EXPLAIN) and caller == "member":
        caller = "other"
    # Auditors read these, as they read the trail.
    if route in (EXPLAIN, PAUSE, REPORT, SESSION) and caller == "auditor":
        caller = "other"
    body = {"body": BODIES[route]} if route in BODIES else {}
    there = seen("open", "acme-prod", route, caller, **body)

    assert there == seen("open", NOWHERE, route, caller, **body)


@every("caller", ["member", "other", "suspended", "nobody"])
@every("route", ["GET /v1/sessions", "GET /v1/trail"])
def test_a_list_shows_only_its_readers_what_exists(route, caller):
    """Not by an engagement's name, not by a member's, and not by how wrong the question is."""
    questions = [
        {"engagement": "acme-prod"},
        {"engagement": NOWHERE},
        {"member": "alice"},
        {"member": "nobody-we-know"},
        {"engagement": "***"},
        {"engagement": "Acme"},
        {"member": "Alice"},
        {},
        QUERIES[route],
    ]
    answers = [seen("open", "acme-prod", route, caller, query=query) for query in questions]

    assert all(answer == answers[0] for answer in answers)


@every("caller", ["member", "other", "auditor"])
@every("route", [r for r in routes() if "{member}" in r])
def test_a_leads_route_shows_only_leads_which_members_exist(route, caller):
    if route.endswith("/lead-changes") and caller == "auditor":  # who reads them
        caller = "other"
    existing = seen("open", "acme-prod", route, caller)

    assert existing == seen("open", "acme-prod", route, caller, "nobody-we-know")
    assert existing[0] == 403


def test_my_lists_contain_only_my_items():
    scene = a_scene()
    with served(scene) as api:
        assert api.post(VEND.partition(" ")[2].format(**PATH), "alice", {"role": "readonly"})
        for path in ("/v1/me", "/v1/access", "/v1/me/sessions"):
            text = api.get(path, "bob").text.lower()
            assert not [token for token in ("acme", "alice", "987654321098") if token in text]
