"""Every route's answer to a valid request, to the same request again, and about unknown items."""

from datetime import timedelta
from itertools import groupby

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.verification.proof import Check
from chalicelib.entrypoints.vending.formats import SessionFormat
from tests.builders import (
    a_grant_on_request,
    a_request,
    a_request_id,
    a_role,
    a_token,
    a_verification,
    an_approval_policy,
    an_approved_grant,
    an_override,
    results,
)
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import NO_BODY, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import CALLERS, PATH, ask, path_of, routes, served_by
from tests.entrypoints.onboarding.reading import change
from tests.entrypoints.valid import BODIES, QUERIES, VEND
from tests.fakes import NOON

UNKNOWN = {
    "name": "no-such",
    "engagement": "no-such-client",
    "role": "no-such-role",
    "member": "nobody-we-know",
    "approver": "nobody-we-know",
    "token": "0" * 12,
    "link": "0" * 12,
    "session": "0" * 16,
    "request": "alice." + "0" * 16,
}


def _area_of(route):
    return route.removesuffix("}").replace("/v1/", "/").split("/")[1]


AREAS = {area: list(each) for area, each in groupby(sorted(routes(), key=_area_of), _area_of)}
WHOLE = "openapi.json"  # tests/entrypoints/http/test_shape.py has its content


@pytest.mark.parametrize("area", sorted({*AREAS} - {WHOLE}))
def test_each_routes_answers_are_as_the_file_says(area):
    calls = None
    for route in AREAS[area]:
        caller = served_by(route)
        path, body = path_of(route, caller), BODIES.get(route, NO_BODY)
        with fresh_api() as api:
            if calls is None:
                calls = Calls(api)
            calls.serve(api)
            calls.show(f"{caller}: {route}", ask(api, route, caller), route)
            method = route.partition(" ")[0]
            again = api.send(method, path, CALLERS[caller], body, query=QUERIES.get(route))
            check(route, again)
            calls.show("again", again, route)
            for name in [name for name in PATH if f"{{{name}}}" in route]:
                path = route.partition(" ")[2].format(**PATH | {name: UNKNOWN[name]})
                answer = ask(api, route, caller, path=path)
                check(route, answer)
                calls.show(f"about the {name} {UNKNOWN[name]}", answer, name)
    calls.hold(f"{area}")


GRANTS = "POST /v1/engagements/{engagement}/grants"


ELSEWHERE = [
    ("GET /v1/sessions", {"query": {"member": "nobody-we-know"}}),
    ("GET /v1/sessions", {"query": {"engagement": "no-such-client"}}),
    ("GET /v1/trail", {"query": {"member": "nobody-we-know"}}),
    (GRANTS, {"body": {"member": "nobody-we-know", "roles": ["readonly"]}}),
    (GRANTS, {"body": {"member": "ada", "roles": ["readonly"]}}),  # an auditor
    (
        "GET /v1/members/{member}/tokens/{token}",
        {"path": f"/v1/members/bob/tokens/{PATH['token']}"},
    ),
    *(
        (f"{route}", {"path": f"/v1/me/tokens/{a_token('bob').id}{route.partition('}')[2]}"})
        for route in routes()
        if "/me/tokens/{token}" in route
    ),
]
# What cannot be done with what has ended, once it has.
ENDED = {
    "PATCH /v1/engagements/{engagement}/grants/{member}": "/v1/engagements/acme-prod/grants/alice",
    "PATCH /v1/engagements/{engagement}/roles/{role}": "/v1/engagements/acme-prod/roles/readonly",
    "POST /v1/engagements/{engagement}/roles/{role}/verify": (
        "/v1/engagements/acme-prod/roles/readonly"
    ),
    "POST /v1/members/{member}/enrolment": "/v1/members/alice",
}


def test_what_is_missing_or_has_ended_is_named_as_the_file_says(api):
    calls = Calls(api)
    for route, changes in ELSEWHERE:
        answer = ask(api, route, "lead", **changes)
        check(route, answer)
        calls.show(f"lead: {route} {changes}", answer, route)
    for route, path in ENDED.items():
        with fresh_api() as again:
            assert again.post(f"{path}/revoke", "lena", {"reason": "over"}).status == 200
            answer = ask(again, route, "lead")
            check(route, answer)
            calls.show(f"lead: {route} after its end", answer, route)
    calls.hold("missing-or-ended")


FAILED = a_verification(results=results(Check.NO_ID))
FORMATS = [item.value for item in SessionFormat]

STATES = {
    "failed": {"verification": FAILED},
    "never checked": {"verification": None},
    "failed with another ARN": {"verification": FAILED, "arn": "arn:aws:iam::987654321098:role/X"},
    "failed without a finding": {"verification": a_verification(results={})},
    "failed and overridden": {"verification": FAILED, "override": an_override()},
}


def test_members_learn_of_it_as_the_file_says(api):
    calls, items = Calls(api), dict(api.world.items)
    calls.send("alice", "GET /v1/access")
    for state, changes in STATES.items():
        api.world.items.update(items)
        change(api.world, Role, **changes)
        calls.note(state)
        for kind in FORMATS if state == "failed" else ["json"]:
            body = {"role": "readonly", "format": kind}
            calls.show(f"vend as {kind}", ask(api, VEND, "member", body=body), kind)
        calls.send("alice", "GET /v1/access")
    calls.hold("a-role-that-failed")


WHY = "GET /v1/engagements/acme-prod/roles/readonly/why"


def test_explanations_are_as_the_file_says(api):
    calls, alice = Calls(api), {"member": "alice"}
    calls.send("alice", WHY)
    calls.note("the role is not verified", a_role(verification=None))
    calls.send("ada", WHY, query=alice)
    calls.send("bob", WHY, query=alice)
    calls.hold("explanations")


REQUEST = a_request_id()
READONLY = frozenset({"readonly"})
MINE = "GET /v1/access"
GRANTS_AT_ACME = "/v1/engagements/acme-prod/grants"
VEND_AT_ACME = "POST /v1/engagements/acme-prod/sessions"


def test_access_is_shown_started_used_and_given_back_as_the_file_says(api):
    calls = Calls(api)
    calls.send("alice", MINE)
    calls.note("on request", a_grant_on_request())
    calls.send("alice", MINE)
    calls.note("in emergencies, too", a_grant_on_request(emergency=READONLY))
    calls.send("alice", MINE)
    access = an_approved_grant(duration=3600, ends_at=NOON + timedelta(hours=24))
    fields = {"stops": access.stops, "duration": access.duration}
    request = a_request(status=RequestStatus.APPROVED, number="1", **fields)
    calls.note("approved", an_approval_policy(), request, access)
    calls.send("alice", MINE)
    calls.send("alice", VEND_AT_ACME, {"role": "readonly"})
    for use in ("start", "end"):  # others learn nothing of a request
        for of in (REQUEST, a_request_id("nobody")):
            calls.send("bob", f"POST /v1/me/requests/{of}/{use}")
    calls.send("alice", f"POST /v1/me/requests/{REQUEST}/start")
    calls.send("alice", MINE)
    calls.send("alice", VEND_AT_ACME, {"role": "readonly"})
    calls.send("alice", f"POST /v1/me/requests/{REQUEST}/end")
    calls.send("alice", VEND_AT_ACME, {"role": "readonly"})
    for member, body in (("lena", {}), ("alice", {"reason": "x"}), ("lena", {"reason": "enough"})):
        calls.send(member, f"POST /v1/requests/{REQUEST}/revoke", body)
    calls.hold("access-by-request")


def test_leads_set_and_see_the_conditions_of_a_grant_as_the_file_says(api):
    calls = Calls(api)
    body = {"member": "bob", "roles": ["readonly"]}
    calls.send(
        "lena",
        f"POST {GRANTS_AT_ACME}",
        body | {"on_request": ["readonly"], "emergency": ["readonly"]},
    )
    calls.send("lena", f"GET {GRANTS_AT_ACME}")
    calls.send("lena", f"GET {GRANTS_AT_ACME}/bob")
    calls.send("lena", f"PATCH {GRANTS_AT_ACME}/bob", {"emergency": []})
    calls.send("lena", f"PATCH {GRANTS_AT_ACME}/bob", {"on_request": [], "emergency": ["readonly"]})
    calls.hold("conditions-of-a-grant")
